"""Record what ffprobe says about odd sources: `python -m tests.transcoding.source.record_probes`.

Each file in probes/ holds {"probe": streams and format, "windows": the lines of each interval's
packets}, with no file name in it. Tests read them; run this again when the packaged ffprobe
changes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tests.media import list_packets, run_ffmpeg, run_ffprobe
from transcoding.source.probe import packet_intervals, sound_intervals
from transcoding.source.source import default_sound
from transcoding.source.streams import audio_streams, find_video_stream

PROBES = Path(__file__).with_name("probes")

_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "40")
_H264_B = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "40", "-bf", "3", "-b_strategy", "0")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
_QUIET_X265 = "log-level=none:pools=1:frame-threads=1"


def _picture(rate: str, duration_s: float, size: str = "64x48") -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={duration_s}")


def _tone(duration_s: float) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=d={duration_s}")


_COVER = (
    *("-i", "{dir}/cover.png", "-map", "0", "-map", "1", "-c:v", "copy"),
    *("-disposition:v", "attached_pic", "-metadata:s:v", "comment=Cover (front)"),
)

# File name -> FFmpeg arguments that make it; {dir} is where the others are.
CLIPS: dict[str, tuple[str, ...]] = {
    "pal-anamorphic.mp4": (*_picture("25", 1, "720x576"), "-vf", "setsar=64/45", *_H264),
    "upright.mp4": (*_picture("25", 1, "192x108"), *_H264),
    "turned-90.mp4": ("-display_rotation", "90", "-i", "{dir}/upright.mp4", "-c", "copy"),
    "turned-180.mp4": ("-display_rotation", "180", "-i", "{dir}/upright.mp4", "-c", "copy"),
    "turned-270.mp4": ("-display_rotation", "270", "-i", "{dir}/upright.mp4", "-c", "copy"),
    "ntsc.mp4": (*_picture("30000/1001", 2), *_tone(2), *_H264_B, "-c:a", "aac"),
    "variable.mp4": (
        *_picture("60", 2),
        *("-vf", "select='not(mod(n,7))+lt(n,40)'", "-fps_mode", "vfr", *_H264),
    ),
    "variable.mkv": (
        *_picture("60", 2),
        *("-vf", "select='not(mod(n,7))+lt(n,40)'", "-fps_mode", "vfr", *_H264),
    ),
    "irregular.mp4": (
        *_picture("25", 2),
        *("-vf", "settb=1/1000,setpts='N*40+13*mod(N*N,5)'", "-enc_time_base", "1:1000"),
        *("-fps_mode", "passthrough", *_H264),
    ),
    "ten-bit.mkv": (*_picture("25", 1), *_HEVC, "-x265-params", _QUIET_X265),
    "pq.mp4": (
        *(*_picture("24000/1001", 1), *_HEVC, "-color_primaries", "bt2020"),
        *("-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv"),
        *(
            "-x265-params",
            f"{_QUIET_X265}:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc",
        ),
    ),
    "interlaced.ts": (
        *(*_picture("50", 1), "-vf", "tinterlace=interleave_top,setfield=tff"),
        *("-flags", "+ildct+ilme", "-c:v", "mpeg2video", "-bf", "2"),
    ),
    "late-start.ts": (
        *(*_picture("25", 2), *_tone(2), *_H264_B, "-g", "20"),
        *("-output_ts_offset", "1234.5"),
    ),
    "ms-stamps.mkv": (*_picture("60000/1001", 2), *_H264_B),
    "cover-art.mp4": (
        *("-i", "{dir}/upright.mp4", "-i", "{dir}/cover.png", "-map", "0", "-map", "1"),
        *("-c", "copy", "-disposition:v:1", "attached_pic"),
    ),
    "languages.mkv": (
        *(*_picture("24", 1), *_tone(1), *_tone(1), "-i", "{dir}/words.srt"),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", *_H264, "-c:a", "aac", "-c:s", "srt"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
        *("-metadata:s:a:1", "title=Kommentar", "-metadata:s:s:0", "language=fra"),
        *("-disposition:a:0", "default"),
    ),
    "silent.mp4": (*_picture("50", 1), *_H264),
    "sound-only.m4a": (*_tone(1), "-c:a", "aac"),
    "sound-cut-in.m4a": ("-ss", "0.5", "-i", "{dir}/sound-only.m4a", "-c", "copy"),
    "delayed.mp3": (*_tone(1), *_COVER, "-c:a", "libmp3lame"),
    "unmarked.mp3": (*_tone(1), "-c:a", "libmp3lame", "-write_xing", "0"),
    "pre-skip.opus": (*_tone(1), "-c:a", "libopus"),
    "short-blocks.ogg": (*_tone(1), "-c:a", "libvorbis"),
    "bare.aac": (*_tone(1), "-c:a", "aac"),
    "plain.wav": (*_tone(1),),
    "long.wav": (*_tone(40), "-ar", "8000"),
    "two-languages.mka": (
        *(*_tone(1), *_tone(2), "-map", "0", "-map", "1", "-c:a", "flac"),
        *("-metadata:s:a:1", "language=deu", "-disposition:a:0", "0", "-disposition:a:1"),
        "default",
    ),
    "whole.mp4": (*_picture("25", 4), *_H264, "-g", "25", "-movflags", "+faststart"),
    "jitter.mov": (
        *_picture("30000/1001", 2),
        *("-vf", "settb=1/600,setpts='round(N*20.02)+mod(N*N,3)'", "-enc_time_base", "1:600"),
        *("-fps_mode", "passthrough", *_H264, "-video_track_timescale", "600"),
    ),
    "edit-list.mp4": ("-ss", "0.5", "-i", "{dir}/whole.mp4", "-t", "2", "-c", "copy"),
    "sound-goes-on.mp4": (*_picture("25", 1), *_tone(40), *_H264, "-c:a", "aac"),
    "decoding-times.avi": (*_picture("25", 1), "-c:v", "mpeg4", "-bf", "2"),
    "bare.h264": (*_picture("25", 1), *_H264),
}


def make_clips(folder: Path) -> None:
    """Make every clip in `folder`."""
    run_ffmpeg(["-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", f"{folder}/cover.png"])
    (folder / "words.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nHello\n")
    for name, arguments in CLIPS.items():
        run_ffmpeg([*(a.replace("{dir}", str(folder)) for a in arguments), str(folder / name)])
    whole = (folder / "whole.mp4").read_bytes()
    (folder / "cut-short.mp4").write_bytes(whole[: len(whole) // 2])
    ts = (folder / "late-start.ts").read_bytes()
    # A recording that starts in the middle of a group of pictures: tables, then later packets.
    (folder / "tuned-in.ts").write_bytes(ts[: 188 * 3] + ts[188 * 14 :])


def list_windows(path: Path, probe: dict[str, Any]) -> list[list[str]]:
    """Return the lines that inspection would read of a file: of its picture, else of its sound."""
    video = find_video_stream(probe)
    if video is not None:
        index, intervals = video["index"], packet_intervals(probe)
    else:
        index = default_sound(audio_streams(probe)).stream_index
        intervals = sound_intervals(probe, probe["streams"][index])
    return [list_packets(path, index, interval) for interval in intervals]


def record(path: Path) -> dict[str, Any]:
    """Return what ffprobe says about a file: {"probe": ..., "windows": [...]}."""
    probe = run_ffprobe(["-show_format", "-show_streams", str(path)])
    probe["format"].pop("filename")
    return {"probe": probe, "windows": list_windows(path, probe)}


def main() -> None:
    """Make all clips and write one JSON file for each."""
    PROBES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        make_clips(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            if path.suffix in (".png", ".srt"):
                continue
            recorded = record(path)
            lines = json.dumps(recorded, separators=(",", ":")).replace(
                '"pts_time=', '\n"pts_time='
            )
            (PROBES / f"{path.name}.json").write_text(lines + "\n")


if __name__ == "__main__":
    main()
