"""The gate: all rules, in the order in which they are reported."""

from __future__ import annotations

from collections.abc import Iterable

from transcoding.conformance.files import PublishedFiles
from transcoding.conformance.parsed import Parsed
from transcoding.conformance.rule import Rule, RuleResult, apply_rule
from transcoding.conformance.rules import (
    codecs,
    content,
    dash,
    delivery,
    hls,
    hls_media,
    hls_rates,
    hls_renditions,
    media,
    picture,
)

RULES: tuple[Rule, ...] = (
    *hls.RULES,
    *hls_rates.RULES,
    *hls_renditions.RULES,
    *hls_media.RULES,
    *dash.RULES,
    *media.RULES,
    *picture.RULES,
    *codecs.RULES,
    *content.RULES,
    *delivery.RULES,
)


def check(files: PublishedFiles) -> tuple[RuleResult, ...]:
    """Check what is about to be published against every rule.

    Nothing is raised for bad files: what cannot be read fails the rules about it.
    """
    parsed = Parsed(files)
    return tuple(apply_rule(rule, parsed) for rule in RULES)


def failures(results: Iterable[RuleResult]) -> tuple[RuleResult, ...]:
    """Return the results that stop a publish: every MUST that applies and did not pass."""
    return tuple(r for r in results if r.level == "MUST" and r.applies and not r.passed)
