"""Tests of jobs, their ids and their outcomes."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import a_job
from transcoding.job.messages import instance_id


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=1024), st.text(max_size=40))
def test_ids_are_what_durable_functions_allow(name: str, etag: str) -> None:
    """No `/ \\ # ?`, at most 100 characters, whatever people call their files."""
    assert re.fullmatch(r"[a-z0-9-]{1,65}", instance_id("uploads", name, etag))


def test_the_same_upload_has_the_same_id() -> None:
    """A duplicate event is the same job."""
    assert instance_id("uploads", "a.mp4", "0x1") == instance_id("uploads", "a.mp4", "0x1")


def test_any_difference_gives_another_id() -> None:
    """Another container, name or version of the blob is another job."""
    ids = {
        instance_id("uploads", "a.mp4", "0x1"),
        instance_id("uploads2", "a.mp4", "0x1"),
        instance_id("uploads", "A.mp4", "0x1"),
        instance_id("uploads", "a.mp4", "0x2"),
        instance_id("uploads", "x/a.mp4", "0x1"),
        instance_id("uploads", "x-a.mp4", "0x1"),
    }
    assert len(ids) == 6


def test_an_id_begins_with_a_name_that_people_know() -> None:
    """Ids show up in logs and in the portal."""
    assert a_job().instance_id.startswith("holiday-beach-mp4-")
    assert instance_id("uploads", "日本.mp4", "0x1").startswith("mp4-")
    assert instance_id("uploads", "日本", "0x1").startswith("video-")


def test_a_replay_is_the_same_job() -> None:
    """Another run of a failed job has the same id and finds what is encoded already."""
    again = a_job(run_id="2")
    assert again.instance_id == a_job().instance_id
    assert again.source_key == a_job().source_key


def test_a_trace_is_no_part_of_a_job_s_identity() -> None:
    """Whoever traces it, it is the same job."""
    traced = a_job(trace_parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert traced.instance_id == a_job().instance_id
    assert traced.source_key == a_job().source_key


def test_a_newer_upload_has_another_source_key() -> None:
    """What was encoded from the old source is never taken for the new one's."""
    assert a_job(etag="0x8DD").source_key != a_job().source_key
    assert re.fullmatch("~[0-9a-f]{12}", a_job().source_key)
