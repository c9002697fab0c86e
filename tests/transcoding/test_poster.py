"""Posters that FFmpeg takes from real files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from tests.media import SOURCE_ETAG, MediaServer, run_ffmpeg, run_ffprobe
from tests.transcoding.encoding import a_video
from transcoding.commands import make_poster


def _size(picture: Path) -> dict[str, int]:
    probe = run_ffprobe(["-show_entries", "stream=codec_name,width,height", str(picture)])
    (stream,) = probe["streams"]
    assert isinstance(stream, dict)
    return stream


def test_poster_of_a_short_video(
    media_server: MediaServer, tiny_clip: Path, tmp_path: Path
) -> None:
    """A picture near the end, where fewer than 50 are left, is taken in the video's own size."""
    video, poster = a_video(Fraction(30), 360), tmp_path / "poster.jpg"

    run_ffmpeg(
        make_poster(media_server.url(tiny_clip), SOURCE_ETAG, video, Fraction(23, 2), str(poster))
    )

    assert _size(poster) == {"codec_name": "mjpeg", "width": 320, "height": 180}


def test_poster_of_a_transport_stream_with_one_keyframe(
    media_server: MediaServer, tmp_path: Path
) -> None:
    """A seek into an MPEG-TS lands between keyframes: only with a preroll there is a picture."""
    clip, poster = media_server.folder / "one-keyframe.ts", tmp_path / "poster.jpg"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=6"),
            *("-c:v", "libx264", "-preset", "veryfast", "-g", "600", str(clip)),
        ]
    )

    run_ffmpeg(
        make_poster(
            media_server.url(clip),
            SOURCE_ETAG,
            a_video(Fraction(30), 180),
            Fraction(4),
            str(poster),
            preroll_s=Fraction(12),
        )
    )

    assert _size(poster) == {"codec_name": "mjpeg", "width": 320, "height": 180}
