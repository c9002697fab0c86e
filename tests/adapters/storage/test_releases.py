"""Numbered releases: recorded first, then live; the highest recorded one wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.container import MemoryContainer
from adapters.memory.wrapped import FailingContainer, FreezingContainer, WrappedContainer
from adapters.storage.port import Container
from adapters.storage.releases import Releases, Removal, Withdrawn
from adapters.storage.stores import Stores
from tests.adapters.storage.interleaving import Program, explore
from tests.transcoding.builders import a_release
from transcoding.errors import StorageFailed
from transcoding.job.records import ReleaseRecord, StableText

_R = TypeVar("_R")

NAME = "a b/clip.mp4"
SOUND = ("manifest.mpd", "master.m3u8")
POSTER = ("poster.jpg", *SOUND)
FILES = ("poster.jpg", "storyboard.vtt", *SOUND)


def release(number: int, files: Sequence[str] = FILES, run_id: str = "1") -> ReleaseRecord:
    """Give a release with these files, whose texts tell the number."""
    all_files = a_release(number).files
    return a_release(number, run_id=run_id, files={file: all_files[file] for file in files})


def a_container(published: int = 0) -> MemoryContainer:
    """Give a container with the poster that releases copy, and a release that is live, or none."""
    container = MemoryContainer(clock=ManualClock())
    poster = f"{NAME}/~0123456789ab/poster/poster.jpg"
    container.put(poster, b"a poster", content_type="image/jpeg")
    if published:
        publish(container, release(published))
    return container


def publish(container: Container, *records: ReleaseRecord) -> int:
    """Record all, publish the last."""
    releases = Releases(container, 10)
    for record in records:
        assert releases.record(NAME, record)
    return releases.publish(NAME, records[-1])


def stored(container: Container) -> dict[str, bytes | None]:
    return {file: container.read(f"{NAME}/{file}") for file in FILES}


def expected(record: ReleaseRecord) -> dict[str, bytes | None]:
    """What a finished release shows under its stable names."""
    bodies: dict[str, bytes | None] = dict.fromkeys(FILES)
    for file, source in record.files.items():
        bodies[file] = source.text.encode() if isinstance(source, StableText) else b"a poster"
    return bodies


# --- publishing


def test_a_release_is_written_to_its_stable_names(stores: Stores) -> None:
    """On real storage: type, short TTL and number of each; HLS gzipped."""
    stores.videos.put(
        f"{NAME}/~0123456789ab/poster/poster.jpg", b"a poster", content_type="image/jpeg"
    )
    assert publish(stores.videos, release(1)) == 1
    assert stored(stores.videos) == {
        "poster.jpg": b"a poster",
        "storyboard.vtt": b"WEBVTT 1",
        "manifest.mpd": b"<MPD 1/>",
        "master.m3u8": b"#EXTM3U 1",
    }
    found = stores.videos.properties(f"{NAME}/master.m3u8")
    assert found is not None
    assert found.content_type == "application/vnd.apple.mpegurl"
    assert found.content_encoding == "gzip"
    assert found.cache_control == "public, max-age=10"
    assert found.metadata == {"release": "1"}
    assert Releases(stores.videos, 10).live_number(NAME) == 1
    assert publish(stores.videos, release(2, SOUND)) == 2
    assert stored(stores.videos) == expected(release(2, SOUND))


def test_the_multivariant_playlist_comes_last() -> None:
    """With it the video is live; what it needs is there before."""
    watched = FailingContainer(a_container(), 0)
    publish(watched, release(1))
    written = [o.rpartition("/")[2] for o in watched.operations if o.startswith("put_if")]
    assert written == ["poster.jpg", "storyboard.vtt", "manifest.mpd", "master.m3u8"]


def test_publishing_again_writes_nothing() -> None:
    """An activity runs at least once."""
    container = a_container(1)
    before = container.list("")
    assert Releases(container, 10).publish(NAME, release(1)) == 1
    assert Releases(container, 10).finish(NAME) == 1
    assert container.list("") == before


def test_a_lower_release_overwrites_nothing() -> None:
    """A publisher that was frozen wakes when the next release is live."""
    container = a_container()
    releases = Releases(container, 10)
    publish(container, release(6), release(7))
    assert releases.publish(NAME, release(6)) == 7
    assert stored(container) == expected(release(7))


def test_files_that_no_release_has_written_give_way() -> None:
    """Whoever put them there: the number of nothing is lower than any."""
    container = a_container()
    for file in FILES:
        container.put(
            f"{NAME}/{file}", b"old", content_type="text/plain", metadata={"release": "x"}
        )
    assert Releases(container, 10).live_number(NAME) == 0
    assert publish(container, release(1)) == 1
    assert stored(container) == expected(release(1))


def test_a_file_that_a_release_lacks_is_deleted() -> None:
    """The old poster shows another video's picture."""
    container = a_container(1)
    publish(container, release(2, SOUND))
    assert stored(container)["poster.jpg"] is None
    assert stored(container)["storyboard.vtt"] is None


