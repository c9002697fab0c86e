"""How the result of an examination is printed."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.terminal import printable, write_line
from transcoding.reporting.checkup import Checkup

_WIDTH = 120
_STYLES = {"ok": "green", "failed": "bold red", "skipped": "dim"}


def print_checkup(checkup: Checkup) -> None:
    """Print a line for each check, with its advice below it where it failed, and the sum."""
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold")
    for check in checkup.checks:
        status = Text(check.status, style=_STYLES[check.status])
        table.add_row(Text(printable(check.name)), status, Text(_lines(check.found)))
        if check.advice:
            table.add_row("", "", Text(f"-> {_lines(check.advice)}", style="yellow"))
    console.print(table)
    counts = {status: sum(check.status == status for check in checkup.checks) for status in _STYLES}
    told = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    console.print()
    write_line(console, told)


def _lines(text: str) -> str:
    """Return a text without what steers a terminal, in the lines that it has."""
    return "\n".join(printable(line) for line in text.splitlines())
