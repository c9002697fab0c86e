"""`vod run`: a whole job on this machine, from upload to playback URL."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from rich.console import Console

from adapters.ffmpeg.runner import Ffmpeg
from adapters.settings import Settings, load_settings
from adapters.storage.store import BlobStore
from cli.app_client import AppClient
from cli.clip import CLIP_NAME, make_clip
from cli.follow import follow
from cli.local_app import EMULATOR, LocalApp, isolated_environment, local_app
from cli.local_settings import app_environment
from cli.outcome import print_outcome
from cli.progress import job_progress, upload_progress
from cli.project import ROOT
from cli.terminal import write_line
from cli.tree import check_folder, write_tree
from cli.uploading import Upload, check_blob_name, check_file, upload_file

SUMMARY = "publish a video on this machine, with everything that takes started and ended"
EXAMPLES = """\
  vod run
  vod run holiday.mp4 --out published
  vod run holiday.mp4 --json
"""

_APPEARS_WITHIN_S = 60.0
_POLL_S = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "video",
        metavar="VIDEO",
        type=Path,
        nargs="?",
        help="the file to publish; a clip of 24 s is made unless given",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="also write the published files there; playlists are unzipped, so that any static "
        "web server can serve them",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--wait",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="keep serving the video until Ctrl-C; the default at a terminal, without --json",
    )
    parser.add_argument(
        "--keep",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="keep the temporary folder with storage and log",
    )


def execute(options: argparse.Namespace) -> int:
    if options.video:
        check_file(options.video)
        check_blob_name(options.video.name)
    if options.out:
        check_folder(options.out)
    base = app_environment(ROOT)
    # Wrong settings are told before anything is started.
    load_settings(isolated_environment(base, EMULATOR))
    console = Console(stderr=True)
    with local_app(base, keep=options.keep) as app:
        if options.keep:
            write_line(console, f"storage and log: {app.folder}")
        settings = load_settings(app.environment)
        upload = _upload(settings, app, options.video, console)
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
        if options.out and is_published:
            count = write_tree(BlobStore(settings).videos, upload.name, options.out)
            write_line(console, f"wrote {count} files to {options.out}, playlists unzipped")
        out = options.out if is_published else None
        code = print_outcome(settings, status, as_json=options.json, out=out)
        if is_published:
            _serve(options, console)
        return code


def _upload(settings: Settings, app: LocalApp, video: Path | None, console: Console) -> Upload:
    if video is None:
        video = app.folder / CLIP_NAME
        write_line(console, "making a clip")
        make_clip(Ffmpeg(settings.ffmpeg or None, settings.ffprobe or None), video)
    with upload_progress(console, video.name) as view:
        return upload_file(settings, video, video.name, view)


def _serve(options: argparse.Namespace, console: Console) -> None:
    at_terminal = sys.stdout.isatty() and not options.json
    if not (at_terminal if options.wait is None else options.wait):
        if not options.json:
            write_line(console, "storage ends with this command; `vod run --wait` keeps it serving")
        return
    write_line(console, "serving the video until Ctrl-C")
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        return
