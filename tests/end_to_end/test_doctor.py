"""`vod doctor` on the whole app behind a cache that is purged: it passes, then things break."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from adapters.settings import SETTING_NAMES, load_settings
from adapters.storage.account import StorageAccount
from cli.app_client import AppClient
from cli.doctor.canary import FOLDER, Canary
from cli.doctor.delivery import examine_files
from cli.doctor.patient import AzureNames, patient
from cli.doctor.replacing import gone, replaced
from cli.doctor.visit import Visit
from cli.local_app import LocalApp, local_app
from tests.cli.doctor.test_subscription import a_subscription
from tests.containers import containers_of
from tests.edge import Alter, Edge, Reply, Request, unaltered
from tests.management_api import FRONT_DOOR, Answer, ManagementApi
from transcoding.job.messages import PurgeState
from transcoding.reporting.checkup import Check
from transcoding.reporting.removal import Removed

KEY = "s3cret"
ROOT = Path(__file__).parents[2]
SMALL = {
    "VOD_PRESET": "ultrafast",
    "VOD_GROUPING": "together",
    "VOD_MAX_HEIGHT": "240",
    # Far longer than the tests take: what is stale stays until it is purged.
    "VOD_MANIFEST_MAX_AGE_S": "200",
}
AZURE = {
    "AZURE_SUBSCRIPTION_ID": FRONT_DOOR["VOD_FRONT_DOOR_SUBSCRIPTION_ID"],
    "AZURE_RESOURCE_GROUP": "media",
    "UPLOADS_TOPIC_NAME": "topic",
}


@dataclass(frozen=True)
class Deployment:
    """The app with all that stands around it in Azure."""

    app: LocalApp
    edge: Edge
    api: ManagementApi

    @property
    def environment(self) -> dict[str, str]:
        """That of a user who has the names of the deployment in the shell."""
        named = {"PLAYBACK_BASE_URL": self.edge.address, "DURABLE_VOD_URL": self.app.url}
        named["DURABLE_VOD_KEY"] = KEY
        return {**self.app.environment, **AZURE, **named, "PYTHONPATH": str(ROOT)}

    def doctor(self, *options: str) -> subprocess.Popen[str]:
        """Start the command, in a folder without settings."""
        return subprocess.Popen(
            [sys.executable, "-m", "cli.main", "doctor", "--json", *options],
            env=self.environment,
            cwd=self.app.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def left(self) -> list[str]:
        """Return what of canaries is in storage, but for notes and the records of removals."""
        made = containers_of(load_settings(self.app.environment))
        stores = (made.uploads, made.videos, made.failed)
        paths = [blob.path for store in stores for blob in store.list(f"{FOLDER}/")]
        return [path for path in paths if "/~releases/" not in path]


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    """Run the app behind the edge, which Azure's stand-in purges at once."""
    with ManagementApi() as api, Edge() as edge:
        api.to_purge = Answer(202, headers={"Retry-After": "1"})
        api.to_status = Answer(200, {"status": "Succeeded"})
        api.on_purge = edge.purge
        around = {
            **FRONT_DOOR,
            "VOD_FRONT_DOOR_MANAGEMENT_URL": api.url,
            "VOD_PLAYBACK_BASE_URL": edge.address,
            "DEVHOST_KEY": KEY,
        }
        base = {**os.environ, **dict.fromkeys(SETTING_NAMES, ""), **SMALL}
        with local_app(base, extra=around) as app:
            settings = load_settings(app.environment)
            edge.origin = str(StorageAccount(settings.delivery, "").client.url).rstrip("/")
            api.to_subscription = Answer(
                200, a_subscription(endpoint=f"{app.url}/runtime/webhooks/blobs")
            )
            yield Deployment(app, edge, api)


@pytest.fixture(scope="module")
def kept(deployment: Deployment) -> dict[str, dict[str, str]]:
    """Run the command with --keep; return its checks by name."""
    with deployment.doctor("--keep") as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert f"kept: {FOLDER}/" in err
    return {check["name"]: check for check in json.loads(out)["checks"]}


