"""Plausible answers and files, each good until a test changes something."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient
from rich.console import Console

from adapters.settings import Settings, UploadsConnection
from cli.app_client import AppClient
from cli.doctor.canary import Canary
from cli.doctor.fetching import Fetched
from cli.doctor.patient import AzureNames, Patient
from cli.doctor.public_file import Kind, PublicFile
from cli.doctor.visit import Visit
from transcoding.reporting.checkup import Check

GZIP = {"content-encoding": "gzip"}
TYPES: dict[Kind, str] = {
    "master": "application/vnd.apple.mpegurl",
    "playlist": "application/vnd.apple.mpegurl",
    "manifest": "application/dash+xml",
    "poster": "image/jpeg",
    "init": "video/mp4",
    "segment": "video/mp4",
}
BODY = b"\0\0\0\x64moof" + b"0123456789" * 29 + b"xy"
NOBODY = "http://127.0.0.1:9"
"""An address of this machine at which nothing answers."""


def an_answer(status: int = 200, body: bytes = b"", **headers: str) -> Fetched:
    """Return an answer; `_` in the name of a header stands for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Fetched(url="https://v.example/a", status=status, headers=named, body=body)


def a_file(kind: Kind = "segment", **changes: Any) -> PublicFile:
    """Return a file of 300 bytes as it should be answered."""
    stable = kind in ("master", "manifest", "poster")
    headers = {
        "content-type": TYPES[kind],
        "cache-control": "public, max-age=10" if stable else "public, max-age=31536000, immutable",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Content-Length, Content-Range",
        **(GZIP if kind in ("master", "playlist") else {}),
    }
    url = f"https://v.example/videos/a.mp4/{kind}"
    values: dict[str, Any] = {
        "kind": kind,
        "path": kind,
        "whole": Fetched(url=url, status=200, headers=headers, body=BODY, first_byte_s=0.012),
        "head": Fetched(url=url, status=200, headers={**headers, "content-length": "300"}),
        "part": Fetched(
            url=url,
            status=206,
            headers={**headers, "content-range": "bytes 0-99/300"},
            body=BODY[:100],
        ),
    }
    return PublicFile(**values | changes)


def with_header(file: PublicFile, name: str, text: str) -> PublicFile:
    """Return a file whose answers all have another text in a header."""

    def changed(answer: Fetched) -> Fetched:
        return answer.model_copy(update={"headers": {**answer.headers, name: text}})

    return file.model_copy(
        update={part: changed(getattr(file, part)) for part in ("whole", "head", "part")}
    )


def some_settings(**changes: Any) -> Settings:
    """Return settings with storage at which nothing answers."""
    connection = UploadsConnection(
        connection_string="DefaultEndpointsProtocol=http;AccountName=nobody;AccountKey=bm8=;"
        f"BlobEndpoint={NOBODY}/nobody;"
    )
    return Settings(**{"uploads": connection, "delivery": connection} | changes)


def make_containers(settings: Settings) -> None:
    """Make what an app that has started finds: four containers, videos readable by name."""
    for connection, name, level in (
        (settings.uploads, settings.uploads_container, None),
        (settings.uploads, settings.work_container, None),
        (settings.uploads, settings.failed_container, None),
        (settings.delivery, settings.videos_container, "blob"),
    ):
        client = BlobServiceClient.from_connection_string(connection.connection_string)
        with suppress(ResourceExistsError):
            client.create_container(name, public_access=level)


def a_visit(
    settings: Settings | None = None,
    *,
    url: str = NOBODY,
    names: AzureNames | None = None,
    master_url: str = "",
    limit_s: float = 60.0,
) -> Visit:
    """Return a visit that tells its progress nobody."""
    patient = Patient(url, settings or some_settings(), names or AzureNames(), "")
    client = AppClient(url)
    canary = Canary(patient, client)
    canary.master_url = master_url
    console = Console(file=Path("/dev/null").open("w"))  # noqa: SIM115 - as long as the test
    return Visit(patient, client, canary, console, limit_s)


def told(checks: list[Check] | tuple[Check, ...]) -> dict[str, str]:
    """Return the status of each check by its name."""
    return {check.name: check.status for check in checks}
