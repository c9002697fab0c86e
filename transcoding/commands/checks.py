"""Looking at what was encoded: decoding it, and comparing the ends of a chunk with its source."""

from __future__ import annotations

from collections.abc import Sequence

from transcoding.commands import picture
from transcoding.commands.graph import join_chains
from transcoding.commands.inputs import TOLERATE_DAMAGE, local_input, source_input
from transcoding.commands.parts import words
from transcoding.source.source import VideoStream
from transcoding.source.timeline import Chunk
from transcoding.tracks.video import VideoTrack

SEAM_FRAMES = 6
"""Frames on each side of a seam whose SSIM is measured."""

_COMPARE = ("settb=1", "setpts=N")


def decode(path: str) -> tuple[str, ...]:
    """FFmpeg: decode a local file to nothing; every line on stderr is damage."""
    return (*local_input(path), "-map", "0", "-f", "null", "-")


def tail_window_frame(tracks: Sequence[VideoTrack], chunk: Chunk) -> int:
    """Return the grid frame, counted from the chunk's first, where the tail window starts."""
    step = max(track.frame_step for track in tracks)
    return max(0, (chunk.frame_count - SEAM_FRAMES * step) // step * step)


def seam_ssim(
    stream: VideoStream,
    tracks: Sequence[VideoTrack],
    chunk: Chunk,
    *,
    url: str,
    etag: str,
    files: Sequence[str],
    heads: Sequence[str],
    tails: Sequence[str],
) -> tuple[str, ...]:
    """FFmpeg: SSIM of the first and last frames of each rung against the source.

    Args:
        files: the encoded chunk of each track.
        heads, tails: for each track, where the per-frame figures are written.
    """
    timeline = tracks[0].timeline
    head_frames = min(chunk.frame_count, SEAM_FRAMES * max(track.frame_step for track in tracks))
    tail_start = tail_window_frame(tracks, chunk)
    windows = (
        (chunk.first_frame, head_frames),
        (chunk.first_frame + tail_start, chunk.frame_count - tail_start),
    )
    arguments = [*TOLERATE_DAMAGE]
    graph: list[str] = []
    for number, (first_frame, frame_count) in enumerate(windows):
        arguments += [*words(picture.seek(timeline, first_frame)), *source_input(url, etag)]
        grid = picture.grid(stream, timeline, first_frame, frame_count)
        chains = [(*words((*grid, *picture.look(stream, track))), *_COMPARE) for track in tracks]
        ends = [f"w{number}r{i}" for i in range(len(tracks))]
        graph.append(join_chains(f"{number}:{stream.stream_index}", chains, ends))
    compare = ",".join(_COMPARE)
    for i, (track, path) in enumerate(zip(tracks, files, strict=True)):
        arguments += local_input(path)
        head_end = -(-head_frames // track.frame_step)
        graph += [
            f"[{i + 2}:v]split=2[e{i}h][e{i}t]",
            f"[e{i}h]trim=end_frame={head_end},{compare}[h{i}]",
            f"[e{i}t]trim=start_frame={tail_start // track.frame_step},{compare}[t{i}]",
            f"[h{i}][w0r{i}]ssim=stats_file={heads[i]}[o{i}h]",
            f"[t{i}][w1r{i}]ssim=stats_file={tails[i]}[o{i}t]",
        ]
    arguments += ["-filter_complex", ";".join(graph)]
    for i in range(len(tracks)):
        for side in "ht":
            arguments += ["-map", f"[o{i}{side}]", "-f", "null", "-"]
    return tuple(arguments)
