"""A published file as a player meets it."""

from __future__ import annotations

from typing import Literal

from cli.doctor.fetching import Fetched
from transcoding.values import Value

Kind = Literal["master", "manifest", "poster", "playlist", "init", "segment"]

PART_BYTES = 100
"""A part of each file is asked for: its first 100 bytes."""

QUERIES = ("comp=blocklist", "comp=metadata")
"""With them storage answers 200 with something else than the blob, to whoever may read it."""

_MEDIA_BOXES = (b"styp", b"sidx", b"moof", b"emsg", b"prft")
"""What a media segment may begin with (ISO/IEC 14496-12, 8.16)."""


class PublicFile(Value):
    """One file with all that was answered for it.

    Attributes:
        whole, head, part: the answers to GET, HEAD, and GET of its first PART_BYTES bytes; those
            of a segment come after it was asked for with QUERIES.
    """

    kind: Kind
    path: str
    whole: Fetched
    head: Fetched
    part: Fetched

    @property
    def has_come(self) -> bool:
        return self.whole.status == 200 and not self.whole.is_cut

    @property
    def is_spoilt(self) -> bool:
        """It is a segment by its name alone."""
        return self.kind == "segment" and self.whole.body[4:8] not in _MEDIA_BOXES
