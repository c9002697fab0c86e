"""The estimate of a small plan, and what a real encode makes of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.media import ClipMaker
from tests.transcoding.builders import a_plan, a_song, a_source, a_timeline, an_audio_track
from tests.transcoding.cost.test_cpu_time import a_small_plan
from tests.transcoding.encoding import a_plan as a_clip_plan
from tests.transcoding.encoding import a_rung as a_clip_rung
from tests.transcoding.encoding import a_sound, encode_all
from transcoding.cost.estimate import Terms, estimate
from transcoding.cost.prices import with_prices
from transcoding.source.source import Source


def terms(memory_mb: int = 4096, instances: int = 2, cpu_factor: float = 1.0) -> Terms:
    """Return two instances of 4 GB at list prices, no views."""
    return Terms(
        memory_mb=memory_mb,
        instances=instances,
        views=0,
        cpu_factor=cpu_factor,
        usd=with_prices({}),
    )


def test_a_small_plan_rung_by_rung() -> None:
    """234p and twice 360p, two chunks each."""
    rungs = estimate(a_small_plan(), terms()).rungs
    assert [(r.label, r.width, r.height, r.frames, r.chunks) for r in rungs] == [
        ("234p 145k", 416, 234, 1000, 2),
        ("360p 365k", 640, 360, 1000, 2),
        ("360p 730k", 640, 360, 1000, 2),
    ]
    assert [r.cpu_s for r in rungs] == pytest.approx([5.767838, 11.35619, 11.35619])
    assert [r.size_bytes for r in rungs] == [725_000, 1_825_000, 3_650_000]


def test_a_small_plan_in_total() -> None:
    """Six units of video, one of sound; at 1.8 cores the two instances end after 8.9 s."""
    found = estimate(a_small_plan(), terms())
    assert found.units == 7
    assert found.audio_cpu_s == pytest.approx(0.94)
    assert found.cpu_s == pytest.approx(29.420218)
    assert found.longest_unit_s == pytest.approx(3.154497, abs=1e-6)
    assert found.wall_s == pytest.approx(8.911172, abs=1e-6)


def test_short_units_are_billed_a_second() -> None:
    """Sound takes 0.5 s: 16.82 s are billed, with 4 GB each."""
    assert estimate(a_small_plan(), terms()).gb_s == pytest.approx(67.289373, abs=1e-6)


def test_half_the_memory_is_half_the_cores() -> None:
    """The same GB-s but for the sound, which now fills its second; twice the time."""
    found = estimate(a_small_plan(), terms(memory_mb=2048))
    assert found.gb_s == pytest.approx(65.378262, abs=1e-6)
    assert found.longest_unit_s == pytest.approx(6.308994, abs=1e-6)


def test_more_instances_than_units_help_no_further() -> None:
    """The longest unit is the least that it takes."""
    assert estimate(a_small_plan(), terms(instances=1000)).wall_s == pytest.approx(3.154497)


def test_slower_cores_take_more() -> None:
    """A factor holds for every CPU second."""
    found = estimate(a_small_plan(), terms(cpu_factor=2.0))
    assert found.cpu_s == pytest.approx(58.840436)
    assert sum(rung.cpu_s for rung in found.rungs) == pytest.approx(56.960436)


def test_rungs_together_share_one_decode() -> None:
    """A third of the reading each, and three units in all."""
    together = a_small_plan(grouping="together")
    found = estimate(together, terms())
    assert found.units == 3
    assert found.cpu_s == pytest.approx(26.061438)
    assert found.rungs[0].cpu_s == pytest.approx(4.648245, abs=1e-6)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        (
            a_source(codec="hevc", bit_depth=10),
            "the source is hevc, 10 bits; measured was H.264, 8 bits",
        ),
        (
            a_source(color_transfer="smpte2084"),
            "mapping HDR to SDR is not in these figures",
        ),
        (a_source(is_interlaced=True), "deinterlacing is not in these figures"),
    ],
)
def test_what_was_not_measured_is_said(source: Source, note: str) -> None:
    """Sources that cost more than the figures know are named."""
    assert estimate(a_plan(source), terms()).notes == (note,)


def test_an_ordinary_source_needs_no_note() -> None:
    """8-bit progressive H.264 is what was measured."""
    assert estimate(a_plan(a_source(an_audio_track())), terms()).notes == ()


def test_sound_alone() -> None:
    """200 s at 16 ms, in a unit of its own; no rungs, and nothing to say of a picture."""
    found = estimate(a_plan(a_song()), terms())
    assert (found.rungs, found.units, found.notes) == ((), 1, ())
    assert found.cpu_s == found.audio_cpu_s == pytest.approx(3.5)
    assert found.wall_s == pytest.approx(3.5 / 1.8)


def test_a_real_encode_writes_what_was_estimated(clip_maker: ClipMaker, tmp_path: Path) -> None:
    """Frames, chunks and units are those that FFmpeg really makes; CPU time is the machine's."""
    clip = clip_maker.clip(frame_rate=Fraction(50), frame_count=599)
    timeline = a_timeline(Fraction(50), 599, max_step=2, chunk_s=4)
    plan = a_clip_plan(
        a_clip_rung("half", timeline, step=2),
        a_clip_rung("full", timeline),
        a_sound("tone", timeline),
    )

    encoded = encode_all(plan, clip_maker.server, clip, tmp_path)

    found = estimate(plan, terms())
    of_picture = [encoded["half"], encoded["full"]]
    assert [rung.frames for rung in found.rungs] == [300, 599]
    assert [sum(s.frame_count for s in one.segments) for one in of_picture] == [300, 599]
    assert [rung.chunks for rung in found.rungs] == [len(one.files) for one in of_picture] == [3, 3]
    assert found.units == 3 + len(encoded["tone"].files)
