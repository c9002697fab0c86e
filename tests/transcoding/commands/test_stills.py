"""Poster and thumbnails: sizes, and what decides them."""

from __future__ import annotations

import pytest

from transcoding.commands import stills
from transcoding.commands.parts import recipe_of


@pytest.mark.parametrize(
    ("size", "long_side_px", "fitted"),
    [
        ((1920, 1080), 160, (160, 90)),
        ((1080, 1920), 160, (90, 160)),
        ((100, 50), 160, (100, 50)),
        ((4000, 100), 160, (160, 4)),
        ((8192, 16), 160, (160, 2)),
    ],
)
def test_thumbnail_sizes(size: tuple[int, int], long_side_px: int, fitted: tuple[int, int]) -> None:
    """Scaled down, never up, to even sides."""
    assert stills.fit_long_side(*size, long_side_px) == fitted


def test_where_a_still_is_read_from_and_written_to_decides_nothing() -> None:
    """Address, ETag and folder are of the run; size and stream are of the recipe."""
    cover = recipe_of(stills.cover_pieces(("https://a/?sig=1", "0x1"), 7, 640, 640, "a.jpg"))
    assert recipe_of(stills.cover_pieces(("https://b/", "0x2"), 7, 640, 640, "b.jpg")) == cover
    assert recipe_of(stills.cover_pieces(("https://a/", "0x1"), 8, 640, 640, "a.jpg")) != cover
    assert recipe_of(stills.cover_pieces(("https://a/", "0x1"), 7, 640, 480, "a.jpg")) != cover
    for pieces in (stills.poster_pieces, stills.sprite_pieces):
        assert recipe_of(pieces("a", 640, 360, "b")) == recipe_of(pieces("c", 640, 360, "d"))
        assert recipe_of(pieces("a", 640, 360, "b")) != recipe_of(pieces("a", 640, 480, "b"))
