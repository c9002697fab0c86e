"""The end of a job, as `vod run` and `vod upload --wait` tell it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console

from adapters.settings import Settings
from adapters.storage.stores import make_stores
from cli.status import exit_code
from cli.summary import print_report, print_troubles, print_urls
from cli.terminal import write_line
from transcoding.job import paths
from transcoding.reporting.report import Report
from transcoding.reporting.status import JobStatus

_TABLE_WIDTH = 120


def print_outcome(
    settings: Settings, status: JobStatus, *, as_json: bool, out: Path | None = None
) -> int:
    """Print URLs, renditions and stage times of a job that has ended; return the exit code.

    With `as_json` it is one document: `status` (as `vod status --json` prints it), `report`
    (report.json, null unless published) and `out` (the folder that was written, or null).
    """
    is_published = status.state == "published"
    report = read_report(settings, status.name) if is_published else None
    if as_json:
        document = {
            "status": status.to_json(),
            "report": report.to_json() if report else None,
            "out": str(out) if out else None,
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    elif is_published:
        # A pipe has no width, and a table that is cut to 80 columns loses its figures.
        console = Console() if sys.stdout.isatty() else Console(width=_TABLE_WIDTH)
        if report:
            print_report(console, report)
        print_urls(console, status)
        print_troubles(console, status)
    if not is_published:
        write_line(Console(stderr=True), f"vod: {status.name}: {status.state}: {status.detail}")
    return exit_code(status)


def read_report(settings: Settings, name: str) -> Report | None:
    """Return a video's report.json from storage, None when there is none."""
    body = make_stores(settings).videos.read(paths.stable(name, paths.REPORT))
    return None if body is None else Report.model_validate_json(body)
