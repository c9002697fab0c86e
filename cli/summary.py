"""How a status and a job's report are printed."""

from __future__ import annotations

import json
from fractions import Fraction

from rich.console import Console
from rich.table import Table

from cli.tables import add_row, plain_table
from cli.terminal import write_line
from transcoding.reporting.report import Report
from transcoding.reporting.status import JobStatus


def status_document(status: JobStatus) -> str:
    """Return the status as one JSON document that ends with a newline."""
    return json.dumps(status.to_json(), indent=2) + "\n"


def print_status(console: Console, status: JobStatus) -> None:
    """Print state, detail, renditions and, once published, the playback URLs."""
    state = status.state if status.state != "running" else f"running: {status.phase}"
    write_line(console, f"{status.name}  {state}  {status.percent:.1f} %")
    write_line(console, f"job   {status.instance_id}")
    if status.eta_s is not None and status.state == "running":
        write_line(console, f"left  {status.eta_s:.0f} s")
    if status.detail:
        write_line(console, f"why   {status.detail}")
    if status.renditions and status.state == "running":
        table = plain_table("rendition", "chunks", "frames", "speed")
        for rendition in status.renditions:
            add_row(
                table,
                rendition.label,
                f"{rendition.chunks_done}/{rendition.chunks_total}",
                f"{rendition.frames_done}/{rendition.frames_total}",
                f"{rendition.speed:.1f}x" if rendition.speed else "",
            )
        console.print(table)
    print_troubles(console, status)
    print_urls(console, status)


def print_troubles(console: Console, status: JobStatus) -> None:
    """Print what failed and is tried again, and what could not be done for a live video."""
    for trouble in status.troubles:
        failed = f"failed {trouble.attempt} times" if trouble.attempt > 1 else "failed once"
        when = f"; again at {trouble.again_at:%H:%M:%S} UTC" if trouble.again_at else ""
        told = f"{failed if trouble.attempt else 'lost'}: {trouble.reason}{when}"
        write_line(console, f"retry {trouble.unit} {told}")
    for warning in status.warnings:
        write_line(console, f"warning {warning}")


def print_urls(console: Console, status: JobStatus) -> None:
    """Print where the video plays, whole on a line each, so that they can be copied."""
    for label, url in (
        ("HLS   ", status.hls_url),
        ("DASH  ", status.dash_url),
        ("report", status.report_url),
    ):
        if url:
            write_line(console, f"{label} {url}")
    if status.purge:
        write_line(console, f"purge  {status.purge}")


def print_report(console: Console, report: Report) -> None:
    """Print the tables of renditions and of stage times."""
    console.print(renditions_table(report), "", stages_table(report), "", sep="\n")


def renditions_table(report: Report) -> Table:
    """Return one row for each rendition of the report."""
    table = plain_table(
        "rendition", "picture", "size", "kbit/s", "peak", "fps", "codec", "encode", "speed"
    )
    for rendition in report.renditions:
        is_video = rendition.kind == "video"
        speed = rendition.realtime_factor
        add_row(
            table,
            rendition.label,
            f"{rendition.width}x{rendition.height}" if is_video else "",
            file_size(rendition.size_bytes),
            f"{rendition.average_bps / 1000:.0f}",
            f"{rendition.peak_bps / 1000:.0f}",
            frame_rate(rendition.frame_rate) if is_video else "",
            rendition.codec,
            f"{rendition.encode_s:.1f} s",
            "" if speed is None else f"{speed:.1f}x",
        )
    return table


def stages_table(report: Report) -> Table:
    """Return one row for each stage of the report."""
    table = plain_table("stage", "time")
    for stage in report.stages:
        add_row(table, stage.name, f"{stage.seconds:.1f} s")
    return table


def file_size(size_bytes: int) -> str:
    """Return a size such as "950 B", "12.3 kB" or "1.2 GB" (powers of 1,000)."""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{size_bytes} B" if unit == "B" else f"{size:.1f} {unit}"


def frame_rate(rate: str) -> str:
    """Return a rate such as "30000/1001" as "29.97"."""
    return f"{float(Fraction(rate)):.3f}".rstrip("0").rstrip(".")
