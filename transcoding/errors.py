"""What can go wrong on our side, as one small tree.

    VodError
      Permanent            no retry can mend it
        SettingsInvalid    an app setting is missing or wrong
        OutputMismatch     FFmpeg wrote something else than was planned
        NotConformant      the output breaks a MUST of the conformance gate
      ToolFailed           FFmpeg or ffprobe exited non-zero, hung or left damaged output
      StorageFailed        Blob Storage did not do what was asked
      PurgeFailed          Azure Front Door did not purge
      WrongWorker          this worker has another encoder than the job's newer plan is for
      Stopped              the job cannot go on as it is
        Superseded         the source was replaced or deleted while the job ran
        Cancelled          the job's cancel mark was found, or its video was removed
        EncodeAgain        chunks are not stored as they were encoded
        PlanAgain          encoder or storage are not what the job was planned for

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


class Permanent(VodError):
    """A failure that no retry can mend: it ends the job at once."""


class SettingsInvalid(Permanent):
    """App settings are missing or wrong; the message has a line for each, which names it."""

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for each setting."""
        return tuple(str(self).splitlines())


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
    """Blob Storage did not do what was asked.

    Attributes:
        code: its own, such as "ContainerNotFound"; "" where it gave none, or no answer.
    """

    def __init__(self, tried: str, *, on: str = "", advice: str = "", code: str = "") -> None:
        super().__init__(tried, on=on, advice=advice)
        self.code = code


class OutputMismatch(Permanent):
    """FFmpeg wrote another number of frames, ticks or segments than was planned."""


class NotConformant(Permanent):
    """The output breaks at least one MUST; the message names the rules."""


class Stopped(VodError):
    """The job cannot go on as it is; nobody's failure."""


class Superseded(Stopped):
    """The source that this job was started for is no longer the current one."""


class Cancelled(Stopped):
    """The job was cancelled, or its video removed, while this unit ran."""


class EncodeAgain(Stopped):
    """Chunks are not stored as they were encoded; the job goes over its units once more."""


class PlanAgain(Stopped):
    """Encoder or storage are not what the job was planned for."""


class WrongWorker(VodError):
    """This worker has another encoder than the plan is for; the next attempt may meet a right one.

    For a job that was planned anew: during a deployment any plan meets workers of both versions.
    """


class PurgeFailed(VodError):
    """Azure Front Door did not purge; the video stays published."""
