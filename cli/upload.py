"""`vod upload`: put a video where the app finds it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from adapters.settings import load_settings
from cli.app_client import DEFAULT_URL, Key, Url, app_client
from cli.follow import APPEARS_WITHIN_S, follow
from cli.local_settings import app_environment
from cli.outcome import print_outcome
from cli.progress import job_progress, upload_progress
from cli.summary import file_size
from cli.uploading import Upload, check_blob_name, check_file, upload_file

EXAMPLES = """\
  vod upload holiday.mp4
  vod upload holiday.mp4 --name 2026/holiday.mp4 --wait
"""


def execute(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="the file to upload")],
    *,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="blob name; the file's own unless given"),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="follow the job until it has ended")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
    url: Url = DEFAULT_URL,
    key: Key = "",
) -> int:
    """Upload a video to the app's storage, which starts its job.

    Storage is what the app's settings name: UPLOADS_STORAGE and the like in the environment,
    else in local.settings.json of the current folder.
    """
    name = name or video.name
    check_file(video)
    check_blob_name(name)
    settings = load_settings(app_environment(Path.cwd()))
    progress = Console(stderr=True)
    with upload_progress(progress, name) as view:
        upload = upload_file(settings, video, name, view)
    if not wait:
        _print_upload(upload, as_json=as_json)
        return 0
    with job_progress(progress) as job_view:
        status = follow(
            app_client(url, key),
            name,
            job_view,
            instance_id=upload.instance_id,
            patience_s=APPEARS_WITHIN_S,
        )
    return print_outcome(settings, status, as_json=as_json)


def _print_upload(upload: Upload, *, as_json: bool) -> None:
    if as_json:
        document = upload._asdict() | {"instance_id": upload.instance_id}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    sys.stdout.write(
        f"uploaded  {upload.container}/{upload.name} ({file_size(upload.size_bytes)})\n"
        f"job       {upload.instance_id}\n"
        f"follow    vod status {shlex.quote(upload.name)} --watch\n"
    )
