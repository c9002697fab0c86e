"""`vod run`: a whole job on this machine, from upload to playback URL."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from adapters.ffmpeg.runner import Ffmpeg
from adapters.settings import Settings, load_settings
from adapters.storage.stores import make_stores
from cli.app_client import AppClient
from cli.clip import CLIP_NAME, make_clip
from cli.follow import follow
from cli.local_app import EMULATOR, LocalApp, isolated_environment, local_app
from cli.local_settings import app_environment
from cli.outcome import print_outcome
from cli.progress import job_progress, upload_progress
from cli.terminal import write_line
from cli.tree import check_folder, write_tree
from cli.uploading import Upload, check_blob_name, check_file, upload_file

EXAMPLES = """\
  vod run
  vod run holiday.mp4 --out published
  vod run holiday.mp4 --json
"""

_APPEARS_WITHIN_S = 60.0
_POLL_S = 0.5


def execute(
    context: typer.Context,
    video: Annotated[
        Path | None,
        typer.Argument(
            metavar="VIDEO", help="the file to publish; a clip of 24 s is made unless given"
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="also write the published files there; playlists are unzipped, so that any "
            "static web server can serve them",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
    wait: Annotated[
        bool | None,
        typer.Option(
            "--wait/--no-wait",
            help="keep serving the video until Ctrl-C; the default at a terminal, without --json",
        ),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep/--no-keep", help="keep the temporary folder with storage and log"),
    ] = False,
) -> int:
    """Publish a video on this machine, with everything that takes started and ended."""
    if video:
        check_file(video)
        check_blob_name(video.name)
    if out:
        check_folder(out)
    project: Path = context.obj
    base = app_environment(project)
    # Wrong settings are told before anything is started.
    load_settings(isolated_environment(base, EMULATOR))
    console = Console(stderr=True)
    with local_app(base, keep=keep, project=project) as app:
        if keep:
            write_line(console, f"storage and log: {app.folder}")
        settings = load_settings(app.environment)
        upload = _upload(settings, app, video, console)
        with job_progress(console) as view:
            status = follow(
                AppClient(app.url),
                upload.name,
                view,
                instance_id=upload.instance_id,
                poll_s=_POLL_S,
                patience_s=_APPEARS_WITHIN_S,
                watch_app=app.check,
            )
        is_published = status.state == "published"
        if out and is_published:
            count = write_tree(make_stores(settings).videos, upload.name, out)
            write_line(console, f"wrote {count} files to {out}, playlists unzipped")
        code = print_outcome(settings, status, as_json=as_json, out=out if is_published else None)
        if is_published:
            _serve(console, as_json=as_json, wait=wait)
        return code


def _upload(settings: Settings, app: LocalApp, video: Path | None, console: Console) -> Upload:
    if video is None:
        video = app.folder / CLIP_NAME
        write_line(console, "making a clip")
        make_clip(Ffmpeg(settings.ffmpeg or None, settings.ffprobe or None), video)
    with upload_progress(console, video.name) as view:
        return upload_file(settings, video, video.name, view)


def _serve(console: Console, *, as_json: bool, wait: bool | None) -> None:
    at_terminal = sys.stdout.isatty() and not as_json
    if not (at_terminal if wait is None else wait):
        if not as_json:
            write_line(console, "storage ends with this command; `vod run --wait` keeps it serving")
        return
    write_line(console, "serving the video until Ctrl-C")
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        return
