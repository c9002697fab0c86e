"""Removing a video: in every order with those who publish, and after a death at every operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.container import MemoryContainer
from adapters.memory.stores import MemoryUrls
from adapters.memory.wrapped import FailingContainer, FreezingContainer
from adapters.removal import Remover, purge_below
from adapters.settings import FrontDoor
from adapters.storage.port import Container, Overtaken
from adapters.storage.releases import Releases, Removal
from adapters.storage.stores import Stores
from adapters.storage.uploads import Uploads
from tests.adapters.storage.interleaving import explore_pauses
from tests.management_api import Answer, ManagementApi
from tests.transcoding.builders import a_release
from transcoding.errors import StorageFailed
from transcoding.job.messages import PurgeState, source_key
from transcoding.job.records import ReleaseRecord

NAME = "a b/clip.mp4"
STABLE = ("poster.jpg", "storyboard.vtt", "manifest.mpd", "master.m3u8", "report.json")
DONE = PurgeState(status="done", detail="purged")
START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(minutes=1)


def release(name: str, etag: str, number: int = 1, run_id: str = "1") -> ReleaseRecord:
    """Give a release of sound that was made from the upload with this ETag."""
    key = source_key(etag)
    files = {file: a_release(number).files[file] for file in ("manifest.mpd", "master.m3u8")}
    return a_release(number, source_key=key, folders=(f"{key}/aac-1",), files=files, run_id=run_id)


def upload(container: Container, name: str = NAME) -> str:
    """Upload a source; return its ETag."""
    return container.put(name, b"source", content_type="video/mp4")


def make_files(container: Container, name: str, etag: str) -> None:
    """Store a track of one segment, whole."""
    folder = f"{name}/{source_key(etag)}/aac-1"
    for file in ("00001.m4s", "chunk-00000.json", "media.m3u8"):
        container.create(f"{folder}/{file}", b"x", content_type="video/mp4")


def publish(
    container: Container, name: str, etag: str, run_id: str = "1", seen: Removal | None = None
) -> None:
    """Do what a job does at its end, and what its source's ETag allows.

    Args:
        seen: the last removal when it was planned; one that was planned right now unless given.
    """
    releases = Releases(container, 10)
    while True:
        number = releases.next_number(name)
        there = container.properties(name)
        if there is None or there.etag != etag:
            return
        if seen and releases.last_removal(name, source_key(etag)) != seen:
            return
        record = release(name, etag, number, run_id)
        if releases.record(name, record):
            break
    releases.publish(name, record)
    releases.publish_report(name, number, b"{}")


def run_job(container: Container, name: str = NAME, run_id: str = "2") -> None:
    """Do what a run of the present upload's job does with storage, from its plan to its end."""
    there = container.properties(name)
    if there is None:
        return
    seen = Releases(container, 10).last_removal(name, source_key(there.etag))
    if not seen.is_over:
        return
    make_files(container, name, there.etag)
    if is_whole(container, name, source_key(there.etag)):
        publish(container, name, there.etag, run_id, seen)


def is_whole(container: Container, name: str, key: str) -> bool:
    """Tell whether all files are there that a release of this source refers to."""
    return len(container.list(f"{name}/{key}/aac-1/")) == 3


def check_live_is_whole(state: Container) -> None:
    """Whatever is live has all of its files."""
    releases = Releases(state, 10)
    live = releases.live_number(NAME)
    if live is None:
        assert stable(state) == []
        return
    latest = releases.latest(NAME)
    assert latest is not None
    assert latest.number == live
    assert is_whole(state, NAME, latest.source_key)


def a_world(name: str = NAME) -> tuple[MemoryContainer, str]:
    """Give a container with an upload and its video, and the upload's ETag.

    Uploads lie in the container of videos here, so that operations on both fall in one order; no
    path of the one is a path of the other.
    """
    container = MemoryContainer(clock=ManualClock())
    etag = upload(container, name)
    make_files(container, name, etag)
    publish(container, name, etag)
    return container, etag


def remover(
    container: Container,
    purge: Callable[[str], PurgeState] = lambda _: DONE,
    max_files: int = 100,
    run_id: str = "removal",
    now: datetime = LATER,
) -> Remover:
    return Remover(
        uploads=Uploads(container, MemoryUrls(), "uploads", timedelta(hours=1)),
        videos=container,
        releases=Releases(container, 10),
        now=lambda: now,
        purge=purge,
        max_files=max_files,
        # By chance, no state of storage would be met twice.
        new_id=lambda: run_id,
    )


