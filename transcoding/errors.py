"""What can go wrong on our side, as one small tree.

    VodError
      SettingsInvalid      an app setting is missing or wrong
      ToolFailed           FFmpeg or ffprobe exited non-zero, hung or left damaged output
      StorageFailed        Blob Storage did not do what was asked
      Superseded           the source was replaced or deleted while the job ran
      Cancelled            the job's cancel mark was found
      NotConformant        the output breaks a MUST of the conformance gate
      PurgeFailed          Azure Front Door did not purge

A bad upload is none of these: it is the value `transcoding.job.messages.Refused`, which is
never raised and never retried.
"""

from __future__ import annotations


class VodError(Exception):
    """A failure of ours: what was tried, on what, and what to do about it."""

    def __init__(self, tried: str, *, on: str = "", advice: str = "") -> None:
        self.tried = tried
        self.on = on
        self.advice = advice
        parts = [tried + (f" ({on})" if on else "")]
        if advice:
            parts.append(advice)
        super().__init__(": ".join(parts))


class SettingsInvalid(VodError):
    """An app setting is missing or wrong; the message names the setting."""


class ToolFailed(VodError):
    """An external program failed.

    Attributes:
        command: the exact argument list, with read URLs replaced by `<source>`.
        exit_code: None when the program was killed by a watchdog.
        stderr_tail: the last lines it wrote, bounded, with read URLs replaced.
    """

    def __init__(
        self,
        tried: str,
        *,
        on: str = "",
        advice: str = "",
        command: tuple[str, ...] = (),
        exit_code: int | None = None,
        stderr_tail: str = "",
    ) -> None:
        super().__init__(tried, on=on, advice=advice)
        self.command = command
        self.exit_code = exit_code
        self.stderr_tail = stderr_tail

    def __str__(self) -> str:
        last_line = self.stderr_tail.strip().rpartition("\n")[2]
        return super().__str__() + (f" [{last_line}]" if last_line else "")


class StorageFailed(VodError):
    """Blob Storage did not do what was asked."""


class Superseded(VodError):
    """The source that this job was started for is no longer the current one."""


class Cancelled(VodError):
    """The job was cancelled while this unit ran."""


class NotConformant(VodError):
    """The output breaks at least one MUST; the message names the rules."""


class PurgeFailed(VodError):
    """Azure Front Door did not purge; the video stays published."""
