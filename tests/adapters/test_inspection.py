"""Inspecting sources over HTTP with the real programs: pictures, sound alone, and odd files."""

from __future__ import annotations

import base64
import struct
import wave
from fractions import Fraction
from pathlib import Path

import pytest

from adapters.ffmpeg.runner import Ffmpeg
from adapters.ffmpeg.scripted import Call, ScriptedTools
from adapters.inspection import Opened, inspect
from tests.media import SOURCE_ETAG, MediaServer, pipe_ffmpeg, run_ffmpeg, run_ffprobe
from transcoding.errors import ToolFailed
from transcoding.job.messages import RefusalCode, Refused
from transcoding.source.source import CoverPicture, Source

TONE = ("-f", "lavfi", "-i", "sine=d=20.3:sample_rate=44100")
FRONT = ("-c:v", "copy", "-disposition:v", "attached_pic")


@pytest.fixture(scope="module")
def ffmpeg() -> Ffmpeg:
    return Ffmpeg()


@pytest.fixture(scope="module")
def cover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A red square of 320x320."""
    path = tmp_path_factory.mktemp("cover") / "cover.jpg"
    run_ffmpeg(["-f", "lavfi", "-i", "color=red:s=320x320", "-frames:v", "1", str(path)])
    return path


def look(
    server: MediaServer, tools: Ffmpeg | ScriptedTools, path: Path, max_duration_s: int = 36_000
) -> Source | Refused:
    """Inspect a file of the server's folder."""
    opened = Opened(tools, server.url(path), SOURCE_ETAG, path.name)
    return inspect(opened, max_duration_s=max_duration_s)


def heard(server: MediaServer, tools: Ffmpeg | ScriptedTools, path: Path) -> Source:
    """Inspect a file that is sound alone."""
    source = look(server, tools, path)
    assert isinstance(source, Source), source
    assert source.video is None
    return source


def refusal(server: MediaServer, tools: Ffmpeg | ScriptedTools, path: Path) -> Refused:
    refused = look(server, tools, path)
    assert isinstance(refused, Refused), refused
    assert refused.advice
    return refused


def decoded_samples(path: Path, folder: Path) -> int:
    """Return how many samples FFmpeg's decoder gives of the first sound track."""
    raw = folder / "decoded.raw"
    run_ffmpeg(["-i", str(path), "-map", "0:a:0", "-ac", "1", "-f", "s16le", str(raw)])
    return raw.stat().st_size // 2


def first_heard_s(path: Path) -> Fraction:
    """Return when the decoder's first sample is heard, relative to the container's start time."""
    found = run_ffprobe(
        [
            *("-select_streams", "a:0", "-read_intervals", "%+1", "-show_frames"),
            *("-show_entries", "frame=pts_time:format=start_time", str(path)),
        ]
    )
    start_s = Fraction(found["format"].get("start_time", 0))
    return Fraction(found["frames"][0]["pts_time"]) - start_s


@pytest.mark.parametrize(
    ("name", "arguments", "rate_hz", "off_by_samples"),
    [
        ("cbr.mp3", ("-c:a", "libmp3lame", "-b:a", "128k"), 44_100, 1),
        ("vbr.mp3", ("-c:a", "libmp3lame", "-q:a", "4"), 44_100, 1),
        ("unmarked.mp3", ("-c:a", "libmp3lame", "-write_xing", "0"), 44_100, 1),
        ("low-rate.mp3", ("-c:a", "libmp3lame", "-ar", "22050"), 22_050, 1),
        ("tone.m4a", ("-c:a", "aac"), 44_100, 1),
        ("alac.m4a", ("-c:a", "alac"), 44_100, 1),
        ("tone.wav", (), 44_100, 1),
        ("tone.w64", (), 44_100, 1),
        ("tone.aiff", (), 44_100, 1),
        ("tone.caf", ("-c:a", "pcm_s16le"), 44_100, 1),
        ("tone.flac", (), 44_100, 1),
        ("vorbis.ogg", ("-c:a", "libvorbis"), 44_100, 1),
        ("tone.opus", ("-c:a", "libopus"), 48_000, 1),
        ("flac.ogg", ("-c:a", "flac"), 44_100, 1),
        # Matroska keeps whole milliseconds.
        ("opus.webm", ("-c:a", "libopus"), 48_000, 96),
        # Nothing tells the decoder where the sound ends within the last frame.
        ("aac.mka", ("-c:a", "aac"), 44_100, 1_024),
        ("tone.aac", ("-c:a", "aac"), 44_100, 1),
        ("aac.ts", ("-c:a", "aac"), 44_100, 64),
    ],
)
def test_sound_alone_is_as_long_as_its_decoder_finds_it(
    media_server: MediaServer,
    ffmpeg: Ffmpeg,
    tmp_path: Path,
    name: str,
    arguments: tuple[str, ...],
    rate_hz: int,
    off_by_samples: int,
) -> None:
    """Priming, pre-skip and padding are no sound; start and end are the decoder's."""
    path = media_server.folder / name
    run_ffmpeg([*TONE, *arguments, str(path)])
    source = heard(media_server, ffmpeg, path)
    assert len(source.audio) == 1
    assert source.cover is None
    assert abs(source.sound_start_s - first_heard_s(path)) * rate_hz <= off_by_samples
    off_by = source.sound_duration_s * rate_hz - decoded_samples(path, tmp_path)
    assert abs(off_by) <= off_by_samples


