"""Runs trials side by side, within a bounded time, and never the same one twice at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Literal, NamedTuple

from adapters.redaction import redact
from transcoding.errors import StorageFailed, ToolFailed, VodError
from transcoding.reporting.checkup import Check

WITHIN_S = 25.0
"""For all trials together; whoever asked gives up after 30 s or so."""

_MAX_CHARS = 2_000


class Finding(NamedTuple):
    """What a trial has found; the fields are those of a Check."""

    status: Literal["ok", "failed", "skipped"]
    found: str
    advice: str = ""


def passed(found: str) -> Finding:
    return Finding("ok", found)


def failed(found: str, advice: str) -> Finding:
    return Finding("failed", found, advice)


def skipped(why: str) -> Finding:
    return Finding("skipped", why)


class Trial(NamedTuple):
    """One thing to try.

    Attributes:
        name: of the Check.
        attempt: does it. What it raises counts as a failure, of which the text is told.
        advice: what to do where it says nothing in time, or fails without an advice of its own.
        request: the word with which it is asked for; "" where it is always tried. For what is not
            to be done by whoever only watches.
    """

    name: str
    attempt: Callable[[], Finding]
    advice: str
    request: str = ""


class Examination:
    """All trials of one process.

    Whoever asks while a trial is under way shares what it finds. So neither many callers nor a
    service that hangs make more than one thread for each trial.

    Args:
        within_s: a trial that takes longer has failed; it goes on, and nobody waits for it.
        secrets: what is cut out of whatever is found.
    """

    def __init__(
        self, trials: Sequence[Trial], *, within_s: float = WITHIN_S, secrets: Sequence[str] = ()
    ) -> None:
        self._trials = tuple(trials)
        self._within_s = within_s
        self._secrets = tuple(secrets)
        self._lock = threading.Lock()
        self._running: dict[str, Future[Finding]] = {}

    async def examine(self, requests: Collection[str] = ()) -> tuple[Check, ...]:
        """Try everything; return what was found, in the order of the trials.

        Waiting holds no thread.

        Args:
            requests: of trials that are tried only then.
        """
        waiting = {
            trial.name: asyncio.wrap_future(self._begun(trial))
            for trial in self._trials
            if not trial.request or trial.request in requests
        }
        if waiting:
            await asyncio.wait(waiting.values(), timeout=self._within_s)
        found = []
        for trial in self._trials:
            future = waiting.get(trial.name)
            if future is None:
                untried = skipped(f"tried only when it is asked for: ?{trial.request}=true")
                found.append(self._check(trial, untried))
            elif future.done():
                found.append(self._check(trial, future.result()))
            else:
                # It goes on for whoever asks next, and is not to be told here any more.
                future.cancel()
                silence = f"nothing was heard within {self._within_s:g} s"
                found.append(self._check(trial, failed(silence, trial.advice)))
        return tuple(found)

    def _begun(self, trial: Trial) -> Future[Finding]:
        with self._lock:
            running = self._running.get(trial.name)
            if running and not running.done():
                return running
            future: Future[Finding] = Future()
            future.set_running_or_notify_cancel()
            self._running[trial.name] = future
        # No pool: the interpreter would wait at its end for a trial that hangs.
        thread = threading.Thread(target=_run, args=(trial, future), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            future.set_result(failed(str(error), "restart the app: it can start no more threads"))
        return future

    def _check(self, trial: Trial, finding: Finding) -> Check:
        return Check(
            name=trial.name,
            status=finding.status,
            found=self._shown(finding.found) or "nothing was said",
            advice=self._shown(finding.advice or trial.advice)
            if finding.status == "failed"
            else "",
        )

    def _shown(self, text: str) -> str:
        return redact(text, self._secrets, stand_in="<removed>").strip()[:_MAX_CHARS]


def _run(trial: Trial, future: Future[Finding]) -> None:
    try:
        finding = trial.attempt()
    except StorageFailed as error:
        # Its second half is storage's own word.
        finding = failed(str(error), trial.advice)
    except VodError as error:
        finding = failed(_told(error), error.advice or trial.advice)
    except BaseException as error:  # whoever waits is to hear of it
        finding = failed(f"{type(error).__name__}: {error}", trial.advice)
    future.set_result(finding)


def _told(error: VodError) -> str:
    said = error.stderr_tail.strip() if isinstance(error, ToolFailed) else ""
    on = f" ({error.on})" if error.on else ""
    return f"{error.tried}{on}" + (f" [{said.splitlines()[-1]}]" if said else "")