def remove(
    container: Container, etag: str = "", run_id: str = "removal", *, keep_upload: bool = False
) -> None:
    """Remove the video, with its upload of this ETag or the present one unless that is kept."""
    there = container.properties(NAME)
    if there and etag:
        there = there._replace(etag=etag)
    remover(container, run_id=run_id).remove(NAME, there, keep_upload=keep_upload)


def stable(container: Container, name: str = NAME) -> list[str]:
    return [file for file in STABLE if container.properties(f"{name}/{file}")]


def kept(container: Container) -> list[str]:
    """Return what is there, apart from records that were emptied."""
    return [blob.path for blob in container.list("") if blob.size_bytes]


# --- one removal


def test_all_of_a_video_goes_but_for_the_record_of_that() -> None:
    """Upload, stable names, source folder and the records of what was published."""
    container, _ = a_world()
    removed = remover(container).remove(NAME, container.properties(NAME))
    assert removed is not None
    assert removed.to_json() == {
        "name": NAME,
        "upload": True,
        "stable_files": 3,
        "source_files": 3,
        "is_complete": True,
        "wait_s": 0,
        "purge": {"status": "done", "detail": "purged", "token": "", "wait_s": 0},
    }
    assert kept(container) == [f"{NAME}/~releases/00002.json"]
    assert remover(container).remove(NAME, container.properties(NAME)) is None


def test_the_order_is_that_in_which_nothing_comes_alive_again() -> None:
    """The upload, then the withdrawal, manifests, playlists, markers, segments, purge, records."""
    container, etag = a_world()
    watched = FailingContainer(container, 0)
    purged: list[int] = []

    def purge(name: str) -> PurgeState:
        assert name == NAME
        purged.append(len(watched.operations))
        return DONE

    remover(watched, purge).remove(NAME, container.properties(NAME))
    changing = ("create", "put", "delete", "delete_if")
    changes = [o for o in watched.operations if o.split()[0] in changing]
    folder = f"{NAME}/{source_key(etag)}/aac-1"
    assert changes == [
        f"delete_if {NAME}",
        f"create {NAME}/~releases/00002.json",
        f"delete_if {NAME}/master.m3u8",
        f"delete_if {NAME}/manifest.mpd",
        f"delete_if {NAME}/report.json",
        f"delete_if {folder}/media.m3u8",
        f"delete_if {folder}/chunk-00000.json",
        f"delete_if {folder}/00001.m4s",
        f"put {NAME}/~releases/00001.json",
    ]
    listed = [o.removeprefix("list ") for o in watched.operations if o.startswith("list ")]
    assert {prefix[: len(NAME) + 2] for prefix in listed} == {f"{NAME}/~"}
    last_file = watched.operations.index(f"delete_if {folder}/00001.m4s")
    records = watched.operations.index(f"put {NAME}/~releases/00001.json")
    assert [last_file < at <= records for at in purged] == [True]


def test_an_upload_can_be_kept() -> None:
    """A replay publishes it again, under a higher number; the last record says that it may."""
    container, etag = a_world()
    removed = remover(container).remove(NAME, container.properties(NAME), keep_upload=True)
    assert removed is not None
    assert (removed.upload, removed.stable_files, removed.source_files) == (False, 3, 3)
    assert kept(container) == [NAME, f"{NAME}/~releases/00003.json"]
    releases = Releases(container, 10)
    assert releases.last_removal(NAME, source_key(etag)) == Removal(3, is_over=True)
    again = remover(container).remove(NAME, container.properties(NAME), keep_upload=True)
    assert again is not None
    assert (again.stable_files, again.source_files, again.is_complete) == (0, 0, True)
    assert kept(container) == [NAME, f"{NAME}/~releases/00003.json"]
    run_job(container)
    assert releases.live_number(NAME) == 4
    check_live_is_whole(container)


def test_what_was_never_published_goes_too() -> None:
    """The files of a job that failed; without any, the upload alone, and nothing is purged."""
    container = MemoryContainer(clock=ManualClock())
    make_files(container, NAME, upload(container))
    removed = remover(container).remove(NAME, container.properties(NAME))
    assert removed is not None
    assert (removed.upload, removed.stable_files, removed.source_files) == (True, 0, 3)
    assert kept(container) == [f"{NAME}/~releases/00001.json"]

    def never(_: str) -> PurgeState:
        raise AssertionError("there is nothing to purge")

    upload(container, "other.mp4")
    alone = remover(container, never).remove("other.mp4", container.properties("other.mp4"))
    assert alone is not None
    assert (alone.upload, alone.purge.status) == (True, "done")
    assert kept(container) == [f"{NAME}/~releases/00001.json"]


