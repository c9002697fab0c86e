"""How an estimate is printed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.summary import file_size
from cli.tables import add_row, plain_table
from cli.terminal import write_line
from transcoding.cost.bill import Cost
from transcoding.cost.estimate import Estimate
from transcoding.cost.prices import LOOKED_UP


def print_estimate(console: Console, found: Estimate) -> None:
    """Print the rungs, the totals, the bill and what others list."""
    write_line(console, f"{found.name}  {length(found.duration_s)}")
    write_line(console, "")
    console.print(_rungs(found), "", sep="\n")
    for label, text in (
        ("CPU time", f"{length(found.cpu_s)} in {found.units} units, sound included"),
        ("wall time", f"{length(found.wall_s)} {_crew(found)}"),
        ("memory", f"{found.gb_s:,.0f} GB-s at {found.memory_mb} MB an instance"),
    ):
        write_line(console, f"{label:<10} {text}")
    write_line(console, "")
    for title, costs in (
        ("once", found.publishing),
        ("each month", found.keeping),
        ("viewing", found.viewing),
        ("instead", found.instead),
    ):
        if costs:
            console.print(_costs(title, costs), "", sep="\n")
    for note in found.notes:
        write_line(console, f"note: {note}")
    write_line(
        console,
        f"List prices looked up on {LOOKED_UP}, before free grants, discounts and base fees; "
        "docs/cost.md says more.",
    )


def length(seconds: float) -> str:
    """Return a duration such as "8.2 s", "4 min 05 s" or "2 h 00 min"."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"


def dollars(usd: float) -> str:
    """Return an amount such as "$12.34", "$0.0034" or "<$0.0001"."""
    if usd >= 0.1 or not usd:
        return f"${usd:,.2f}"
    return f"${usd:.4f}" if usd >= 0.0001 else "<$0.0001"


def _crew(found: Estimate) -> str:
    count = min(found.instances, found.units)
    return f"on {count} instance{'s' if count > 1 else ''}, from the start of the first unit"


def _rungs(found: Estimate) -> Table:
    table = plain_table("rendition", "picture", "frames", "chunks", "CPU", "size, at most")
    for rung in found.rungs:
        add_row(
            table,
            rung.label,
            f"{rung.width}x{rung.height}",
            f"{rung.frames:,}",
            f"{rung.chunks:,}",
            length(rung.cpu_s),
            file_size(rung.size_bytes),
        )
    return table


def _costs(title: str, costs: Sequence[Cost]) -> Table:
    table = plain_table(title, "US dollars", "for")
    for cost in costs:
        add_row(table, cost.name, dollars(cost.usd), cost.basis)
    return table
