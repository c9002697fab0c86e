"""What a rule is about: whether a publish has any of it, and what the report says when not.

What is planned counts as well as what is there, so that no rule falls silent because the thing that
it is about is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from transcoding.conformance.parsed import Parsed


class Scope(NamedTuple):
    """Attributes:
    covers: whether the publish has any of it; raising fails the rule.
    otherwise: what is not there, as the report says it.
    """

    covers: Callable[[Parsed], bool]
    otherwise: str


def _several_chunks(parsed: Parsed) -> bool:
    return any(track.chunk_count > 1 for track in parsed.expected.video)


EVERYTHING = Scope(lambda _: True, "")
PICTURE = Scope(lambda parsed: parsed.has_picture, "there is no picture")
SOUND = Scope(lambda parsed: parsed.has_sound, "there is no sound")
SOUND_ALONE = Scope(lambda parsed: not parsed.has_picture, "there is a picture")
PICTURE_IN_CHUNKS = Scope(_several_chunks, "no picture in several chunks, so no seams")
