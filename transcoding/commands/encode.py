"""The argument list of one unit: one decode of a chunk, one fragmented MP4 for each track.

It is joined from what the tracks add (`picture`, `sound`); only the run is its own: wiring, input
and outputs, which decide no byte.
"""

from __future__ import annotations

from collections.abc import Sequence

from transcoding.commands import picture, sound
from transcoding.commands.graph import join_chains
from transcoding.commands.inputs import TOLERATE_DAMAGE, source_input
from transcoding.commands.parts import chain, run, words
from transcoding.source.source import VideoStream
from transcoding.source.timeline import Chunk
from transcoding.tracks.audio import AudioTrack
from transcoding.tracks.video import VideoTrack


def encode_picture(
    stream: VideoStream,
    tracks: Sequence[VideoTrack],
    chunk: Chunk,
    *,
    url: str,
    etag: str,
    outputs: Sequence[str],
) -> tuple[str, ...]:
    """FFmpeg: a chunk of the picture.

    Args:
        tracks: of one timeline.
        url, etag: of the source, as in `inputs.source_input`.
        outputs: a local path for each track.
    """
    timeline = tracks[0].timeline
    grid = picture.grid(stream, timeline, chunk.first_frame, chunk.frame_count)
    ends = [f"v{index}" for index in range(len(tracks))]
    chains = [words((*grid, *picture.look(stream, track))) for track in tracks]
    arguments = [
        run(*TOLERATE_DAMAGE),
        *picture.seek(timeline, chunk.first_frame),
        run(*source_input(url, etag)),
        run("-filter_complex", join_chains(f"0:{stream.stream_index}", chains, ends)),
    ]
    for track, end, output in zip(tracks, ends, outputs, strict=True):
        arguments += [run("-map", f"[{end}]"), *picture.output(track, chunk), run(output)]
    return words(arguments)


def encode_sound(
    tracks: Sequence[AudioTrack], chunk: Chunk, *, url: str, etag: str, outputs: Sequence[str]
) -> tuple[str, ...]:
    """FFmpeg: a chunk of all sound tracks, read once.

    Args:
        tracks, url, etag, outputs: as in `encode_picture`.
    """
    arguments = [
        run(*TOLERATE_DAMAGE),
        *sound.seek(tracks[0].timeline, chunk),
        *(piece for track in tracks for piece in sound.decoder(track)),
        run(*source_input(url, etag)),
    ]
    for track, output in zip(tracks, outputs, strict=True):
        arguments += [run("-map", f"0:{track.stream_index}")]
        arguments += [run("-af", chain(sound.filters(track, chunk)))]
        arguments += [*sound.output(track, chunk), run(output)]
    return words(arguments)
