"""Tests of reading a source, with a picture and without, on recorded answers of ffprobe 8.1.2."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.transcoding.source.recorded import (
    recorded,
    recorded_probe,
    recorded_sound,
    recorded_source,
    recorded_times,
    recorded_video,
)
from transcoding.job.messages import RefusalCode, Refused
from transcoding.source.pacing import PacketTimes
from transcoding.source.reading import read_sound, read_source, refuse_silence
from transcoding.source.source import Source, UnplayableStream
from transcoding.source.streams import audio_streams

NO_TIMES = PacketTimes(head=(), middle=(), tail=(), last_duration_s=Fraction(0))


def test_an_anamorphic_picture_is_shown_wider() -> None:
    """PAL 16:9: 720x576 with samples of 64:45 is 1024x576 in square pixels."""
    video = recorded_video("pal-anamorphic.mp4")
    assert (video.coded_width, video.coded_height) == (720, 576)
    assert (video.display_width, video.display_height) == (1024, 576)
    assert video.sample_aspect == Fraction(64, 45)


@pytest.mark.parametrize(
    ("name", "clockwise_deg", "size"),
    [
        ("upright.mp4", 0, (192, 108)),
        # FFmpeg's -display_rotation counts counter-clockwise.
        ("turned-90.mp4", 270, (108, 192)),
        ("turned-180.mp4", 180, (192, 108)),
        ("turned-270.mp4", 90, (108, 192)),
    ],
)
def test_a_turned_picture_is_measured_upright(
    name: str, clockwise_deg: int, size: tuple[int, int]
) -> None:
    """A phone that was held upright stores a lying picture and a matrix."""
    video = recorded_video(name)
    assert (video.display_width, video.display_height) == size
    assert video.rotation_deg == clockwise_deg


@pytest.mark.parametrize(
    ("name", "rate", "frame_count"),
    [
        ("ntsc.mp4", Fraction(30000, 1001), 60),
        ("ms-stamps.mkv", Fraction(60000, 1001), 120),
        ("pq.mp4", Fraction(24000, 1001), 24),
        ("jitter.mov", Fraction(30000, 1001), 60),
        ("silent.mp4", Fraction(50), 50),
        ("edit-list.mp4", Fraction(25), 50),
        ("decoding-times.avi", Fraction(25), 25),
        ("sound-goes-on.mp4", Fraction(25), 25),
        ("late-start.ts", Fraction(25), 50),
    ],
)
def test_constant_rates_and_frame_counts(name: str, rate: Fraction, frame_count: int) -> None:
    """The rate is exact and every picture is counted, whatever the container makes of them."""
    video = recorded_video(name)
    assert (video.frame_rate, video.frame_count) == (rate, frame_count)
    assert video.is_constant_rate


@pytest.mark.parametrize(
    ("name", "rate", "frame_count"),
    [
        # 53 pictures in 2 s.
        ("variable.mp4", Fraction(25), 50),
        ("irregular.mp4", Fraction(25), 50),
        # Matroska claims an average of 60.
        ("variable.mkv", Fraction(60), 120),
    ],
)
def test_variable_rates_get_a_grid(name: str, rate: Fraction, frame_count: int) -> None:
    """A variable rate is made constant at a stated rate, over the same time."""
    video = recorded_video(name)
    assert (video.frame_rate, video.frame_count) == (rate, frame_count)
    assert not video.is_constant_rate


def test_ten_bits() -> None:
    """The bit depth is in the pixel format's name."""
    video = recorded_video("ten-bit.mkv")
    assert (video.bit_depth, video.pixel_format) == (10, "yuv420p10le")
    assert not video.is_hdr


def test_pq_is_hdr() -> None:
    """A PQ source is tagged, and will be tone-mapped."""
    video = recorded_video("pq.mp4")
    assert video.is_hdr
    assert (video.color_primaries, video.color_transfer) == ("bt2020", "smpte2084")
    assert (video.color_matrix, video.color_range) == ("bt2020nc", "tv")


