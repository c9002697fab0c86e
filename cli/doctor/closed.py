"""Sees that strangers can neither list what is published nor read what is not."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from azure.core.exceptions import AzureError

from cli.doctor.fetching import Fetched
from cli.doctor.patient import unsigned
from cli.doctor.visit import Visit
from transcoding.job.paths import MASTER
from transcoding.reporting.checkup import Check

LISTING, UPLOADS, NOTES = "closed: listing", "closed: uploads", "closed: work and failed"

_LIST = "?restype=container&comp=list"
_REFUSALS = (401, 403, 404, 409)
"""Of storage to whoever has no right: 409 where the account allows nothing public."""


def listing(visit: Visit) -> Check:
    """Try to list the videos, at the public address and at the account.

    By the container's bare name nothing comes through Front Door, whose route has the pattern
    `/videos/*`: so also with a slash, and below a folder.
    """
    name = quote(visit.canary.name)
    base = visit.canary.master_url.removesuffix(f"/{name}/{MASTER}")
    container = base.rpartition("/")[2]
    folders = ("", "/", f"/{name}/")
    answers = [visit.stranger.get(base + folder + _LIST) for folder in folders]
    account = f"{visit.patient.delivery_url}/{container}"
    behind = visit.patient.delivery_url and account != base
    others = [visit.stranger.get(account + folder + _LIST) for folder in folders if behind]
    return judge_closed(
        LISTING,
        answers,
        others,
        advice="set the public access of the videos container to `blob`, or to none where Front"
        " Door reads it with an identity: `az storage container set-permission --name"
        f" {container} --public-access blob`; see that this identity may read and not list"
        " (bicep/modules/roles.bicep)",
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


def judge_closed(
    name: str, answers: Sequence[Fetched], others: Sequence[Fetched] = (), *, advice: str
) -> Check:
    """Judge what a stranger is answered: a refusal, or else nothing is proved.

    Args:
        answers: of what has to answer, as a clip went that way.
        others: of what may be out of reach from here; then nothing is known of it.
        advice: where something is open.
    """
    opened = [answer for answer in (*answers, *others) if 200 <= answer.status < 300]
    if opened:
        found = f"{opened[0].answer} to anyone: {_where(opened[0])}"
        return Check(name=name, status="failed", found=found, advice=advice)
    silent = [answer for answer in others if not answer.status]
    heard = [answer for answer in others if answer.status]
    if unclear := [answer for answer in (*answers, *heard) if not is_refused(answer)]:
        return Check(
            name=name,
            status="failed",
            found=f"{unclear[0].answer}, which is no refusal: {_where(unclear[0])}",
            advice="see what answers at this address, and try again: nothing is known of what it"
            " shows to strangers",
        )
    if silent:
        found = f"{silent[0].answer}; what else was asked: {_told(answers)}"
        return Check(name=name, status="skipped", found=found)
    return Check(name=name, status="ok", found=_told((*answers, *others)))


def is_refused(answer: Fetched) -> bool:
    """Tell whether an answer gives nothing of what was asked for, and never will.

    400 counts where it is storage's own: it answers InvalidUri to a container's query on the path
    of a blob (azure-storage-azcopy#1170).
    """
    is_own = answer.status == 400 and bool(answer.header("x-ms-error-code"))
    return answer.status in _REFUSALS or is_own


def _told(answers: Sequence[Fetched]) -> str:
    return ", ".join(dict.fromkeys(answer.answer for answer in answers))


def _where(answer: Fetched) -> str:
    return answer.url.partition("?")[0]


def _advice(containers: str) -> str:
    return (
        f"take public access from {containers}: `az storage container set-permission"
        " --public-access off`, and allowBlobPublicAccess of the account"
        " (bicep/modules/storage.bicep)"
    )
