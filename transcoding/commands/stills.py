"""Poster and thumbnails, taken from what was encoded or from a cover."""

from __future__ import annotations

from fractions import Fraction

from transcoding.commands.inputs import local_input, source_input

SPRITE_COLUMNS, SPRITE_ROWS = 5, 5
THUMBNAIL_LONG_SIDE_PX = 160
POSTER_LONG_SIDE_PX = 1280

_JPEG = ("-map_metadata", "-1", "-f", "image2")


def make_poster(path: str, width: int, height: int, output: str) -> tuple[str, ...]:
    """FFmpeg: the most typical of the first 50 pictures of a local file, as JPEG."""
    return (
        *(*local_input(path), "-map", "0:v:0"),
        *("-vf", f"thumbnail=50,{_poster_size(width, height)}", "-frames:v", "1", "-q:v", "3"),
        *(*_JPEG, "-update", "1", output),
    )


def take_cover(
    source: tuple[str, str], stream_index: int, width: int, height: int, output: str
) -> tuple[str, ...]:
    """FFmpeg: the cover that comes with a sound file, as JPEG.

    Args:
        source: read URL and ETag, as in `inputs.source_input`.
    """
    return (
        *(*source_input(*source), "-map", f"0:{stream_index}"),
        *("-vf", _poster_size(width, height), "-frames:v", "1", "-q:v", "3"),
        *(*_JPEG, "-update", "1", output),
    )


def _poster_size(width: int, height: int) -> str:
    return f"scale={width}:{height}:flags=lanczos,setsar=1,format=yuvj420p"


def make_sprites(path: str, width: int, height: int, output_pattern: str) -> tuple[str, ...]:
    """FFmpeg: sheets of 5 by 5 thumbnails from the keyframes of a local file, one each."""
    chain = f"scale={width}:{height}:flags=area,setsar=1,tile={SPRITE_COLUMNS}x{SPRITE_ROWS}"
    return (
        # Only keyframes are decoded: each chosen segment gives one thumbnail.
        *("-skip_frame", "nokey", *local_input(path), "-map", "0:v:0"),
        *("-vf", chain, "-fps_mode", "passthrough", "-q:v", "4", "-map_metadata", "-1"),
        *("-f", "image2", output_pattern),
    )


def fit_long_side(width: int, height: int, long_side_px: int) -> tuple[int, int]:
    """Scale a size down, never up, so that its longer side is `long_side_px`; both sides even."""
    scale = min(Fraction(1), Fraction(long_side_px, max(width, height)))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