@pytest.fixture
def visit(deployment: Deployment, kept: dict[str, dict[str, str]]) -> Iterator[Visit]:
    """Give a visit to the canary that was kept, and mend the deployment afterwards."""
    environment = deployment.environment
    examined = patient(deployment.app.url, environment, AzureNames())
    client = AppClient(deployment.app.url, KEY)
    canary = Canary(examined, client)
    canary.master_url = kept["public: address"]["found"]
    canary.name = canary.master_url.partition("/videos/")[2].rpartition("/")[0]
    with Path(os.devnull).open("w") as nowhere:
        yield Visit(examined, client, canary, Console(file=nowhere), 120.0, settles_within_s=1.0)
    deployment.edge.alter = unaltered
    deployment.edge.is_deaf = deployment.edge.ignores_queries = False
    deployment.edge.purge(["/*"])


def test_a_good_deployment_passes_and_nothing_stays(deployment: Deployment) -> None:
    """Every check but that of TLS, which is not there on this machine."""
    before = deployment.left()
    with deployment.doctor() as process:
        out, err = process.communicate(timeout=120)
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert process.returncode == 0, out + err
    skipped = {name for name, check in checks.items() if check["status"] == "skipped"}
    assert {name for name in skipped if not name.startswith("app: ")} == {"public: plain http"}
    assert [name for name in checks if not name.startswith("app")] == [
        "uploads: clock",
        "uploads: read and write",
        "event subscription",
        "canary: upload",
        "canary: event",
        "canary: job",
        "public: address",
        "public: players find",
        "public: files",
        "public: queries",
        "public: content types",
        "public: gzip",
        "public: caching",
        "public: CORS",
        "public: byte ranges",
        "public: HEAD",
        "public: first byte",
        "public: plain http",
        "closed: listing",
        "closed: uploads",
        "closed: work and failed",
        "canary: replaced",
        "canary: removed",
        "public: gone",
    ]
    assert checks["canary: replaced"]["found"].endswith("; purged")
    assert checks["app: front door"]["found"] == "a purge of videos was accepted"
    assert deployment.left() == before


def test_what_is_kept_stays(deployment: Deployment, kept: dict[str, dict[str, str]]) -> None:
    """--keep leaves the video where it plays, and says how to remove it."""
    assert kept["canary: removed"]["status"] == "skipped"
    assert "curl -X DELETE" in kept["canary: removed"]["found"]
    assert any(path.endswith("/master.m3u8") for path in deployment.left())


def header(**changed: str) -> Alter:
    """Return what changes headers of every answer."""
    return lambda _request, reply: reply.having(**changed)


def of(suffix: str, alter: Alter) -> Alter:
    """Return what alters answers for paths with this end alone."""

    def altered(request: Request, reply: Reply) -> Reply:
        return alter(request, reply) if request.path.endswith(suffix) else reply

    return altered


def whole(request: Request, reply: Reply) -> Reply:
    """Answer a range as one who does not know them, with all that comes."""
    return reply._replace(status=200) if "Range" in request.headers else reply


def unzipped(request: Request, reply: Reply) -> Reply:
    if request.headers.get("Range") or "content-encoding" not in reply.headers:
        return reply
    return reply.having(content_encoding="")._replace(body=gzip.decompress(reply.body))


def instead(status: int, body: bytes = b"", **headers: str) -> Alter:
    """Return what answers something else altogether."""
    return lambda _request, _reply: Reply(status, body=body).having(**headers)


def no_head(request: Request, reply: Reply) -> Reply:
    return Reply(405) if request.method == "HEAD" else reply