def test_colour_that_the_file_does_not_tell_is_empty() -> None:
    """No guess is made where the container says nothing."""
    assert recorded_video("ntsc.mp4").color_transfer == ""


def test_interlacing() -> None:
    """Two fields a frame, top first: 25 frames a second, not 50."""
    video = recorded_video("interlaced.ts")
    assert video.is_interlaced
    assert (video.frame_rate, video.frame_count) == (Fraction(25), 25)
    assert not recorded_video("ntsc.mp4").is_interlaced


def test_times_count_from_the_start_of_the_container() -> None:
    """A recording of a running broadcast starts anywhere; its sound 11 ms before its picture."""
    source = recorded_source("late-start.ts")
    assert source.container_start_s == Fraction("1235.889089")
    assert source.picture.start_s == Fraction("0.010911")
    assert source.seeks_blindly
    assert not recorded_source("ntsc.mp4").seeks_blindly


def test_pictures_before_the_first_keyframe_do_not_count() -> None:
    """Tuned in between two keyframes: 17 of 47 pictures cannot be decoded."""
    video = recorded_video("tuned-in.ts")
    assert video.frame_count == 30
    assert video.start_s == Fraction("0.810911")


def test_a_picture_held_back_by_the_decoder_counts() -> None:
    """AVI keeps decoding times only: the first picture is shown one frame later."""
    assert recorded_video("decoding-times.avi").start_s == Fraction(1, 25)


def test_cover_art_is_no_video() -> None:
    """The attached picture is left aside, even though it is a video stream."""
    source = recorded_source("cover-art.mp4")
    assert source.picture.frame_count == 25
    assert source.cover is None


def test_the_default_video_track_wins() -> None:
    """Of two video tracks, the one that the file names default."""
    probe = recorded_probe("ntsc.mp4")
    video = probe["streams"][0]
    extra = {**video, "index": 7, "disposition": {**video["disposition"], "default": 1}}
    video["disposition"]["default"] = 0
    probe["streams"].append(extra)
    source = read_source(probe, recorded_times("ntsc.mp4"), size_bytes=1, max_duration_s=60)
    assert not isinstance(source, Refused)
    assert source.picture.stream_index == 7


def test_audio_and_subtitle_tracks() -> None:
    """Languages, titles and defaults come from the container."""
    source = recorded_source("languages.mkv")
    assert [(a.stream_index, a.language, a.title, a.is_default) for a in source.audio] == [
        (1, "eng", "", True),
        (2, "deu", "Kommentar", False),
    ]
    assert [(s.stream_index, s.codec, s.language) for s in source.subtitles] == [
        (3, "subrip", "fra")
    ]
    assert source.audio[0].sample_rate_hz == 44_100


def test_no_audio_is_no_reason_to_refuse() -> None:
    """A silent film has no audio track at all."""
    assert recorded_source("silent.mp4").audio == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cut-short.mp4", RefusalCode.CUT_SHORT),
        ("bare.h264", RefusalCode.NOT_A_VIDEO),
    ],
)
def test_uploads_that_are_refused(name: str, code: RefusalCode) -> None:
    """What the uploader has to change is told, not raised."""
    refused = recorded(name)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert refused.reason
    assert refused.advice


def test_a_file_whose_end_cannot_be_read_is_cut_short() -> None:
    """The index promises pictures up to 4 s, and there are none."""
    probe = recorded_probe("whole.mp4")
    times = recorded_times("whole.mp4").model_copy(update={"tail": ()})
    refused = read_source(probe, times, size_bytes=1, max_duration_s=60)
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.CUT_SHORT


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"codec_tag_string": "encv"}, RefusalCode.ENCRYPTED),
        ({"width": 8_194}, RefusalCode.BAD_SIZE),
        ({"height": 8}, RefusalCode.BAD_SIZE),
        ({"width": 0, "height": 0}, RefusalCode.NO_VIDEO),
        ({"codec_name": ""}, RefusalCode.NO_VIDEO),
    ],
)
def test_streams_that_are_refused(change: dict[str, object], code: RefusalCode) -> None:
    """Encrypted, unreadable or of a size that cannot be encoded."""
    probe = recorded_probe("ntsc.mp4")
    probe["streams"][0] |= change
    refused = read_source(probe, recorded_times("ntsc.mp4"), size_bytes=1, max_duration_s=60)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_too_long() -> None:
    """The limit is the operator's, and the message names the setting."""
    refused = recorded("whole.mp4", max_duration_s=3)
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.TOO_LONG
    assert refused.reason == "the video is 4 s long"
    assert "VOD_MAX_DURATION_S" in refused.advice


