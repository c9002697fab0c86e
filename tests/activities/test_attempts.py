"""Several attempts at one unit: all their orders, on real encodes that differ in every segment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from activities.encode_unit import encode_chunk
from adapters.ffmpeg.port import MediaTools
from adapters.ffmpeg.remembered import Memory, RememberedTools
from adapters.ffmpeg.runner import Ffmpeg
from adapters.memory.container import MemoryContainer
from adapters.memory.stores import memory_containers, memory_stores
from adapters.memory.wrapped import FreezingContainer
from adapters.services import Services
from adapters.settings import Settings
from adapters.storage.files import FileSlice, bytes_of
from adapters.storage.port import Container
from adapters.storage.renditions import Renditions
from tests.activities.azure import azure_services, planned_on
from tests.activities.world import World, encode, lowest, make_live, picture_units
from tests.adapters.storage.interleaving import explore
from tests.media import run_ffmpeg, run_ffprobe
from transcoding.errors import PlanAgain
from transcoding.job.paths import RenditionFolder
from transcoding.job.records import ChunkRecord
from transcoding.plan.plan import Plan, Unit

FILES = ["00001.m4s", "00002.m4s", "chunk-00000.json", "init.mp4"]
FIRST = "0x0000000000000001"
"""The ETag of a blob of a MemoryContainer that was created and never written again."""


@pytest.fixture
def attempts(
    world: World, unit: Unit, ffmpeg: Ffmpeg, memory: Memory
) -> tuple[MediaTools, MediaTools]:
    """Two attempts that encode for themselves, and differ at both ends of the chunk.

    Now and then two encodes are alike for some frames: then the second is another one.
    """
    first = RememberedTools(ffmpeg, memory, take="0")
    one = alone(world, unit, first).record
    for take in range(1, 30):
        second = RememberedTools(ffmpeg, memory, take=str(take))
        other = alone(world, unit, second).record
        if one.head_ssim != other.head_ssim and one.tail_ssim != other.tail_ssim:
            return first, second
    pytest.fail("30 encodes are alike at an end of the chunk")


@pytest.fixture
def unit(planned: Plan) -> Unit:
    """The lowest rung of the first chunk: two segments, with a seam at their end."""
    whole = picture_units(planned)[0]
    return whole.model_copy(update={"tracks": whole.tracks[:1]})


class OneByOne(Renditions):
    """Does one thing at a time, so that orders can be told apart.

    Args:
        backwards: create the last file first.
    """

    def __init__(self, container: Container, *, backwards: bool) -> None:
        super().__init__(container)
        self._backwards = backwards

    def create_files(
        self,
        folder: RenditionFolder,
        files: Mapping[str, bytes | FileSlice],
        media_type: str = "video/mp4",
    ) -> dict[str, bool]:
        order = sorted(files, reverse=self._backwards)
        return {
            file: self._create(folder, file, bytes_of(files[file]), media_type) for file in order
        }

    def read_files(self, folder: RenditionFolder, files: Iterable[str]) -> dict[str, bytes]:
        found = {file: self._container.read(folder.path(file)) for file in files}
        return {file: body for file, body in found.items() if body is not None}


def services_on(
    world: World, videos: Container, tools: MediaTools, *, backwards: bool = False
) -> Services:
    stores = memory_stores(replace(world.containers, videos=videos), signer=world.urls)
    renditions = OneByOne(videos, backwards=backwards)
    services = world.services_with(tools)
    return replace(services, stores=replace(stores, renditions=renditions))


class Alone(NamedTuple):
    """What an attempt leaves that nobody disturbs."""

    bodies: Mapping[str, bytes]
    record: ChunkRecord


def alone(world: World, unit: Unit, tools: MediaTools) -> Alone:
    videos = MemoryContainer(clock=world.clock)
    services = services_on(world, videos, tools)
    encode_chunk(services, unit)
    return Alone(stored(videos), record_in(videos, unit))


def folder_of(unit: Unit) -> RenditionFolder:
    return RenditionFolder(unit.job.name, unit.job.source_key, unit.tracks[0].key)


def stored(videos: Container) -> dict[str, bytes]:
    """Return what is stored, by file name."""
    return {blob.path.rpartition("/")[2]: read(videos, blob.path) for blob in videos.list("")}


def stored_below(videos: Container, folder: RenditionFolder) -> dict[str, bytes]:
    prefix = folder.path()
    return {blob.path.removeprefix(prefix): read(videos, blob.path) for blob in videos.list(prefix)}


def read(videos: Container, path: str) -> bytes:
    body = videos.read(path)
    assert body is not None
    return body


def record_in(videos: Container, unit: Unit) -> ChunkRecord:
    """Return the one marker, of which all that it says is so."""
    state = Renditions(videos).chunk_state(folder_of(unit), [unit.chunk])
    (record,) = state.records
    return record


def test_two_attempts_never_give_the_same_bits(
    world: World, unit: Unit, attempts: tuple[MediaTools, MediaTools]
) -> None:
    """Otherwise nothing that follows would show anything: only the header is the same."""
    first, second = (alone(world, unit, tools) for tools in attempts)
    assert sorted(first.bodies) == FILES
    differing = [file for file in FILES if first.bodies[file] != second.bodies[file]]
    assert differing == ["00001.m4s", "00002.m4s", "chunk-00000.json"]
    assert first.record.head_ssim != second.record.head_ssim
    assert first.record.tail_ssim != second.record.tail_ssim


@pytest.mark.parametrize(
    ("backwards", "possible"), [(False, {"AA", "BB", "AB", "BA"}), (True, {"AA", "BB", "AB"})]
)
def test_in_every_order_one_marker_tells_of_what_is_stored(
    world: World,
    unit: Unit,
    attempts: tuple[MediaTools, MediaTools],
    backwards: bool,
    possible: set[str],
) -> None:
    """Each segment is one attempt's, none was overwritten, and the seams are those that are stored.

    Every state is looked at that two attempts can come to, one of them dead among them.
    """
    first, second = (alone(world, unit, tools) for tools in attempts)
    ends: set[str] = set()

    def check(videos: MemoryContainer, is_ended: bool) -> None:
        blobs = videos.list("")
        assert {blob.etag for blob in blobs} <= {FIRST}
        bodies = stored(videos)
        if "chunk-00000.json" in bodies:
            is_first = {f: bodies[f] == first.bodies[f] for f in FILES[:2]}
            assert all(
                bodies[f] in (first.bodies[f], second.bodies[f]) for f in (*FILES[:2], "init.mp4")
            )
            record = record_in(videos, unit)
            assert [s.md5 for s in record.segments] == [
                hashlib.md5(bodies[file], usedforsecurity=False).hexdigest() for file in FILES[:2]
            ]
            assert [s.size_bytes for s in record.segments] == [len(bodies[f]) for f in FILES[:2]]
            head, tail = ((first if own else second).record for own in is_first.values())
            assert record.head_ssim == head.head_ssim
            assert record.tail_ssim == tail.tail_ssim
            ends.add("".join("A" if own else "B" for own in is_first.values()))
        assert not is_ended or sorted(bodies) == FILES

    count = explore(
        MemoryContainer(clock=world.clock),
        [
            lambda videos: encode_chunk(services_on(world, videos, attempts[0]), unit),
            lambda videos: encode_chunk(
                services_on(world, videos, attempts[1], backwards=backwards), unit
            ),
        ],
        check,
    )
    assert count > 100
    assert ends == possible


def test_a_mixed_chunk_plays(
    world: World, planned: Plan, unit: Unit, attempts: tuple[MediaTools, MediaTools], tmp_path: Path
) -> None:
    """The first segment of one attempt and the second of another decode without a word."""
    first, second = (alone(world, unit, tools) for tools in attempts)
    mixed = tmp_path / "mixed.mp4"
    mixed.write_bytes(
        first.bodies["init.mp4"] + first.bodies["00001.m4s"] + second.bodies["00002.m4s"]
    )
    assert run_ffmpeg(["-i", str(mixed), "-f", "null", "-"]) == ""
    counted = run_ffprobe(["-count_frames", "-show_streams", str(mixed)])["streams"][0]
    assert counted["nb_read_frames"] == "200"
    # The same two stored by attempts, and through the gate with all the rest.
    services = services_on(world, world.containers.videos, attempts[1])
    for file, body in first.bodies.items():
        if file in ("init.mp4", "00001.m4s"):
            services.stores.renditions.create_files(lowest(planned), {file: body})
    assert make_live(services, planned) == 1
    assert world.bodies(lowest(planned))["00001.m4s"] == first.bodies["00001.m4s"]
    assert world.bodies(lowest(planned))["00002.m4s"] != first.bodies["00002.m4s"]


@pytest.mark.parametrize("left", ["00001.m4s", "00002.m4s"])
@pytest.mark.parametrize("damage", ["empty", "cut", "of another chunk"])
def test_what_another_attempt_left_is_kept_only_where_it_fits(
    world: World, planned: Plan, unit: Unit, left: str, damage: str
) -> None:
    """A segment that does not decode, or is not what was planned, makes way."""
    elsewhere = replace(world, containers=memory_containers())
    elsewhere.containers.uploads.put("clip.mp4", b"source", content_type="video/mp4")
    encode(elsewhere.services, planned)
    whole = stored_below(elsewhere.containers.videos, lowest(planned))
    cases = {"empty": b"", "cut": whole[left][:-3000], "of another chunk": whole["00003.m4s"]}
    body = cases[damage]
    world.services.stores.renditions.create_files(folder_of(unit), {left: body})
    encode_chunk(world.services, unit)
    (record,) = world.services.stores.renditions.chunk_state(folder_of(unit), [unit.chunk]).records
    assert sum(segment.frame_count for segment in record.segments) == 200
    assert world.bodies(folder_of(unit))[left] != body


def test_an_attempt_that_wakes_after_the_publish_changes_nothing(
    world: World, clip: Path, attempts: tuple[MediaTools, MediaTools]
) -> None:
    """Frozen before any of its operations, while the other one and all that follows is done."""
    for at in range(1, 100):
        planned = world.plan(clip, f"{at}.mp4")
        unit = picture_units(planned)[0]
        published: dict[str, str] = {}

        def publish(planned: Plan = planned, published: dict[str, str] = published) -> None:
            make_live(world.services_with(attempts[1]), planned)
            published.update(world.blobs())

        frozen = FreezingContainer(world.containers.videos, at, publish)
        encode_chunk(services_on(world, frozen, attempts[0]), unit)
        if frozen.operations < at:
            assert at > 15
            return
        assert world.blobs() == published
    raise AssertionError("no attempt came to its end")


@pytest.mark.parametrize("file", ["00002.m4s", "chunk-00000.json", "init.mp4"])
def test_an_attempt_that_wakes_after_damage_to_what_is_live_removes_nothing(
    world: World, clip: Path, attempts: tuple[MediaTools, MediaTools], file: str
) -> None:
    """Frozen before any of its operations, while all was published and then damaged."""
    for at in range(1, 100):
        planned = world.plan(clip, f"{at}.mp4")
        unit = picture_units(planned)[0]
        left: dict[str, str] = {}

        def spoil(planned: Plan = planned, left: dict[str, str] = left) -> None:
            make_live(world.services_with(attempts[1]), planned)
            world.overwrite(lowest(planned).path(file), b"damaged")
            left.update(world.blobs())

        frozen = FreezingContainer(world.containers.videos, at, spoil)
        with suppress(PlanAgain):
            encode_chunk(services_on(world, frozen, attempts[0]), unit)
        if frozen.operations < at:
            assert at > 15
            return
        assert world.blobs() == left, f"woken before operation {at}"
    raise AssertionError("no attempt came to its end")


def test_an_attempt_that_judged_damage_which_others_healed_ends_well(
    world: World, clip: Path, attempts: tuple[MediaTools, MediaTools]
) -> None:
    """It wakes when all is live and whole: nothing is damaged, so nothing is planned anew."""
    for at in range(1, 100):
        planned = world.plan(clip, f"{at}.mp4")
        unit = picture_units(planned)[0]
        marker = lowest(planned).path("chunk-00000.json")
        world.containers.videos.put(marker, b"damaged", content_type="application/json")
        published: dict[str, str] = {}

        def publish(planned: Plan = planned, published: dict[str, str] = published) -> None:
            make_live(world.services_with(attempts[1]), planned)
            published.update(world.blobs())

        frozen = FreezingContainer(world.containers.videos, at, publish)
        encode_chunk(services_on(world, frozen, attempts[0]), unit)
        if frozen.operations < at:
            assert at > 15
            return
        assert world.blobs() == published, f"woken before operation {at}"
    raise AssertionError("no attempt came to its end")


def test_two_real_attempts_at_once(settings: Settings, clip: Path) -> None:
    """Nothing is arranged: both encode for real, at the same time, into real storage."""
    services = azure_services(settings)
    planned = planned_on(services, clip)
    whole = picture_units(planned)[0]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: encode_chunk(services, whole), range(2)))
    assert [one.done for one in done] == [2, 2]
    for track in whole.tracks:
        state = services.stores.renditions.chunk_state(planned.folder(track.key), [whole.chunk])
        (record,) = state.records
        assert sum(segment.frame_count for segment in record.segments) == 200
        assert len(record.tail_ssim) == 6
