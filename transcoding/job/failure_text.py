"""What the host makes of a failed activity, read back into its parts.

An orchestrator sees a failed activity only as text (measured under the real host):

    Activity function 'encode_unit' failed:  ToolFailed: text of the error \\n {"$type": ...

A sub-orchestrator's failure holds its activity's text inside its own. The JSON that follows repeats
it, escaped, among several kilobytes of host internals, and is never kept.
"""

from __future__ import annotations

import re

from transcoding.values import Value

MAX_TEXT_LENGTH = 1000

_ACTIVITY = re.compile(
    r"Activity function '(?P<step>[^']+)' failed:\s+((?P<error>[A-Za-z_][\w.]*):\s)?(?P<text>.*)",
    re.DOTALL,
)
_WRAPPED = re.compile(r"^(\w[\w-]* function '[^']+' failed:\s+)+")
_HOST_JSON = re.compile(r'\s*(\\n|\n)?\s*\{\s*\\*"\$type.*', re.DOTALL)
_STACK = re.compile(r"\s*(\\n|\n)\s*(Stack:|\s*at |Traceback).*", re.DOTALL)


class FailureText(Value):
    """A failure in short.

    Attributes:
        step: the activity that failed, "" when the text names none.
        error: the class of the error, "" likewise.
        text: its message, at most 1,000 characters.
    """

    step: str
    error: str
    text: str


def read_failure(raw: str) -> FailureText:
    """Return the first activity failure in a text, or the bounded text itself."""
    found = _ACTIVITY.search(raw)
    if found is None:
        return FailureText(step="", error="", text=_bounded(_WRAPPED.sub("", raw)))
    return FailureText(
        step=found["step"],
        error=(found["error"] or "").rpartition(".")[2],
        text=_bounded(found["text"]),
    )


def _bounded(text: str) -> str:
    for noise in (_HOST_JSON, _STACK):
        text = noise.sub("", text)
    return text.strip()[:MAX_TEXT_LENGTH]
