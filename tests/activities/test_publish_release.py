"""A release: recorded, then live, whoever dies and whoever comes next."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path

import m3u8
import pytest
import requests

from activities.dead_letter import write as write_letter
from activities.end_job import end
from activities.probe_source import probe
from activities.publish_release import publish
from adapters.memory.wrapped import FailingContainer, FreezingContainer
from adapters.removal import Remover
from adapters.settings import Settings
from tests.activities.azure import azure_services, planned_on
from tests.activities.world import World, lowest, make_live, produce
from tests.media import ClipMaker, run_ffmpeg
from transcoding.errors import Cancelled, EncodeAgain, StorageFailed, Superseded
from transcoding.job.messages import Ending, Job, Outcome, Published, PurgeState
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan

STABLE = ("poster.jpg", "storyboard.vtt", "manifest.mpd", "master.m3u8")


@pytest.fixture
def produced(world: World, clip: Path) -> Plan:
    """Everything that a release refers to."""
    made = world.plan(clip)
    produce(world.services, made)
    return made


def stable(world: World, name: str = "clip.mp4") -> dict[str, str]:
    """Return path -> ETag of the stable names."""
    blobs = world.blobs(f"{name}/")
    return {path: etag for path, etag in blobs.items() if "~" not in path}


def source_keys(world: World, name: str = "clip.mp4") -> tuple[set[str], set[str]]:
    """Return the source folders that HLS and DASH refer to."""
    master, manifest = (
        (world.containers.videos.read(f"{name}/{file}") or b"").decode()
        for file in ("master.m3u8", "manifest.mpd")
    )
    return set(re.findall(r"~[0-9a-f]{12}", master)), set(re.findall(r"~[0-9a-f]{12}", manifest))


def releases(world: World, name: str = "clip.mp4") -> list[str]:
    return [path.rpartition("/")[2] for path in world.blobs(f"{name}/~releases/")]


def test_what_is_published_plays_under_any_name(settings: Settings, clip_maker: ClipMaker) -> None:
    """Master, media playlist and segments are found over HTTP, by relative addresses."""
    services = azure_services(settings)
    name = "a b/ü #1?100%.mp4"
    made = planned_on(services, clip_maker.clip(frame_rate=Fraction(25), frame_count=300), name)
    assert make_live(services, made) == 1
    url = services.stores.playback_url(f"{name}/master.m3u8")
    assert url.endswith("/a%20b/%C3%BC%20%231%3F100%25.mp4/master.m3u8")
    master = m3u8.loads(requests.get(url, timeout=10).text, uri=url)
    media = m3u8.load(master.playlists[0].absolute_uri)
    assert len(media.segments) == 3
    assert requests.get(media.segments[2].absolute_uri, timeout=10).status_code == 200
    manifest = requests.get(services.stores.playback_url(f"{name}/manifest.mpd"), timeout=10)
    assert manifest.headers["Content-Type"] == "application/dash+xml"
    assert f'media="{made.job.source_key}/$RepresentationID$/' in manifest.text


def test_a_release_names_all_that_it_refers_to(world: World, produced: Plan) -> None:
    """Tracks and pictures: from now on nothing in those folders changes."""
    assert publish(world.services, produced) == Published(number=1)
    record = world.services.stores.releases.latest("clip.mp4")
    assert record is not None
    images = (produced.poster, produced.storyboard)
    keys = [track.key for track in produced.tracks] + [image.key for image in images if image]
    assert set(record.folders) == {produced.folder(key).relative for key in keys}
    assert record.run_id == produced.job.run_id
    assert record.source_key == produced.job.source_key
    assert record.is_complete
    assert sorted(stable(world)) == [f"clip.mp4/{file}" for file in sorted(STABLE)]


def test_a_repeated_attempt_records_nothing_more(world: World, produced: Plan) -> None:
    """The host runs it again where its answer was lost."""
    publish(world.services, produced)
    before = world.blobs()
    assert publish(world.services, produced) == Published(number=1)
    assert world.blobs() == before


# --- the source is gone


def test_an_overtaken_job_publishes_nothing(world: World, produced: Plan) -> None:
    """The newer upload's own job will."""
    world.upload(b"newer")
    before = world.blobs()
    with pytest.raises(Superseded):
        publish(world.services, produced)
    assert world.blobs() == before