def test_what_is_nowhere_is_none() -> None:
    """Neither an upload nor anything published."""
    container, _ = a_world()
    assert remover(container).remove("none.mp4", None) is None
    assert remover(container).remove("a b", None) is None
    assert len(kept(container)) == 8


@pytest.mark.parametrize("name", ["a//b.mp4", "x" * 900, "~mark.mp4", "a/../b"])
def test_an_upload_whose_name_was_refused_is_deleted(name: str) -> None:
    """Nothing was published under it, and no such path is looked for."""
    container = MemoryContainer()
    upload(container, name)
    watched = FailingContainer(container, 0)
    removed = remover(watched).remove(name, container.properties(name))
    assert removed is not None
    assert removed.upload
    assert watched.operations == [f"delete_if {name}"]


@pytest.mark.parametrize(("gone", "stays"), [("a", "a/b.mp4"), ("a/b.mp4", "a"), ("a", "ab")])
def test_two_videos_are_two_on_real_storage_too(stores: Stores, gone: str, stays: str) -> None:
    """Whatever the name of the one is to that of the other; foreign files stay as well."""
    videos = stores.videos
    for name in (gone, stays):
        make_files(videos, name, "0x1")
        assert stores.releases.record(name, release(name, "0x1"))
        stores.releases.publish(name, release(name, "0x1"))
    foreign = [f"{gone}/readme.txt", f"{gone}/~other/x", f"{gone}/poster.jpg", f"{gone}/~"]
    for path in foreign:
        videos.put(path, b"not ours", content_type="text/plain")
    others = [path for path in kept(videos) if path.startswith((f"{stays}/~", f"{stays}/m"))]
    assert len(others) == 6
    now = stores.storage_time
    tool = Remover(stores.uploads, videos, stores.releases, now, lambda _: DONE)
    removed = tool.remove(gone, None)
    assert removed is not None
    assert (removed.stable_files, removed.source_files) == (2, 3)
    assert kept(videos) == sorted([*others, *foreign, f"{gone}/~releases/00002.json"])
    assert tool.remove(gone, None) is None
    assert videos.read(f"{stays}/master.m3u8") == b"#EXTM3U 1"


def test_a_video_of_many_files_goes_in_several_calls() -> None:
    """It is offline after the first; purged, and forgotten, after the last."""
    container, _ = a_world()
    purged = []

    def purge(name: str) -> PurgeState:
        purged.append(name)
        return DONE

    tool = remover(container, purge, max_files=1)
    left = []
    for number in range(3):
        removed = tool.remove(NAME, container.properties(NAME))
        assert removed is not None
        assert (removed.source_files, removed.is_complete) == (1, number == 2)
        assert removed.purge.status == ("done" if number == 2 else "running")
        assert stable(container) == []
        left.append([path.rpartition("/")[2] for path in kept(container) if "aac-1" in path])
    assert left == [["00001.m4s", "chunk-00000.json"], ["00001.m4s"], []]
    assert purged == [NAME]
    assert tool.remove(NAME, None) is None


def test_a_purge_that_failed_is_made_good_by_another_call() -> None:
    """Until then the edge may keep files for a year, so nothing is forgotten."""
    container, _ = a_world()
    states = [PurgeState(status="failed", detail="no role"), DONE]
    tool = remover(container, lambda _: states.pop(0))
    first = tool.remove(NAME, container.properties(NAME))
    assert first is not None
    assert (first.is_complete, first.purge.status) == (True, "failed")
    second = tool.remove(NAME, None)
    assert second is not None
    assert (second.source_files, second.purge.status) == (0, "done")
    assert tool.remove(NAME, None) is None


def test_what_a_newer_release_keeps_is_not_counted() -> None:
    """Stable names that stay are not among what was deleted; files of the old upload are."""
    container, etag = a_world()
    newer = upload(container)
    make_files(container, NAME, newer)
    publish(container, NAME, newer, "2")
    live = container.list(f"{NAME}/m")
    removed = remover(container).remove(NAME, None)
    assert removed is not None
    assert (removed.stable_files, removed.source_files, removed.is_complete) == (0, 3, True)
    assert container.list(f"{NAME}/m") == live
    assert container.list(f"{NAME}/{source_key(etag)}") == []
    assert is_whole(container, NAME, source_key(newer))


