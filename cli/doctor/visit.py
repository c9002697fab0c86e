"""Goes through the steps of an examination: each within its time, none twice, none for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.console import Console

from cli.app_client import AppClient
from cli.doctor.canary import Canary
from cli.doctor.fetching import Stranger
from cli.doctor.patient import Patient
from cli.doctor.time_limit import OutOfTime, time_limit
from cli.terminal import write_line
from transcoding.errors import VodError
from transcoding.reporting.checkup import Check, Checkup


@dataclass
class Visit:
    """What the steps of one examination work with, and what they have found.

    Attributes:
        console: where progress is told.
        limit_s: how long the whole examination may take.
        settles_within_s: a purge that is done is done everywhere; this is for answers on their way.
        version: of the app, once it has told.
    """

    patient: Patient
    client: AppClient
    canary: Canary
    console: Console
    limit_s: float
    settles_within_s: float = 10.0
    stranger: Stranger = field(default_factory=Stranger)
    version: str = ""
    checks: list[Check] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def left_s(self) -> float:
        return self.limit_s - (time.monotonic() - self.began)

    def tell(self, text: str) -> None:
        write_line(self.console, f"{time.monotonic() - self.began:6.1f} s  {text}")

    def passed(self, name: str) -> bool:
        return any(check.name == name and check.status == "ok" for check in self.checks)

    def checkup(self) -> Checkup:
        return Checkup(version=self.version, checks=tuple(self.checks))


class Step(NamedTuple):
    """One thing to try.

    Attributes:
        name: of its check, or of what it is about where it gives several.
        look: tries it.
        needs: checks without which there is nothing to try.
        limit_s: how long it may take.
    """

    name: str
    look: Callable[[Visit], Iterable[Check] | Check]
    needs: tuple[str, ...] = ()
    limit_s: float = 60.0


def go_through(visit: Visit, steps: Sequence[Step]) -> None:
    """Try each step; what has been found is in the visit, also when this is interrupted."""
    for step in steps:
        missing = [name for name in step.needs if not visit.passed(name)]
        if missing:
            why = f"there is nothing to try without: {missing[0]}"
            found: Sequence[Check] = [Check(name=step.name, status="skipped", found=why)]
        else:
            found = _look(visit, step)
        visit.checks += found
        for check in found:
            visit.tell(f"{check.name}: {check.status}")


def _look(visit: Visit, step: Step) -> Sequence[Check]:
    limit_s = min(step.limit_s, visit.left_s)
    if limit_s <= 0:
        return [_out_of_time(step.name, visit.limit_s)]
    try:
        with time_limit(limit_s):
            found = step.look(visit)
            return [found] if isinstance(found, Check) else list(found)
    except OutOfTime:
        return [_out_of_time(step.name, limit_s)]
    except VodError as error:
        return [of_error(step.name, error)]


def of_error(name: str, error: VodError) -> Check:
    """Return the failed check for an error: what was tried, and what to do about it."""
    found = error.tried + (f" ({error.on})" if error.on else "")
    advice = error.advice or "look at the app's log"
    return Check(name=name, status="failed", found=found, advice=advice)


def _out_of_time(name: str, limit_s: float) -> Check:
    return Check(
        name=name,
        status="failed",
        found=f"it has not ended within {limit_s:.0f} s",
        advice="look whether what was asked is overloaded or out of reach; --timeout allows more"
        " time in all",
    )
