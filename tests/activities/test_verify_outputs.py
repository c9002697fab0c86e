"""The gate on what a real encode stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.collect_chunks import collect
from activities.verify_outputs import verify
from activities.write_playlists import write as write_playlists
from tests.activities.world import World, encode, lowest, make_live, produce, sound
from transcoding.errors import EncodeAgain, PlanAgain
from transcoding.job.paths import RenditionFolder, WorkFolder
from transcoding.plan.plan import Plan


@pytest.fixture
def produced(world: World, clip: Path) -> Plan:
    """12 s in two chunks, all written but the manifests."""
    made = world.plan(clip, "a #1 100%.mp4")
    produce(world.services, made)
    return made


def test_what_was_encoded_breaks_no_rule(world: World, produced: Plan) -> None:
    """Every MUST holds on the real files; the results are kept for the report."""
    verdict = verify(world.services, produced)
    assert verdict.failed == ()
    assert verdict.checked > 50
    kept = world.services.stores.notes.read_conformance(WorkFolder.of(produced.job))
    assert kept is not None
    assert sum(result["applies"] for result in json.loads(kept)) == verdict.checked


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("00002.m4s", None),
        ("00002.m4s", lambda body: body + bytes(8)),
        ("00003.m4s", lambda body: body[:-1] + b"?"),
        ("init.mp4", None),
        ("init.mp4", lambda body: body + bytes(8)),
    ],
)
def test_what_is_not_as_its_marker_says_is_encoded_once_more(
    world: World, produced: Plan, file: str, change: Callable[[bytes], bytes] | None
) -> None:
    """Noticed here at last: the next pass mends it, and it is the only one that there is."""
    path = lowest(produced).path(file)
    if change is None:
        world.containers.videos.delete(path)
    else:
        world.overwrite(path, change)
    with pytest.raises(EncodeAgain, match=rf"chunk \d: .*{file}"):
        verify(world.services, produced)
    again = produced.model_copy(update={"pass_number": 1})
    produce(world.services, again)
    assert verify(world.services, again).failed == ()


@pytest.mark.parametrize("where", [lowest, sound])
def test_a_playlist_that_is_gone_is_written_once_more(
    world: World, produced: Plan, where: Callable[[Plan], RenditionFolder]
) -> None:
    """No chunk is encoded for it."""
    world.containers.videos.delete(where(produced).path("media.m3u8"))
    with pytest.raises(EncodeAgain, match=r"media\.m3u8 is gone"):
        verify(world.services, produced)
    assert encode(world.services, produced) == 0
    collect(world.services, produced)
    write_playlists(world.services, produced)
    assert verify(world.services, produced).failed == ()


def test_what_is_live_and_damaged_has_the_job_planned_anew(world: World, produced: Plan) -> None:
    """It stays as it is."""
    make_live(world.services, produced)
    world.containers.videos.delete(lowest(produced).path("00002.m4s"))
    before = world.blobs()
    with pytest.raises(PlanAgain):
        verify(world.services, produced)
    assert world.blobs() == before


def test_a_rule_that_is_broken_is_named(world: World, produced: Plan) -> None:
    """A playlist that says something else than its segments are."""
    text = world.bodies(lowest(produced))["media.m3u8"] or b""
    world.services.stores.renditions.write_beside(
        lowest(produced), {"media.m3u8": text.replace(b"4.0", b"9.0")}, lambda: True
    )
    verdict = verify(world.services, produced)
    assert verdict.failed
    assert all(": " in line for line in verdict.failed)


def test_headers_are_looked_at(world: World, produced: Plan) -> None:
    """A segment that browsers must not cache, or that has another type, breaks a rule."""
    path = lowest(produced).path("00001.m4s")
    body = world.containers.videos.read(path)
    assert body is not None
    world.containers.videos.put(path, body, content_type="text/plain", cache_control="no-store")
    verdict = verify(world.services, produced)
    assert len(verdict.failed) >= 2
