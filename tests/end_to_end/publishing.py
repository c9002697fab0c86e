"""A video that the whole app has published on this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from adapters.settings import load_settings
from adapters.storage.stores import Stores, make_stores
from cli.app_client import AppClient
from cli.follow import follow
from cli.local_app import LocalApp
from cli.progress import job_progress
from cli.uploading import upload_file
from transcoding.job import paths
from transcoding.reporting.report import Report

_APPEARS_WITHIN_S = 120
_ENDS_WITHIN_S = 900


@dataclass(frozen=True)
class PublishedVideo:
    """A published video and where to find all that belongs to it.

    Attributes:
        name: the whole blob name, as uploaded.
        source: the file that was uploaded.
        hls_url, dash_url: where players find it.
        report: its report.json.
        stores: what the app keeps there.
        storage: the connection string of that storage.
        app_url: where the app's HTTP API answers.
    """

    name: str
    source: Path
    hls_url: str
    dash_url: str
    report: Report
    stores: Stores = field(repr=False)
    storage: str = field(repr=False)
    app_url: str

    def url(self, file: str) -> str:
        """Return the public URL of a file below the video."""
        return self.stores.playback_url(paths.stable(self.name, file))


def publish(app: LocalApp, source: Path, name: str) -> PublishedVideo:
    """Upload a file and wait until the app has published it."""
    settings = load_settings(app.environment)
    stores = make_stores(settings)
    upload = upload_file(settings, source, name, lambda _done_bytes, _total_bytes: None)
    deadline = time.monotonic() + _ENDS_WITHIN_S

    def watch() -> None:
        app.check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name}: not published within {_ENDS_WITHIN_S} s")

    with job_progress(Console(stderr=True, force_terminal=False)) as view:
        status = follow(
            AppClient(app.url),
            name,
            view,
            instance_id=upload.instance_id,
            patience_s=_APPEARS_WITHIN_S,
            watch_app=watch,
        )
    assert status.state == "published", status
    report = stores.videos.read(paths.stable(name, paths.REPORT))
    assert report is not None
    return PublishedVideo(
        name=name,
        source=source,
        hls_url=stores.playback_url(paths.stable(name, paths.MASTER)),
        dash_url=stores.playback_url(paths.stable(name, paths.MANIFEST)),
        report=Report.model_validate_json(report),
        stores=stores,
        storage=settings.uploads.connection_string,
        app_url=app.url,
    )
