"""A replay does not wait for what is left of the run before it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from devhost.azurite import AzuriteProcess
from tests.end_to_end.ffmpeg_around import ffmpeg_around
from tests.end_to_end.host import Host, running
from tests.end_to_end.jobs import instances, replay, upload, wait_for_end, wait_until
from tests.media import ClipMaker

NAME = "again.mp4"

SCRIPT = """
case "$*" in *libx264*)
  if mv "$here/hold" "$here/held" 2>/dev/null; then
    while [ -e "$here/held" ]; do sleep 0.1; done
  elif [ -e "$here/shorten" ]; then
    # A frame too few, however often it is tried.
    for _ in "$@"; do
      word=$1; shift
      [ "$option" != -frames:v ] || word=$((word - 1))
      option=$word
      set -- "$@" "$word"
    done
  fi
esac
"""
"""The first encode of a picture hangs while it is held; the others come out wrong."""


@pytest.fixture
def host(azurite: AzuriteProcess, tmp_path: Path) -> Iterator[Host]:
    settings = {
        "VOD_FFMPEG": ffmpeg_around(tmp_path, SCRIPT),
        "VOD_PRESET": "ultrafast",
        "VOD_CHUNK_S": "4",
        "VOD_GROUPING": "per_rendition",
        "VOD_UNITS_IN_FLIGHT": "2",
        "VOD_STALL_TIMEOUT_S": "600",
    }
    with running(Host(azurite, tmp_path, settings=settings, activities=2)) as host:
        yield host


def running_lanes(host: Host) -> list[str]:
    """Return the ids of the lanes that have not ended."""
    return [
        one["instanceId"]
        for one in instances(host.url)
        if one["name"] == "encode_lane" and one["runtimeStatus"] == "Running"
    ]


def test_a_replay_publishes_while_a_unit_of_the_failed_run_still_runs(
    host: Host, clip_maker: ClipMaker, tmp_path: Path
) -> None:
    """One unit fails for good while another hangs; the replay never meets what hangs."""
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=300, size="320x180")
    hold, held, shorten = (tmp_path / name for name in ("hold", "held", "shorten"))
    hold.touch()
    shorten.touch()
    upload(host.containers, NAME, clip)
    failed = wait_for_end(host.url, NAME)
    assert failed.state == "failed"
    assert "output has 99 frames" in failed.detail
    assert len(host.containers.failed.list(f"{NAME}/")) == 1
    assert held.exists()
    left = running_lanes(host)
    assert len(left) == 1

    shorten.unlink()
    replay(host.url, NAME)
    assert wait_for_end(host.url, NAME).state == "published"
    assert running_lanes(host) == left
    held.unlink()
    wait_until(lambda: running_lanes(host), lambda lanes: lanes == [])
    assert wait_for_end(host.url, NAME).state == "published"
