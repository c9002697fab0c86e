"""Keys: short names for everything that decides a track's bytes.

Nothing is listed by hand. A key hashes what the argument builders call recipe, the timeline with
its cut, and the encoder's version; address, index of the chunk, grouping, threads and limits are of
the other parts and change no key (ADR 0005).
"""

from __future__ import annotations

from collections.abc import Iterable

from transcoding.commands import picture, sound
from transcoding.commands.parts import Piece, recipe_of
from transcoding.source.source import VideoStream
from transcoding.tracks.audio import AudioTrack
from transcoding.tracks.video import VideoTrack
from transcoding.values import Value, content_key


def keyed_video(track: VideoTrack, stream: VideoStream, encoder: str) -> VideoTrack:
    """Return a rung with its key, such as `h264-1280x720-3000k-0123456789ab`."""
    pieces = picture.pieces_of(stream, track, track.timeline.chunk(0))
    name = f"{track.codec}-{track.width}x{track.height}-{track.bitrate_bps // 1000}k"
    return track.model_copy(update={"key": f"{name}-{recipe_key(pieces, track.timeline, encoder)}"})


def keyed_audio(track: AudioTrack, encoder: str) -> AudioTrack:
    """Return an audio track with its key, such as `aac-1-0123456789ab`."""
    pieces = sound.pieces_of(track, track.timeline.chunk(0))
    name = f"{track.codec}-{track.stream_index}"
    return track.model_copy(update={"key": f"{name}-{recipe_key(pieces, track.timeline, encoder)}"})


def generation_key(key: str, generation: int) -> str:
    """Return the key of a later generation: the same bytes in a folder of its own.

    A release refers to the folder before, where something is damaged that must not be touched.
    """
    return key if generation == 1 else f"{key}-g{generation}"


def recipe_key(pieces: Iterable[Piece], timeline: Value, encoder: str) -> str:
    """Return the short name of all that decides a track's bytes."""
    return content_key([recipe_of(pieces), timeline.to_json(), encoder])