def test_files_that_somebody_may_be_writing_are_left_for_a_later_call() -> None:
    """Their upload was deleted by somebody else, so that their job is not known."""
    container = MemoryContainer(clock=ManualClock())
    make_files(container, NAME, upload(container))
    container.delete(NAME)
    before = kept(container)
    first = remover(container, now=START + timedelta(seconds=17.5)).remove(NAME, None)
    assert first is not None
    assert (first.source_files, first.is_complete, first.wait_s) == (0, False, 43)
    assert first.purge.status == "running"
    assert kept(container) == sorted([*before, f"{NAME}/~releases/00001.json"])
    last = remover(container, now=START + timedelta(seconds=60)).remove(NAME, None)
    assert last is not None
    assert (last.source_files, last.is_complete, last.wait_s) == (3, True, 0)
    assert remover(container).remove(NAME, None) is None


def test_young_files_of_what_is_published_go_at_once() -> None:
    """Nobody writes into a folder that a release refers to; into the one beside it, perhaps."""
    container, etag = a_world()
    beside = f"{NAME}/{source_key(etag)}/aac-2/00001.m4s"
    container.create(beside, b"x", content_type="video/mp4")
    removed = remover(container, now=START).remove(NAME, container.properties(NAME))
    assert removed is not None
    assert (removed.stable_files, removed.source_files, removed.is_complete) == (3, 3, False)
    assert removed.wait_s == 60
    assert [path for path in kept(container) if "aac" in path] == [beside]


@pytest.mark.parametrize("keep_upload", [False, True])
def test_a_file_that_comes_after_the_listing_is_found_at_the_end(keep_upload: bool) -> None:
    """The removal is not complete, and until it is, the job is not planned."""
    container, etag = a_world()
    late = f"{NAME}/{source_key(etag)}/aac-2/00001.m4s"
    first_delete = f"delete_if {NAME}/{source_key(etag)}/aac-1/media.m3u8"
    watched = FailingContainer(container.copy(), 0)
    there = container.properties(NAME)
    remover(watched).remove(NAME, there, keep_upload=keep_upload)
    at = watched.operations.index(first_delete) + 1

    def write() -> None:
        container.create(late, b"x", content_type="video/mp4")

    frozen = FreezingContainer(container, at, write)
    first = remover(frozen).remove(NAME, there, keep_upload=keep_upload)
    assert first is not None
    assert (first.source_files, first.is_complete, first.wait_s) == (3, False, 0)
    releases = Releases(container, 10)
    assert releases.last_removal(NAME, source_key(etag)).is_over is not keep_upload
    there = container.properties(NAME)
    last = remover(container).remove(NAME, there, keep_upload=keep_upload)
    assert last is not None
    assert (last.source_files, last.is_complete) == (1, True)
    assert releases.last_removal(NAME, source_key(etag)).is_over


def note_what_is_left(container: Container, purged: list[list[str]], _: str) -> PurgeState:
    purged.append([path for path in kept(container) if "~releases" not in path])
    return DONE


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
def test_after_a_death_at_any_operation_another_call_finishes(is_done: bool) -> None:
    """The video is gone, and was purged once nothing of it was there any more."""
    at = 1
    while True:
        container, _ = a_world()
        purged: list[list[str]] = []
        purge = partial(note_what_is_left, container, purged)
        failing = FailingContainer(container, at, is_done=is_done)
        with suppress(StorageFailed):
            remover(failing, purge).remove(NAME, container.properties(NAME))
        remover(container, purge).remove(NAME, container.properties(NAME))
        assert kept(container) == [f"{NAME}/~releases/00002.json"]
        assert purged
        assert purged[-1] == []
        if len(failing.operations) < at:
            break
        at += 1
    assert at > 25


