"""Sound without a picture: published, and played by Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import Browser

from cli.local_app import LocalApp
from cli.main import main
from tests.end_to_end.browser import Playback, Player, page_server
from tests.end_to_end.publishing import PublishedVideo, publish
from tests.media import run_ffmpeg

SONG = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=21")
COVER = ("-f", "lavfi", "-i", "color=red:size=600x400")


@pytest.fixture(scope="module")
def plain_song(running_app: LocalApp, tmp_path_factory: pytest.TempPathFactory) -> PublishedVideo:
    """Publish an MP3 of 21 s."""
    path = tmp_path_factory.mktemp("plain") / "song.mp3"
    run_ffmpeg([*SONG, "-c:a", "libmp3lame", str(path)])
    return publish(running_app, path, "songs/plain.mp3")


@pytest.fixture(scope="module")
def song(running_app: LocalApp, tmp_path_factory: pytest.TempPathFactory) -> PublishedVideo:
    """Publish the same with a red cover."""
    path = tmp_path_factory.mktemp("covered") / "song.mp3"
    cover = path.with_name("cover.png")
    run_ffmpeg([*COVER, "-frames:v", "1", str(cover)])
    run_ffmpeg(
        [
            *(*SONG, "-i", str(cover), "-map", "0", "-map", "1"),
            *("-c:a", "libmp3lame", "-c:v", "copy", "-disposition:v", "attached_pic"),
            *("-id3v2_version", "3", str(path)),
        ]
    )
    return publish(running_app, path, "songs/song.mp3")


@pytest.mark.parametrize(
    ("player", "manifest"), [("hls.js", "hls"), ("shaka", "hls"), ("shaka", "dash")]
)
@pytest.mark.parametrize("which", ["plain_song", "song"])
def test_a_song_plays_to_its_end(
    playback: Playback, request: pytest.FixtureRequest, which: str, player: Player, manifest: str
) -> None:
    """One rendition without a picture; it begins, seeks and ends as a video does."""
    found: PublishedVideo = request.getfixturevalue(which)
    playback.load(player, {"hls": found.hls_url, "dash": found.dash_url}[manifest])
    assert len(playback.rendition_sizes) == 1
    assert playback.picture_size == (0, 0)
    assert playback.duration_s == pytest.approx(21.0, abs=0.1)
    playback.play()
    playback.play_past(1.5)
    assert playback.audio_decoded_bytes > 0
    playback.seek(19.5)
    playback.play_to_the_end()
    assert playback.hosts == {"127.0.0.1"}
    assert playback.problems() == []


def test_the_command_publishes_a_song_that_plays_from_any_server(
    browser: Browser,
    song: PublishedVideo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`vod run song.mp3 --out` is what `make demo VIDEO=song.mp3 OUT=...` runs."""
    folder = tmp_path / "server"
    folder.mkdir()
    out = folder / "published"
    assert main(["run", "--no-wait", "--json", "--out", str(out), "--", str(song.source)]) == 0
    status = json.loads(capsys.readouterr().out)["status"]
    assert (status["state"], status["warnings"]) == ("published", [])
    with page_server(folder) as page_url, browser.new_context() as context:
        playback = Playback(context.new_page(), page_url)
        playback.load("hls.js", urljoin(page_url, "published/master.m3u8"))
        assert playback.duration_s == pytest.approx(21.0, abs=0.1)
        playback.play()
        playback.play_past(0.5)
        assert playback.problems() == []


def test_the_poster_of_a_song_is_its_cover(
    playback: Playback, song: PublishedVideo, tmp_path: Path
) -> None:
    """In its own size, and red."""
    assert playback.image_size(song.url("poster.jpg")) == (600, 400)
    assert playback.problems() == []
    poster, raw = tmp_path / "poster.jpg", tmp_path / "raw"
    body = song.stores.videos.read("songs/song.mp3/poster.jpg")
    assert body is not None
    poster.write_bytes(body)
    run_ffmpeg(["-i", str(poster), "-pix_fmt", "rgb24", "-f", "rawvideo", str(raw)])
    red, green, blue = np.fromfile(raw, np.uint8).reshape(-1, 3).mean(axis=0)
    assert red > 240
    assert max(green, blue) < 15


def test_a_song_without_a_cover_has_no_pictures(plain_song: PublishedVideo) -> None:
    """And its manifests name none."""
    stable = [
        blob.path.rpartition("/")[2]
        for blob in plain_song.stores.videos.list("songs/plain.mp3/")
        if blob.path.count("/") == 2
    ]
    assert stable == ["manifest.mpd", "master.m3u8", "report.json"]


def test_the_report_of_a_song_has_one_rendition(song: PublishedVideo) -> None:
    """Stereo AAC of 21 s, and every rule that applies is kept."""
    (rendition,) = song.report.renditions
    assert (rendition.kind, rendition.codec) == ("audio", "mp4a.40.2")
    assert song.report.duration_s == pytest.approx(21.0, abs=0.1)
    must = [rule for rule in song.report.conformance if rule.level == "MUST" and rule.applies]
    assert len(must) > 25
    assert [rule for rule in must if not rule.passed] == []
