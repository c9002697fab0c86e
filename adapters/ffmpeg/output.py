"""What the programs write while they run: progress or lines on stdout, complaints on stderr."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from math import isfinite

from adapters.redaction import redact
from transcoding.values import Value

_TAIL_LINES = 40
_TAIL_CHARS = 4_000
_MAX_LINE_BYTES = 16_384
_SHOWN_LINE_CHARS = 1_000
_ABSURD_SPEED = 100_000

# A read that broke off and could not be taken up again at the first try. A read past the end (416)
# is none.
_LOST_INPUT = re.compile(
    rb"\[(?:https?|tcp|tls) @ \w+\] "
    rb"(?:HTTP error (?!416)\d|Connection to \S+ failed|Failed to |Error reading HTTP response|"
    rb"Will reconnect at \d+ in [1-9])"
)


class Progress(Value):
    """How far a run is.

    Attributes:
        frames: written to the first video output; 0 where there is none.
        out_time_s: media time that has been written.
        speed: media seconds per second of wall clock; 0 while unknown.
        done: this is the last word of a run that ended by itself.
    """

    frames: int = 0
    out_time_s: float = 0.0
    speed: float = 0.0
    done: bool = False


class StderrTail:
    """The last lines of stderr; bounded however much is written.

    Attributes:
        lost_input: whether any line, kept or not, tells of a network source that could not be read
            on. FFmpeg takes what it has for the whole file then, and exits with 0.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self.lost_input = False
        self._secrets = secrets
        self._lines: deque[bytes] = deque(maxlen=_TAIL_LINES)
        self._rest = b""

    def feed(self, block: bytes) -> bool:
        lines, self._rest = _split(self._rest, block)
        self._lines.extend(line for line in lines if line.strip())
        self.lost_input = self.lost_input or any(_LOST_INPUT.match(line) for line in lines)
        return False

    def text(self) -> str:
        # Whole lines are redacted before anything is cut off: half a secret is not recognised.
        shown = [
            redact(line.decode(errors="replace"), self._secrets)[:_SHOWN_LINE_CHARS]
            for line in [*self._lines, self._rest]
            if line.strip()
        ]
        return "\n".join(shown[-_TAIL_LINES:])[-_TAIL_CHARS:]


class ProgressReader:
    """Reads the blocks of `key=value` lines that `-progress` writes."""

    def __init__(self, on_progress: Callable[[Progress], None] | None) -> None:
        self.last = Progress()
        self._on_progress = on_progress
        self._fields: dict[str, str] = {}
        self._rest = b""

    def feed(self, block: bytes) -> bool:
        lines, self._rest = _split(self._rest, block)
        before = self.last
        for line in lines:
            key, _, value = line.decode(errors="replace").partition("=")
            self._fields[key.strip()] = value.strip()
            # `progress` is the last line of a block.
            if key == "progress":
                self._take_block()
        return (before.frames, before.out_time_s) != (self.last.frames, self.last.out_time_s)

    def _take_block(self) -> None:
        self.last = Progress(
            frames=int(_number(self._fields.get("frame", ""))),
            out_time_s=_number(self._fields.get("out_time_us", "")) / 1_000_000,
            speed=_speed(self._fields.get("speed", "")),
            done=self._fields["progress"] == "end",
        )
        self._fields.clear()
        if self._on_progress:
            self._on_progress(self.last)


class LineReader:
    """Hands on what is written line by line, and keeps no more than the line that has begun.

    The programs end every line; one that a killed program left half written is not handed on.
    """

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = b""

    def feed(self, block: bytes) -> bool:
        lines, self._rest = _split(self._rest, block)
        for line in lines:
            self._on_line(line.decode(errors="replace"))
        return bool(lines)


def _number(text: str) -> float:
    """Read a figure of a progress block; `N/A` and the like are 0."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if isfinite(value) else 0.0


def _speed(text: str) -> float:
    """Read how many times as fast as real time it goes; FFmpeg begins with absurd figures."""
    speed = _number(text.rstrip("x"))
    return speed if speed < _ABSURD_SPEED else 0.0


def _split(rest: bytes, block: bytes) -> tuple[list[bytes], bytes]:
    """Return the complete lines and what is left over; over-long lines lose their end."""
    *lines, rest = (rest + block).replace(b"\r", b"\n").split(b"\n")
    return [line[:_MAX_LINE_BYTES] for line in lines], rest[:_MAX_LINE_BYTES]