@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
def test_after_a_death_with_the_upload_kept_another_call_finishes(is_done: bool) -> None:
    """Whatever was live without it is whole; after it nothing is left, and a replay may publish."""
    at = 1
    while True:
        container, _ = a_world()
        there = container.properties(NAME)
        failing = FailingContainer(container, at, is_done=is_done)
        with suppress(StorageFailed):
            remover(failing).remove(NAME, there, keep_upload=True)
        alone = container.copy()
        run_job(alone)
        Releases(alone, 10).finish(NAME)
        check_live_is_whole(alone)
        without = container.copy()
        remover(without).remove(NAME, there)
        assert remover(without).remove(NAME, None) is None
        remover(container).remove(NAME, there, keep_upload=True)
        assert all(path == NAME or "~releases" in path for path in kept(container))
        run_job(container)
        assert Releases(container, 10).live_number(NAME) is not None
        check_live_is_whole(container)
        if len(failing.operations) < at:
            break
        at += 1
    assert at > 30


def test_a_file_that_is_written_anew_is_left_for_the_next_call() -> None:
    """A unit that was frozen wakes in between; what it stores is not what was listed."""
    container, etag = a_world()
    path = f"{NAME}/{source_key(etag)}/aac-1/00001.m4s"
    operations = FailingContainer(container.copy(), 0)
    remover(operations).remove(NAME, container.properties(NAME))
    at = operations.operations.index(f"delete_if {path}") + 1

    def rewrite() -> None:
        container.put(path, b"new", content_type="video/mp4")

    frozen = FreezingContainer(container, at, rewrite)
    first = remover(frozen).remove(NAME, container.properties(NAME))
    assert first is not None
    assert (first.is_complete, container.read(path)) == (False, b"new")
    second = remover(container).remove(NAME, None)
    assert second is not None
    assert (second.source_files, second.is_complete) == (1, True)


# --- with those who publish


def test_with_a_publish_that_pauses_anywhere_nothing_is_live_at_the_end() -> None:
    """A new release of the removed upload is on its way, and may stand still anywhere.

    Whoever dies is followed by another call, and by another attempt at the publish.
    """
    container, etag = a_world()
    before = len(kept(container))

    def check(state: MemoryContainer, have_all_ended: bool) -> None:
        if not have_all_ended:
            publish(state, NAME, etag, "2") if state.properties(NAME) else None
            remove(state)
        assert stable(state) == []
        assert all("~releases" in path for path in kept(state))
        latest = Releases(state, 10).latest(NAME)
        assert latest is not None
        assert latest.is_withdrawal

    programs = (remove, lambda storage: publish(storage, NAME, etag, "2"))
    assert before == 8
    assert explore_pauses(container, programs, check) > 600


def test_with_a_replay_that_pauses_anywhere_what_is_live_is_whole() -> None:
    """The upload stays, and its job was started again right after it was looked for.

    Nothing else is live at the end, and all is gone after one more removal. Where the removal dies
    it stays at that until somebody finishes what was recorded.
    """
    container, _ = a_world()
    ends: set[bool] = set()

    def check(state: MemoryContainer, have_all_ended: bool) -> None:
        if have_all_ended:
            ends.add(Releases(state, 10).live_number(NAME) is not None)
        else:
            alone = state.copy()
            Releases(alone, 10).finish(NAME)
            check_live_is_whole(alone)
            run_job(alone)
            check_live_is_whole(alone)
            remove(state, keep_upload=True)
            assert stable(state) == []
        check_live_is_whole(state)
        remove(state, keep_upload=True)
        assert all(path == NAME or "~releases" in path for path in kept(state))

    programs = (partial(remove, keep_upload=True), run_job)
    assert explore_pauses(container, programs, check) > 600
    assert ends == {True, False}


def test_a_job_whose_upload_was_deleted_elsewhere_publishes_nothing() -> None:
    """Although nothing of it may be there to be seen when the video is removed."""
    container = MemoryContainer(clock=ManualClock())
    upload(container)
    outcomes: set[bool] = set()

    def delete_and_remove(storage: Container) -> None:
        storage.delete(NAME)
        outcomes.add(remover(storage).remove(NAME, None) is None)

    def check(state: MemoryContainer, have_all_ended: bool) -> None:
        if have_all_ended:
            assert stable(state) == []

    assert explore_pauses(container, (delete_and_remove, run_job), check) > 150
    assert outcomes == {True, False}


