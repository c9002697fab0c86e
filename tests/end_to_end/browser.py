"""Debian's Chromium, a page with the players, and what a test asks of them."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

Player = Literal["hls.js", "shaka"]

_ROOT = Path(__file__).parents[2]
_PAGE = Path(__file__).with_name("page")
_FILES = (
    _PAGE / "player.html",
    _PAGE / "player.js",
    _ROOT / "node_modules" / "hls.js" / "dist" / "hls.min.js",
    _ROOT / "node_modules" / "shaka-player" / "dist" / "shaka-player.compiled.js",
)

_TIMEOUT_S = 60
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    # Nothing outside this machine has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium: it decodes H.264 and AAC, which Playwright's own does not."""
    program = shutil.which("chromium")
    assert program, "no program `chromium`: `make test` installs it, or apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=_ARGUMENTS, chromium_sandbox=False
        )
        with browser:
            yield browser


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def page_server(folder: Path) -> Iterator[str]:
    """Serve the page and the players on the loopback address; gives the page's URL.

    Args:
        folder: an empty folder, in which the files are linked together.
    """
    for file in _FILES:
        assert file.is_file(), f"no {file.name}: run `npm ci`"
        (folder / file.name).symlink_to(file)
    handler = partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/player.html"
        server.shutdown()
        thread.join()


class Playback:
    """One page that plays one video; every wait fails after 60 s.

    Attributes:
        hosts: those that the page has asked for anything.
    """

    def __init__(self, page: Page, page_url: str) -> None:
        self._page = page
        self._problems: list[str] = []
        self.hosts: set[str | None] = set()
        page.set_default_timeout(_TIMEOUT_S * 1000)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self._problems.append(f"page: {error}"))
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.goto(page_url)

    def load(self, player: Player, url: str) -> None:
        """Load a video and wait until its first picture is there."""
        self._start("load", player, url)
        self._wait(
            "renditions.length > 0 && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA"
        )

    def play(self) -> None:
        self._start("video.play.bind(video)")

    def seek(self, time_s: float) -> None:
        """Seek and wait until playback can go on from there."""
        self._ask("time_s => { video.currentTime = time_s; }", time_s)
        self._wait("!video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA")

    def play_past(self, time_s: float) -> None:
        """Wait until playback has come past this time."""
        self._wait("time_s => video.currentTime > time_s", time_s)

    def play_to_the_end(self) -> None:
        self._wait("video.ended")

    def select(self, index: int) -> None:
        """Play one rendition alone, counted from the lowest, and wait until it is seen."""
        self._ask("index => { renditions[index].select(); }", index)
        self._wait("index => video.videoHeight === renditions[index].height", index)
        self._wait("!video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA")

    def is_buffered(self, from_s: float, to_s: float) -> bool:
        """Tell whether picture and sound are there without a hole."""
        return bool(self._ask("([from_s, to_s]) => isBuffered(from_s, to_s)", [from_s, to_s]))

    @property
    def rendition_sizes(self) -> list[tuple[int, int]]:
        """Width and height of each rendition, from the lowest bitrate up."""
        sizes = self._ask("() => renditions.map(({width, height}) => [width, height])")
        return [(width, height) for width, height in sizes]

    @property
    def picture_size(self) -> tuple[int, int]:
        width, height = self._ask("() => [video.videoWidth, video.videoHeight]")
        return width, height

    @property
    def duration_s(self) -> float:
        return float(self._ask("() => video.duration"))

    @property
    def seeks(self) -> int:
        """How often the playback time has jumped: by `seek`, or by a player over a hole."""
        return int(self._ask("() => seeks"))

    @property
    def frames_shown(self) -> int:
        return int(self._ask("() => video.getVideoPlaybackQuality().totalVideoFrames"))

    @property
    def frames_corrupted(self) -> int:
        return int(self._ask("() => video.getVideoPlaybackQuality().corruptedVideoFrames"))

    @property
    def audio_decoded_bytes(self) -> int:
        return int(self._ask("() => video.webkitAudioDecodedByteCount"))

    def cues(self, url: str) -> list[tuple[float, float, str]]:
        """Return start, end and text of each cue of a WebVTT file, as the browser reads it."""
        return [(start_s, end_s, text) for start_s, end_s, text in self._ask("readCues", url)]

    def image_size(self, url: str) -> tuple[int, int]:
        width, height = self._ask("readImageSize", url)
        return width, height

    def problems(self) -> list[str]:
        """Return all that players, video element and console complained of, and HTTP errors."""
        return [*self._problems, *cast(list[str], self._ask("() => problems"))]

    def _ask(self, function: str, given: Any = None) -> Any:
        return self._page.evaluate(function, given)

    def _start(self, function: str, *given: Any) -> None:
        """Call a function of the page and do not wait for what it promises."""
        self._ask(
            f"given => void {function}(...given).catch(error => problems.push(String(error)))",
            given,
        )

    def _wait(self, condition: str, given: Any = None) -> None:
        function = condition if "=>" in condition else f"() => {condition}"
        try:
            # A player that complains need not get there.
            self._page.wait_for_function(
                f"given => problems.length > 0 || ({function})(given)", arg=given, polling=50
            )
        except PlaywrightTimeout:
            where_s = self._ask("() => video.currentTime")
            raise AssertionError(
                f"{condition} ({given}) has not come true at {where_s} s"
            ) from None
        problems = self.problems()
        assert not problems, problems

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._problems.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob"):
            self.hosts.add(urlsplit(request.url).hostname)

    def _note_response(self, response: Response) -> None:
        if not response.ok:
            self._problems.append(f"HTTP {response.status}: {urlsplit(response.url).path}")