def test_a_poster_that_is_gone_keeps_nothing_from_going_live() -> None:
    """A video plays without it, but not with half of a release."""
    container = a_container()
    container.delete(f"{NAME}/~0123456789ab/poster/poster.jpg")
    assert publish(container, release(1)) == 1
    assert stored(container) == expected(release(1)) | {"poster.jpg": None}


def test_what_was_never_published_has_no_number() -> None:
    """Not even when its files below are there."""
    releases = Releases(a_container(), 10)
    assert releases.live_number(NAME) is None
    assert releases.latest(NAME) is None
    assert releases.finish(NAME) is None
    assert releases.next_number(NAME) == 1


@pytest.mark.parametrize("is_lasting", [False, True], ids=["hiccup", "death"])
@pytest.mark.parametrize("is_done", [False, True], ids=["not done", "answer lost"])
@pytest.mark.parametrize("files", [SOUND, FILES], ids=["sound", "picture"])
def test_whoever_comes_next_finishes(
    files: tuple[str, ...], is_done: bool, is_lasting: bool
) -> None:
    """After every operation of a publish: both manifests are of the recorded release then."""
    newer = release(2, files)
    at = 1
    while True:
        container = a_container(1)
        assert Releases(container, 10).record(NAME, newer)
        failing = FailingContainer(container, at, is_lasting=is_lasting, is_done=is_done)
        with suppress(StorageFailed):
            Releases(failing, 10).publish(NAME, newer)
        assert Releases(container, 10).finish(NAME) == 2
        assert stored(container) == expected(newer)
        if len(failing.operations) < at:
            break
        at += 1
    assert at > 8


# --- several publishers


def check_state(container: MemoryContainer, have_all_ended: bool) -> None:
    """The highest recorded release is live as a whole: at the end, or when somebody finishes it."""
    releases = Releases(container, 10)
    if not have_all_ended:
        releases.finish(NAME)
    latest = releases.latest(NAME)
    assert latest is not None
    assert stored(container) == expected(latest)
    live = None if latest.is_withdrawal else latest.number
    assert releases.live_number(NAME) == live


def publish_new(container: Container, run_id: str) -> None:
    """Do all of a publish: take the next number, again where others took it, and go live."""
    releases = Releases(container, 10)
    while True:
        record = release(releases.next_number(NAME), SOUND, run_id)
        if releases.record(NAME, record):
            break
    releases.publish(NAME, record)


def withdraw(container: Container, run_id: str = "W") -> Withdrawn:
    return Releases(container, 10).withdraw(NAME, run_id, lambda _: False)


def publish_recorded(container: Container, record: ReleaseRecord) -> None:
    Releases(container, 10).publish(NAME, record)


def test_in_every_order_of_two_new_releases_the_highest_is_live() -> None:
    """And after the death of one or both at any operation, once somebody has finished it."""
    container = a_container()
    publish(container, release(1, SOUND))
    programs = [partial(publish_new, run_id="A"), partial(publish_new, run_id="B")]
    assert explore(container, programs, check_state) > 4_000


def test_in_every_order_with_a_withdrawal_the_higher_of_both_counts() -> None:
    """A release that is recorded below it is taken away again, whoever wrote it, and however late.

    Above it the release is live: its publisher has looked at its source after the withdrawal.
    """
    container = a_container()
    publish(container, release(1, SOUND))
    programs: list[Program] = [withdraw, partial(publish_new, run_id="A")]
    assert explore(container, programs, check_state) > 8_000


