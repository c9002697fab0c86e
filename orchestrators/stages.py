"""How long each phase of a job takes, by the orchestrator's replay-safe clock."""

from __future__ import annotations

from datetime import datetime

from azure.durable_functions import DurableOrchestrationContext

from transcoding.job.messages import Stage


class StageClock:
    """Measures phases by history's own times, so that a replay measures the same."""

    def __init__(self, context: DurableOrchestrationContext) -> None:
        self._context = context
        self._done: list[Stage] = []
        self._since: datetime | None = None
        self.current = ""

    def enter(self, name: str) -> None:
        """End the present phase and begin another."""
        self._end()
        self.current, self._since = name, self._context.current_utc_datetime

    def finish(self) -> tuple[Stage, ...]:
        """End the present phase and return all."""
        self._end()
        return tuple(self._done)

    def _end(self) -> None:
        if self._since is not None:
            seconds = (self._context.current_utc_datetime - self._since).total_seconds()
            self._done.append(Stage(name=self.current, seconds=round(seconds, 3)))
            self._since = None
