"""`vod status`: how one job is doing."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from cli.app_client import add_app_options, app_client, unknown_job
from cli.follow import APPEARS_WITHIN_S, follow
from cli.progress import job_progress
from cli.summary import print_status, status_document
from transcoding.reporting.status import JobStatus, State

SUMMARY = "show how the job of an upload is doing"
EXAMPLES = """\
  vod status holiday.mp4
  vod status holiday.mp4 --watch
  vod status holiday.mp4 --json --url https://myapp.azurewebsites.net --key KEY
"""

_ENDED_BADLY: frozenset[State] = frozenset({"refused", "superseded", "failed"})


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the whole blob name of the upload")
    parser.add_argument("--watch", action="store_true", help="follow the job until it has ended")
    parser.add_argument("--json", action="store_true", help="print the status as JSON")
    add_app_options(parser)


def execute(options: argparse.Namespace) -> int:
    client = app_client(options)
    if options.watch:
        with job_progress(Console(stderr=True)) as view:
            status: JobStatus | None = follow(
                client, options.name, view, patience_s=APPEARS_WITHIN_S
            )
    else:
        status = client.status(options.name)
    if status is None:
        raise unknown_job(options.name)
    if options.json:
        sys.stdout.write(status_document(status))
    else:
        print_status(Console(), status)
    return exit_code(status)


def exit_code(status: JobStatus) -> int:
    """Return 1 for a job that has ended without publishing, else 0."""
    return 1 if status.state in _ENDED_BADLY else 0
