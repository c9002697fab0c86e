"""Tests of planning a job."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import (
    ENCODER,
    a_plan,
    a_planning,
    a_song,
    a_source,
    an_audio_track,
)
from transcoding.codecs import h264
from transcoding.plan.ladder import LADDER, AudioRow
from transcoding.plan.make_plan import language_tag, make_plan
from transcoding.plan.options import Options
from transcoding.tracks.track import AudioTrack


def test_full_hd_at_30() -> None:
    """Nine rungs with their levels; 20 % above the rate at most, 1.5 s of buffer."""
    plan = a_plan()
    assert [rung.title for rung in plan.video] == [
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
    assert [h264.level(rung.settings) for rung in plan.video] == levels
    top = plan.video[-1]
    assert (top.maxrate_bps, top.bufsize_bits) == (9_360_000, 14_040_000)


def test_small_rungs_have_half_the_rate() -> None:
    """59.94 fps: 29.97 up to 432p, the full rate above, one segment length for all."""
    plan = a_plan(a_source(frame_rate=Fraction(60000, 1001), frame_count=3_597))
    assert [rung.frame_step for rung in plan.video] == [2, 2, 2, 2, 1, 1, 1, 1, 1]
    assert plan.video[0].frame_rate == Fraction(30000, 1001)
    assert plan.video[-1].frame_rate == Fraction(60000, 1001)
    assert plan.video[0].timeline.segment_frames == 240
    assert h264.level(plan.video[-1].settings) == "4.2"


def test_no_rung_is_faster_than_60() -> None:
    """HLS Authoring Specification 1.19, from a 240 fps slow motion."""
    plan = a_plan(a_source(frame_rate=Fraction(240), frame_count=2_400))
    assert {rung.frame_rate for rung in plan.video} == {30, 60}
    assert plan.video[0].timeline.segment_frames == 960


def test_chunks_by_the_activity_budget() -> None:
    """120 s at 60 Mpixel/s is what 1080p30 takes for 115 s: 28 segments of 4 s."""
    plan = a_plan(a_source(frame_count=100_000))
    assert plan.video[0].timeline.chunk_segments == 28
    assert plan.video[0].timeline.chunk(1).first_frame == 3_360


def test_chunks_are_never_shorter_than_20_s_by_themselves() -> None:
    """A slow machine must not be buried in tiny chunks."""
    plan = a_plan(a_source(frame_count=100_000), pixels_per_s=1_000_000)
    assert plan.video[0].timeline.chunk_segments == 5


def test_a_rung_that_is_added_later_leaves_the_others_as_they_are() -> None:
    """The five rungs that two limits share keep their keys, so nothing is encoded again."""
    source = a_source(frame_count=20_000)
    fewer, more = a_plan(source, max_height=540), a_plan(source, max_height=None)
    assert len(more.video) - len(fewer.video) == 3
    kept = [rung.key for rung in fewer.video[:5]]
    assert [rung.key for rung in more.video[:5]] == kept


def test_chunks_as_the_operator_says() -> None:
    """60 s in 10 s chunks: two segments each."""
    plan = a_plan(chunk_s=10)
    assert plan.video[0].timeline.chunk_segments == 2
    assert plan.video[0].timeline.chunk_count == 8


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
    assert a_plan(source).video[0].timeline.preroll_frames == frames


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
    sound, *groups = a_plan(**changes).groups
    assert [len(group) for group in groups] == group_sizes
    assert sound == (a_plan().audio[0].key,)


def test_audio_is_as_long_as_the_video() -> None:
    """1,799 frames at 29.97 fps are 60.0266 s: 2,881,278 samples at 48 kHz."""
    source = a_source(an_audio_track(), frame_rate=Fraction(30000, 1001), frame_count=1_799)
    audio = a_plan(source).audio[0]
    assert audio.timeline.sample_count == 2_881_278
    assert audio.timeline.segment_frames == 188
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


def test_sound_without_a_picture() -> None:
    """A song of 200 s: sound alone, all of it in one group, with its cover for a poster."""
    plan = a_plan(a_song())
    (track,) = plan.tracks
    assert (track.kind, track.metric_label) == ("audio", "audio")
    assert plan.duration_s == 200
    assert plan.groups == ((track.key,),)
    assert plan.storyboard is None
    assert plan.target_duration_s == 4
    assert plan.poster is not None
    assert (plan.poster.track_key, plan.poster.stream_index) == ("", 7)
    assert (plan.poster.width, plan.poster.height) == (1280, 1280)


def test_sound_without_a_cover_has_no_poster() -> None:
    """Nothing is drawn that the uploader did not give."""
    assert a_plan(a_song(has_cover=False)).poster is None


def test_neither_picture_nor_sound_is_an_error() -> None:
    """Probing refuses such an upload; planning it would publish nothing."""
    nothing = a_source().model_copy(update={"video": None})
    with pytest.raises(ValueError, match=r"beach\.mp4 has neither picture nor sound"):
        a_plan(nothing)


STEREO = AudioRow(codec="aac", channels=2, sample_rate_hz=48_000)
TWO_ROWS = (STEREO, AudioRow(codec="aac", channels=6, sample_rate_hz=48_000))


def _in_two_layouts(*rows: AudioRow) -> tuple[AudioTrack, ...]:
    tracks = [
        an_audio_track(stream_index=1, language="eng"),
        an_audio_track(stream_index=2, language="eng", is_default=False),
        an_audio_track(stream_index=3, language="deu", is_default=False),
    ]
    ladder = LADDER.model_copy(update={"audio": rows})
    return make_plan(a_planning(a_source(*tracks)), Options(), ladder, ENCODER).audio


def test_the_same_names_in_all_groups() -> None:
    """A player that changes to six channels finds the language that it had (output-rules.md)."""
    audio = _in_two_layouts(*TWO_ROWS)
    assert [(a.rendition_group, a.label, a.language, a.is_default) for a in audio] == [
        ("audio-aac-2", "en", "en", True),
        ("audio-aac-2", "en 2", "en", False),
        ("audio-aac-2", "de", "de", False),
        ("audio-aac-6", "en", "en", True),
        ("audio-aac-6", "en 2", "en", False),
        ("audio-aac-6", "de", "de", False),
    ]
    assert len({a.key for a in audio}) == 6


def test_sound_that_is_cut_alike_shares_a_unit() -> None:
    """Both layouts are read at once; another sample rate has other frames, and its own units."""
    alike, apart = (
        LADDER.model_copy(update={"audio": rows})
        for rows in (TWO_ROWS, (STEREO, STEREO.model_copy(update={"sample_rate_hz": 44_100})))
    )
    for ladder, sizes in ((alike, [2]), (apart, [1, 1])):
        plan = make_plan(a_planning(a_song()), Options(), ladder, ENCODER)
        assert [len(group) for group in plan.groups] == sizes


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(16, 8192), st.integers(16, 8192))
def test_metrics_know_no_more_labels_than_the_ladder_has_rows(width: int, height: int) -> None:
    """Every size of picture has a title of its own; a metric must not get a series for each."""
    plan = a_plan(a_source(an_audio_track(), coded_width=width, coded_height=height))
    rows = {row.name for row in (*LADDER.wide, *LADDER.classic)}
    assert len(rows) == 14
    assert {track.metric_label for track in plan.tracks} <= rows | {"audio"}


def test_a_title_tells_the_real_size() -> None:
    """PAL widescreen has a rung that no row is called after."""
    track = a_plan(a_source(coded_width=1024, coded_height=576)).video[-1]
    assert (track.title, track.metric_label) == ("576p 2880k", "720p 4500k")


def test_a_later_generation_has_a_folder_of_its_own() -> None:
    """That track alone: what else is there is kept, and what is live is not touched."""
    before = a_plan()
    damaged = before.video[2].key
    after = make_plan(
        a_planning(), Options(), LADDER, ENCODER, generations={damaged: 3, "h264-other": 2}
    )
    assert after.video[2].key == f"{damaged}-g3"
    changed = [(a.key, b.key) for a, b in zip(before.tracks, after.tracks, strict=True)]
    assert [pair for pair in changed if pair[0] != pair[1]] == [(damaged, f"{damaged}-g3")]
    assert after.groups[3] == (f"{damaged}-g3",)


def test_pictures_beside_the_video_follow_the_generation_of_their_track() -> None:
    """Poster and thumbnails are taken from segments that can be read."""
    before = a_plan()
    generations = {before.video[0].key: 2, before.video[-1].key: 2}
    after = make_plan(a_planning(), Options(), LADDER, ENCODER, generations=generations)
    assert after.poster and before.poster
    assert after.storyboard and before.storyboard
    assert after.poster.track_key == f"{before.video[-1].key}-g2"
    assert after.storyboard.track_key == f"{before.video[0].key}-g2"
    assert after.poster.key != before.poster.key
    assert after.storyboard.key != before.storyboard.key


def test_a_round_is_the_planning_s() -> None:
    """Units of the plan before can be told from those of this one."""
    plan = make_plan(a_planning(round=1), Options(units_in_flight=7), LADDER, "test-encoder 2")
    assert (plan.round, plan.unit(0).round, plan.lanes) == (1, 1, 7)
    assert plan.unit(0).encoder == "test-encoder 2"


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
    for rung in a_plan(source).video:
        assert rung.frame_rate <= 60
        assert rung.timeline.segment_frames % rung.frame_step == 0
        assert h264.level(rung.settings) <= "5.2"
