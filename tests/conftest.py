"""Fixtures that tests of any folder may use."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media import ClipMaker, MediaServer

pytest_plugins = ["tests.azurite", "tests.storage"]


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
