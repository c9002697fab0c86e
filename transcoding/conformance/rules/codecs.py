"""Rules about one codec each, as its file states them."""

from __future__ import annotations

from transcoding.conformance.codecs.codec import Check, Codec
from transcoding.conformance.codecs.registry import CODECS
from transcoding.conformance.parsed import Parsed
from transcoding.conformance.rule import Finding, Rule, judge
from transcoding.conformance.scope import Scope


def _rule(codec: Codec, check: Check) -> Rule:
    def covers(parsed: Parsed) -> bool:
        return bool(parsed.of_codec(codec))

    def find(parsed: Parsed) -> Finding:
        problems = (
            f"{rendition.key}: {problem}"
            for rendition in parsed.of_codec(codec)
            for problem in check.find(rendition.init)
        )
        return judge(problems, check.measured)

    return Rule(check.name, check.level, Scope(covers, f"no track is {codec.title}"), find)


RULES = tuple(_rule(codec, check) for codec in CODECS for check in codec.checks)
