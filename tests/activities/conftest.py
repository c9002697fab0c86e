"""Sources, and a world for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.ffmpeg.port import MediaTools
from adapters.ffmpeg.remembered import Memory, RememberedTools
from adapters.ffmpeg.runner import Ffmpeg
from tests.activities.world import LocalUrls, World
from tests.media import run_ffmpeg
from transcoding.plan.plan import Plan


@pytest.fixture(scope="session")
def ffmpeg() -> Ffmpeg:
    """The real programs."""
    return Ffmpeg()


@pytest.fixture(scope="session")
def memory() -> Memory:
    """What FFmpeg has done in this session."""
    return Memory()


@pytest.fixture(scope="session")
def tools(ffmpeg: Ffmpeg, memory: Memory) -> MediaTools:
    """The real programs, which do the same thing only once."""
    return RememberedTools(ffmpeg, memory)


@pytest.fixture
def world(tools: MediaTools, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.getbasetemp() / "sources"
    folder.mkdir(exist_ok=True)
    return World(LocalUrls(folder), tools)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 s of 128x72 at 25 fps with a tone: chunks of two segments and of one.

    Noise keeps x264's rate control busy: with two threads no encode gives the bits of another.
    """
    path = tmp_path_factory.mktemp("clips") / "noise.mp4"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "testsrc2=size=128x72:rate=25,noise=alls=30:allf=t"),
            *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=12"),
            *("-frames:v", "300", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"),
            *("-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", str(path)),
        ]
    )
    return path


@pytest.fixture
def planned(world: World, clip: Path) -> Plan:
    """The plan of the clip, uploaded to this world."""
    return world.plan(clip)
