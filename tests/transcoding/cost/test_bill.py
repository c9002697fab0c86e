"""Tests of the lines of the bill."""

from __future__ import annotations

import pytest

from tests.transcoding.builders import a_plan, a_song, a_source, an_audio_track
from tests.transcoding.cost.test_cpu_time import a_small_plan
from transcoding.cost.bill import instead, keeping, publishing, viewing
from transcoding.cost.prices import with_prices

LIST = with_prices({})


def test_publishing_a_small_plan() -> None:
    """70 GB-s, two executions a unit and 30 more, 4 renditions of 10 segments and 4 files each."""
    time, executions, operations = publishing(a_small_plan(), 7, 70.0, LIST)
    assert time.usd == pytest.approx(70 * 0.000026)
    assert executions.usd == pytest.approx(44 * 0.0000004)
    assert (executions.basis, operations.basis) == ("44", "76 writes, 80 reads")
    assert operations.usd == pytest.approx(0.00038 + 0.000032)


def test_all_sound_of_a_chunk_is_read_once() -> None:
    """Three languages, and three rungs in one decode: 1 MB is read twice, not six times."""
    tracks = [an_audio_track(stream_index=n) for n in (1, 2, 3)]
    plan = a_plan(a_source(*tracks), chunk_s=60, max_height=360, grouping="together")
    assert (len(plan.tracks), len(plan.groups)) == (6, 2)
    operations = publishing(plan, 2, 1.0, LIST)[2]
    assert operations.basis == "134 writes, 136 reads"


def test_keeping_what_is_published_and_uploaded() -> None:
    """1,368 kbit/s for 40 s are 6.84 MB, the source is 1 MB; 2.08 cents a GB."""
    published, source = keeping(a_small_plan(), LIST)
    assert published.usd == pytest.approx(0.00684 * 0.0208)
    assert source.usd == pytest.approx(0.001 * 0.0208)


def test_a_view_is_of_the_best_rendition_and_its_sound() -> None:
    """730 and 128 kbit/s for 40 s are 4.29 MB; 25 requests: 1 + 2 x (10 + 2)."""
    data, requests = viewing(a_small_plan(), 1000, LIST)
    assert data.basis == "4.3 GB at 0.7 Mbit/s"
    assert data.usd == pytest.approx(4.29 * 0.083)
    assert requests.basis == "25,000"
    assert requests.usd == pytest.approx(2.5 * 0.009)


def test_what_else_it_could_run_on() -> None:
    """Two core-hours of Spot, or three SD outputs of 40 s by the list of a managed encoder."""
    spot, mediaconvert, google = instead(a_small_plan(), 7200.0, LIST)
    assert spot.usd == pytest.approx(0.0182)
    assert mediaconvert.usd == pytest.approx(0.015)
    assert google.usd == pytest.approx(0.03)
    assert google.basis == "3 outputs of 0.7 min"


def test_sound_alone_has_no_managed_encoder_to_compare_with() -> None:
    """Their lists are for pictures: a price of nothing would say something untrue."""
    plan = a_plan(a_song())
    assert [cost.name for cost in instead(plan, 7200.0, LIST)] == ["Spot lane, for execution time"]
    data, requests = viewing(plan, 1000, LIST)
    assert data.basis == "3.2 GB at 0.0 Mbit/s"
    assert requests.basis == "53,000"


def test_no_views_cost_nothing() -> None:
    """Nothing stands there then."""
    assert viewing(a_small_plan(), 0, LIST) == ()
