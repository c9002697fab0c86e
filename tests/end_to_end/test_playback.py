"""Debian's Chromium plays what was published, straight from Azurite.

At 29.97 fps a segment is 120 frames, and a chunk of 2 segments lasts 8.008 s: the seams of the
minute lie at 8.008 s, 16.016 s, 24.024 s and so on.
"""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from tests.end_to_end.browser import Playback, Player
from tests.end_to_end.publishing import PublishedVideo


def cross_seam(playback: Playback, seam_s: float) -> None:
    """Play over a seam: picture and sound go on, nothing is missing and nothing is jumped."""
    playback.seek(seam_s - 1)
    seeks, frames = playback.seeks, playback.frames_shown
    audio_bytes = playback.audio_decoded_bytes
    playback.play_past(seam_s + 1)
    assert playback.seeks == seeks
    assert playback.frames_shown > frames
    assert playback.audio_decoded_bytes > audio_bytes
    assert playback.is_buffered(seam_s - 0.5, seam_s + 0.5)


@pytest.mark.parametrize(
    ("player", "manifest"), [("hls.js", "hls"), ("shaka", "hls"), ("shaka", "dash")]
)
def test_the_video_plays_in_every_rendition_to_its_end(
    playback: Playback, published_minute: PublishedVideo, player: Player, manifest: str
) -> None:
    """Seams pass unnoticed in the first, the lowest and the highest rendition; then it ends."""
    video = published_minute
    playback.load(player, {"hls": video.hls_url, "dash": video.dash_url}[manifest])
    assert playback.rendition_sizes == [
        (416, 234),
        (640, 360),
        (768, 432),
        (768, 432),
        (960, 540),
        (960, 540),
    ]
    assert playback.duration_s == pytest.approx(59.993, abs=0.05)
    playback.play()
    cross_seam(playback, 8.008)

    playback.select(0)
    assert playback.picture_size == (416, 234)
    cross_seam(playback, 16.016)
    assert playback.picture_size == (416, 234)

    playback.select(5)
    assert playback.picture_size == (960, 540)
    cross_seam(playback, 24.024)
    assert playback.picture_size == (960, 540)

    playback.seek(58.5)
    playback.play_to_the_end()
    assert playback.frames_corrupted == 0
    assert playback.hosts == {"127.0.0.1"}
    assert playback.problems() == []


def test_the_poster_is_a_picture_of_the_video(
    playback: Playback, published_minute: PublishedVideo
) -> None:
    """A browser of another origin shows it, in the size of the source."""
    assert playback.image_size(published_minute.url("poster.jpg")) == (960, 540)
    assert playback.problems() == []


def test_the_storyboard_shows_a_thumbnail_for_every_segment(
    playback: Playback, published_minute: PublishedVideo
) -> None:
    """15 segments: 15 cues without a gap, each a tile of 160x90 that lies on the one sheet."""
    url = published_minute.url("storyboard.vtt")
    cues = playback.cues(url)
    assert [start_s for start_s, _, _ in cues[:4]] == [0.0, 4.004, 8.008, 12.012]
    assert [end_s for _, end_s, _ in cues[:-1]] == [start_s for start_s, _, _ in cues[1:]]
    assert (len(cues), cues[-1][1]) == (15, 59.993)
    images = [text.split("#xywh=") for _, _, text in cues]
    assert [area for _, area in images[:2]] == ["0,0,160,90", "160,0,160,90"]
    assert (images[5][1], images[14][1]) == ("0,90,160,90", "640,180,160,90")
    sheets = {urljoin(url, image) for image, _ in images}
    assert [playback.image_size(sheet) for sheet in sheets] == [(800, 450)]
    assert playback.problems() == []
