"""`vod status`: how one job is doing."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from cli.app_client import DEFAULT_URL, JobName, Key, Url, app_client, unknown_job
from cli.follow import APPEARS_WITHIN_S, UNDER_WAY, follow
from cli.progress import job_progress
from cli.summary import print_status, status_document
from transcoding.reporting.status import JobStatus

EXAMPLES = """\
  vod status holiday.mp4
  vod status holiday.mp4 --watch
  vod status holiday.mp4 --json --url https://myapp.azurewebsites.net --key KEY
"""


def execute(
    name: JobName,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="follow the job until it has ended")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the status as JSON")] = False,
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> int:
    """Show how the job of an upload is doing."""
    client = app_client(url, key)
    if watch:
        with job_progress(Console(stderr=True)) as view:
            status: JobStatus | None = follow(client, name, view, patience_s=APPEARS_WITHIN_S)
    else:
        status = client.status(name)
    if status is None:
        raise unknown_job(name, client.why_unknown)
    if as_json:
        sys.stdout.write(status_document(status))
    else:
        print_status(Console(), status)
    return exit_code(status)


def exit_code(status: JobStatus) -> int:
    """Return 1 for a job that has ended without publishing, else 0."""
    return 0 if status.state in UNDER_WAY or status.state == "published" else 1
