"""What an argument list is made of: a track's recipe, the window of a chunk, and the run.

Every argument and every filter belongs to exactly one of the three (ADR 0005):

    recipe   decides the track's bytes, and knows no chunk: codec, rates, filters, stream
    window   which part of the timeline: seek, trim, offset, counts; a pure function of timeline
             and chunk (counts also of a rung's frame step, which its recipe has)
    run      how it is run: address, output, threads, limits, certificates, progress, wiring
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Part = Literal["recipe", "window", "run"]


class Piece(NamedTuple):
    """A flag with its values, or one filter of a chain.

    Attributes:
        words: the arguments as FFmpeg gets them; a filter is one word.
    """

    part: Part
    words: tuple[str, ...]


def recipe(*words: str) -> Piece:
    return Piece("recipe", words)


def window(*words: str) -> Piece:
    return Piece("window", words)


def run(*words: str) -> Piece:
    return Piece("run", words)


def words(pieces: Iterable[Piece]) -> tuple[str, ...]:
    """Return the pieces as one argument list."""
    return tuple(word for piece in pieces for word in piece.words)


def chain(pieces: Iterable[Piece]) -> str:
    """Return the pieces as one chain of filters."""
    return ",".join(words(pieces))


def recipe_of(pieces: Iterable[Piece]) -> list[list[str]]:
    """Return what a key hashes of these pieces, as JSON: the recipe, in order."""
    return [list(piece.words) for piece in pieces if piece.part == "recipe"]


def window_of(pieces: Iterable[Piece]) -> list[list[str]]:
    """Return what these pieces say of the chunk, as JSON, in order."""
    return [list(piece.words) for piece in pieces if piece.part == "window"]
