"""The one place that knows blob paths.

    videos/{name}/master.m3u8 ...                              stable names: short TTL, purged
    videos/{name}/{source_key}/{track_key}/init.mp4 00001.m4s   immutable: cached for a year
    videos/{name}/~releases/00006.json                         what was published, by number
    failed/{name}/{instance_id}.json                           dead letters
    */~checkup/{unique}                                        what a checkup writes and deletes
    work/{instance_id}/{run_id}/...                            a running job's notes to itself

All paths here are relative to their container. A source key begins with `OWN_MARK` too, and no
upload's name has a segment that does: files below `a.mp4` never meet those of an upload that is
named `a.mp4/...`.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from transcoding.job.messages import OWN_MARK, Job, RefusalCode, Refused

MASTER = "master.m3u8"
MANIFEST = "manifest.mpd"
POSTER = "poster.jpg"
STORYBOARD = "storyboard.vtt"
REPORT = "report.json"
STABLE_NAMES = (MASTER, MANIFEST, POSTER, STORYBOARD, REPORT)
RELEASE_FILES = (POSTER, STORYBOARD, MANIFEST, MASTER)
"""The stable names that a release fills, in the order in which they are written."""

INIT = "init.mp4"
MEDIA_PLAYLIST = "media.m3u8"
IFRAME_PLAYLIST = "iframes.m3u8"

MAX_NAME_LENGTH = 800
"""A blob name holds 1,024 characters; the longest path below a name takes under 200."""

MAX_ENCODED_NAME_LENGTH = 2_400
"""FFmpeg cuts an address after 4,096 characters; account, container and signature take under
1,000. A character of Chinese is nine of an address, one of Cyrillic six."""

MAX_NAME_SEGMENTS = 250
"""A blob name holds 254 segments; paths below a name have up to three more."""


def check_name(name: str) -> Refused | None:
    """Refuse names that no URL can carry, and those that look like folders of ours."""
    segments = name.split("/")
    if (
        len(name) > MAX_NAME_LENGTH
        or len(quote(name)) > MAX_ENCODED_NAME_LENGTH
        or len(segments) > MAX_NAME_SEGMENTS
        or any(segment in ("", ".", "..") for segment in segments)
        or any(segment.endswith(".") or segment.startswith(OWN_MARK) for segment in segments)
        or any(ord(character) < 32 or character in "\\\x7f" for character in name)
    ):
        return Refused(
            code=RefusalCode.BAD_NAME,
            reason="the blob's name cannot be part of a playback URL",
            advice=f"use at most {MAX_NAME_LENGTH} characters ({MAX_ENCODED_NAME_LENGTH} when "
            f"percent-encoded), at most {MAX_NAME_SEGMENTS} segments, none of them '.', '..', "
            f"empty, ending with a dot or beginning with '{OWN_MARK}', and no backslash",
        )
    return None


def stable(name: str, file: str) -> str:
    """Return the path of a file under its stable name, such as `a/b.mp4/master.m3u8`."""
    return f"{name}/{file}"


def releases(name: str) -> str:
    """Return the folder of a video's release records, with its slash."""
    return f"{name}/{OWN_MARK}releases/"


def release_record(name: str, number: int) -> str:
    """Return where the record of release `number` is kept, counted from 1."""
    return f"{releases(name)}{number:05d}.json"


def release_number(path: str) -> int:
    """Return the number of a path below `releases`, 0 where it is no record."""
    stem, dot, suffix = path.rpartition("/")[2].partition(".")
    return int(stem) if dot and suffix == "json" and stem.isdecimal() else 0


def is_source_file(name: str, path: str) -> bool:
    """Tell whether a path is that of a file of ours in a source's folder of this very video."""
    folder = path.removeprefix(f"{name}/").partition("/")[0]
    return path.startswith(f"{name}/") and bool(_SOURCE_FOLDER.fullmatch(folder))


def folder_of(name: str, path: str) -> str:
    """Return the folder of a file of ours, as `RenditionFolder.relative` names it."""
    return path.removeprefix(f"{name}/").rpartition("/")[0]


def segment_file(number: int) -> str:
    """Return the file name of segment `number`, counted from 1."""
    return f"{number:05d}.m4s"


def chunk_file(index: int) -> str:
    """Return the file name of a chunk's done-marker, counted from 0."""
    return f"chunk-{index:05d}.json"


def sprite_file(number: int) -> str:
    """Return the file name of a storyboard sprite, counted from 1."""
    return f"{number:05d}.jpg"


_SOURCE_FOLDER = re.compile(rf"{OWN_MARK}[0-9a-f]{{12}}")


class RenditionFolder(NamedTuple):
    """The immutable folder of one rendition of one source."""

    name: str
    source_key: str
    track_key: str

    @property
    def relative(self) -> str:
        """The folder as manifests name it, relative to the video."""
        return f"{self.source_key}/{self.track_key}"

    def path(self, file: str = "") -> str:
        return f"{self.name}/{self.relative}/{file}"


class WorkFolder(NamedTuple):
    """The folder of one run of one job in the `work` container."""

    instance_id: str
    run_id: str

    @classmethod
    def of(cls, job: Job) -> WorkFolder:
        return cls(job.instance_id, job.run_id)

    def plans(self) -> str:
        return f"{self.instance_id}/{self.run_id}/plans/"

    def plan(self, round_number: int) -> str:
        """The plan of a round; a later one has a higher number."""
        return f"{self.plans()}{round_number:05d}.json"

    def cancel_mark(self) -> str:
        return f"{self.instance_id}/{self.run_id}/cancelled"

    def progress(self, unit: str = "") -> str:
        return f"{self.instance_id}/{self.run_id}/progress/{unit}"

    def failures(self, unit: str = "") -> str:
        return f"{self.instance_id}/{self.run_id}/failures/{unit}"

    def round_over(self, round_number: int) -> str:
        """The mark that the units of this round are of no use: the job plans itself anew."""
        return f"{self.instance_id}/{self.run_id}/rounds/{round_number}.over"

    def all_collected(self, round_number: int) -> str:
        """What the names of `collected` begin with, for all passes over the plan of a round."""
        return f"{self.instance_id}/{self.run_id}/collected/{round_number:05d}-"

    def collected(self, round_number: int, pass_number: int) -> str:
        """All done-markers, joined; those of a later pass have a higher number."""
        return f"{self.all_collected(round_number)}{pass_number:05d}.json"

    def conformance(self) -> str:
        return f"{self.instance_id}/{self.run_id}/conformance.json"


def dead_letter(job: Job) -> str:
    """Return where the report on a job that did not end well is kept."""
    return f"{_letter_folder(job.name)}/{job.instance_id}.json"


def poison_letter(name: str, instance: str) -> str:
    """Return where an upload event that the trigger gave up on is kept."""
    return f"{_letter_folder(name)}/{instance}.trigger.json"


def checkup_blob(unique: str) -> str:
    """Return a path of any container where nothing of an upload is, and no upload can be."""
    return f"{OWN_MARK}checkup/{unique}"


def _letter_folder(name: str) -> str:
    """A name that is refused cannot be part of a path: too long, or with dot segments."""
    return "unknown" if check_name(name) else name


def url_path(container: str, path: str) -> str:
    """Return `/container/path` percent-encoded for a URL."""
    return quote(f"/{container}/{path}", safe="/")