def test_a_source_that_is_deleted_in_the_middle_stops_all_of_it_or_nothing(
    world: World, clip: Path
) -> None:
    """Before the release is recorded nothing is; from then on it is finished."""
    base = world.plan(clip)
    produce(world.services, base)
    ends: list[bool] = []
    for at in range(1, 100):
        there = world.copy()
        delete = partial(there.containers.uploads.delete, "clip.mp4")
        frozen = FreezingContainer(there.containers.videos, at, delete)
        try:
            publish(there.services_with(videos=frozen), base)
        except Superseded:
            assert releases(there) == []
            assert stable(there) == {}
            ends.append(False)
        else:
            assert releases(there) == ["00001.json"]
            assert len(stable(there)) == 4
            assert source_keys(there) == ({base.job.source_key}, {base.job.source_key})
            ends.append(True)
        if frozen.operations < at:
            break
    assert ends == sorted(ends)
    assert ends.count(False) >= 2
    assert ends.count(True) >= 8


# --- the video is removed


def test_a_job_that_was_planned_before_a_removal_publishes_nothing(
    world: World, produced: Plan
) -> None:
    """Although its upload stays: what it found done may be gone. A replay is planned anew."""
    withdraw = partial(
        world.services.stores.releases.withdraw,
        "clip.mp4",
        "removal",
        lambda _: False,
        kept=produced.job.source_key,
    )
    withdraw(is_over=False)
    withdraw(is_over=True)
    before = world.blobs()
    with pytest.raises(Cancelled, match=r"removed while its job ran.*vod replay 'clip.mp4'"):
        publish(world.services, produced)
    assert world.blobs() == before
    again = world.replay(produced)
    assert again.removal == 2
    assert make_live(world.services, again) == 3


def remove_video(world: World) -> None:
    """Remove what is published, long after all was stored; the upload stays."""
    stores = world.services.stores
    done = PurgeState(status="done", detail="")
    remover = Remover(
        stores.uploads,
        stores.videos,
        stores.releases,
        now=lambda: datetime(2100, 1, 1, tzinfo=UTC),
        purge=lambda _: done,
    )
    upload = stores.uploads.properties("clip.mp4")
    removed = remover.remove("clip.mp4", upload, keep_upload=True)
    assert removed is not None
    assert removed.is_complete


def test_a_removal_in_the_middle_stops_all_of_it_or_nothing(world: World, produced: Plan) -> None:
    """It comes before the release is recorded, or takes it away."""
    ends: list[bool] = []
    for at in range(1, 100):
        there = world.copy()
        frozen = FreezingContainer(there.containers.videos, at, partial(remove_video, there))
        try:
            publish(there.services_with(videos=frozen), produced)
        except Cancelled:
            ends.append(False)
        else:
            ends.append(True)
        if frozen.operations < at:
            break
        assert stable(there) == {}
        assert all("~releases" in path for path in there.blobs())
    assert ends == sorted(ends)
    assert ends.count(False) >= 4
    assert ends.count(True) >= 8


# --- half a publish


@pytest.fixture
def second(world: World, clip: Path, produced: Plan) -> Plan:
    """A second upload of the name, all but published; the first is live."""
    publish(world.services, produced)
    made = world.plan(clip.read_bytes() + b"\0" * 8)
    produce(world.services, made)
    return made


def retry(world: World, made: Plan) -> None:
    """Let the host run the step again."""
    assert publish(world.services, made).number == 2


def probe_next(world: World, _: Plan) -> None:
    """Let the job of a third upload begin, which is no video."""
    assert probe(world.services, world.upload(b"")).refused is not None
    probe(world.services, world.upload(b"not a video"))


def end_superseded(world: World, made: Plan) -> None:
    """Let a job that was overtaken end."""
    world.containers.uploads.delete("clip.mp4")
    end(world.services, ending(made.job, "superseded"))


