"""The MPD: its literal form, and what a parser reads from it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import JOB, a_plan, a_rung
from tests.transcoding.renditions import a_rendition, ntsc_video, song, with_surround
from transcoding.job.records import Rendition
from transcoding.manifests.dash import manifest
from transcoding.plan.release import Release

NS = {"d": "urn:mpeg:dash:schema:mpd:2011"}


FOLDER = JOB.source_key


def _parse(text: str | bytes) -> Any:
    return fromstring(text)


def _whole() -> tuple[Release, dict[str, Rendition]]:
    plan, renditions = ntsc_video()
    return Release.whole(plan), renditions


def _one_rung(frame_count: int) -> Release:
    """Give the release of a rung "one" at 25 fps."""
    timeline = a_timeline(Fraction(25), frame_count, chunk_s=4)
    return Release.whole(a_plan(a_rung("one", timeline)))


def _sets(text: str) -> list[Any]:
    return list(_parse(text).findall("d:Period/d:AdaptationSet", NS))


def test_manifest_is_static_and_covered_by_its_segments() -> None:
    """599 frames at 59.94 fps are 9.99331666... s: rounded down, so that nothing is missing."""
    root = _parse(manifest(*_whole()))

    assert dict(root.attrib) == {
        "profiles": "urn:mpeg:dash:profile:isoff-live:2011",
        "type": "static",
        "mediaPresentationDuration": "PT9.993316S",
        "minBufferTime": "PT4.011S",
    }
    (period,) = root.findall("d:Period", NS)
    assert dict(period.attrib) == {"id": "1", "start": "PT0S"}


def test_video_adaptation_set() -> None:
    """One set for all rungs, with one timeline, for they are cut alike."""
    video = _sets(manifest(*_whole()))[0]

    assert dict(video.attrib) == {
        "id": "1",
        "contentType": "video",
        "mimeType": "video/mp4",
        "segmentAlignment": "true",
        "startWithSAP": "1",
        "maxWidth": "640",
        "maxHeight": "360",
        "maxFrameRate": "60000/1001",
        "par": "16:9",
    }
    template = video.find("d:SegmentTemplate", NS)
    assert dict(template.attrib) == {
        "timescale": "60000",
        "initialization": f"{FOLDER}/$RepresentationID$/init.mp4",
        "media": f"{FOLDER}/$RepresentationID$/$Number%05d$.m4s",
        "startNumber": "1",
    }
    assert [dict(s.attrib) for s in template.findall("d:SegmentTimeline/d:S", NS)] == [
        {"t": "0", "d": "240240", "r": "1"},
        {"d": "119119"},
    ]
    assert video.findall("d:Representation/d:SegmentTemplate", NS) == []
    assert [dict(r.attrib) for r in video.findall("d:Representation", NS)] == [
        {
            "id": "low",
            "codecs": "avc1.64000c",
            "bandwidth": "239761",
            "width": "160",
            "height": "90",
            "frameRate": "30000/1001",
            "sar": "1:1",
        },
        {
            "id": "mid",
            "codecs": "avc1.64001f",
            "bandwidth": "2197803",
            "width": "320",
            "height": "180",
            "frameRate": "60000/1001",
            "sar": "1:1",
        },
        {
            "id": "high",
            "codecs": "avc1.640020",
            "bandwidth": "5994006",
            "width": "640",
            "height": "360",
            "frameRate": "60000/1001",
            "sar": "1:1",
        },
    ]


def test_each_audio_rendition_has_its_own_set() -> None:
    """Language, label, role and channels; children stand in the schema's order."""
    _, english, german = _sets(manifest(*_whole()))

    assert (english.get("lang"), german.get("lang")) == ("en", "de")
    assert [one.find("d:Label", NS).text for one in (english, german)] == ["English", "Deutsch"]
    roles = [one.find("d:Role", NS).get("value") for one in (english, german)]
    assert roles == ["main", "alternate"]
    assert [child.tag.partition("}")[2] for child in german] == [
        "AudioChannelConfiguration",
        "Label",
        "Role",
        "SegmentTemplate",
        "Representation",
    ]
    assert german.find("d:AudioChannelConfiguration", NS).get("value") == "2"
    assert dict(german.find("d:Representation", NS).attrib) == {
        "id": "german",
        "codecs": "mp4a.40.2",
        "bandwidth": "131649",
        "audioSamplingRate": "48000",
    }


def test_each_codec_of_a_picture_has_its_own_set() -> None:
    """Players switch within a set, and only between tracks of one codec; sound comes after."""
    plan, renditions = ntsc_video()
    low, mid, *rest = plan.tracks
    other = low.model_copy(update={"codec": "hevc"})
    plan = plan.model_copy(update={"tracks": (other, mid, *rest)})
    sets = _sets(manifest(Release.whole(plan), renditions))
    keys = [[r.get("id") for r in one.findall("d:Representation", NS)] for one in sets]
    assert keys == [["low"], ["mid", "high"], ["english"], ["german"]]
    assert [one.get("id") for one in sets] == ["1", "2", "3", "4"]


