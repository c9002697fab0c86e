"""Live progress of a job and of an upload: bars at a terminal, else a line every few seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cli.terminal import printable, write_line
from transcoding.reporting.status import JobStatus, RenditionStatus

_PLAIN_EVERY_S = 3.0


class ProgressView(Protocol):
    """Where the progress of a job is shown."""

    def show(self, status: JobStatus) -> None: ...


class PlainView:
    """One line at each change of phase, and every few seconds in between."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = self._last = time.monotonic()
        self._phase: tuple[str, str] | None = None
        write_line(console, "waiting for the job")

    def show(self, status: JobStatus) -> None:
        now = time.monotonic()
        phase = (status.state, status.phase)
        if phase == self._phase and now - self._last < _PLAIN_EVERY_S:
            return
        self._phase, self._last = phase, now
        write_line(self._console, f"{now - self._began:6.1f} s  {plain_line(status)}")


class LiveView:
    """A bar for the job and one for each rendition."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._job = bars.add_task("waiting for the job", total=100, detail="")
        self._renditions: dict[str, TaskID] = {}

    def show(self, status: JobStatus) -> None:
        self._bars.update(
            self._job,
            description=status.phase or status.state,
            completed=status.percent,
            detail=_job_detail(status),
        )
        for rendition in status.renditions:
            if rendition.key not in self._renditions:
                self._renditions[rendition.key] = self._bars.add_task(
                    printable(rendition.label), detail=""
                )
            self._bars.update(
                self._renditions[rendition.key],
                total=rendition.frames_total,
                completed=rendition.frames_done,
                detail=_rendition_detail(rendition),
            )


def plain_line(status: JobStatus) -> str:
    """Return the status as one line: the job first, then the renditions that are under way."""
    job = [f"{status.phase or status.state} {status.percent:.1f} %", _job_detail(status)]
    renditions = [
        f"{rendition.label} {100 * rendition.frames_done // rendition.frames_total} % "
        f"({_rendition_detail(rendition)})"
        for rendition in status.renditions
        if 0 < rendition.frames_done < rendition.frames_total
    ]
    return ", ".join(filter(None, job)) + "".join(f" | {text}" for text in renditions)


def _job_detail(status: JobStatus) -> str:
    is_encoding = status.phase == "encoding" and status.state == "running"
    left = f"{status.eta_s:.0f} s left" if is_encoding and status.eta_s is not None else ""
    again = f"{len(status.troubles)} tried again" if status.troubles else ""
    return ", ".join(filter(None, [left, again]))


def _rendition_detail(rendition: RenditionStatus) -> str:
    chunks = f"{rendition.chunks_done}/{rendition.chunks_total}"
    return f"{chunks} chunks {rendition.speed:.1f}x" if rendition.speed else f"{chunks} chunks"


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>5.1f} %"),
        TextColumn("{task.fields[detail]}", markup=False),
        console=console,
    )


@contextmanager
def job_progress(console: Console) -> Iterator[ProgressView]:
    """Show the progress of one job on this console while the context lasts."""
    if not console.is_terminal:
        yield PlainView(console)
        return
    with _bars(console) as bars:
        yield LiveView(bars)


class UploadView(Protocol):
    """What the storage library tells about an upload: bytes so far, bytes in all."""

    def __call__(self, done_bytes: int, total_bytes: int | None) -> None: ...


@contextmanager
def upload_progress(console: Console, name: str) -> Iterator[UploadView]:
    """Show the progress of one upload on this console while the context lasts."""
    if not console.is_terminal:
        write_line(console, f"uploading {name}")
        yield lambda _done_bytes, _total_bytes: None
        return
    with _bars(console) as bars:
        task = bars.add_task(printable(f"uploading {name}"), detail="")

        def show(done_bytes: int, total_bytes: int | None) -> None:
            bars.update(task, completed=done_bytes, total=total_bytes)

        yield show