ELSEWHERE = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://169.254.169.254/media.m3u8\n"
FAULTS: list[tuple[str, Alter, set[str]]] = [
    ("types", of(".m4s", header(content_type="text/html")), {"public: content types"}),
    ("playlists unzipped", unzipped, {"public: gzip", "public: byte ranges"}),
    ("kept too long", of("master.m3u8", header(cache_control="max-age=9999")), {"public: caching"}),
    ("not kept", of(".m4s", header(cache_control="no-cache")), {"public: caching"}),
    ("no CORS", header(access_control_allow_origin=""), {"public: CORS"}),
    ("nothing exposed", header(access_control_expose_headers=""), {"public: CORS"}),
    ("no ranges", whole, {"public: byte ranges"}),
    ("no HEAD", no_head, {"public: HEAD"}),
    ("a segment is missing", of(".m4s", instead(404)), {"public: files"}),
    ("no poster", of("poster.jpg", instead(403)), {"public: files"}),
    (
        "a login page",
        instead(200, b"<html>", content_type="text/html"),
        {
            "public: players find",
            "public: content types",
            "public: gzip",
            "public: caching",
            "public: CORS",
            "public: byte ranges",
        },
    ),
    ("sent away", instead(302, location="https://v.example"), {"public: players find"}),
    ("leads elsewhere", of("master.m3u8", instead(200, ELSEWHERE)), {"public: players find"}),
    ("no DASH", of(".mpd", instead(200, b"<!DOCTYPE a>")), {"public: players find"}),
    ("torn gzip", of("media.m3u8", header(content_encoding="br")), {"public: players find"}),
]


@pytest.mark.parametrize(
    ("alter", "failing"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_what_breaks_on_the_way_is_told(
    deployment: Deployment, visit: Visit, alter: Alter, failing: set[str]
) -> None:
    """Its check fails, with advice, and no other; a lost playlist takes others along."""
    deployment.edge.alter = alter
    checks = list(examine_files(visit))
    failed = {check.name: check for check in checks if check.status == "failed"}
    assert failing <= failed.keys()
    if not failing & {"public: players find"}:
        assert failed.keys() == failing
    assert all(check.advice for check in failed.values())


def test_a_cache_that_a_query_can_spoil_is_told(deployment: Deployment, visit: Visit) -> None:
    """Its check fails alone, for sound as for the picture; nothing has been asked for before."""
    deployment.edge.ignores_queries = True
    deployment.edge.purge(["/*"])
    (failed,) = [check for check in examine_files(visit) if check.status == "failed"]
    assert failed.name == "public: queries"
    assert failed.found.endswith(
        " is no media after it was asked for with ?comp=blocklist, and 1 more"
    )
    assert "queryStringCachingBehavior" in failed.advice


def test_a_purge_that_does_nothing_is_seen(deployment: Deployment, visit: Visit) -> None:
    """The job says that it is done, and the edge shows the old version."""
    deployment.edge.is_deaf = True
    check: Check = replaced(visit)
    assert check.status == "failed"
    assert check.found == "HTTP 200 with the old version after 1 s although its purge is done"
    assert "VOD_FRONT_DOOR_ENDPOINT" in check.advice
    visit.canary.removal = Removed(
        name=visit.canary.name,
        upload=True,
        stable_files=6,
        source_files=20,
        is_complete=True,
        purge=PurgeState(status="done", detail="purged"),
    )
    check = gone(visit)
    assert check.found == "master.m3u8: HTTP 200 1 s after the removal (purge: done: purged)"


def test_an_interrupted_examination_leaves_nothing(deployment: Deployment) -> None:
    """Ctrl-C in the middle of the job: its end is awaited, and what it has made is removed."""
    before = deployment.left()
    with deployment.doctor() as process:
        assert process.stderr is not None
        told = list[str]()
        for line in process.stderr:
            told.append(line)
            if "job: " in line:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert f"removing the canary {FOLDER}/" in err
    assert "left: " not in err
    assert "Traceback" not in err
    assert deployment.left() == before


def test_the_doctor_starts_an_app_of_its_own(tmp_path: Path) -> None:
    """What `make doctor` runs: nothing but the checkout is there, and viewers come to storage."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "doctor", "--start", "--json"],
        env={
            **os.environ,
            **SMALL,
            "PYTHONPATH": str(ROOT),
            "DURABLE_VOD_URL": "http://127.0.0.1:9",
        },
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        out, _ = process.communicate(timeout=120)
    checks = {check["name"]: check["status"] for check in json.loads(out)["checks"]}
    assert process.returncode == 0, out
    assert checks["app: key is needed"] == "ok"
    assert checks["public: gone"] == "ok"
    skipped = {name for name, status in checks.items() if status == "skipped"}
    assert {name for name in skipped if not name.startswith("app: ")} == {
        "event subscription",
        "public: plain http",
    }