@pytest.mark.parametrize("keep_upload", [False, True])
def test_with_a_newer_upload_at_any_moment_that_one_is_live_at_the_end(keep_upload: bool) -> None:
    """Whichever of both is held up, and the video is whole."""
    container, etag = a_world()
    newer = "0x0000000000000002"
    segment = f"{NAME}/{source_key(newer)}/aac-1/00001.m4s"

    def remove_old(storage: Container) -> None:
        with suppress(Overtaken):
            remove(storage, etag, keep_upload=keep_upload)

    def publish_newer(storage: Container) -> None:
        assert upload(storage) == newer
        seen = Releases(storage, 10).last_removal(NAME, source_key(newer))
        storage.create(segment, b"x", content_type="video/mp4")
        publish(storage, NAME, newer, "2", seen)

    def check(state: MemoryContainer, have_all_ended: bool) -> None:
        there = state.properties(NAME)
        if not have_all_ended:
            if there is None or there.etag != newer:
                return
            state.create(segment, b"x", content_type="video/mp4")
            publish(state, NAME, newer, "2")
        assert state.properties(segment)
        assert stable(state) == ["manifest.mpd", "master.m3u8", "report.json"]
        latest = Releases(state, 10).latest(NAME)
        assert latest is not None
        assert latest.source_key == source_key(newer)
        assert Releases(state, 10).live_number(NAME) == latest.number

    assert explore_pauses(container, (remove_old, publish_newer), check) > 600


def test_two_removals_at_once_are_one() -> None:
    """Wherever each pauses; one of them may find nothing left to do."""
    container, _ = a_world()

    def check(state: MemoryContainer, have_all_ended: bool) -> None:
        if not have_all_ended:
            remove(state)
        assert stable(state) == []
        assert all("~releases" in path for path in kept(state))
        latest = Releases(state, 10).latest(NAME)
        assert latest is not None
        assert latest.is_withdrawal

    programs = (partial(remove, run_id="A"), partial(remove, run_id="B"))
    assert explore_pauses(container, programs, check) > 600


@pytest.mark.parametrize("other_keeps", [False, True])
@pytest.mark.parametrize("keep_upload", [False, True])
def test_a_removal_that_wakes_when_another_has_ended_does_no_harm(
    keep_upload: bool, other_keeps: bool
) -> None:
    """All is gone, and where the upload stays its job may publish."""
    at = 1
    while True:
        container, etag = a_world()
        other = partial(remove, container, run_id="B", keep_upload=other_keeps)
        frozen = FreezingContainer(container, at, other)
        with suppress(Overtaken):
            remove(frozen, run_id="A", keep_upload=keep_upload)
        assert stable(container) == []
        assert all(path == NAME or "~releases" in path for path in kept(container))
        assert Releases(container, 10).last_removal(NAME, source_key(etag)).is_over
        if frozen.operations < at:
            break
        at += 1
    assert at > 25


def test_an_upload_that_was_replaced_before_is_not_removed() -> None:
    """Who asked had seen another one."""
    container, _ = a_world()
    seen = container.properties(NAME)
    upload(container)
    before = kept(container)
    with pytest.raises(Overtaken):
        remover(container).remove(NAME, seen)
    assert kept(container) == before


# --- the purge


@pytest.fixture
def api() -> Iterator[ManagementApi]:
    with ManagementApi() as running:
        yield running


def purged_below(api: ManagementApi, name: str) -> PurgeState:
    door = FrontDoor(
        subscription_id="1",
        resource_group="media",
        profile="door",
        endpoint="videos",
        management_url=api.url,
    )
    return purge_below(door, "videos", name)


def test_all_below_a_name_is_purged(api: ManagementApi) -> None:
    """Segments too, which an edge keeps for a year; nobody is given the token."""
    state = purged_below(api, "a b/100%*.mp4")
    assert (state.status, state.token) == ("running", "")
    assert [asked.body for asked in api.asked] == [
        {"contentPaths": ["/videos/a%20b/100%25%2A.mp4/*"]}
    ]


def test_a_purge_that_is_refused_is_told(api: ManagementApi) -> None:
    """The video is gone all the same."""
    api.to_purge = Answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
    state = purged_below(api, NAME)
    assert state.status == "failed"
    assert "CDN Profile Contributor" in state.detail


def test_a_purge_that_azure_puts_off_has_not_begun(api: ManagementApi) -> None:
    """Another call is due, and says when."""
    api.to_purge = Answer(429, headers={"Retry-After": "7"})
    state = purged_below(api, NAME)
    assert state.status == "failed"
    assert state.detail == "Azure asks to slow down: remove the video once more in 7 s"


def test_without_a_front_door_there_is_nothing_to_purge() -> None:
    """The state says how there would be."""
    assert purge_below(None, "videos", NAME).status == "not_configured"