def test_in_every_order_of_two_withdrawals_there_is_nothing() -> None:
    """They are one, or one after the other."""
    container = a_container()
    publish(container, release(1, SOUND))
    programs = [partial(withdraw, run_id="A"), partial(withdraw, run_id="B")]
    assert explore(container, programs, check_state) > 2_000


@pytest.mark.parametrize(
    ("first", "lower", "higher"),
    [(SOUND, SOUND, POSTER), (SOUND, POSTER, SOUND), (POSTER, POSTER, SOUND)],
    ids=["comes", "comes and goes", "goes"],
)
def test_in_every_order_of_two_publishers_a_poster_comes_and_goes(
    first: tuple[str, ...], lower: tuple[str, ...], higher: tuple[str, ...]
) -> None:
    """A file that one release has and the other lacks ends as the higher one has it."""
    container = a_container()
    publish(container, release(1, first))
    both = (release(2, lower), release(3, higher))
    for record in both:
        assert Releases(container, 10).record(NAME, record)
    programs = [partial(publish_recorded, record=record) for record in both]
    assert explore(container, programs, check_state) > 1_000


class Watched(WrappedContainer):
    """Notes after every operation which release each stable file is from, 0 where it is missing."""

    def __init__(self, inner: Container) -> None:
        super().__init__(inner)
        self.shown: dict[str, list[int]] = {file: [] for file in POSTER}

    def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
        try:
            return call()
        finally:
            for file, numbers in self.shown.items():
                found = self._inner.properties(f"{NAME}/{file}")
                numbers.append(int(found.metadata["release"]) if found else 0)


@pytest.mark.parametrize("lower", [SOUND, POSTER], ids=["no poster", "poster"])
def test_a_publisher_that_wakes_never_shows_an_older_release(lower: tuple[str, ...]) -> None:
    """Not even until somebody finishes the newer one: players would see the old video."""
    at = 1
    while frozen_publish(at, lower) >= at:
        at += 1
    assert at > 7


def frozen_publish(at: int, lower: tuple[str, ...]) -> int:
    """Let a lower release stand still before an operation; return how many it needed."""
    container = a_container(1)
    assert Releases(container, 10).record(NAME, release(2, lower))
    watched = Watched(container)
    frozen = FreezingContainer(watched, at, lambda: publish(container, release(3, POSTER)))
    Releases(frozen, 10).publish(NAME, release(2, lower))
    for shown in watched.shown.values():
        assert set(shown[shown.index(3) :] if 3 in shown else ()) <= {3}
    return frozen.operations


# --- withdrawing


def test_a_withdrawal_takes_all_stable_names_away_and_its_record_stays() -> None:
    """The multivariant playlist first; once more, it is the same one."""
    watched = FailingContainer(a_container(1), 0)
    releases = Releases(watched, 10)
    assert releases.publish_report(NAME, 1, b"{}")
    assert releases.stable_files(NAME) == 5
    assert withdraw(watched) == Withdrawn(2, stable_files=5)
    deleted = [o.rpartition("/")[2] for o in watched.operations if o.startswith("delete")]
    assert deleted == ["master.m3u8", "manifest.mpd", "storyboard.vtt", "poster.jpg", "report.json"]
    assert stored(watched) == dict.fromkeys(FILES)
    assert (releases.stable_files(NAME), releases.live_number(NAME)) == (0, None)
    assert withdraw(watched, "another") == Withdrawn(2)
    assert releases.finish(NAME) == 2
    assert stored(watched) == dict.fromkeys(FILES)


def test_what_no_release_has_written_is_left_alone() -> None:
    """Other than by a publish, which needs the name."""
    container = a_container()
    container.put(f"{NAME}/poster.jpg", b"somebody's", content_type="image/jpeg")
    assert Releases(container, 10).stable_files(NAME) == 0
    withdraw(container)
    assert stored(container)["poster.jpg"] == b"somebody's"


