"""The conformance gate: published files, checked apart from the code that wrote them.

Its readers and its arithmetic are its own, file names included: it imports nothing that it checks,
so that a mistake is not repeated by the check. `expect` alone reads a plan, and only its fields.
"""

from transcoding.conformance.expected import Expected, ExpectedAudio, ExpectedVideo, expect
from transcoding.conformance.files import Headers, PublishedFiles, PublishedRendition
from transcoding.conformance.gate import check, failures
from transcoding.conformance.readers.boxes import head_size
from transcoding.conformance.rule import RuleResult

__all__ = [
    "Expected",
    "ExpectedAudio",
    "ExpectedVideo",
    "Headers",
    "PublishedFiles",
    "PublishedRendition",
    "RuleResult",
    "check",
    "expect",
    "failures",
    "head_size",
]
