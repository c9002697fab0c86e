"""What is found when a deployment is examined, by the app itself and from outside."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from transcoding.values import Value


class Check(Value):
    """One thing that was tried.

    Attributes:
        name: what was tried, for people and as a key: "ffmpeg", "storage: uploads".
        status: "skipped" where it does not apply here, or something before it failed.
        found: what was seen, with its figures; why it was skipped. Never a key, a connection
            string or a signed address.
        advice: what to do; every failure has one.
    """

    name: str = Field(min_length=1)
    status: Literal["ok", "failed", "skipped"]
    found: str = Field(min_length=1)
    advice: str = ""

    @model_validator(mode="after")
    def _failures_say_what_to_do(self) -> Self:
        if (self.status == "failed") != bool(self.advice):
            raise ValueError("a failed check has advice, and no other has")
        return self


class Checkup(Value):
    """All that was tried, in order."""

    version: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Nothing failed."""
        return all(check.status != "failed" for check in self.checks)
