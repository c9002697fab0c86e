"""A rule, what it finds, and what becomes of the finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from transcoding.conformance.parsed import Parsed
from transcoding.values import Value

Level = Literal["MUST", "SHOULD"]

_PROBLEMS_SHOWN = 3
_LONGEST_DETAIL = 400


class RuleResult(Value):
    """What a rule found in one publish.

    Attributes:
        rule: "HLS" and the rule's number in Apple's HLS Authoring Specification, or the area and
            the name of a rule of DASH, CMAF, content or delivery.
        applies: False when the output has nothing that the rule is about; `passed` is then True.
        detail: what was measured, and what was expected where that differs.
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
    applies: bool = True


class Rule(NamedTuple):
    """A rule and the function that looks for breaches of it."""

    name: str
    level: Level
    find: Callable[[Parsed], Finding]


def judge(problems: Iterable[str], measured: str) -> Finding:
    """Pass with what was measured, or fail with the first problems."""
    found = list(problems)
    if not found:
        return Finding(True, measured[:_LONGEST_DETAIL])
    more = len(found) - _PROBLEMS_SHOWN
    shown = "; ".join(found[:_PROBLEMS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return Finding(False, shown[:_LONGEST_DETAIL])


def not_applicable(why: str) -> Finding:
    return Finding(True, why, applies=False)


NO_AUDIO = not_applicable("the source has no audio")


def apply_rule(rule: Rule, parsed: Parsed) -> RuleResult:
    """Ask one rule; a rule that cannot finish has not been passed."""
    try:
        finding = rule.find(parsed)
    except Exception as error:  # whatever it is, it must end up in the report, not pass
        finding = Finding(False, f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL])
    return RuleResult(rule=rule.name, level=rule.level, **finding._asdict())
