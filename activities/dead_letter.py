"""Step: the dead letter of a refused or failed job."""

from __future__ import annotations

import azure.durable_functions as df

from activities.runner import run_step
from adapters.dead_letters import how_to_replay
from adapters.services import Services
from transcoding.job import paths
from transcoding.job.events import JobEnded, LetterWritten
from transcoding.job.messages import Ending, Filed
from transcoding.job.paths import WorkFolder
from transcoding.job.records import DeadLetter

blueprint = df.Blueprint()

MAX_FAILURES = 20


@blueprint.activity_trigger(input_name="message")
def dead_letter(message: dict) -> dict:
    """Ending -> Filed."""
    return run_step("dead_letter", message, Ending, write)


def write(services: Services, ending: Ending) -> Filed:
    """Write the dead letter of a refused or failed job, and stop what still runs of it.

    A publish that failed half-way is finished first. Where this very run has recorded a release,
    the job has not failed, and there is no letter: its video is live, or a later one is.
    """
    job, outcome = ending.job, ending.outcome
    stores = services.stores
    # Under a refused name nothing is live, and storage may refuse the paths that are looked for.
    if not paths.check_name(job.name):
        stores.releases.finish(job.name)
        own = stores.releases.of_run(job.name, job.run_id)
        if own:
            return Filed(path="", live=own.number)
    work = WorkFolder.of(job)
    stores.notes.cancel(work)
    letter = DeadLetter(
        status=outcome.status,
        name=job.name,
        etag=job.etag,
        instance_id=job.instance_id,
        run_id=job.run_id,
        reason=outcome.detail,
        replay=how_to_replay(outcome.status, job.name),
        failures=tuple(stores.notes.read_failures(work, MAX_FAILURES)),
    )
    path = paths.dead_letter(job)
    stores.letters.write(path, letter.model_dump_json(indent=2).encode())
    services.events.tell(LetterWritten("refused" if outcome.status == "refused" else "failed"))
    duration_s = sum(stage.seconds for stage in outcome.stages)
    services.events.tell(JobEnded(outcome.status, duration_s))
    return Filed(path=path)
