"""Keys: short names for everything that decides a track's bytes.

Nothing is listed by hand. A key hashes what the argument builders call recipe, the timeline with
its cut, and the encoder's version; address, grouping, threads and limits are of the run and change
no key (ADR 0005). What follows from timeline and chunk is hashed for a few chunks, so that a mended
formula makes another key, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from transcoding.commands import picture, sound
from transcoding.commands.parts import Piece, recipe_of, window_of
from transcoding.source.sound_timeline import SoundTimeline
from transcoding.source.source import VideoStream
from transcoding.source.timeline import Chunk, Timeline
from transcoding.tracks.audio import AudioTrack
from transcoding.tracks.video import VideoTrack
from transcoding.values import Value, content_key


def keyed_video(track: VideoTrack, stream: VideoStream, encoder: str) -> VideoTrack:
    """Return a rung with its key, such as `h264-1280x720-3000k-0123456789ab`."""
    pieces = [picture.pieces_of(stream, track, chunk) for chunk in _samples(track.timeline)]
    name = f"{track.codec}-{track.width}x{track.height}-{track.bitrate_bps // 1000}k"
    return track.model_copy(update={"key": f"{name}-{recipe_key(pieces, track.timeline, encoder)}"})


def keyed_audio(track: AudioTrack, encoder: str) -> AudioTrack:
    """Return an audio track with its key, such as `aac-1-0123456789ab`."""
    pieces = [sound.pieces_of(track, chunk) for chunk in _samples(track.timeline)]
    name = f"{track.codec}-{track.stream_index}"
    return track.model_copy(update={"key": f"{name}-{recipe_key(pieces, track.timeline, encoder)}"})


def generation_key(key: str, generation: int) -> str:
    """Return the key of a later generation: the same bytes in a folder of its own.

    A release refers to the folder before, where something is damaged that must not be touched.
    """
    return key if generation == 1 else f"{key}-g{generation}"


def recipe_key(chunks: Sequence[Sequence[Piece]], timeline: Value, encoder: str) -> str:
    """Return the short name of all that decides a track's bytes.

    Args:
        chunks: the pieces of a track for some of its chunks; of one recipe.
    """
    windows = [window_of(pieces) for pieces in chunks]
    return content_key([recipe_of(chunks[0]), windows, timeline.to_json(), encoder])


def _samples(timeline: Timeline | SoundTimeline) -> list[Chunk]:
    """Return the chunks at both ends of a timeline, and one that is at neither."""
    count = timeline.chunk_count
    return [timeline.chunk(index) for index in sorted({0, count // 2, count - 1})]
