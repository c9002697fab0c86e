"""The file names that the gate expects, written down apart from the code that gives them."""

from __future__ import annotations

MASTER = "master.m3u8"
MANIFEST = "manifest.mpd"
INIT = "init.mp4"
MEDIA_PLAYLIST = "media.m3u8"
IFRAME_PLAYLIST = "iframes.m3u8"


def segment_file(number: int) -> str:
    """Return the file name of segment `number`, counted from 1."""
    return f"{number:05d}.m4s"
