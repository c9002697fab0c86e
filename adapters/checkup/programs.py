"""Whether FFmpeg and ffprobe start, and have what the commands need."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.checkup.examination import Finding, failed, passed
from adapters.ffmpeg.port import MediaTools, Program


def try_program(
    tools: MediaTools, program: Program, needed: Mapping[str, frozenset[str]]
) -> Finding:
    """Ask a program what it is built with.

    Args:
        needed: names by kind, such as "encoders": each is a question that both programs answer.
    """
    version = _version(tools.ask(program, "-version"))
    missing = {
        kind: sorted(names - _listed(tools.ask(program, f"-{kind}")))
        for kind, names in needed.items()
    }
    lacking = "; ".join(f"{kind} {', '.join(names)}" for kind, names in missing.items() if names)
    if lacking:
        return failed(
            f"{version} lacks {lacking}",
            f"unset VOD_{program.upper()} to take the packaged program, or set it to one that is"
            " built with these",
        )
    counted = ", ".join(f"{len(names)} {kind}" for kind, names in needed.items())
    return passed(f"{version}; it has the {counted} that are needed")


def _version(text: str) -> str:
    """Return the start of what a program says, such as "ffmpeg version 9.0.2-static"."""
    return " ".join(text.split()[:3])


def _listed(text: str) -> frozenset[str]:
    """Return the names in a list: the first word of a line, or the second, after its flags."""
    return frozenset(
        name for line in text.splitlines() for word in line.split()[:2] for name in word.split(",")
    )
