"""A sound track's own answers."""

from __future__ import annotations

from tests.transcoding.builders import a_sound_timeline, a_sound_track
from transcoding.codecs import aac


def test_the_last_frame_ends_with_the_sound() -> None:
    """60 s are 2,880,000 samples: 2,812 whole frames of 1,024, and half a frame."""
    track = a_sound_track(timeline=a_sound_timeline(60))
    last = track.timeline.chunks()[-1]
    assert track.frame_count == 2_813
    assert track.starts_at(last) + track.ticks_of(last) == 2_880_000


def test_chunks_follow_each_other_without_a_gap() -> None:
    """However many chunks an hour and a half is cut into."""
    timeline = a_sound_timeline(5_400).model_copy(update={"chunk_segments": 75})
    track = a_sound_track(timeline=timeline)
    chunks = track.timeline.chunks()
    ends = [track.starts_at(chunk) + track.ticks_of(chunk) for chunk in chunks]
    assert len(chunks) == 18
    assert [track.starts_at(chunk) for chunk in chunks] == [0, *ends[:-1]]
    assert ends[-1] == 259_200_000
    assert sum(track.frames_of(chunk) for chunk in chunks) == 253_125


def test_what_it_asks_its_codec_for() -> None:
    """Rate, channels, and the sample rate of its timeline."""
    track = a_sound_track(channels=6, bitrate_bps=384_000)
    assert track.coded_by() is aac
    assert track.settings.model_dump() == {
        "bitrate_bps": 384_000,
        "sample_rate_hz": 48_000,
        "channels": 6,
    }


def test_what_it_is_called() -> None:
    """A group for each codec and layout; one label for metrics, whatever the language."""
    track = a_sound_track(channels=6, label="Deutsch")
    assert track.rendition_group == "audio-aac-6"
    assert (track.title, track.metric_label, track.mime_type) == (
        "audio Deutsch",
        "audio",
        "audio/mp4",
    )
