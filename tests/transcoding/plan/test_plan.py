"""Tests of planning a job."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import ENCODER, a_job, a_plan, a_source, a_unit, an_audio_track
from transcoding.plan.plan import EncodeUnit, Plan, Profile, language_tag, make_plan


def test_full_hd_at_30() -> None:
    """Nine rungs with their levels; 20 % above the rate at most, 1.5 s of buffer."""
    plan = a_plan()
    assert [rung.label for rung in plan.rungs] == [
        "234p 145k",
        "360p 365k",
        "432p 730k",
        "432p 1100k",
        "540p 2000k",
        "720p 3000k",
        "720p 4500k",
        "1080p 6000k",
        "1080p 7800k",
    ]
    levels = ["1.3", "3.0", "3.0", "3.0", "3.1", "3.1", "3.1", "4.0", "4.0"]
    assert [rung.level for rung in plan.rungs] == levels
    top = plan.rungs[-1]
    assert (top.maxrate_bps, top.bufsize_bits) == (9_360_000, 14_040_000)


def test_small_rungs_have_half_the_rate() -> None:
    """59.94 fps: 29.97 up to 432p, the full rate above, one segment length for all."""
    plan = a_plan(a_source(frame_rate=Fraction(60000, 1001), frame_count=3_597))
    assert [rung.frame_step for rung in plan.rungs] == [2, 2, 2, 2, 1, 1, 1, 1, 1]
    assert plan.rungs[0].frame_rate == Fraction(30000, 1001)
    assert plan.rungs[-1].frame_rate == Fraction(60000, 1001)
    assert plan.timeline.segment_frames == 240
    assert plan.rungs[-1].level == "4.2"


def test_no_rung_is_faster_than_60() -> None:
    """HLS Authoring Specification 1.19, from a 240 fps slow motion."""
    plan = a_plan(a_source(frame_rate=Fraction(240), frame_count=2_400))
    assert {rung.frame_rate for rung in plan.rungs} == {30, 60}
    assert plan.timeline.segment_frames == 960


def test_chunks_by_the_activity_budget() -> None:
    """120 s at 60 Mpixel/s is what 1080p30 takes for 115 s: 28 segments of 4 s."""
    plan = a_plan(a_source(frame_count=100_000))
    assert plan.timeline.chunk_segments == 28
    assert plan.timeline.chunk(1).first_frame == 3_360


def test_chunks_are_never_shorter_than_20_s_by_themselves() -> None:
    """A slow machine must not be buried in tiny chunks."""
    plan = a_plan(a_source(frame_count=100_000), pixels_per_s=1_000_000)
    assert plan.timeline.chunk_segments == 5


def test_a_rung_that_is_added_later_leaves_the_others_as_they_are() -> None:
    """The five rungs that two limits share keep their keys, so nothing is encoded again."""
    source = a_source(frame_count=20_000)
    fewer, more = a_plan(source, max_height=540), a_plan(source, max_height=None)
    assert len(more.rungs) - len(fewer.rungs) == 3
    kept = [rung.key for rung in fewer.rungs[:5]]
    assert [rung.key for rung in more.rungs[:5]] == kept


def test_chunks_as_the_operator_says() -> None:
    """60 s in 10 s chunks: two segments each."""
    plan = a_plan(chunk_s=10)
    assert plan.timeline.chunk_segments == 2
    assert plan.timeline.chunk_count == 8


@pytest.mark.parametrize(
    ("source", "frames"),
    [
        (a_source(), 0),
        (a_source(is_interlaced=True), 6),
        (a_source(is_constant_rate=False), 150),
        (a_source(is_constant_rate=False, longest_step_s=Fraction(10)), 600),
        (a_source(container="mpegts"), 360),
        (a_source(container="mpeg", is_constant_rate=False, is_interlaced=True), 360),
    ],
)
def test_what_is_decoded_before_a_chunk(source, frames) -> None:  # type: ignore[no-untyped-def]
    """Deinterlacing looks back, a variable rate holds pictures, MPEG-TS seeks between keyframes."""
    assert a_plan(source).timeline.preroll_frames == frames


@pytest.mark.parametrize(
    ("changes", "group_sizes"),
    [
        ({}, [1] * 9),
        ({"many_instances": False}, [9]),
        ({"grouping": "together"}, [9]),
        ({"grouping": "per_rendition", "many_instances": False}, [1] * 9),
    ],
)
def test_groupings(changes: dict[str, Any], group_sizes: list[int]) -> None:
    """One rung a unit where instances are many, all in one decode on few cores."""
    assert [len(group) for group in a_plan(**changes).groups] == group_sizes


def test_another_grouping_encodes_nothing_again() -> None:
    """Done-markers are per rung and chunk: the keys do not depend on the grouping."""
    assert _keys(a_plan(grouping="together")) == _keys(a_plan(grouping="per_rendition"))


def _keys(plan: Plan) -> list[str]:
    return [rung.key for rung in plan.rungs] + [audio.key for audio in plan.audio]


def test_keys_are_unique_and_say_what_they_are() -> None:
    """A folder's name tells codec, size and rate."""
    keys = _keys(a_plan())
    assert len(set(keys)) == len(keys) == 10
    assert keys[0].startswith("h264-416x234-145k-")
    assert keys[-1].startswith("aac-1-")