def test_a_release_that_is_to_stay_overtakes_a_withdrawal() -> None:
    """Whoever withdraws says which; nothing is recorded then."""
    container = a_container(1)
    releases = Releases(container, 10)
    seen: list[ReleaseRecord | None] = []

    def is_overtaken(latest: ReleaseRecord | None) -> bool:
        seen.append(latest)
        return True

    assert releases.withdraw(NAME, "W", is_overtaken) == Withdrawn(0)
    assert seen == [release(1)]
    assert releases.next_number(NAME) == 2
    assert stored(container) == expected(release(1))


def test_records_below_a_withdrawal_can_be_forgotten() -> None:
    """Then nothing is recorded any more; their numbers stay taken, and go on from it."""
    container = a_container()
    releases = Releases(container, 10)
    assert not releases.is_recorded(NAME)
    publish(container, release(1), release(2))
    assert releases.is_recorded(NAME)
    assert withdraw(container).number == 3
    assert releases.is_recorded(NAME)
    releases.forget(NAME, 3)
    assert not releases.is_recorded(NAME)
    assert [blob.size_bytes > 0 for blob in container.list(f"{NAME}/~releases/")] == [
        False, False, True,
    ]  # fmt: skip
    assert releases.of_run(NAME, "1") is None
    assert not releases.record(NAME, release(2))
    assert releases.folders_referred(NAME) == frozenset()
    assert publish(container, release(4)) == 4
    assert releases.is_recorded(NAME)


def test_the_only_release_is_recorded() -> None:
    """One that is no withdrawal, or of another version."""
    container = a_container(1)
    assert Releases(container, 10).is_recorded(NAME)
    container.put(f"{NAME}/~releases/00001.json", b"{}", content_type="application/json")
    assert Releases(container, 10).is_recorded(NAME)


def test_where_the_upload_stays_a_removal_is_begun_and_over() -> None:
    """The one that is begun goes on; that it is over has a record of its own each time."""
    container = a_container(1)
    releases = Releases(container, 10)
    source = release(1).source_key
    withdraw_kept = partial(releases.withdraw, NAME, "W", is_overtaken=lambda _: False, kept=source)
    assert releases.last_removal(NAME, source) == Removal(0, is_over=True)
    assert withdraw_kept(is_over=False) == Withdrawn(2, stable_files=4)
    assert withdraw_kept(is_over=False) == Withdrawn(2)
    releases.forget(NAME, 2)
    assert releases.is_recorded(NAME)
    assert releases.last_removal(NAME, source) == Removal(2, is_over=False)
    assert withdraw_kept(is_over=True) == Withdrawn(3)
    assert withdraw_kept(is_over=True) == Withdrawn(4)
    assert releases.last_removal(NAME, source) == Removal(4, is_over=True)
    assert withdraw_kept(is_over=False) == Withdrawn(5)
    assert withdraw(container) == Withdrawn(6)
    assert withdraw(container) == Withdrawn(6)
    assert releases.last_removal(NAME, "~another") == Removal(0, is_over=True)


def test_withdrawals_that_others_keep_preceding_are_a_failure() -> None:
    """Nobody waits for ever."""
    container = a_container()

    class Busy(WrappedContainer):
        def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
            if operation == "create":
                container.put(path, b"{}", content_type="application/json")
            return call()

    with pytest.raises(StorageFailed, match="keep recording"):
        withdraw(Busy(container))


# --- records


def test_a_number_is_taken_once() -> None:
    """Who comes second has to look at its source again before it takes the next."""
    releases = Releases(a_container(), 10)
    assert releases.record(NAME, release(1, run_id="A"))
    assert not releases.record(NAME, release(1, run_id="B"))
    assert releases.record(NAME, release(1, run_id="A"))
    assert releases.next_number(NAME) == 2
    assert releases.latest(NAME) == release(1, run_id="A")


def test_a_runs_release_is_found_among_all() -> None:
    """Whatever came later; records of another version are nobody's."""
    container = a_container()
    releases = Releases(container, 10)
    for number, run_id in ((1, "A"), (2, "B"), (3, "C")):
        assert releases.record(NAME, release(number, run_id=run_id))
    container.put(f"{NAME}/~releases/00004.json", b"{}", content_type="application/json")
    assert releases.of_run(NAME, "B") == release(2, run_id="B")
    assert releases.of_run(NAME, "D") is None


