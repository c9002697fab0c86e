"""The gate on what a real encode stored, and chunks that are not what their markers say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from adapters.chunk_encoder import encode_unit
from adapters.services import Services
from adapters.settings import Settings
from adapters.verifier import verify_outputs
from tests.adapters.jobs import encode, folder_of, plan, quick_services, units
from tests.media import ClipMaker
from transcoding.errors import StorageFailed
from transcoding.job.paths import WorkFolder
from transcoding.plan.plan import Plan


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


@pytest.fixture
def encoded(services: Services, clip_maker: ClipMaker) -> Plan:
    """12 s of 320x180 in two chunks, all written but the manifests."""
    clip: Path = clip_maker.clip(frame_rate=Fraction(25), frame_count=300)
    made = plan(services, clip, "a #1 100%.mp4")
    encode(services, made)
    return made


def test_what_was_encoded_breaks_no_rule(
    services: Services, encoded: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every MUST holds on the real files, read in several batches; the results are kept."""
    monkeypatch.setattr("adapters.verifier._HEADS_AT_ONCE", 2)
    verdict = verify_outputs(services, encoded)
    assert verdict.failed == ()
    assert verdict.undone == 0
    assert verdict.checked > 50
    assert services.store.read_conformance(WorkFolder.of(encoded.job)) is not None


def test_segments_of_two_attempts_are_encoded_once_more(services: Services, encoded: Plan) -> None:
    """A segment of another size than its marker says makes its chunk undone, and only that."""
    path = folder_of(encoded).path("00002.m4s")
    body = services.store.videos.read(path)
    assert body is not None
    services.store.upload_files(folder_of(encoded), {"00002.m4s": body + b"\0" * 8})
    verdict = verify_outputs(services, encoded)
    assert (verdict.undone, verdict.checked) == (1, 0)
    assert services.store.chunks_done(folder_of(encoded)) == {1}
    assert services.store.chunks_done(folder_of(encoded, 1)) == {0, 1}
    encode(services, encoded)
    assert verify_outputs(services, encoded).failed == ()


def test_a_segment_that_someone_deleted_is_encoded_once_more(
    services: Services, encoded: Plan
) -> None:
    """The marker alone would have every later run of the job fail; without it, it is named."""
    services.store.videos.delete(folder_of(encoded, 1).path("00003.m4s"))
    assert verify_outputs(services, encoded).undone == 1
    with pytest.raises(StorageFailed, match="chunk 1 has no done-marker"):
        verify_outputs(services, encoded)
    done = encode_unit(services, units(encoded)[1])
    assert (done.encoded, done.skipped) == (1, 1)