def bury(world: World, made: Plan) -> None:
    """Let the job itself end as failed: all attempts at the step have died."""
    world.containers.uploads.delete("clip.mp4")
    recorded = len(releases(world)) == 2
    filed = write_letter(world.services, ending(made.job, "failed"))
    assert filed.live == (2 if recorded else 0)
    assert bool(filed.path) is not recorded


def ending(job: Job, status: str) -> Ending:
    outcome = Outcome.model_validate({"status": status, "name": job.name})
    return Ending(job=job, outcome=outcome)


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("following", [retry, probe_next, end_superseded, bury])
def test_whoever_comes_next_finishes_what_was_recorded(
    world: World,
    produced: Plan,
    second: Plan,
    following: Callable[[World, Plan], None],
    is_done: bool,
) -> None:
    """After a death at any operation: HLS and DASH agree, on the highest recorded release."""
    halves = 0
    for at in range(1, 100):
        there = world.copy()
        dying = FailingContainer(there.containers.videos, at, is_done=is_done)
        with suppress(StorageFailed):
            publish(there.services_with(videos=dying), second)
        halves += len(set(map(str, source_keys(there)))) > 1
        following(there, second)
        latest = second if len(releases(there)) == 2 else produced
        assert source_keys(there) == ({latest.job.source_key}, {latest.job.source_key})
        assert len(stable(there)) == 4
        if len(dying.operations) < at:
            assert halves >= 1
            return
    raise AssertionError("no attempt came to its end")


def test_a_retry_does_not_take_back_what_a_newer_job_has_published(
    world: World, clip: Path, second: Plan
) -> None:
    """It woke too late: its release was overtaken, which makes it no failure."""
    at = 12
    dying = FailingContainer(world.containers.videos, at)
    with suppress(StorageFailed):
        publish(world.services_with(videos=dying), second)
    assert releases(world) == ["00001.json", "00002.json"]
    third = world.plan(clip.read_bytes() + b"\0" * 16)
    assert make_live(world.services, third) == 3
    before = world.blobs()
    assert publish(world.services, second) == Published(number=2)
    assert world.blobs() == before


def test_a_retry_does_not_overtake_a_replay_of_its_own_job(world: World, produced: Plan) -> None:
    """The source is still the current one, but this run has its release already."""
    publish(world.services, produced)
    again = world.replay(produced)
    assert make_live(world.services, again) == 2
    before = world.blobs()
    assert publish(world.services, produced) == Published(number=1)
    assert world.blobs() == before


def test_without_the_joined_markers_nothing_is_recorded(world: World, produced: Plan) -> None:
    """What a release says comes from them."""
    world.containers.work.delete(WorkFolder.of(produced.job).collected(0, 0))
    with pytest.raises(EncodeAgain):
        publish(world.services, produced)
    assert releases(world) == []


def test_a_release_that_is_recorded_needs_nothing_more_of_its_job(
    world: World, produced: Plan
) -> None:
    """Neither its notes nor the source."""
    dying = FailingContainer(world.containers.videos, 6)
    with suppress(StorageFailed):
        publish(world.services_with(videos=dying), produced)
    assert releases(world) == ["00001.json"]
    assert len(stable(world)) < 4
    world.containers.work.delete(WorkFolder.of(produced.job).collected(0, 0))
    world.containers.uploads.delete("clip.mp4")
    assert publish(world.services, produced) == Published(number=1)
    assert len(stable(world)) == 4


def test_a_release_without_pictures_takes_those_of_the_one_before_away(
    world: World, clip: Path, tmp_path: Path
) -> None:
    """A song under the name of a video: its poster would be another's."""
    make_live(world.services, world.plan(clip))
    tone = tmp_path / "tone.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=3", str(tone)])
    made = world.plan(tone)
    assert make_live(world.services, made) == 2
    assert sorted(stable(world)) == ["clip.mp4/manifest.mpd", "clip.mp4/master.m3u8"]


def test_every_manifest_is_of_the_folders_that_are_there(world: World, produced: Plan) -> None:
    """The master names the playlist of the lowest rung where it is."""
    publish(world.services, produced)
    master = (world.containers.videos.read("clip.mp4/master.m3u8") or b"").decode()
    assert f"{lowest(produced).relative}/media.m3u8" in master