def test_sound_that_was_cut_without_encoding(
    media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """An edit list starts in the middle of a frame: 2 s of the song are gone, to the sample."""
    whole, path = tmp_path / "whole.m4a", media_server.folder / "edited.m4a"
    run_ffmpeg([*TONE, "-c:a", "aac", str(whole)])
    run_ffmpeg(["-ss", "2", "-i", str(whole), "-c", "copy", str(path)])
    source = heard(media_server, ffmpeg, path)
    samples = decoded_samples(path, tmp_path)
    assert abs(source.sound_duration_s * 44_100 - samples) <= 1
    assert float(source.sound_duration_s) == pytest.approx(18.3, abs=0.03)
    assert source.sound_start_s == 0


def test_sound_that_starts_late_in_its_container(
    media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """Ten hours into a broadcast: times are the container's own, the sound starts at 0 of them."""
    path = media_server.folder / "radio.ts"
    run_ffmpeg([*TONE, "-c:a", "aac", "-output_ts_offset", "36000", str(path)])
    source = heard(media_server, ffmpeg, path)
    assert float(source.container_start_s) == pytest.approx(36_001.4, abs=0.1)
    assert source.start_s == 0
    assert float(source.duration_s) == pytest.approx(20.3, abs=0.05)


@pytest.mark.parametrize(
    ("name", "codec"), [("song.mp3", "libmp3lame"), ("song.m4a", "aac"), ("song.flac", "flac")]
)
def test_a_cover_is_no_video(
    media_server: MediaServer, ffmpeg: Ffmpeg, cover: Path, name: str, codec: str
) -> None:
    """FFmpeg lists it as a video stream; the song is sound alone, and its cover is known."""
    path = media_server.folder / name
    run_ffmpeg(
        [*TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:a", codec, *FRONT, str(path)]
    )
    source = heard(media_server, ffmpeg, path)
    assert source.cover == CoverPicture(stream_index=1, codec="mjpeg", width=320, height=320)
    assert abs(source.duration_s - Fraction("20.3")) < Fraction(1, 10_000)


def test_a_cover_in_a_format_that_ffprobe_does_not_know(
    media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """The packaged ffprobe has no PNG decoder; FFmpeg tells the size."""
    cover, path = tmp_path / "cover.png", media_server.folder / "png.mp3"
    run_ffmpeg(["-f", "lavfi", "-i", "color=red:s=90x64", "-frames:v", "1", str(cover)])
    run_ffmpeg([*TONE, "-i", str(cover), "-map", "0", "-map", "1", *FRONT, str(path)])
    source = heard(media_server, ffmpeg, path)
    assert source.cover == CoverPicture(stream_index=1, codec="png", width=90, height=64)


def test_the_cover_of_an_ogg_file(media_server: MediaServer, ffmpeg: Ffmpeg, cover: Path) -> None:
    """Ogg keeps it as text, in the form of FLAC's picture block (RFC 9639, 8.8)."""
    picture = cover.read_bytes()
    mime = b"image/jpeg"
    block = struct.pack(">II", 3, len(mime)) + mime
    block += struct.pack(">IIIIII", 0, 320, 320, 24, 0, len(picture)) + picture
    path = media_server.folder / "song.ogg"
    text = f"METADATA_BLOCK_PICTURE={base64.b64encode(block).decode()}"
    run_ffmpeg([*TONE, "-c:a", "libvorbis", "-metadata:s:a", text, str(path)])
    source = heard(media_server, ffmpeg, path)
    assert source.cover == CoverPicture(stream_index=1, codec="mjpeg", width=320, height=320)


def test_a_damaged_cover_is_left_out(
    media_server: MediaServer, ffmpeg: Ffmpeg, cover: Path, tmp_path: Path
) -> None:
    """The song is published without it."""
    whole, path = tmp_path / "whole.mp3", media_server.folder / "damaged-cover.mp3"
    run_ffmpeg([*TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:a", "libmp3lame", *FRONT,
                str(whole)])  # fmt: skip
    picture = cover.read_bytes()
    # The header stays, so that size and codec are still told; no picture follows it.
    scan = picture.index(b"\xff\xda")
    path.write_bytes(whole.read_bytes().replace(picture[scan:], b"\xff" * len(picture[scan:])))
    source = heard(media_server, ffmpeg, path)
    assert source.cover is None
    assert len(source.audio) == 1


def test_the_first_track_that_can_be_played_tells_the_length(
    media_server: MediaServer, ffmpeg: Ffmpeg
) -> None:
    """The default track has 18 channels that nobody can mix; the other is 5 s long."""
    path = media_server.folder / "two-tracks.mka"
    channels = "|".join(["sin(440*t)"] * 18)
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", f"aevalsrc={channels}:d=2"),
            *("-f", "lavfi", "-i", "sine=d=5", "-map", "0", "-map", "1", "-c:a", "pcm_s16le"),
            *("-disposition:a:0", "default", str(path)),
        ]
    )
    source = heard(media_server, ffmpeg, path)
    assert [track.stream_index for track in source.audio] == [1]
    assert [track.stream_index for track in source.unplayable_audio] == [0]
    # Matroska keeps whole milliseconds.
    assert abs(source.sound_duration_s - 5) <= Fraction(1, 500)


def test_sound_that_nobody_can_decode_is_refused(
    media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """Without a picture nothing is left to publish."""
    whole, path = tmp_path / "whole.m4a", media_server.folder / "unknown.m4a"
    run_ffmpeg([*TONE, "-c:a", "aac", str(whole)])
    body = whole.read_bytes().replace(b"mp4a", b"ac-4").replace(b"esds", b"zzzz")
    path.write_bytes(body)
    assert refusal(media_server, ffmpeg, path).code == RefusalCode.UNKNOWN_CODEC
    path.write_bytes(whole.read_bytes().replace(b"mp4a", b"enca"))
    assert refusal(media_server, ffmpeg, path).code == RefusalCode.ENCRYPTED


def test_words_alone_are_refused(media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    """A container without picture and sound."""
    words, path = tmp_path / "words.srt", media_server.folder / "words.mkv"
    words.write_text("1\n00:00:00,100 --> 00:00:00,900\nHello\n")
    run_ffmpeg(["-i", str(words), str(path)])
    refused = refusal(media_server, ffmpeg, path)
    assert refused.code == RefusalCode.NOTHING_TO_PLAY
    assert "neither a video track nor sound" in refused.reason


def test_sound_without_samples_is_refused(media_server: MediaServer, ffmpeg: Ffmpeg) -> None:
    """A recorder that was stopped at once writes a header and nothing else."""
    path = media_server.folder / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
    refused = refusal(media_server, ffmpeg, path)
    assert refused.code == RefusalCode.EMPTY
    assert refused.reason == "the sound has no samples"


def test_sound_that_is_too_long_is_refused(media_server: MediaServer, ffmpeg: Ffmpeg) -> None:
    """The limit is that of a video."""
    path = media_server.folder / "long.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=20", str(path)])
    refused = look(media_server, ffmpeg, path, max_duration_s=19)
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.TOO_LONG
    assert refused.reason == "the sound is 20 s long"


def test_a_song_that_was_cut_short_is_refused(
    media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """Its index is at the front and lists sound that is not there."""
    whole, path = tmp_path / "whole.m4a", media_server.folder / "half.m4a"
    run_ffmpeg([*TONE, "-c:a", "aac", "-movflags", "+faststart", str(whole)])
    body = whole.read_bytes()
    path.write_bytes(body[: len(body) // 2])
    refused = refusal(media_server, ffmpeg, path)
    assert refused.code == RefusalCode.CUT_SHORT
    assert refused.reason == "the file ends before its last sound"


def test_a_playlist_is_not_followed(media_server: MediaServer, ffmpeg: Ffmpeg) -> None:
    """Formats of sound alone are allowed, and still none that names other files."""
    run_ffmpeg([*TONE, "-c:a", "aac", str(media_server.folder / "secret.ts")])
    path = media_server.folder / "list.m3u8"
    address = media_server.url("secret.ts")
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:21\n#EXTINF:20,\n{address}\n#EXT-X-ENDLIST\n")
    assert refusal(media_server, ffmpeg, path).code == RefusalCode.NOT_A_VIDEO


def test_a_long_recording_without_a_duration_is_read(
    media_server: MediaServer, ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """MediaRecorder cannot go back to write one: 142 minutes are 213,000 packets, all of them read.

    As JSON they were more than the 32 MiB that a probe may write.
    """
    minutes, path = tmp_path / "minutes.webm", media_server.folder / "recording.webm"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=120", "-g", "50"),
            *("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", str(minutes)),
        ]
    )
    pipe_ffmpeg(["-stream_loop", "70", "-i", str(minutes), "-c", "copy", "-f", "webm"], path)
    source = look(media_server, ffmpeg, path)
    assert isinstance(source, Source), source
    assert source.picture.frame_count == 213_000
    assert source.picture.is_constant_rate
    assert source.picture.frame_rate == 25


def test_every_track_of_a_video_is_tried(media_server: MediaServer, tiny_clip: Path) -> None:
    """One look at the streams, packets of the picture, each track's decoder, the first sound."""
    tools = ScriptedTools(behind=Ffmpeg())
    source = look(media_server, tools, tiny_clip)
    assert isinstance(source, Source), source
    assert source.picture.frame_count == 360
    assert source.sound_duration_s == 0
    assert source.cover is None
    assert [(call.kind, call.what.split(" of ")[0]) for call in tools.calls] == [
        ("probe", f"probe {tiny_clip.name}"),
        ("lines", "read packet times"),
        ("run", "decode the start"),
        ("run", "decode the start"),
        ("lines", "read the first sound"),
    ]


def test_sound_tells_how_its_packets_are_timed(media_server: MediaServer) -> None:
    """Matroska counts in milliseconds; a track that begins late has no clock yet."""
    path = media_server.folder / "clocks.mkv"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=20", *TONE, "-itsoffset", "9", *TONE),
            *("-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "libx264", "-c:a", "ac3"),
            str(path),
        ]
    )
    source = look(media_server, Ffmpeg(), path)
    assert isinstance(source, Source), source
    first, second = (track.clock for track in source.audio)
    assert first is not None
    assert (first.codec, first.tick_s) == ("ac3", Fraction(1, 1000))
    assert first.first_s == Fraction(-6, 1000)
    assert second is None


@pytest.mark.parametrize(
    ("exit_code", "said"),
    [(None, ""), (-9, ""), (1, "HTTP error 503 Server Busy"), (1, "Connection reset by peer")],
)
@pytest.mark.parametrize("kind", ["probe", "lines", "run"])
def test_a_failure_of_ours_refuses_nobody(
    media_server: MediaServer, tiny_clip: Path, kind: str, exit_code: int | None, said: str
) -> None:
    """Killed, or storage did not answer: whichever step it hits, it is tried again."""

    def fail(call: Call) -> None:
        if call.kind == kind:
            raise ToolFailed(call.what, exit_code=exit_code, stderr_tail=said)

    tools = ScriptedTools(probe=fail, lines=fail, run=fail, behind=Ffmpeg())
    with pytest.raises(ToolFailed):
        look(media_server, tools, tiny_clip)


def test_a_file_that_cannot_be_sought_in_is_read_whole(
    media_server: MediaServer, ffmpeg: Ffmpeg
) -> None:
    """The first look fails for the file's own reasons; the second is from end to end."""
    path = media_server.folder / "unseekable.mp4"
    run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=20", str(path)])
    asked: list[str] = []

    def fail(call: Call) -> None:
        asked.append(call.arguments[call.arguments.index("-read_intervals") + 1])
        if len(asked) == 1:
            raise ToolFailed(call.what, exit_code=1, stderr_tail="Invalid data found")

    source = look(media_server, ScriptedTools(lines=fail, behind=ffmpeg), path)
    assert isinstance(source, Source), source
    assert source.picture.frame_count == 500
    assert asked == ["%4.000000", "%100000000000"]