def test_rungs_that_are_cut_differently_have_their_own_timelines() -> None:
    """A single tick of difference moves the template to the representations."""
    release, renditions = _whole()
    lengths = [(240_240, 100_000), (240_241, 100_000), (119_118, 50_000)]
    renditions["low"] = a_rendition("low", *lengths, timescale=60_000)

    video = _sets(manifest(release, renditions))[0]

    assert video.find("d:SegmentTemplate", NS) is None
    timelines = video.findall("d:Representation/d:SegmentTemplate/d:SegmentTimeline", NS)
    assert [[s.get("d") for s in timeline] for timeline in timelines] == [
        ["240240", "240241", "119118"],
        ["240240", "119119"],
        ["240240", "119119"],
    ]


def test_video_without_sound() -> None:
    """Without sound there is one set, and the duration is the video's own."""
    plan, renditions = ntsc_video()
    silent = Release.whole(plan.model_copy(update={"tracks": plan.video}))

    assert len(_sets(manifest(silent, renditions))) == 1


def test_sound_alone_has_sets_of_sound_only() -> None:
    """Numbered from 1, as long as the sound."""
    plan, renditions = song()

    text = manifest(Release.whole(plan), renditions)

    assert [(one.get("id"), one.get("contentType"), one.get("lang")) for one in _sets(text)] == [
        ("1", "audio", "en"),
        ("2", "audio", "de"),
    ]
    assert _parse(text).get("mediaPresentationDuration") == "PT9.993333S"


def test_each_codec_of_a_sound_has_its_own_set() -> None:
    """Ids differ; labels, languages and roles repeat."""
    plan, renditions = with_surround(*ntsc_video())

    sets = _sets(manifest(Release.whole(plan), renditions))

    assert [
        (
            one.get("id"),
            one.get("lang"),
            one.find("d:Representation", NS).get("codecs"),
            one.find("d:AudioChannelConfiguration", NS).get("value"),
            one.find("d:Role", NS).get("value"),
        )
        for one in sets[1:]
    ] == [
        ("2", "en", "mp4a.40.2", "2", "main"),
        ("3", "de", "mp4a.40.2", "2", "alternate"),
        ("4", "en", "ac-3", "6", "main"),
        ("5", "de", "ac-3", "6", "alternate"),
    ]
    assert sets[0].get("id") == "1"


def test_whole_seconds_have_no_decimals() -> None:
    """12 s are PT12S; a whole frame rate has no denominator."""
    one = a_rendition("one", *[(100_000, 1_000)] * 3, timescale=25_000)

    root = _parse(manifest(_one_rung(300), {"one": one}))

    assert root.get("mediaPresentationDuration") == "PT12S"
    assert root.get("minBufferTime") == "PT4S"
    assert root.find(".//d:Representation", NS).get("frameRate") == "25"


def test_hostile_labels_are_only_text() -> None:
    """Markup is escaped, and characters that XML cannot hold are left out."""
    plan, renditions = ntsc_video()
    hostile = plan.audio[0].model_copy(update={"label": '</Label>&"\x00\x0b\ufffe\ud800ü'})
    release = Release.whole(plan.model_copy(update={"tracks": (*plan.video, hostile)}))

    text = manifest(release, renditions)

    assert _parse(text.encode()).find(".//d:Label", NS).text == '</Label>&"ü'


def test_long_runs_are_one_entry() -> None:
    """However long the video is, equal segments take one line."""
    one = a_rendition("one", *[(100_000, 1_000)] * 10_000, timescale=25_000)

    entries = _parse(manifest(_one_rung(1_000_000), {"one": one})).findall(".//d:S", NS)

    assert [dict(entry.attrib) for entry in entries] == [{"t": "0", "d": "100000", "r": "9999"}]


def test_segments_that_do_not_join_say_where_they_start() -> None:
    """A gap is not hidden: the gate has to see it."""
    release, renditions = _whole()
    low = renditions["low"]
    late = low.segments[2].model_copy(update={"decode_time": 480_481})
    renditions["low"] = low.model_copy(update={"segments": (*low.segments[:2], late)})

    root = _parse(manifest(release, renditions))
    entries = root.findall(".//d:Representation[@id='low']//d:S", NS)

    assert [dict(entry.attrib) for entry in entries] == [
        {"t": "0", "d": "240240", "r": "1"},
        {"t": "480481", "d": "119119"},
    ]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    sizes=st.lists(st.integers(1, 500_000), min_size=1, max_size=12),
    last_ticks=st.integers(1, 4_400),
    segment_ticks=st.integers(3_600, 4_400),
)
def test_playback_at_the_stated_bandwidth_never_stalls(
    sizes: list[int], last_ticks: int, segment_ticks: int
) -> None:
    """From any segment on, data at that rate is ahead of playback after minBufferTime.

    A segment has to be there whole before its first picture is shown.
    """
    shapes = [(segment_ticks, size) for size in sizes]
    shapes[-1] = (last_ticks, sizes[-1])
    one = a_rendition("one", *shapes, timescale=1_000)

    root = _parse(manifest(_one_rung(100), {"one": one}))

    buffer_s = Fraction(root.get("minBufferTime")[2:-1])
    bandwidth = int(root.find(".//d:Representation", NS).get("bandwidth"))
    for start in range(len(shapes)):
        received, played_ticks = 0, 0
        for ticks, size in shapes[start:]:
            received += 8 * size
            assert received <= bandwidth * (buffer_s + Fraction(played_ticks, 1_000))
            played_ticks += ticks
