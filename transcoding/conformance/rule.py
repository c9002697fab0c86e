"""A rule, what it finds, and what becomes of the finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from transcoding.conformance.level import Level
from transcoding.conformance.parsed import Parsed
from transcoding.conformance.scope import Scope
from transcoding.values import Value

_PROBLEMS_SHOWN = 3
_LONGEST_DETAIL = 400


class RuleResult(Value):
    """What a rule found in one publish.

    Attributes:
        rule: "HLS" and the rule's number in Apple's HLS Authoring Specification, or the area and
            the name of a rule of DASH, CMAF, content or delivery.
        applies: False when the output has nothing that the rule is about; `passed` is then True.
        detail: what was measured, and what was expected where that differs; what is not there
            where the rule does not apply.
    """

    rule: str
    level: Level
    passed: bool
    applies: bool
    detail: str


class Finding(NamedTuple):
    """What one rule says: see RuleResult."""

    passed: bool
    detail: str


class Rule(NamedTuple):
    """A rule, what it is about, and the function that looks for breaches of it.

    `find` is asked only where the publish has what the rule is about.
    """

    name: str
    level: Level
    applies_to: Scope
    find: Callable[[Parsed], Finding]


def judge(problems: Iterable[str], measured: str) -> Finding:
    """Pass with what was measured, or fail with the first problems."""
    found = list(problems)
    if not found:
        return Finding(True, measured[:_LONGEST_DETAIL])
    more = len(found) - _PROBLEMS_SHOWN
    shown = "; ".join(found[:_PROBLEMS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return Finding(False, shown[:_LONGEST_DETAIL])


def apply_rule(rule: Rule, parsed: Parsed) -> RuleResult:
    """Ask one rule; a rule that cannot finish has not been passed."""
    try:
        if not rule.applies_to.covers(parsed):
            return RuleResult(
                rule=rule.name,
                level=rule.level,
                passed=True,
                applies=False,
                detail=rule.applies_to.otherwise,
            )
        finding = rule.find(parsed)
    except Exception as error:  # whatever it is, it must end up in the report, not pass
        finding = Finding(False, f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL])
    return RuleResult(rule=rule.name, level=rule.level, applies=True, **finding._asdict())