def test_an_empty_answer_is_refused() -> None:
    """ffprobe may answer with no streams at all."""
    refused = read_source({}, NO_TIMES, size_bytes=1, max_duration_s=60)
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.NO_VIDEO


@pytest.mark.parametrize(
    ("name", "start_s", "duration_s"),
    [
        ("sound-only.m4a", "0", "1"),
        # An edit list starts within a frame.
        ("sound-cut-in.m4a", "0", "0.5"),
        # The decoder's delay and the padding of the last frame are told by a header.
        ("delayed.mp3", "0.000001", "1"),
        # Without that header all is heard: 40 frames of 1,152 samples.
        ("unmarked.mp3", "0", "1.044898"),
        ("pre-skip.opus", "0", "1"),
        # The first packet gives no sound.
        ("short-blocks.ogg", "0", "1"),
        ("bare.aac", "0", "1.044898"),
        ("plain.wav", "0", "1"),
        # Two windows: the first seconds and the last ones.
        ("long.wav", "0", "40"),
    ],
)
def test_sound_alone(name: str, start_s: str, duration_s: str) -> None:
    """What is heard counts, to the microsecond: no priming, no padding."""
    source = recorded_sound(name)
    assert isinstance(source, Source), source
    assert source.video is None
    assert abs(source.sound_start_s - Fraction(start_s)) < Fraction(1, 1_000_000)
    assert abs(source.sound_duration_s - Fraction(duration_s)) <= Fraction(1, 1_000_000)
    assert (source.start_s, source.duration_s) == (source.sound_start_s, source.sound_duration_s)


def test_the_default_track_of_sound_alone_is_measured() -> None:
    """The second track is the default one, and a second longer than the first."""
    source = recorded_sound("two-languages.mka")
    assert isinstance(source, Source), source
    assert [track.is_default for track in source.audio] == [False, True]
    assert abs(source.sound_duration_s - 2) <= Fraction(1, 1_000)


def test_sound_that_is_not_there() -> None:
    """No packet of the track is shown."""
    probe = recorded_probe("plain.wav")
    refused = read_sound(
        probe, audio_streams(probe), (), None, cover=None, size_bytes=1, max_duration_s=60
    )
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.EMPTY


def test_sound_that_is_too_long() -> None:
    """The limit is the operator's, and the message names the setting."""
    refused = recorded_sound("long.wav", max_duration_s=39)
    assert isinstance(refused, Refused)
    assert refused.code == RefusalCode.TOO_LONG
    assert refused.reason == "the sound is 40 s long"
    assert "VOD_MAX_DURATION_S" in refused.advice
    assert isinstance(recorded_sound("long.wav", max_duration_s=40), Source)


def _unplayable(*reasons: str) -> list[UnplayableStream]:
    return [
        UnplayableStream(stream_index=n, codec="ac4", language="und", reason=reason)
        for n, reason in enumerate(reasons)
    ]


def test_a_file_of_which_nothing_can_be_played() -> None:
    """No tracks at all, encrypted ones, or a codec that nobody knows."""
    assert refuse_silence([]).code == RefusalCode.NOTHING_TO_PLAY
    encrypted = "it is encrypted"
    assert refuse_silence(_unplayable(encrypted, encrypted)).code == RefusalCode.ENCRYPTED
    refused = refuse_silence(_unplayable(encrypted, "its codec is unknown"))
    assert refused.code == RefusalCode.UNKNOWN_CODEC
    assert "(ac4)" in refused.reason
