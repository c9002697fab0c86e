"""The whole app on storage of its own, a video that it has published, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from adapters.settings import SETTING_NAMES
from cli.local_app import LocalApp, local_app
from tests.end_to_end.browser import Playback, chromium, page_server
from tests.end_to_end.publishing import PublishedVideo, publish
from tests.media import ClipMaker

GROUPS = {
    # They watch and play one minute of video.
    "test_media": "minute",
    "test_playback": "minute",
    # They need an app that runs, as do those; it starts in seconds, and each worker has its own.
    "test_songs": "minute",
    "test_once": "jobs",
    "test_refusals": "jobs",
    "test_sync": "jobs",
}
"""Which test modules go to one worker together; any other goes by itself."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests that share what an app has published to one worker."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            group = GROUPS.get(item.path.stem, item.path.stem)
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Chromium for this module only: Playwright's event loop would be in others' way."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def page_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the page with the players."""
    with page_server(tmp_path_factory.mktemp("page")) as url:
        yield url


@pytest.fixture
def playback(browser: Browser, page_url: str) -> Iterator[Playback]:
    """Open the page with an empty cache."""
    with browser.new_context() as context:
        yield Playback(context.new_page(), page_url)
