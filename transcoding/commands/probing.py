"""What ffprobe and FFmpeg are asked about a source before it is planned."""

from __future__ import annotations

from transcoding.commands.inputs import TOLERATE_DAMAGE, source_input

_TRIAL_S = 5
_CLOCKS_S = 5
_LARGEST_COVER_PX = 8192 * 8192

PACKET_FORMAT = (
    # A line a packet, with a name before each figure: read as a stream, whatever its length.
    *("-print_format", "compact=print_section=0"),
    "-show_entries",
    "packet=pts_time,dts_time,duration_time,flags:packet_side_data=skip_samples,discard_padding",
)
"""How `packets.read_packet` wants packets."""


def probe_streams(url: str, etag: str) -> tuple[str, ...]:
    """ffprobe: container and streams as JSON."""
    return (
        *("-v", "error", "-print_format", "json", "-show_format", "-show_streams"),
        *source_input(url, etag),
    )


def probe_packets(url: str, etag: str, stream_index: int, interval: str) -> tuple[str, ...]:
    """ffprobe: packets of one stream, a line each, in a read interval such as `%4` or `60%+4`."""
    return (
        *("-v", "error", *PACKET_FORMAT),
        *("-select_streams", str(stream_index), "-read_intervals", interval),
        *source_input(url, etag),
    )


def probe_clocks(url: str, etag: str) -> tuple[str, ...]:
    """ffprobe: the packets of all sound in the first seconds, a line each, for `FirstPackets`."""
    return (
        *("-v", "error", "-print_format", "compact=print_section=0"),
        *("-show_entries", "packet=stream_index,pts"),
        *("-select_streams", "a", "-read_intervals", f"%+{_CLOCKS_S}"),
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
        *(*TOLERATE_DAMAGE, "-f", "null", "-"),
    )


def measure_cover(url: str, etag: str, stream_index: int, output: str) -> tuple[str, ...]:
    """FFmpeg: decode a still picture and write its size to a file, for `streams.read_cover`.

    The packaged ffprobe knows no PNG, and gives 0x0 for its size. Fails where the picture cannot be
    decoded.
    """
    return (
        *("-max_pixels", str(_LARGEST_COVER_PX), *source_input(url, etag)),
        *("-map", f"0:{stream_index}", "-frames:v", "1", "-f", "framecrc", output),
    )
