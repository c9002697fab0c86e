"""The whole app on storage of its own, and a video that it has published."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from adapters.settings import SETTING_NAMES
from cli.local_app import LocalApp, local_app
from tests.end_to_end.publishing import PublishedVideo, publish
from tests.media import ClipMaker


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of the published minute to one worker and the other jobs to another.

    Each worker has an app of its own; the minute is published by one of them only.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            is_of_minute = item.path.name in ("test_media.py", "test_playback.py")
            group = "minute" if is_of_minute else "jobs"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def running_app() -> Iterator[LocalApp]:
    """Run the app: chunks of 2 segments, all rungs of a chunk in one unit."""
    settings = {"VOD_CHUNK_S": "10", "VOD_PRESET": "ultrafast", "VOD_GROUPING": "together"}
    # Empty, not left out: devhost fills what is missing from local.settings.json.
    with local_app({**os.environ, **dict.fromkeys(SETTING_NAMES, ""), **settings}) as app:
        yield app


@pytest.fixture(scope="session")
def published_minute(running_app: LocalApp, clip_maker: ClipMaker) -> PublishedVideo:
    """Publish 1798 frames (59.993 s) of 960x540 at 29.97 fps with a tone; its name has a space."""
    source = clip_maker.clip(frame_rate=Fraction(30000, 1001), frame_count=1798, size="960x540")
    return publish(running_app, source, "clips/a minute.mp4")
