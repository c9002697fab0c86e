"""FFmpeg and ffprobe argument lists, without the program's name; adapters/ffmpeg/ runs them.

Every flag stands with its reason. `url` is a short-lived read URL and never appears in a log: the
runner replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import certifi

from transcoding.plan.plan import AAC_FRAME_SAMPLES, AudioUnit, EncodeUnit, Rung
from transcoding.source.source import VideoStream
from transcoding.source.timeline import last_frame_ticks, rung_frames

# What an upload may be. A playlist (hls, dash, concat, image2) could make FFmpeg read other
# addresses or local files, so only single-file containers are on the list.
ALLOWED_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,avi,asf,flv,mxf,ogg,gxf,dv,"
    "h264,hevc,ivf,nut,wtv,rm,y4m,yuv4mpegpipe,av1,obu"
)
_NETWORK_PROTOCOLS = "http,https,tcp,tls"
_LOCAL_SCHEME = "file:"
_READ_TIMEOUT_US = 60_000_000
_SYNC_TOLERANCE_S = "0.01"
"""How far sound may be from its timestamps; less is jitter of the container, and is left alone."""

_SOURCE_TIMES = ("-copyts",)
"""Times as the container has them. Otherwise FFmpeg takes the first picture or sound that is used
for 0 in MPEG-TS and MPEG-PS, and sound that starts 0.5 s late comes 0.5 s early."""

_TOLERATE_DAMAGE = ("-max_error_rate", "1")
"""Players show what can be decoded, and so does what is published. Otherwise FFmpeg fails where
more than two thirds of what it decodes is damaged, which may be one chunk of a video."""

_TRIAL_S = 5

SEAM_FRAMES = 6
"""Frames on each side of a seam whose SSIM is measured."""

SPRITE_COLUMNS, SPRITE_ROWS = 5, 5
THUMBNAIL_LONG_SIDE_PX = 160
POSTER_LONG_SIDE_PX = 1280


def local_url(path: str) -> str:
    """Return what stands for the read URL where the source is a file of this machine."""
    return _LOCAL_SCHEME + path


def source_input(url: str, etag: str) -> list[str]:
    """Open the source: only network protocols, only known containers, only this very upload.

    If-Match makes storage answer 412 once the blob is replaced, so that no chunk ever mixes two
    uploads. Mid-read disconnects are taken up again where they broke off. What `local_url` gives is
    opened without any network; read URLs never have its scheme.
    """
    if url.startswith(_LOCAL_SCHEME):
        return [*("-protocol_whitelist", "file", "-format_whitelist", ALLOWED_FORMATS), "-i", url]
    return [
        # A read that fails for good is no error to the programs: they take the file to end there,
        # and only warn. The runner looks for that.
        *("-v", "warning"),
        *("-protocol_whitelist", _NETWORK_PROTOCOLS),
        *("-format_whitelist", ALLOWED_FORMATS),
        *("-headers", f'If-Match: "{etag}"\r\n'),
        *("-rw_timeout", str(_READ_TIMEOUT_US)),
        *("-reconnect", "1", "-reconnect_delay_max", "10"),
        # Neither program brings certificates of its own: one then refuses every host, the other
        # trusts every host.
        *(["-tls_verify", "1", "-ca_file", certifi.where()] if url.startswith("https:") else []),
        *("-i", url),
    ]


def _local_input(path: str) -> list[str]:
    return ["-protocol_whitelist", "file", "-i", path]


def probe_streams(url: str, etag: str) -> tuple[str, ...]:
    """ffprobe: container and streams as JSON."""
    return (
        *("-v", "error", "-print_format", "json", "-show_format", "-show_streams"),
        *source_input(url, etag),
    )


def probe_packets(url: str, etag: str, stream_index: int, interval: str) -> tuple[str, ...]:
    """ffprobe: packet times of one stream in a read interval such as `%+4` or `3590%`."""
    return (
        *("-v", "error", "-print_format", "json", "-select_streams", str(stream_index)),
        *("-show_entries", "packet=pts_time,dts_time,duration_time,flags"),
        *("-read_intervals", interval),
        *source_input(url, etag),
    )


def try_track(url: str, etag: str, stream_index: int, *, is_video: bool) -> tuple[str, ...]:
    """FFmpeg: decode the first seconds of a track to nothing.

    Fails where no decoder is there for the track, or its channels cannot be mixed to stereo.
    Damage is no such thing, nor is a track that has nothing yet in these seconds.
    """
    return (
        *("-t", str(_TRIAL_S), *source_input(url, etag), "-map", f"0:{stream_index}"),
        *(("-frames:v", "1") if is_video else ("-af", "aformat=channel_layouts=stereo")),
        *(*_TOLERATE_DAMAGE, "-f", "null", "-"),
    )


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f}"


def _grid(
    video: VideoStream, unit: EncodeUnit, first_frame: int, frame_count: int
) -> tuple[list[str], str]:
    """Return the seek options and the filter chain that yield exactly these grid frames.

    The seek lands half a frame before the first wanted one, so that rounding never loses or gains
    a picture; what follows puts each picture on its place of the grid.
    """
    timeline = unit.timeline
    rate = timeline.frame_rate
    preroll = min(timeline.preroll_frames, first_frame)
    seek_s = timeline.start_s + (first_frame - preroll - Fraction(1, 2)) / rate
    chain = [
        # Containers with coarse ticks (AVI: one a frame) have no room for half a frame.
        f"settb=1/{timeline.timescale}",
        f"setpts=PTS-({_seconds(video.container_start_s + seek_s)})/TB",
        # 1.14: interlaced sources become progressive, one frame for two fields.
        *(["bwdif=mode=send_frame"] if video.is_interlaced else []),
        # One picture for each place of the grid: jitter is smoothed, a hole is filled by
        # repetition, and a variable rate becomes constant.
        f"fps={rate}:start_time=0:round=down",
        # A track that ends early repeats its last picture rather than ending a segment short.
        "tpad=stop_mode=clone:stop=-1",
        f"trim=start_frame={preroll}:end_frame={preroll + frame_count}",
        "setpts=PTS-STARTPTS",
        *_to_sdr(video),
    ]
    # What is wanted from the first frame on is read from the start of the file: seeking to a time
    # before the first picture loses a group of pictures in FLV and AVI.
    seek = ["-ss", _seconds(seek_s)] if first_frame > preroll else []
    return [*_SOURCE_TIMES, *seek], ",".join(chain)


def _to_sdr(video: VideoStream) -> list[str]:
    """Tone-map PQ and HLG to BT.709: H.264 rungs are SDR, and untouched they look grey."""
    if not video.is_hdr:
        return []
    return [
        f"zscale=tin={video.color_transfer}:min={video.color_matrix or 'bt2020nc'}"
        f":pin={video.color_primaries or 'bt2020'}:t=linear:npl=100",
        "format=gbrpf32le",
        "zscale=p=bt709",
        "tonemap=hable:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
    ]


def _rung_chain(rung: Rung) -> str:
    """Drop frames where the rate is halved, scale to square pixels, 8-bit 4:2:0."""
    step = [f"framestep={rung.frame_step}"] if rung.frame_step > 1 else []
    return ",".join(
        [*step, f"scale={rung.width}:{rung.height}:flags=lanczos", "setsar=1", "format=yuv420p"]
    )


def encode_chunk(unit: EncodeUnit, url: str, outputs: Sequence[str]) -> tuple[str, ...]:
    """FFmpeg: one decode of the chunk, one fragmented MP4 for each rung, one fragment a segment.

    Args:
        outputs: a local path for each of `unit.rungs`.
    """
    chunk, timeline = unit.chunk, unit.timeline
    seek, grid = _grid(unit.video, unit, chunk.first_frame, chunk.frame_count)
    count = len(unit.rungs)
    split = "".join(f"[g{i}]" for i in range(count))
    graph = [f"[0:{unit.video.stream_index}]{grid},split={count}{split}"]
    graph += [f"[g{i}]{_rung_chain(rung)}[v{i}]" for i, rung in enumerate(unit.rungs)]
    arguments = [*_TOLERATE_DAMAGE, *seek, *source_input(url, unit.job.etag)]
    arguments += ["-filter_complex", ";".join(graph)]
    offset_s = chunk.first_frame / timeline.frame_rate
    for index, (rung, output) in enumerate(zip(unit.rungs, outputs, strict=True)):
        frames = rung_frames(chunk.frame_count, rung.frame_step)
        arguments += [
            *("-map", f"[v{index}]", "-frames:v", str(frames)),
            # The grid is exact: the muxer must neither repeat nor drop.
            *("-fps_mode", "passthrough"),
            *_video_codec(unit, rung, frames),
            *_fragments(timeline.timescale, offset_s),
            output,
        ]
    return tuple(arguments)


def _video_codec(unit: EncodeUnit, rung: Rung, frames: int) -> list[str]:
    timeline, chunk = unit.timeline, unit.chunk
    gop = timeline.segment_frames // rung.frame_step
    last_ticks = last_frame_ticks(chunk.frame_count, rung.frame_step, timeline.frame_ticks)
    shortened = last_ticks != rung.frame_step * timeline.frame_ticks
    return [
        *("-c:v", "libx264", "-preset", rung.preset, "-profile:v", "high", "-level", rung.level),
        # Capped CRF: easy content costs less than the rung allows, hard content no more.
        *("-crf", str(rung.crf)),
        *("-maxrate", str(rung.maxrate_bps), "-bufsize", str(rung.bufsize_bits)),
        # A GOP is exactly one segment: a keyframe at its start, none elsewhere, none open, so
        # that boundaries are the same on every rung and every segment starts with an IDR.
        *("-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0", "-flags", "+cgop"),
        *(
            # The last frame of a halved rung may stand for a single grid frame. The encoder counts
            # in whole rung frames, so setts goes over to ticks (prescale); it makes PTS equal to
            # DTS unless both are given.
            [
                "-bsf:v",
                f"setts=time_base=1/{timeline.timescale}:prescale=1:pts=PTS:dts=DTS"
                f":duration='if(eq(N,{frames - 1}),{last_ticks},DURATION)'",
            ]
            if shortened
            else []
        ),
        # x264's parameter sets must not differ from chunk to chunk: no per-file metadata.
        *("-map_metadata", "-1", "-map_chapters", "-1"),
    ]


def _fragments(timescale: int, offset_s: Fraction) -> list[str]:
    return [
        *("-video_track_timescale", str(timescale)),
        # The movie header's own timescale would follow the encoder's time base, which setts
        # changes: init segments would differ where the last frame is shortened.
        *("-movie_timescale", str(timescale)),
        # With +frag_discont the offset goes into tfdt; `-f dash` would put it in an edit list
        # and restart tfdt at 0.
        *("-output_ts_offset", _seconds(offset_s)),
        *("-f", "mp4", "-movflags", "+cmaf+frag_discont"),
    ]


def encode_audio(unit: AudioUnit, url: str, output: str) -> tuple[str, ...]:
    """FFmpeg: one audio track, whole, as fragments of about a segment each.

    The AAC encoder puts 1,024 priming samples before the sound. Without an edit list players
    would hear everything 21 ms late; so the first 1,024 samples are left out of the input, and
    what is heard at a time is what the source has at that time. No +frag_discont here: priming
    would make the first tfdt negative.
    """
    audio = unit.audio
    chain = [
        # Times relative to the first picture.
        f"asetpts=PTS-({_seconds(unit.video_start_s)})/TB",
        # Down to stereo before resampling.
        "aformat=channel_layouts=stereo",
        f"aresample={audio.sample_rate_hz}",
        # Gaps in the source become silence and overlaps are cut. A second step, because first_pts
        # counts samples of the input's rate. By default only what is off by 0.1 s is corrected.
        f"aresample=async=1:min_hard_comp={_SYNC_TOLERANCE_S}:first_pts={AAC_FRAME_SAMPLES}",
        # Exactly as long as the video, whatever the source's audio is. Where it ends before
        # first_pts, what was written of it comes before that too.
        "apad",
        f"atrim=start_pts={AAC_FRAME_SAMPLES}:end_pts={audio.sample_count}",
    ]
    return (
        *_TOLERATE_DAMAGE,
        *_SOURCE_TIMES,
        *source_input(url, unit.job.etag),
        *("-map", f"0:{audio.stream_index}", "-af", ",".join(chain)),
        *("-c:a", "aac", "-b:a", str(audio.bitrate_bps), "-ar", str(audio.sample_rate_hz)),
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *("-f", "mp4", "-movflags", "+cmaf", "-frag_duration", str(audio.fragment_us)),
        output,
    )


def decode_check(path: str) -> tuple[str, ...]:
    """FFmpeg: decode a local file to nothing; every line on stderr is damage."""
    return (*_local_input(path), "-map", "0", "-f", "null", "-")


def tail_window_frame(unit: EncodeUnit) -> int:
    """Return the grid frame, counted from the chunk's first, where the tail window starts."""
    step = max(rung.frame_step for rung in unit.rungs)
    return max(0, (unit.chunk.frame_count - SEAM_FRAMES * step) // step * step)


def seam_ssim(
    unit: EncodeUnit, url: str, files: Sequence[str], heads: Sequence[str], tails: Sequence[str]
) -> tuple[str, ...]:
    """FFmpeg: SSIM of the first and last frames of each rung against the source.

    Args:
        files: the encoded chunk of each rung.
        heads, tails: for each rung, where the per-frame figures are written.
    """
    step = max(rung.frame_step for rung in unit.rungs)
    head_frames = min(unit.chunk.frame_count, SEAM_FRAMES * step)
    tail_start = tail_window_frame(unit)
    windows = (
        (unit.chunk.first_frame, head_frames),
        (unit.chunk.first_frame + tail_start, unit.chunk.frame_count - tail_start),
    )
    count = len(unit.rungs)
    arguments: list[str] = [*_TOLERATE_DAMAGE]
    graph: list[str] = []
    for number, (first_frame, frame_count) in enumerate(windows):
        seek, grid = _grid(unit.video, unit, first_frame, frame_count)
        arguments += [*seek, *source_input(url, unit.job.etag)]
        pads = "".join(f"[w{number}r{i}]" for i in range(count))
        graph.append(f"[{number}:{unit.video.stream_index}]{grid},split={count}{pads}")
    compare = "settb=1,setpts=N"
    for i, (rung, path) in enumerate(zip(unit.rungs, files, strict=True)):
        arguments += _local_input(path)
        head_end = rung_frames(head_frames, rung.frame_step)
        graph += [
            f"[{i + 2}:v]split=2[e{i}h][e{i}t]",
            f"[e{i}h]trim=end_frame={head_end},{compare}[h{i}]",
            f"[e{i}t]trim=start_frame={tail_start // rung.frame_step},{compare}[t{i}]",
            f"[w0r{i}]{_rung_chain(rung)},{compare}[a{i}]",
            f"[w1r{i}]{_rung_chain(rung)},{compare}[b{i}]",
            f"[h{i}][a{i}]ssim=stats_file={heads[i]}[o{i}h]",
            f"[t{i}][b{i}]ssim=stats_file={tails[i]}[o{i}t]",
        ]
    arguments += ["-filter_complex", ";".join(graph)]
    for i in range(count):
        for side in "ht":
            arguments += ["-map", f"[o{i}{side}]", "-f", "null", "-"]
    return tuple(arguments)


def make_poster(path: str, width: int, height: int, output: str) -> tuple[str, ...]:
    """FFmpeg: the most typical of the first 50 pictures of a local file, as JPEG."""
    chain = f"thumbnail=50,scale={width}:{height}:flags=lanczos,setsar=1,format=yuvj420p"
    return (
        *(*_local_input(path), "-map", "0:v:0", "-vf", chain, "-frames:v", "1", "-q:v", "3"),
        *("-map_metadata", "-1", "-f", "image2", "-update", "1", output),
    )


def make_sprites(path: str, width: int, height: int, output_pattern: str) -> tuple[str, ...]:
    """FFmpeg: sheets of 5 by 5 thumbnails from the keyframes of a local file, one each."""
    chain = f"scale={width}:{height}:flags=area,setsar=1,tile={SPRITE_COLUMNS}x{SPRITE_ROWS}"
    return (
        # Only keyframes are decoded: each chosen segment gives one thumbnail.
        *("-skip_frame", "nokey", *_local_input(path), "-map", "0:v:0"),
        *("-vf", chain, "-fps_mode", "passthrough", "-q:v", "4", "-map_metadata", "-1"),
        *("-f", "image2", output_pattern),
    )


def fit_long_side(width: int, height: int, long_side_px: int) -> tuple[int, int]:
    """Scale a size down, never up, so that its longer side is `long_side_px`; both sides even."""
    scale = min(Fraction(1), Fraction(long_side_px, max(width, height)))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
