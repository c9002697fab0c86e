"""What host.json lets through of a job's log: what a person wants to read, and all bad news."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from devhost.config import load_host_config
from tests.host_lines import AROUND_JOBS, BAD_NEWS, OF_A_JOB, OF_THE_PRODUCT, Lines

LEVELS = load_host_config(Path(__file__).parents[1] / "host.json").log_levels


def _passed(lines: Iterable[Lines]) -> list[Lines]:
    return [line for line in lines if LEVELS.passes(line.category, line.level)]


def _count(lines: Iterable[Lines]) -> int:
    return sum(line.written for line in lines)


def test_a_good_job_leaves_few_lines() -> None:
    """10 of 346: that it began, its eight phases, how it ended; 20 are the limit."""
    assert _count(OF_A_JOB) == 346
    assert _count(line for line in OF_A_JOB if line.category.startswith("DurableTask.")) == 224
    assert _count(_passed(OF_A_JOB)) == 10
    assert _passed(OF_A_JOB) == list(OF_THE_PRODUCT)


def test_a_host_that_waits_leaves_none() -> None:
    """Nor does one that starts; and no address of a storage request is in the log."""
    assert _passed(AROUND_JOBS) == []


def test_bad_news_always_passes() -> None:
    """Warnings, errors and worse, whoever tells them."""
    assert _passed(BAD_NEWS) == list(BAD_NEWS)
    everyone = {line.category for line in (*OF_A_JOB, *AROUND_JOBS, *BAD_NEWS)}
    assert all(LEVELS.passes(category, logging.WARNING) for category in everyone)
