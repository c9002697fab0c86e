"""How an orchestrator calls steps: by name, with a policy, and with what a Reply may say."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

from orchestrators.retries import backoff_of
from transcoding.errors import VodError
from transcoding.job.failure_text import MAX_TEXT_LENGTH, read_failure
from transcoding.job.messages import Reply, Stop
from transcoding.values import Value

Steps = Generator[Any, Any, Any]


class JobStopped(Exception):
    """A step has answered that the job cannot go on as it is."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        super().__init__(stop.detail)


def call(context: df.DurableOrchestrationContext, name: str, message: Value) -> Steps:
    """Call an activity, by the policy of its step, and return its result.

    Raises:
        JobStopped: it says that the job cannot go on as it is.
        Exception: as the SDK raises it, after the last attempt.
    """
    reply = yield context.call_activity_with_retry(name, backoff_of(name), message.to_json())
    answer = Reply.from_json(reply)
    if answer.stop:
        raise JobStopped(answer.stop)
    return answer.value


def reason_of(failure: Exception, *, step: str = "") -> str:
    """Return in short why something failed: an activity's own words, or those of a mistake here.

    Args:
        step: is known to whoever reads this, and left out.
    """
    if isinstance(failure, VodError | JobStopped):
        return str(failure)
    if type(failure) is not Exception:
        return f"{type(failure).__name__}: {failure}"[:MAX_TEXT_LENGTH]
    told = read_failure(str(failure))
    name = "" if told.step == step else told.step
    return ": ".join(filter(None, (name, told.error, told.text)))