@pytest.mark.parametrize(
    "changed",
    [
        a_plan(preset="slow"),
        a_plan(chunk_s=10),
        a_plan(a_source(an_audio_track(), frame_count=1_799)),
        a_plan(a_source(an_audio_track(), start_s=Fraction(1, 10))),
        make_plan(a_job(), a_source(an_audio_track()), Profile(), "test-encoder 2"),
    ],
)
def test_another_encode_has_another_key(changed: Plan) -> None:
    """Whatever changes the bytes changes the folder, so that nothing immutable is overwritten."""
    assert not {rung.key for rung in changed.rungs} & {rung.key for rung in a_plan().rungs}


def test_fewer_rungs_keep_their_keys() -> None:
    """Leaving out the large rungs encodes nothing again where the chunks stay the same."""
    assert set(_keys(a_plan(max_height=720, chunk_s=20))) < set(_keys(a_plan(chunk_s=20)))


def test_audio_is_as_long_as_the_video() -> None:
    """1,799 frames at 29.97 fps are 60.0266 s: 2,881,278 samples at 48 kHz."""
    source = a_source(an_audio_track(), frame_rate=Fraction(30000, 1001), frame_count=1_799)
    audio = a_plan(source).audio[0]
    assert audio.sample_count == 2_881_278
    assert audio.fragment_us == 4_004_000
    assert (audio.channels, audio.sample_rate_hz, audio.bitrate_bps) == (2, 48_000, 128_000)


def test_audio_labels_differ() -> None:
    """HLS wants different NAMEs within a group, and no quotation marks in them."""
    tracks = [
        an_audio_track(stream_index=1, language="eng"),
        an_audio_track(stream_index=2, language="eng", is_default=False),
        an_audio_track(stream_index=3, language="deu", title='Say "hi"\n', is_default=False),
        an_audio_track(stream_index=4, language="???", is_default=False),
    ]
    audio = a_plan(a_source(*tracks)).audio
    assert [a.label for a in audio] == ["en", "en 2", "Say hi", "und"]
    assert [a.language for a in audio] == ["en", "en", "de", "und"]
    assert [a.is_default for a in audio] == [True, False, False, False]


def test_one_audio_track_is_always_the_default() -> None:
    """Where the container names none, the first; where it names two, the first of them."""
    none = [an_audio_track(stream_index=n, is_default=False) for n in (1, 2)]
    both = [an_audio_track(stream_index=n) for n in (1, 2)]
    for tracks in (none, both):
        assert [a.is_default for a in a_plan(a_source(*tracks)).audio] == [True, False]


def test_a_source_without_audio() -> None:
    """A silent film is planned without audio."""
    assert a_plan(a_source()).audio == ()


def test_too_many_audio_tracks() -> None:
    """Eight are published, the first ones."""
    tracks = [an_audio_track(stream_index=n) for n in range(1, 13)]
    assert [a.stream_index for a in a_plan(a_source(*tracks)).audio] == list(range(1, 9))


@pytest.mark.parametrize(
    ("code", "tag"),
    [("eng", "en"), ("ger", "de"), ("de-CH", "de-CH"), ("zho", "zh"), ("", "und"), ('"x', "und")],
)
def test_languages(code: str, tag: str) -> None:
    """Containers have ISO 639-2, manifests BCP 47."""
    assert language_tag(code) == tag


def test_unit_ids_differ_by_rungs_and_chunk() -> None:
    """The id names a progress record: no two running units may share it."""
    plan = a_plan(chunk_s=10)
    ids = [
        a_unit(plan, chunk, *rungs).unit_id for chunk in (0, 1) for rungs in ((0,), (1,), (0, 1))
    ]
    assert len(set(ids)) == 6
    assert ids[3].endswith("-00001")


def test_a_unit_survives_json() -> None:
    """A unit travels to its activity by itself."""
    unit = a_unit(a_plan(chunk_s=10), 1, 0, 8)
    assert EncodeUnit.from_json(unit.to_json()) == unit


def test_folders_are_of_this_very_source() -> None:
    """A newer upload under the same name writes elsewhere."""
    plan = a_plan()
    folder = plan.folder(plan.rungs[0].key)
    assert folder.path().startswith(f"holiday/beach.mp4/{plan.job.source_key}/h264-416x234-145k-")
    assert plan.rung(plan.rungs[3].key) == plan.rungs[3]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.integers(16, 8192),
    st.integers(16, 8192),
    st.sampled_from(
        [Fraction(1), Fraction(25, 2), Fraction(30000, 1001), Fraction(60), Fraction(960)]
    ),
    st.integers(1, 100_000),
)
def test_whatever_is_not_refused_can_be_planned(
    width: int, height: int, rate: Fraction, frame_count: int
) -> None:
    """No source makes planning fail: levels, segments and rates always come out."""
    source = a_source(
        coded_width=width, coded_height=height, frame_rate=rate, frame_count=frame_count
    )
    plan = make_plan(a_job(), source, Profile(), ENCODER)
    for rung in plan.rungs:
        assert rung.frame_rate <= 60
        assert plan.timeline.segment_frames % rung.frame_step == 0
