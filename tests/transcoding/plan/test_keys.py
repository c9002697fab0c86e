"""What changes a key, and what does not."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.transcoding.builders import (
    ENCODER,
    a_job,
    a_plan,
    a_planning,
    a_rung,
    a_sound_timeline,
    a_sound_track,
    a_source,
    a_timeline,
    a_video,
    an_audio_track,
)
from transcoding.commands import picture, sound
from transcoding.commands.parts import Piece, run
from transcoding.plan.keys import generation_key, keyed_audio, keyed_video, recipe_key
from transcoding.plan.ladder import LADDER
from transcoding.plan.make_plan import make_plan
from transcoding.plan.options import Options
from transcoding.plan.plan import Plan
from transcoding.source.sound_clock import PacketClock
from transcoding.source.source import Source, VideoStream
from transcoding.source.timeline import Timeline
from transcoding.tracks.audio import AudioTrack
from transcoding.tracks.video import VideoTrack

HDR = {"color_transfer": "smpte2084", "color_matrix": "bt2020nc", "color_primaries": "bt2020"}


def _keys(plan: Plan) -> list[str]:
    return [track.key for track in plan.tracks]


def _hash(key: str) -> str:
    return key.rpartition("-")[2]


def test_keys_are_unique_and_say_what_they_are() -> None:
    """A folder's name tells codec, size and rate."""
    keys = _keys(a_plan())
    assert len(set(keys)) == len(keys) == 10
    assert keys[0].startswith("h264-416x234-145k-")
    assert keys[-1].startswith("aac-1-")
    assert all(len(_hash(key)) == 12 for key in keys)


def test_whatever_word_changes_changes_the_key() -> None:
    """Piece by piece, of an interlaced HDR picture at half its rate, and of sound."""
    track = a_rung(timeline=a_timeline(Fraction(30), 1_799, max_step=2), frame_step=2)
    stream = a_video(is_interlaced=True, **HDR)
    of_picture = picture.pieces_of(stream, track, track.timeline.chunk(0))
    tone = a_sound_track()
    of_sound = (*sound.pieces_of(tone, tone.timeline.chunk(0)), run("-threads", "2"))
    assert _part_count(of_picture, "recipe") == 34
    assert _part_count(of_sound, "recipe") >= 10
    for pieces, timeline in ((of_picture, track.timeline), (of_sound, tone.timeline)):
        key = recipe_key([pieces], timeline, ENCODER)
        for place, piece in enumerate(pieces):
            for number in range(len(piece.words)):
                words = (*piece.words[:number], "another", *piece.words[number + 1 :])
                changed = [*pieces]
                changed[place] = Piece(piece.part, words)
                is_other = recipe_key([changed], timeline, ENCODER) != key
                assert is_other == (piece.part != "run"), piece
                # A later chunk has the recipe of the first.
                is_other = recipe_key([pieces, changed], timeline, ENCODER) != recipe_key(
                    [pieces, pieces], timeline, ENCODER
                )
                assert is_other == (piece.part == "window"), piece


def test_the_recipe_of_sound_knows_no_chunk() -> None:
    """An hour and a half in 18 chunks: one recipe; windows are alike for all tracks of a chunk."""
    timeline = a_sound_timeline(5_400).model_copy(update={"chunk_segments": 75})
    one = a_sound_track(timeline=timeline)
    two = a_sound_track(timeline=timeline, stream_index=2, bitrate_bps=96_000, channels=6)
    recipes = set()
    for chunk in timeline.chunks():
        pieces = sound.pieces_of(one, chunk)
        recipes.add(tuple(piece for piece in pieces if piece.part == "recipe"))
        assert [piece for piece in pieces if piece.part == "window"] == [
            piece for piece in sound.pieces_of(two, chunk) if piece.part == "window"
        ]
    assert len(recipes) == 1


def _part_count(pieces: tuple[Piece, ...], part: str) -> int:
    return sum(piece.part == part for piece in pieces)


TRACK_FIELDS: dict[str, Any] = {
    "codec": None,
    "timeline": a_timeline(Fraction(30), 1_799),
    "width": 642,
    "height": 362,
    "frame_step": 2,
    "maxrate_bps": 438_001,
    "bufsize_bits": 657_001,
    "crf": 25,
    "preset": "slow",
    # These decide no byte.
    "kind": None,
    "key": "another",
    "rung": "another",
    "bitrate_bps": 365_001,
}
DECIDING_NOTHING = ("key", "rung", "bitrate_bps")


def test_each_field_of_a_rung_that_decides_bytes_changes_its_key() -> None:
    """A field that is added has to say here whether it does."""
    assert TRACK_FIELDS.keys() == VideoTrack.model_fields.keys()
    before = keyed_video(a_rung(), a_video(), ENCODER).key
    for field, value in TRACK_FIELDS.items():
        if value is not None:
            after = keyed_video(a_rung(**{field: value}), a_video(), ENCODER).key
            assert (_hash(after) == _hash(before)) == (field in DECIDING_NOTHING), field


SOUND_FIELDS: dict[str, Any] = {
    "codec": None,
    "timeline": a_sound_timeline(61),
    "stream_index": 2,
    "clock": PacketClock(codec="aac", first_s=Fraction(7, 5), tick_s=Fraction(1, 90_000)),
    "channels": 6,
    "bitrate_bps": 96_000,
    # These decide no byte.
    "kind": None,
    "key": "another",
    "language": "de",
    "label": "another",
    "is_default": False,
}
DECIDING_NO_SOUND = ("key", "language", "label", "is_default")


