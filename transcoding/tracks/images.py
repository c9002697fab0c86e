"""Pictures beside the video: each names the track that it is taken from."""

from __future__ import annotations

from transcoding.values import Value


class Poster(Value):
    """The picture that is shown before the video plays.

    Attributes:
        key: names its folder.
        track_key: whose segment it is taken from; "" takes the cover of a sound file.
        segment_number: counted from 1; of no meaning for a cover.
        stream_index: of the cover in the source; of no meaning otherwise.
        width, height: in pixels.
    """

    key: str
    track_key: str
    segment_number: int = 1
    stream_index: int = 0
    width: int
    height: int


class Storyboard(Value):
    """Thumbnails for the seek bar, on sheets.

    Attributes:
        key: names its folder.
        track_key: whose segments give a thumbnail each.
        segment_numbers: ascending, counted from 1.
        thumbnail_width, thumbnail_height: in pixels.
        columns, rows: of a sheet.
    """

    key: str
    track_key: str
    segment_numbers: tuple[int, ...]
    thumbnail_width: int
    thumbnail_height: int
    columns: int
    rows: int

    @property
    def sheet_count(self) -> int:
        """How many sheets there are, of which the last may not be full."""
        return -(-len(self.segment_numbers) // (self.columns * self.rows))
