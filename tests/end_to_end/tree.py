"""A published video as files on disk, read by tools that the app does not use."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import m3u8

from tests.end_to_end.publishing import PublishedVideo
from tests.media import run_ffmpeg


@dataclass(frozen=True)
class RenditionFiles:
    """One rung or audio rendition.

    Attributes:
        is_video: whether it has an I-frame playlist.
        folder: holds init.mp4, its segments, playlists and done-markers.
        whole: init segment and all segments as one file.
    """

    key: str
    folder: Path
    segments: tuple[Path, ...]
    whole: Path
    is_video: bool

    def init(self) -> bytes:
        return (self.folder / "init.mp4").read_bytes()

    def decode_times(self) -> list[int]:
        """Return every segment's tfdt (ISO/IEC 14496-12 8.8.12), found by its four letters."""
        return [_decode_time(path.read_bytes()) for path in self.segments]


def download(video: PublishedVideo, folder: Path) -> dict[str, RenditionFiles]:
    """Write everything that is published under a video's name to disk; renditions by key."""
    prefix = f"{video.name}/"
    for blob in video.stores.videos.list(prefix):
        path = folder / blob.path.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        body = video.stores.videos.read(blob.path)
        assert body is not None
        path.write_bytes(body)
    master = m3u8.loads((folder / "master.m3u8").read_text())
    uris = [str(playlist.uri) for playlist in master.playlists]
    uris += [media.uri for media in master.media if media.uri]
    return {Path(uri).parent.name: _rendition(folder / Path(uri).parent) for uri in uris}


def _rendition(folder: Path) -> RenditionFiles:
    playlist = m3u8.loads((folder / "media.m3u8").read_text())
    segments = tuple(folder / str(segment.uri) for segment in playlist.segments)
    whole = folder / "whole.mp4"
    whole.write_bytes(b"".join(p.read_bytes() for p in (folder / "init.mp4", *segments)))
    is_video = (folder / "iframes.m3u8").exists()
    return RenditionFiles(folder.name, folder, segments, whole, is_video)


def _decode_time(segment: bytes) -> int:
    at = segment.index(b"tfdt")
    if segment[at + 4] == 1:
        return int(struct.unpack_from(">Q", segment, at + 8)[0])
    return int(struct.unpack_from(">I", segment, at + 8)[0])


def frame_ssim(source: Path, encoded: Path, width: int, height: int, stats: Path) -> list[float]:
    """Return the SSIM of every frame against the source, scaled as the rung is."""
    scale = f"scale={width}:{height}:flags=lanczos,format=yuv420p,settb=1,setpts=N"
    graph = f"[0:v]settb=1,setpts=N[e];[1:v]{scale}[s];[e][s]ssim=stats_file={stats}"
    run_ffmpeg(["-i", str(encoded), "-i", str(source), "-lavfi", graph, "-f", "null", "-"])
    return [float(line.rpartition("All:")[2].split()[0]) for line in stats.read_text().splitlines()]
