"""The plain tables in which `vod` prints results."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from cli.terminal import printable


def plain_table(first: str, *others: str) -> Table:
    """Return an empty table: the first column is text, the others are set to the right."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def add_row(table: Table, *cells: str) -> None:
    """Add a row; as Text, a cell is never read as mark-up."""
    table.add_row(*(Text(printable(cell)) for cell in cells))
