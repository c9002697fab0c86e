"""The app itself: whether it answers, to whom, and what it finds when it examines itself."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from cli.app_client import KEY_VARIABLE
from cli.doctor.fetching import Fetched
from cli.doctor.patient import Patient
from cli.doctor.visit import Visit
from transcoding.reporting.checkup import Check

ANSWERS = "app"
KEY_NEEDED = "app: key is needed"
SETTINGS = "app: settings"
PROGRAMS = ("app: ffmpeg", "app: ffprobe")


def own_checks(visit: Visit) -> Iterator[Check]:
    """Yield that the app answers and takes the key, and then all that it finds itself."""
    checkup = visit.client.health()
    visit.version = checkup.version
    yield Check(
        name=ANSWERS,
        status="ok",
        found=f"version {checkup.version} answers at {visit.patient.url}",
    )
    for check in checkup.checks:
        yield check.model_copy(update={"name": f"app: {check.name}"})


def key_is_needed(visit: Visit) -> Check:
    """Ask without a key, as a stranger, for the status of a name that is no video's."""
    name = quote(visit.canary.name, safe="")
    return judge_without_key(
        visit.patient, visit.stranger.get(f"{visit.patient.url}/api/status?name={name}")
    )


def judge_without_key(examined: Patient, answered: Fetched) -> Check:
    """Judge what is answered to whoever comes without a key: 401 by the Functions host.

    200 or 404 is the app's own word on the name; all else is not, and proves nothing.
    """
    if answered.status in (401, 403):
        return Check(name=KEY_NEEDED, status="ok", found=f"{answered.answer} without one")
    if answered.status not in (200, 404):
        return Check(
            name=KEY_NEEDED,
            status="failed",
            found=f"{answered.answer} without one, which is no refusal",
            advice="look what stands before the app, and try again: it answers whoever has the key",
        )
    if examined.is_local:
        return Check(
            name=KEY_NEEDED,
            status="skipped",
            found=f"{answered.answer} without one: hosts on this machine ask for none",
        )
    return Check(
        name=KEY_NEEDED,
        status="failed",
        found=f"{answered.answer} without one",
        advice="anyone may ask for replays and removals: deploy the app with its own auth levels,"
        f" and look what stands before it; then make new keys, and set {KEY_VARIABLE}",
    )
