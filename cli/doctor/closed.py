"""Sees that strangers can neither list what is published nor read what is not."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from azure.core.exceptions import AzureError

from cli.doctor.fetching import Fetched
from cli.doctor.patient import unsigned
from cli.doctor.visit import Visit
from transcoding.job.paths import MASTER
from transcoding.reporting.checkup import Check

LISTING, UPLOADS, NOTES = "closed: listing", "closed: uploads", "closed: work and failed"

_LIST = "?restype=container&comp=list"


def listing(visit: Visit) -> Check:
    """Try to list the videos, at the public address and at the account."""
    base = visit.canary.master_url.removesuffix(f"/{quote(visit.canary.name)}/{MASTER}")
    container = base.rpartition("/")[2]
    urls = [base + _LIST]
    if visit.patient.delivery_url:
        urls.append(f"{visit.patient.delivery_url}/{container}{_LIST}")
    answers = [visit.stranger.get(url) for url in dict.fromkeys(urls)]
    return judge_closed(
        LISTING,
        answers,
        advice="set the public access of the videos container to `blob`, or to none where Front"
        " Door reads it with an identity: `az storage container set-permission --name"
        f" {container} --public-access blob`",
    )


def uploads(visit: Visit) -> Check:
    """Try to read the canary's upload, and to list all of them."""
    container = visit.patient.settings.uploads_container
    url = unsigned(visit.patient.uploads.container(container).url)
    answers = [visit.stranger.get(f"{url}/{quote(visit.canary.name)}")]
    answers.append(visit.stranger.get(url + _LIST))
    return judge_closed(UPLOADS, answers, advice=_advice(container))


def notes(visit: Visit) -> Check:
    """Try to list plans and dead letters, and to read one of each that there is."""
    settings, answers = visit.patient.settings, []
    names = (settings.work_container, settings.failed_container)
    for name in names:
        container = visit.patient.uploads.container(name)
        url = unsigned(container.url)
        answers.append(visit.stranger.get(url + _LIST))
        try:
            first = next(iter(container.list_blobs(results_per_page=1)), None)
        except AzureError as error:
            # Whoever uploads need not see it.
            visit.tell(f"{name} cannot be listed ({type(error).__name__})")
            continue
        if first:
            answers.append(visit.stranger.get(f"{url}/{quote(first.name)}"))
    return judge_closed(NOTES, answers, advice=_advice(" and ".join(names)))


def judge_closed(name: str, answers: list[Fetched], *, advice: str) -> Check:
    """Judge what a stranger is answered: anything but what was asked for."""
    opened = [answer for answer in answers if 200 <= answer.status < 300]
    if opened:
        found = f"{opened[0].answer} to anyone: {opened[0].url.partition('?')[0]}"
        return Check(name=name, status="failed", found=found, advice=advice)
    return Check(name=name, status="ok", found=", ".join(_told(answers)))


def _told(answers: list[Fetched]) -> Iterator[str]:
    yield from dict.fromkeys(answer.answer for answer in answers)


def _advice(containers: str) -> str:
    return (
        f"take public access from {containers}: `az storage container set-permission"
        " --public-access off`, and allowBlobPublicAccess of the account"
        " (bicep/modules/storage.bicep)"
    )
