"""Which segments give the pictures beside a video."""

from __future__ import annotations

from math import ceil

from transcoding.commands import stills
from transcoding.commands.parts import recipe_of
from transcoding.source.source import Source
from transcoding.tracks.images import Poster, Storyboard
from transcoding.tracks.video import VideoTrack
from transcoding.values import content_key

MAX_THUMBNAILS = 150

_POSTER_AT = 10
"""A tenth into the video is past the titles and before the end."""


def plan_poster(source: Source, tracks: tuple[VideoTrack, ...], encoder: str) -> Poster | None:
    """Take the poster from the highest rung, or from the cover of a sound file.

    What has been encoded can be decoded from any segment on, upright and in SDR; a seek into the
    source may find nothing.
    """
    if tracks:
        track = tracks[-1]
        number = track.timeline.segment_count // _POSTER_AT + 1
        width, height = stills.fit_long_side(track.width, track.height, stills.POSTER_LONG_SIDE_PX)
        made = recipe_of(stills.poster_pieces("", width, height, ""))
        return Poster(
            key=f"poster-{content_key([track.key, number, made, encoder])}",
            track_key=track.key,
            segment_number=number,
            width=width,
            height=height,
        )
    cover = source.cover
    if cover is None:
        return None
    width, height = stills.fit_long_side(cover.width, cover.height, stills.POSTER_LONG_SIDE_PX)
    taken = recipe_of(stills.cover_pieces(("", ""), cover.stream_index, width, height, ""))
    return Poster(
        key=f"poster-{content_key([taken, encoder])}",
        track_key="",
        stream_index=cover.stream_index,
        width=width,
        height=height,
    )


def plan_storyboard(tracks: tuple[VideoTrack, ...], encoder: str) -> Storyboard | None:
    """Choose every k-th segment of the lowest rung, so that there are at most 150 thumbnails."""
    if not tracks:
        return None
    track = tracks[0]
    count = track.timeline.segment_count
    width, height = stills.fit_long_side(track.width, track.height, stills.THUMBNAIL_LONG_SIDE_PX)
    numbers = tuple(range(1, count + 1, ceil(count / MAX_THUMBNAILS)))
    made = recipe_of(stills.sprite_pieces("", width, height, ""))
    return Storyboard(
        key=f"storyboard-{content_key([track.key, numbers, made, encoder])}",
        track_key=track.key,
        segment_numbers=numbers,
        thumbnail_width=width,
        thumbnail_height=height,
        columns=stills.SPRITE_COLUMNS,
        rows=stills.SPRITE_ROWS,
    )
