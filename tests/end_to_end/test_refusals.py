"""Uploads that are no videos: refused with a reason, a dead letter, and nothing live."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from adapters.settings import load_settings
from cli.local_app import LocalApp
from tests.containers import Containers, containers_of
from tests.end_to_end.jobs import upload, wait_for_end
from tests.media import ClipMaker, run_ffmpeg
from transcoding.job.messages import instance_id

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/secret.ts\n"
"""Would make FFmpeg read another address, if playlists were let in."""


@pytest.fixture
def containers(running_app: LocalApp) -> Containers:
    return containers_of(load_settings(running_app.environment))


def words_only(folder: Path) -> bytes:
    words, path = folder / "words.srt", folder / "words.mkv"
    words.write_text("1\n00:00:00,100 --> 00:00:00,900\nHello\n")
    run_ffmpeg(["-i", str(words), str(path)])
    return path.read_bytes()


def first_half(folder: Path, clip: Path, *options: str) -> bytes:
    """Return the first half of the bytes of a video that is muxed with these options."""
    path = folder / "whole.mp4"
    run_ffmpeg(["-i", str(clip), "-c", "copy", *options, str(path)])
    body = path.read_bytes()
    return body[: len(body) // 2]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("text.mp4", "cannot be read as video or sound"),
        ("playlist.mp4", "cannot be read as video or sound"),
        ("words.mkv", "neither a video track nor sound"),
        ("empty.mp4", "the file is empty"),
        ("cut.mp4", "ends before"),
        ("no index.mp4", "cannot be read as video or sound"),
    ],
)
def test_a_bad_upload_is_refused_with_a_reason(
    running_app: LocalApp,
    containers: Containers,
    clip_maker: ClipMaker,
    tmp_path: Path,
    name: str,
    reason: str,
) -> None:
    """The uploader learns what is wrong; the dead letter says how to go on; nothing is live."""
    clip = clip_maker.clip(frame_rate=Fraction(25), frame_count=1500, size="640x360")
    bodies: dict[str, Callable[[], bytes]] = {
        "text.mp4": lambda: b"this is no video\n" * 100,
        "playlist.mp4": lambda: PLAYLIST,
        "words.mkv": lambda: words_only(tmp_path),
        "empty.mp4": lambda: b"",
        "cut.mp4": lambda: first_half(tmp_path, clip, "-movflags", "+faststart"),
        "no index.mp4": lambda: first_half(tmp_path, clip),
    }
    body = bodies[name]()
    blob = f"bad/{name}"
    etag = upload(containers, blob, body)
    ended = wait_for_end(running_app.url, blob)
    assert ended.state == "refused"
    assert reason in ended.detail
    letter = containers.failed.read(f"{blob}/{instance_id('uploads', blob, etag)}.json")
    assert letter is not None
    told = json.loads(letter)
    assert told["status"] == "refused"
    assert told["replay"] == "upload a corrected file under the same name"
    assert "sig=" not in letter.decode()
    assert containers.videos.list(f"{blob}/") == []