def test_each_field_of_a_sound_track_that_decides_bytes_changes_its_key() -> None:
    """A field that is added has to say here whether it does."""
    assert SOUND_FIELDS.keys() == AudioTrack.model_fields.keys()
    before = keyed_audio(a_sound_track(), ENCODER).key
    for field, value in SOUND_FIELDS.items():
        if value is not None:
            after = keyed_audio(a_sound_track(**{field: value}), ENCODER).key
            assert (_hash(after) == _hash(before)) == (field in DECIDING_NO_SOUND), field


TIMELINE_FIELDS: dict[str, Any] = {
    "frame_rate": Fraction(25),
    "frame_count": 1_799,
    "container_start_s": Fraction(7, 5),
    "start_s": Fraction(1, 10),
    "segment_frames": 60,
    "chunk_segments": 5,
    "preroll_frames": 150,
    "timescale": 60_000,
}


def test_each_field_of_the_timeline_changes_the_key() -> None:
    """The cut is part of it: chunks of another cut do not fit together."""
    assert TIMELINE_FIELDS.keys() == Timeline.model_fields.keys()
    timeline = a_timeline(Fraction(30), 1_800)
    keys = {
        keyed_video(
            a_rung(timeline=timeline.model_copy(update={field: value})), a_video(), ENCODER
        ).key
        for field, value in TIMELINE_FIELDS.items()
    }
    assert len(keys | {keyed_video(a_rung(), a_video(), ENCODER).key}) == 9


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"stream_index": 1}),
        ({}, {"is_interlaced": True}),
        ({}, HDR),
        (HDR, HDR | {"color_transfer": "arib-std-b67"}),
        (HDR, HDR | {"color_matrix": "bt2020c"}),
        (HDR, HDR | {"color_primaries": "smpte432"}),
    ],
)
def test_what_is_decoded_and_its_colour_change_the_key(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    """A mended probe must not mix old and new chunks in one folder."""
    keys = [keyed_video(a_rung(), a_video(**of), ENCODER).key for of in (before, after)]
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (a_source(an_audio_track(), frame_count=1_799), {}),
        (a_source(an_audio_track(), start_s=Fraction(1, 10)), {}),
        (
            a_source(an_audio_track()).model_copy(update={"container_start_s": Fraction(7, 5)}),
            {},
        ),
    ],
    ids=["length", "start", "container's start"],
)
def test_the_picture_s_span_is_the_sound_s_too(source: Source, options: dict[str, Any]) -> None:
    """Another span of time gives every track another key."""
    assert not set(_keys(a_plan(source, **options))) & set(_keys(a_plan()))


def test_choices_about_the_picture_leave_the_sound_alone() -> None:
    """Preset and cut of the picture encode no sound again, and the other way round."""
    before = a_plan()
    for options in ({"preset": "slow"}, {"chunk_s": 10}):
        after = a_plan(**options)
        assert not {track.key for track in after.video} & {track.key for track in before.video}
        assert after.audio == before.audio
    after = a_plan(audio_bitrate_bps=96_000)
    assert after.video == before.video
    assert after.audio[0].key != before.audio[0].key


def test_another_encoder_changes_all_keys() -> None:
    """It may write other bits, and the chunks of one track must come from one."""
    other = make_plan(a_planning(), Options(), LADDER, "test-encoder 2")
    assert not set(_keys(other)) & set(_keys(a_plan()))


def test_an_upload_s_name_version_and_run_change_no_key() -> None:
    """Its folder has the version's own name already; a replay finds what is there."""
    job = a_job(name="other.mov", etag="0x8DD", run_id="2", container="else")
    assert _keys(make_plan(a_planning(job=job, round=3), Options(), LADDER, ENCODER)) == _keys(
        a_plan()
    )


@pytest.mark.parametrize(
    "options",
    [
        {"grouping": "together"},
        {"grouping": "per_rendition", "many_instances": False},
        {"units_in_flight": 64},
    ],
)
def test_grouping_and_lanes_change_no_key(options: dict[str, Any]) -> None:
    """Done-markers are per track and chunk, whoever encodes them beside what."""
    assert _keys(a_plan(**options)) == _keys(a_plan())


def test_fewer_rungs_keep_their_keys() -> None:
    """Leaving out the large rungs encodes nothing again where the chunks stay the same."""
    assert set(_keys(a_plan(max_height=720, chunk_s=20))) < set(_keys(a_plan(chunk_s=20)))


def test_a_stream_s_facts_that_no_argument_has_change_no_key() -> None:
    """They are in the source itself, whose version names the folder above."""
    fields = {
        "codec": "hevc",
        "rotation_deg": 90,
        "sample_aspect": Fraction(4, 3),
        "pixel_format": "yuv422p",
        "color_range": "pc",
    }
    assert fields.keys() <= VideoStream.model_fields.keys()
    before = keyed_video(a_rung(), a_video(), ENCODER)
    assert keyed_video(a_rung(), a_video(**fields), ENCODER) == before


def test_generations() -> None:
    """The first has the plain name."""
    assert generation_key("h264-1", 1) == "h264-1"
    assert generation_key("h264-1", 2) == "h264-1-g2"
