"""Fixtures that tests of any folder may use, and what CI asks of every run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media import ClipMaker, MediaServer
from tests.world import is_of_world

pytest_plugins = ["tests.azurite", "tests.storage"]

ALLOWED_SKIPS: dict[str, str] = {
    "tests/adapters/ffmpeg/test_copies.py::test_a_temp_folder_that_executes_nothing_is_named": (
        "a container may forbid user namespaces, which a mount of one's own takes"
    ),
}
"""Tests that may be skipped, by their id, with the reason. In CI any other skip is a failure."""


def pytest_configure() -> None:
    # A shell lets what it runs in the background ignore Ctrl-C, and so would every program that a
    # test starts and interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        # `make quick` leaves them out.
        if is_of_world(item):
            item.add_marker("world")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in _unexpected_skips(terminalreporter):
        terminalreporter.write_line(f"skipped without leave: {name} (tests/conftest.py)")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and _unexpected_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexpected_skips(reporter: pytest.TerminalReporter) -> list[str]:
    skipped = reporter.stats.get("skipped", [])
    return sorted({report.nodeid for report in skipped} - ALLOWED_SKIPS.keys())


@pytest.fixture(scope="session")
def media_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    """Serve a folder for the whole session: sources are read over HTTP, never as local files."""
    with MediaServer(tmp_path_factory.mktemp("media")) as server:
        yield server


@pytest.fixture(scope="session")
def clip_maker(media_server: MediaServer) -> ClipMaker:
    """Make clips of any rate and length into `media_server`'s folder."""
    return ClipMaker(media_server)


@pytest.fixture(scope="session")
def tiny_clip(clip_maker: ClipMaker) -> Path:
    """Give 12 s of 320x180 at 30 fps with a tone, inside `media_server`'s folder."""
    return clip_maker.clip(frame_rate=Fraction(30), frame_count=360)
