"""Poster and thumbnails, taken from what was encoded or from a cover."""

from __future__ import annotations

from fractions import Fraction

from transcoding.commands.inputs import local_input, source_input
from transcoding.commands.parts import Piece, recipe, run, words

SPRITE_COLUMNS, SPRITE_ROWS = 5, 5
THUMBNAIL_LONG_SIDE_PX = 160
POSTER_LONG_SIDE_PX = 1280

_JPEG = (recipe("-map_metadata", "-1"), recipe("-f", "image2"))
_ONE_JPEG = (recipe("-frames:v", "1"), recipe("-q:v", "3"), *_JPEG, recipe("-update", "1"))


def poster_pieces(path: str, width: int, height: int, output: str) -> tuple[Piece, ...]:
    """Return the argument list of `make_poster`, piece by piece."""
    return (
        run(*local_input(path)),
        recipe("-map", "0:v:0"),
        recipe("-vf", f"thumbnail=50,{_poster_look(width, height)}"),
        *_ONE_JPEG,
        run(output),
    )


def make_poster(path: str, width: int, height: int, output: str) -> tuple[str, ...]:
    """FFmpeg: the most typical of the first 50 pictures of a local file, as JPEG."""
    return words(poster_pieces(path, width, height, output))


def cover_pieces(
    source: tuple[str, str], stream_index: int, width: int, height: int, output: str
) -> tuple[Piece, ...]:
    """Return the argument list of `take_cover`, piece by piece."""
    return (
        run(*source_input(*source)),
        recipe("-map", f"0:{stream_index}"),
        recipe("-vf", _poster_look(width, height)),
        *_ONE_JPEG,
        run(output),
    )


def take_cover(
    source: tuple[str, str], stream_index: int, width: int, height: int, output: str
) -> tuple[str, ...]:
    """FFmpeg: the cover that comes with a sound file, as JPEG.

    Args:
        source: read URL and ETag, as in `inputs.source_input`.
    """
    return words(cover_pieces(source, stream_index, width, height, output))


def _poster_look(width: int, height: int) -> str:
    return f"scale={width}:{height}:flags=lanczos,setsar=1,format=yuvj420p"


def sprite_pieces(path: str, width: int, height: int, output_pattern: str) -> tuple[Piece, ...]:
    """Return the argument list of `make_sprites`, piece by piece."""
    chain = f"scale={width}:{height}:flags=area,setsar=1,tile={SPRITE_COLUMNS}x{SPRITE_ROWS}"
    return (
        # Only keyframes are decoded: each chosen segment gives one thumbnail.
        recipe("-skip_frame", "nokey"),
        run(*local_input(path)),
        recipe("-map", "0:v:0"),
        recipe("-vf", chain),
        recipe("-fps_mode", "passthrough"),
        recipe("-q:v", "4"),
        *_JPEG,
        run(output_pattern),
    )


def make_sprites(path: str, width: int, height: int, output_pattern: str) -> tuple[str, ...]:
    """FFmpeg: sheets of 5 by 5 thumbnails from the keyframes of a local file, one each."""
    return words(sprite_pieces(path, width, height, output_pattern))


def fit_long_side(width: int, height: int, long_side_px: int) -> tuple[int, int]:
    """Scale a size down, never up, so that its longer side is `long_side_px`; both sides even."""
    scale = min(Fraction(1), Fraction(long_side_px, max(width, height)))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
