"""`vod upload`: put a video where the app finds it."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

from rich.console import Console

from adapters.settings import load_settings
from cli.app_client import add_app_options, app_client
from cli.follow import APPEARS_WITHIN_S, follow
from cli.local_settings import app_environment
from cli.outcome import print_outcome
from cli.progress import job_progress, upload_progress
from cli.summary import file_size
from cli.uploading import Upload, check_blob_name, check_file, upload_file

SUMMARY = "upload a video to the app's storage, which starts its job"
EXAMPLES = """\
  vod upload holiday.mp4
  vod upload holiday.mp4 --name 2026/holiday.mp4 --wait
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", metavar="VIDEO", type=Path, help="the file to upload")
    parser.add_argument("--name", help="blob name; the file's own name unless given")
    parser.add_argument("--wait", action="store_true", help="follow the job until it has ended")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_app_options(parser)
    parser.description = (
        f"{parser.description} Storage is what the app's settings name: UPLOADS_STORAGE and the "
        "like in the environment, else in local.settings.json of the current folder."
    )


def execute(options: argparse.Namespace) -> int:
    name = options.name or options.video.name
    check_file(options.video)
    check_blob_name(name)
    settings = load_settings(app_environment(Path.cwd()))
    progress = Console(stderr=True)
    with upload_progress(progress, name) as view:
        upload = upload_file(settings, options.video, name, view)
    if not options.wait:
        _print_upload(upload, as_json=options.json)
        return 0
    with job_progress(progress) as job_view:
        status = follow(
            app_client(options),
            name,
            job_view,
            instance_id=upload.instance_id,
            patience_s=APPEARS_WITHIN_S,
        )
    return print_outcome(settings, status, as_json=options.json)


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