def test_numbers_are_compared_as_numbers() -> None:
    """And other files in the folder, or another video's, are none."""
    container = a_container()
    releases = Releases(container, 10)
    for number in (99_999, 100_000):
        assert releases.record(NAME, release(number))
    container.put(f"{NAME}/~releases/readme.json", b"", content_type="text/plain")
    assert Releases(container, 10).record(NAME + "x", release(200_000))
    assert releases.next_number(NAME) == 100_001


def test_what_any_release_refers_to_is_kept() -> None:
    """Not the last one alone: players go on with the playlists that they have."""
    releases = Releases(a_container(), 10)
    releases.record(NAME, release(1))
    releases.record(NAME, a_release(2, folders=("~0123456789ab/h264-2",)))
    releases.record(NAME, a_release(3, source_key="~f", folders=("~f/h264-1",)))
    referred = releases.folders_referred(NAME, "~0123456789ab")
    assert referred == {
        "~0123456789ab/h264-1", "~0123456789ab/h264-2", "~0123456789ab/poster",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "referred"),
    [
        (b'{"folders": ["~0123456789ab/new-1"], "format": 9}', {"~0123456789ab/new-1"}),
        (b"{}", set()),
        (b"\xff", set()),
    ],
)
def test_a_record_of_another_version_is_left_alone(body: bytes, referred: set[str]) -> None:
    """After a rollback: its number counts, its folders stay, and a higher one overtakes it.

    What is no record at all keeps no folder from being used: no blob has to be deleted by hand.
    """
    container = a_container(1)
    releases = Releases(container, 10)
    container.put(f"{NAME}/~releases/00002.json", body, content_type="application/json")
    first = {"~0123456789ab/h264-1", "~0123456789ab/poster"}
    assert releases.folders_referred(NAME, "~0123456789ab") == first | referred
    assert releases.latest(NAME) is None
    assert releases.finish(NAME) == 1
    assert releases.next_number(NAME) == 3
    assert publish(container, release(3)) == 3


def test_a_live_release_of_another_version_is_not_overtaken() -> None:
    """A publisher of older code wakes: its record says nothing to it, the stable names do."""
    container = a_container()
    releases = Releases(container, 10)
    publish(container, release(6), release(7))
    container.put(f"{NAME}/~releases/00007.json", b"{}", content_type="application/json")
    assert releases.publish(NAME, release(6)) == 7
    assert stored(container) == expected(release(7))


# --- reports


def test_a_report_of_what_was_withdrawn_does_not_stay() -> None:
    """Its job ends late; one of a release above the withdrawal does."""
    container = a_container(1)
    releases = Releases(container, 10)
    withdraw(container)
    assert not releases.publish_report(NAME, 1, b"late")
    assert container.read(f"{NAME}/report.json") is None
    publish(container, release(3))
    assert releases.publish_report(NAME, 3, b"new")
    assert container.read(f"{NAME}/report.json") == b"new"


def test_a_report_is_that_of_the_highest_release() -> None:
    """It can be written again for the same release, and a lower one comes too late."""
    container = a_container()
    releases = Releases(container, 10)
    assert releases.publish_report(NAME, 2, b"two")
    assert releases.publish_report(NAME, 2, b"two, again")
    assert not releases.publish_report(NAME, 1, b"one")
    assert container.read(f"{NAME}/report.json") == b"two, again"
    assert releases.publish_report(NAME, 3, b"three")
    assert container.read(f"{NAME}/report.json") == b"three"


def test_a_report_that_is_overtaken_overwrites_nothing() -> None:
    """The other one comes between its look and its write."""
    container = a_container()

    def higher() -> None:
        Releases(container, 10).publish_report(NAME, 3, b"three")

    frozen = FreezingContainer(container, 2, higher)
    assert not Releases(frozen, 10).publish_report(NAME, 2, b"two")
    assert container.read(f"{NAME}/report.json") == b"three"


def test_others_that_keep_coming_in_between_are_a_failure() -> None:
    """Nobody waits for ever."""
    container = a_container()

    class Restless(WrappedContainer):
        def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
            if operation == "put_if":
                container.put(path, b"x", content_type="text/plain")
            return call()

    with pytest.raises(StorageFailed, match="keep overwriting"):
        Releases(Restless(container), 10).publish_report(NAME, 1, b"one")
