"""Poster and storyboard from a real source and real segments."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import pytest

from adapters.chunk_encoder import encode_unit
from adapters.services import Services
from adapters.settings import Settings
from adapters.stills import make_poster, make_storyboard
from tests.adapters.jobs import plan, quick_services, scratch_left, stored, units
from tests.media import ClipMaker, run_ffprobe
from tests.storage import upload
from transcoding.errors import StorageFailed, Superseded
from transcoding.plan.plan import Plan


@pytest.fixture
def services(settings: Settings) -> Services:
    return quick_services(settings)


@pytest.fixture
def planned(services: Services, clip_maker: ClipMaker) -> Plan:
    return plan(services, clip_maker.clip(frame_rate=Fraction(25), frame_count=300))


def test_a_poster_is_made_once(services: Services, planned: Plan, tmp_path: Path) -> None:
    """A JPEG of the highest rung's size; the second attempt finds it."""
    encode_all(services, planned)
    assert make_poster(services, planned).encoded == 1
    before = stored(services, planned.job)
    assert make_poster(services, planned).skipped == 1
    assert stored(services, planned.job) == before
    body = services.store.videos.read(planned.poster_folder.path("poster.jpg"))
    assert body is not None
    picture = tmp_path / "poster.jpg"
    picture.write_bytes(body)
    shown = run_ffprobe(["-show_streams", str(picture)])["streams"][0]
    assert (shown["width"], shown["height"]) == (320, 180)


def test_a_storyboard_is_made_once_of_the_lowest_rung(services: Services, planned: Plan) -> None:
    """Three segments give one sheet; it needs the segments to be there."""
    with pytest.raises(StorageFailed, match="read segment"):
        make_storyboard(services, planned)
    encode_all(services, planned)
    assert make_storyboard(services, planned).encoded == 1
    assert make_storyboard(services, planned).skipped == 1
    folder = planned.storyboard_folder
    assert [b.path for b in services.store.list_folder(folder)] == [folder.path("00001.jpg")]


def test_a_video_of_one_picture_has_a_poster(services: Services, clip_maker: ClipMaker) -> None:
    """There is nothing after its first tenth, and still the picture is found."""
    single = plan(services, clip_maker.clip(frame_rate=Fraction(25), frame_count=1))
    encode_all(services, single)
    assert make_poster(services, single).encoded == 1
    assert make_storyboard(services, single).encoded == 1


def test_a_poster_before_its_segment_is_a_failure_with_a_name(
    services: Services, planned: Plan
) -> None:
    """A failed attempt says what is missing and leaves nothing behind."""
    with pytest.raises(StorageFailed, match="read segment"):
        make_poster(services, planned)
    assert scratch_left(Path(tempfile.gettempdir())) == []


def encode_all(services: Services, planned: Plan) -> None:
    """Encode every unit of a plan."""
    for unit in units(planned):
        encode_unit(services, unit)


def test_stills_of_a_replaced_source_are_not_made(services: Services, planned: Plan) -> None:
    """They would be of no use."""
    upload(services.store, services.settings, planned.job.name, b"newer")
    for make in (make_poster, make_storyboard):
        with pytest.raises(Superseded):
            make(services, planned)
