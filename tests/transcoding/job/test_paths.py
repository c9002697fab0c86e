"""Tests of the place that knows blob paths."""

from __future__ import annotations

import pytest

from tests.transcoding.builders import a_job
from transcoding.job import paths
from transcoding.job.messages import RefusalCode


@pytest.mark.parametrize(
    "name",
    ["a.mp4", "a b/ü#?%.mov", "x/y/z", ".hidden", "..a/b", "a..b", "a~/b~1", "日本.mkv", "x" * 800],
)
def test_names_that_a_url_can_carry(name: str) -> None:
    """Spaces, marks and other scripts are percent-encoded; they are no reason to refuse."""
    assert paths.check_name(name) is None


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a.", "a./b", "a\\b", "a\nb", "a\x7f"],
)
def test_names_that_no_url_can_carry(name: str) -> None:
    """Clients normalise such paths, so that what is published could never be fetched."""
    refused = paths.check_name(name)
    assert refused is not None
    assert refused.code == RefusalCode.BAD_NAME


@pytest.mark.parametrize("name", ["~a.mp4", "a.mp4/~0123456789ab", "a.mp4/~releases/1.mp4", "~"])
def test_names_that_look_like_folders_of_ours(name: str) -> None:
    """Below `a.mp4` they would meet the files of the upload `a.mp4`."""
    refused = paths.check_name(name)
    assert refused is not None
    assert "beginning with '~'" in refused.advice
    assert paths.check_name(a_job().source_key) is not None


def test_a_name_that_leaves_no_room_is_refused() -> None:
    """A blob name ends at 1,024 characters, and segments have names as well."""
    assert paths.check_name("x" * 801) is not None
    folder = paths.RenditionFolder("x" * 800, "~0123456789ab", "h264-1920x1080-7800k-0123456789ab")
    assert len(folder.path(paths.segment_file(99_999))) < 1_024


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("a.mp4/~0123456789ab/h264-1/init.mp4", True),
        ("a.mp4/~0123456789ab/x", True),
        ("a.mp4/~releases/00001.json", False),
        ("a.mp4/~0123456789abc/init.mp4", False),
        ("a.mp4/~0123456789AB/init.mp4", False),
        ("a.mp4/0123456789ab/init.mp4", False),
        ("a.mp4/b.mp4/~0123456789ab/init.mp4", False),
        ("a.mp4b/~0123456789ab/init.mp4", False),
        ("~0123456789ab/init.mp4", False),
        ("a.mp4/master.m3u8", False),
    ],
)
def test_files_of_a_source_are_told_from_all_others(path: str, is_ours: bool) -> None:
    """Of this very video: another may lie below its name, and so may somebody else's blobs."""
    assert paths.is_source_file("a.mp4", path) == is_ours


def test_a_folder_of_a_source_is_one() -> None:
    """As jobs name it."""
    job = a_job()
    assert paths.is_source_file(job.name, f"{job.name}/{job.source_key}/h264-1/00001.m4s")


def test_a_checkup_writes_where_nothing_is() -> None:
    """No upload can have that name, and nothing of one lies there."""
    path = paths.checkup_blob("1")
    assert path == "~checkup/1"
    assert paths.check_name(path) is not None


def test_files_have_names_that_sort() -> None:
    """Segments and sprites count from 1, chunks from 0, all with leading zeros."""
    assert paths.segment_file(1) == "00001.m4s"
    assert paths.chunk_file(0) == "chunk-00000.json"
    assert paths.sprite_file(12) == "00012.jpg"


def test_stable_and_immutable_paths() -> None:
    """Two uploads whose names differ in their extension alone do not collide."""
    folder = paths.RenditionFolder("a/b.mp4", "~0123456789ab", "h264-1")
    assert paths.stable("a/b.mp4", paths.MASTER) == "a/b.mp4/master.m3u8"
    assert folder.path("init.mp4") == "a/b.mp4/~0123456789ab/h264-1/init.mp4"
    assert folder.relative == "~0123456789ab/h264-1"


def test_the_notes_of_two_runs_are_apart() -> None:
    """A replay must not see the cancel mark of the run that was cancelled."""
    first, second = paths.WorkFolder.of(a_job()), paths.WorkFolder.of(a_job(run_id="2"))
    assert first.cancel_mark() != second.cancel_mark()
    assert first.progress("unit.json").startswith(first.progress())
    assert first.plan(10).endswith("/1/plans/00010.json")
    assert first.plan(10).startswith(first.plans())


def test_release_records_are_numbered() -> None:
    """In a folder of the video that no upload's name can be; anything else there is none."""
    assert paths.release_record("a/b.mp4", 6) == "a/b.mp4/~releases/00006.json"
    assert paths.release_record("a/b.mp4", 6).startswith(paths.releases("a/b.mp4"))
    assert paths.release_number("a/b.mp4/~releases/00006.json") == 6
    assert paths.release_number("a/b.mp4/~releases/123456.json") == 123_456
    for other in ("00006.json.bak", "00006", "x.json", ".json", "-1.json"):
        assert paths.release_number(f"a/b.mp4/~releases/{other}") == 0


def test_each_round_of_a_run_has_a_mark_of_its_own() -> None:
    """A unit of the new plan must not see the end of the old one."""
    work = paths.WorkFolder("job-1", "run-1")
    assert work.collected(1, 0) == "job-1/run-1/collected/00001-00000.json"
    assert work.round_over(0) == "job-1/run-1/rounds/0.over"
    assert work.round_over(1) != work.round_over(0)


def test_dead_letters_are_found_by_name() -> None:
    """An operator looks for the name that the uploader gave."""
    job = a_job()
    assert paths.dead_letter(job) == f"holiday/beach.mp4/{job.instance_id}.json"


@pytest.mark.parametrize("name", ["a/../b", "x" * 1024, ""])
def test_a_refused_name_is_no_part_of_a_dead_letter(name: str) -> None:
    """The letter about a name that is too long or unusable must be writable itself."""
    job = a_job(name=name)
    assert paths.dead_letter(job) == f"unknown/{job.instance_id}.json"
    assert paths.poison_letter(name, "id") == "unknown/id.trigger.json"


def test_urls_are_percent_encoded() -> None:
    """A name may hold what means something else in a URL."""
    assert paths.url_path("videos", "a b/#1?.mp4/ü") == "/videos/a%20b/%231%3F.mp4/%C3%BC"


def test_the_folder_of_a_file_is_named_as_in_records() -> None:
    """Relative to the video, whatever its name."""
    folder = paths.RenditionFolder("a/b.mp4", "~0123456789ab", "h264-1")
    assert paths.folder_of("a/b.mp4", folder.path("00001.m4s")) == "~0123456789ab/h264-1"
    assert folder.relative == "~0123456789ab/h264-1"
