"""A minute in chunks of 8 s, as published by the whole app, under both groupings.

What is checked here is checked without the app's own parsers: with ffprobe and FFmpeg, the m3u8
library, lxml, and a search for four letters.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import m3u8
import pytest
from lxml import etree

from adapters.settings import SETTING_NAMES
from cli.local_app import local_app
from tests.end_to_end.publishing import PublishedVideo, publish
from tests.end_to_end.tree import RenditionFiles, download, frame_ssim
from tests.media import run_ffmpeg, run_ffprobe

FRAMES = 1798
CHUNK_FRAMES = 240
DURATION_S = Fraction(1798 * 1001, 30000)
RUNGS = ("416x234", "640x360", "768x432", "768x432", "960x540", "960x540")


@pytest.fixture(scope="session")
def published_apart(published_minute: PublishedVideo) -> Iterator[PublishedVideo]:
    """Publish the same minute with one rung a unit."""
    settings = {"VOD_CHUNK_S": "10", "VOD_PRESET": "ultrafast", "VOD_GROUPING": "per_rendition"}
    with local_app({**os.environ, **dict.fromkeys(SETTING_NAMES, ""), **settings}) as app:
        yield publish(app, published_minute.source, "apart.mp4")


@pytest.fixture(scope="session", params=["together", "per_rendition"])
def video(request: pytest.FixtureRequest) -> PublishedVideo:
    name = {"together": "published_minute", "per_rendition": "published_apart"}[request.param]
    found: PublishedVideo = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def renditions(
    video: PublishedVideo, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, RenditionFiles]:
    return download(video, tmp_path_factory.mktemp("published"))


def rungs(renditions: dict[str, RenditionFiles]) -> list[RenditionFiles]:
    """Return the video renditions, lowest first."""
    return sorted(
        (r for r in renditions.values() if r.is_video), key=lambda r: r.whole.stat().st_size
    )


def audio(renditions: dict[str, RenditionFiles]) -> RenditionFiles:
    (found,) = [r for r in renditions.values() if not r.is_video]
    return found


def test_every_rung_has_as_many_frames_as_the_source(
    renditions: dict[str, RenditionFiles],
) -> None:
    """Six rungs, 1,798 frames each, counted by decoding."""
    counts = [
        int(
            run_ffprobe(
                ["-count_frames", "-select_streams", "v", "-show_streams", str(rung.whole)]
            )["streams"][0]["nb_read_frames"]
        )
        for rung in rungs(renditions)
    ]
    assert counts == [FRAMES] * 6


def test_decode_times_go_on_across_chunks(renditions: dict[str, RenditionFiles]) -> None:
    """15 segments, 120 frames of 1,001 ticks apart, whichever chunk they are from."""
    for rung in rungs(renditions):
        assert rung.decode_times() == [number * 120 * 1001 for number in range(15)]


def test_sound_starts_at_zero_and_goes_on(renditions: dict[str, RenditionFiles]) -> None:
    """188 AAC frames of 1,024 samples make the segment next to 4.004 s."""
    times = audio(renditions).decode_times()
    assert times == [number * 188 * 1024 for number in range(len(times))]
    assert len(times) == 15


def test_all_chunks_of_a_rung_share_one_init_segment(
    renditions: dict[str, RenditionFiles],
) -> None:
    """Eight done-markers tell of the same bytes, and those are the published ones."""
    for rung in rungs(renditions):
        markers = [json.loads(p.read_text()) for p in sorted(rung.folder.glob("chunk-*.json"))]
        published = hashlib.sha256(rung.init()).hexdigest()
        assert [marker["init_sha256"] for marker in markers] == [published] * 8


def test_every_segment_decodes_alone_without_an_error_line(
    renditions: dict[str, RenditionFiles], tmp_path: Path
) -> None:
    """What a player gets after a seek: init segment and any one segment."""
    alone = tmp_path / "alone.mp4"
    for rendition in renditions.values():
        for segment in rendition.segments:
            alone.write_bytes(rendition.init() + segment.read_bytes())
            assert run_ffmpeg(["-i", str(alone), "-f", "null", "-"]) == ""


def test_seams_look_like_what_is_beside_them(
    video: PublishedVideo, renditions: dict[str, RenditionFiles], tmp_path: Path
) -> None:
    """The frames at each of seven seams are within 0.02 SSIM of the six on either side."""
    for rung in rungs(renditions):
        size = re.match(r"h264-(\d+)x(\d+)", rung.key)
        assert size
        width, height = int(size[1]), int(size[2])
        ssim = frame_ssim(video.source, rung.whole, width, height, tmp_path / "ssim.log")
        assert len(ssim) == FRAMES
        for seam in range(CHUNK_FRAMES, FRAMES, CHUNK_FRAMES):
            beside = min(ssim[seam - 7 : seam - 1] + ssim[seam + 1 : seam + 7])
            assert min(ssim[seam - 1], ssim[seam]) >= beside - 0.02, (rung.key, seam)


def test_all_playlists_last_as_long_as_the_source(
    renditions: dict[str, RenditionFiles],
) -> None:
    """HLS 8.1, 8.2, 8.3: 59.993 s and one target duration for sound and picture."""
    for rendition in renditions.values():
        playlist = m3u8.loads((rendition.folder / "media.m3u8").read_text())
        total_s = sum(Fraction(str(segment.duration)) for segment in playlist.segments)
        assert abs(total_s - DURATION_S) < Fraction(1001, 30000)
        assert playlist.target_duration == 4
        assert playlist.playlist_type == "vod"


def test_advertised_rates_are_those_of_the_files(
    video: PublishedVideo, renditions: dict[str, RenditionFiles]
) -> None:
    """HLS 1.26, 1.27, 9.13: video and audio together, within 10 %, by file sizes."""
    sound = audio(renditions)
    root = sound.folder.parent.parent
    master = m3u8.loads((root / "master.m3u8").read_text())
    sound_bps = 8 * sum(p.stat().st_size for p in sound.segments) / float(DURATION_S)
    assert len(master.playlists) == 6
    for variant in master.playlists:
        files = renditions[Path(str(variant.uri)).parent.name].segments
        average_bps = 8 * sum(p.stat().st_size for p in files) / float(DURATION_S) + sound_bps
        peak_bps = max(8 * p.stat().st_size / 4.004 for p in files[:-1]) + sound_bps
        info = variant.stream_info
        assert info.average_bandwidth == pytest.approx(average_bps, rel=0.1)
        assert info.bandwidth == pytest.approx(peak_bps, rel=0.1)
        assert re.fullmatch(r"avc1\.[0-9a-f]{6},mp4a\.40\.2", info.codecs or "")
        assert info.frame_rate == 29.97


def test_iframe_playlists_give_one_decodable_picture_a_segment(
    renditions: dict[str, RenditionFiles], tmp_path: Path
) -> None:
    """HLS 6.1, 6.10: the byte range, after the init segment, is a picture by itself."""
    picture = tmp_path / "picture.mp4"
    for rung in rungs(renditions):
        text = (rung.folder / "iframes.m3u8").read_text()
        assert "#EXT-X-I-FRAMES-ONLY" in text
        ranges = re.findall(r"#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)", text)
        assert len(ranges) == 15
        length, offset, file = ranges[7]
        body = (rung.folder / file).read_bytes()[int(offset) : int(offset) + int(length)]
        picture.write_bytes(rung.init() + body)
        shown = run_ffprobe(
            ["-show_frames", "-show_entries", "frame=pict_type", "-select_streams", "v",
             "-read_intervals", "%+#1", str(picture)]
        )  # fmt: skip
        assert shown["frames"][0]["pict_type"] == "I"


def test_the_manifest_names_the_same_segments(renditions: dict[str, RenditionFiles]) -> None:
    """DASH: a static Period from 0, timelines without a gap, six Representations in one set."""
    root = audio(renditions).folder.parent.parent
    manifest = etree.parse(root / "manifest.mpd").getroot()
    space = {"d": "urn:mpeg:dash:schema:mpd:2011"}
    assert manifest.get("type") == "static"
    sets = manifest.findall("d:Period/d:AdaptationSet", space)
    assert [len(s.findall("d:Representation", space)) for s in sets] == [6, 1]
    for adaptation_set in sets:
        (template,) = adaptation_set.findall(".//d:SegmentTemplate", space)
        ticks = 0
        for run in template.findall("d:SegmentTimeline/d:S", space):
            assert int(run.get("t", ticks)) == ticks
            ticks += int(str(run.get("d"))) * (int(run.get("r", 0)) + 1)
        total_s = Fraction(ticks, int(str(template.get("timescale"))))
        assert abs(total_s - DURATION_S) < Fraction(1001, 30000)


def test_the_gate_found_every_must_kept(video: PublishedVideo) -> None:
    """report.json holds a line for each rule; all MUST rules that apply have passed."""
    rules = video.report.conformance
    must = [rule for rule in rules if rule.level == "MUST" and rule.applies]
    assert len(must) > 50
    assert [rule for rule in must if not rule.passed] == []


def test_the_report_tells_of_every_rendition(video: PublishedVideo) -> None:
    """Size, rate, codec, encode time and speed of six rungs and the sound."""
    shown = [f"{r.width}x{r.height}" for r in video.report.renditions if r.kind == "video"]
    assert tuple(shown) == RUNGS
    for rendition in video.report.renditions:
        assert rendition.segments == 15
        assert rendition.chunks == (8 if rendition.kind == "video" else 1)
        assert rendition.encode_s > 0
        assert rendition.realtime_factor
    assert [stage.name for stage in video.report.stages] == [
        "probing", "measuring", "planning", "encoding", "verifying", "publishing", "purging",
    ]  # fmt: skip
