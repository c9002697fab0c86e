"""All steps of an examination, in order. A new one is a function, and a line here."""

from __future__ import annotations

from cli.doctor import app, closed, delivery, events, jobs, replacing, storage
from cli.doctor.subscription import CHECK as SUBSCRIPTION
from cli.doctor.visit import Step

_JOB_S = 900.0
_APP_S = 240.0

EXAMINATION = (
    Step(app.ANSWERS, app.own_checks, limit_s=_APP_S),
    Step(app.KEY_NEEDED, app.key_is_needed, needs=(app.ANSWERS,)),
    Step(storage.CLOCK, storage.clock),
    Step(storage.WRITE, storage.may_read_and_write),
    Step(SUBSCRIPTION, events.subscription),
)
"""What only looks."""

CANARY = (
    Step(
        jobs.UPLOAD,
        jobs.upload,
        # Without these the app takes no event, or its job fails after a while.
        needs=(app.ANSWERS, app.SETTINGS, *app.PROGRAMS, storage.WRITE),
        limit_s=300.0,
    ),
    Step(jobs.EVENT, jobs.event, needs=(jobs.UPLOAD,), limit_s=_JOB_S),
    Step(jobs.JOB, jobs.job, needs=(jobs.EVENT,), limit_s=_JOB_S),
    Step(jobs.ADDRESS, jobs.address, needs=(jobs.JOB,)),
    Step(delivery.FILES, delivery.examine_files, needs=(jobs.JOB,), limit_s=120.0),
    Step(delivery.PLAIN, delivery.plain_http, needs=(jobs.JOB,)),
    Step(closed.LISTING, closed.listing, needs=(jobs.JOB,)),
    Step(closed.UPLOADS, closed.uploads, needs=(jobs.UPLOAD,)),
    Step(closed.NOTES, closed.notes, needs=(jobs.UPLOAD,)),
    Step(replacing.REPLACED, replacing.replaced, needs=(delivery.FILES,), limit_s=_JOB_S),
    Step(replacing.REMOVED, replacing.removed, needs=(jobs.JOB,), limit_s=_APP_S),
    Step(replacing.GONE, replacing.gone, needs=(replacing.REMOVED, delivery.FILES), limit_s=_JOB_S),
)
"""What a clip goes through."""
