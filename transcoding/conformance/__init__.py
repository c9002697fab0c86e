"""The conformance gate: published files, checked apart from the code that wrote them.

It reads boxes, playlists and the manifest with readers of its own, so that a mistake of a writer is
not repeated by the check.
"""

from transcoding.conformance.files import Headers, PublishedFiles, PublishedRendition
from transcoding.conformance.gate import check, failures
from transcoding.conformance.readers.boxes import head_size
from transcoding.conformance.rule import RuleResult

__all__ = [
    "Headers",
    "PublishedFiles",
    "PublishedRendition",
    "RuleResult",
    "check",
    "failures",
    "head_size",
]
