"""Fetches what is published as a player does, from the public address, and has it judged."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import ParseError

import m3u8
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from cli.doctor.answers import judge
from cli.doctor.fetching import Fetched, Stranger
from cli.doctor.public_file import PART_BYTES, QUERIES, Kind, PublicFile
from cli.doctor.visit import Visit
from transcoding.job.paths import MANIFEST, MASTER, POSTER
from transcoding.reporting.checkup import Check

FILES, PLAYABLE, PLAIN = "public: files", "public: players find", "public: plain http"

_MPD = "{urn:mpeg:dash:schema:mpd:2011}MPD"
_REDIRECTS = (301, 302, 307, 308)


class Astray(Exception):
    """What is published does not lead to the files of the video."""


def examine_files(visit: Visit) -> Iterator[Check]:
    """Yield what is to be said of all files that a player of the canary asks for."""
    visit.tell("fetching what is published")
    files: list[PublicFile] = []
    try:
        for file in published_files(visit.stranger, visit.canary.master_url):
            files.append(file)
            if file.kind == "segment":
                visit.canary.media_url = file.whole.url
    except Astray as astray:
        yield Check(
            name=PLAYABLE,
            status="failed",
            found=str(astray),
            advice="what answers at the public address changes what is published, or is another"
            " server: look what stands between Front Door and the delivery account",
        )
    else:
        yield Check(
            name=PLAYABLE,
            status="ok",
            found=f"{len(files)} files from {MASTER} and {MANIFEST} on",
        )
    yield from judge(files)


def published_files(stranger: Stranger, master_url: str) -> Iterator[PublicFile]:
    """Yield the files on the way from a multivariant playlist to media, each fetched once.

    Raises:
        Astray: a playlist or manifest cannot be read, or names a file that is not the video's.
    """
    # Its own folder: nothing that is published refers to what lies elsewhere.
    folder = master_url.removesuffix(MASTER)

    def fetch(kind: Kind, url: str) -> PublicFile:
        if not url.startswith(folder):
            raise Astray(f"a playlist names a file of elsewhere: {urlsplit(url).netloc}")
        part = {"Range": f"bytes=0-{PART_BYTES - 1}"}
        if kind == "segment":
            # Before anything else asks for it: what is kept already cannot be spoilt.
            for query in QUERIES:
                stranger.get(f"{url}?{query}")
        return PublicFile(
            kind=kind,
            path=url.removeprefix(folder),
            whole=stranger.get(url),
            head=stranger.head(url),
            part=stranger.get(url, part),
        )

    master = fetch("master", master_url)
    yield master
    yield fetch("poster", folder + POSTER)
    manifest = fetch("manifest", folder + MANIFEST)
    yield manifest
    playlists = [fetch("playlist", urljoin(master_url, uri)) for uri in _playlists(_parsed(master))]
    for playlist in playlists:
        yield playlist
        parsed = _parsed(playlist)
        base = playlist.whole.url
        yield from (fetch("init", urljoin(base, uri)) for uri in _inits(parsed))
        yield from (fetch("segment", urljoin(base, uri)) for uri in _ends(parsed))
    _check_manifest(manifest)


def _playlists(master: m3u8.M3U8) -> Sequence[str]:
    """Return the first variant, and the first sound."""
    sounds = [media.uri for media in master.media if media.type == "AUDIO" and media.uri]
    found = [*(playlist.uri for playlist in master.playlists[:1] if playlist.uri), *sounds[:1]]
    if not found:
        raise Astray(f"{MASTER} names no playlist")
    # Sound without a picture is its own variant.
    return list(dict.fromkeys(found))


def _inits(playlist: m3u8.M3U8) -> Sequence[str]:
    found = [part.uri for part in playlist.segment_map[:1] if part.uri]
    if not found:
        raise Astray("a playlist names no init segment")
    return found


def _ends(playlist: m3u8.M3U8) -> Sequence[str]:
    """Return the first segment, and the last one where that is another."""
    found = [segment.uri for segment in playlist.segments if segment.uri]
    if not found:
        raise Astray("a playlist names no segment")
    return list(dict.fromkeys([found[0], found[-1]]))


def _parsed(file: PublicFile) -> m3u8.M3U8:
    text = _text(file)
    if not text.startswith("#EXTM3U"):
        raise Astray(f"{file.path} is no playlist")
    try:
        return m3u8.loads(text)
    except Exception:  # of hostile text the parser raises what it happens to stumble over
        raise Astray(f"{file.path} cannot be read as a playlist") from None


def _check_manifest(file: PublicFile) -> None:
    try:
        root = ElementTree.fromstring(_text(file))
    except (ParseError, DefusedXmlException, ValueError):
        raise Astray(f"{file.path} cannot be read as XML") from None
    if root.tag != _MPD:
        raise Astray(f"{file.path} is no DASH manifest")


def _text(file: PublicFile) -> str:
    if file.whole.status != 200:
        raise Astray(f"{file.path}: {file.whole.answer}")
    try:
        return file.whole.text()
    except ValueError as error:
        why = "it is no text" if isinstance(error, UnicodeError) else str(error)
        raise Astray(f"{file.path} cannot be read: {why}") from None


def plain_http(visit: Visit) -> Check:
    """Ask for the master playlist without TLS."""
    url = urlsplit(visit.canary.master_url)
    if url.scheme != "https":
        return Check(
            name=PLAIN, status="skipped", found=f"the public address is {url.scheme} itself"
        )
    plain = url._replace(scheme="http", netloc=url.hostname or "").geturl()
    return judge_plain(visit.stranger.get(plain), visit.canary.master_url)


def judge_plain(answered: Fetched, https_url: str) -> Check:
    """Judge what is answered without TLS: the way to https, or nothing."""
    location = answered.header("Location")
    if answered.status in _REDIRECTS and location == https_url:
        return Check(name=PLAIN, status="ok", found=f"{answered.answer} to https")
    if not answered.status or 400 <= answered.status < 500:
        return Check(name=PLAIN, status="ok", found=f"{answered.answer}: https only")
    to = f" to {location[:80]}" if location else ""
    return Check(
        name=PLAIN,
        status="failed",
        found=f"{answered.answer}{to}",
        advice="redirect plain http to https: httpsRedirect of the route in"
        " bicep/modules/front-door.bicep, supportsHttpsTrafficOnly of the storage account",
    )


def wait_for(
    stranger: Stranger, url: str, within_s: float, *, until: str | None
) -> tuple[float | None, Fetched]:
    """Ask for a file again and again until it has a text, or, with None, is gone.

    Returns:
        After how many seconds, None where it has not come to that in time; and the last answer.
    """
    began = time.monotonic()
    while True:
        seen = stranger.get(url)
        waited_s = time.monotonic() - began
        if (seen.status in (404, 410)) if until is None else _has(seen, until):
            return waited_s, seen
        if waited_s > within_s:
            return None, seen
        time.sleep(0.5)


def _has(seen: Fetched, text: str) -> bool:
    try:
        return seen.status == 200 and text in seen.text()
    except ValueError:
        return False
