"""What the answers at the public address have to be, and what to do where they are not.

Nothing is asked here: a check takes what was fetched. A new one is a function in CHECKS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from cli.doctor.fetching import ORIGIN, Fetched
from cli.doctor.public_file import PART_BYTES, QUERIES, Kind, PublicFile
from transcoding.reporting.checkup import Check

STABLE: frozenset[Kind] = frozenset({"master", "manifest", "poster"})
"""Their names stay when the video is replaced, so what they hold must not stay in caches."""

_TYPES: dict[Kind, tuple[str, ...]] = {
    "master": ("application/vnd.apple.mpegurl",),
    "playlist": ("application/vnd.apple.mpegurl",),
    "manifest": ("application/dash+xml",),
    "poster": ("image/jpeg",),
    "init": ("video/mp4", "audio/mp4"),
    "segment": ("video/mp4", "audio/mp4"),
}
_LONGEST_STABLE_S = 300
_A_YEAR_S = 31_536_000

_PROXY = "look for a proxy, a rule set or a CDN setting before storage that"
_RULES = "rule set `delivery` of the Front Door profile (bicep/modules/front-door.bicep)"


def judge(files: Sequence[PublicFile]) -> tuple[Check, ...]:
    """Return one check for each property, over all files."""
    return tuple(check(files) for check in CHECKS)


def _status(files: Sequence[PublicFile]) -> Check:
    wrong = [f"{file.path}: {file.whole.answer}" for file in files if file.whole.status != 200]
    wrong += [f"{file.path} does not end" for file in files if file.whole.is_cut]
    return _check(
        "public: files",
        wrong,
        f"{len(files)} files answer with 200",
        "the job says that they are published: look whether the container allows anonymous reads"
        " (or Front Door's identity may read it), and whether Front Door leads to this account",
    )


def _queries(files: Sequence[PublicFile]) -> Check:
    """A cache that passes queries on, and keeps answers without them, can be filled by anyone."""
    wrong = [
        f"{file.path} is no media after it was asked for with ?{QUERIES[0]}"
        for file in files
        if file.has_come and file.is_spoilt
    ]
    return _check(
        "public: queries",
        wrong,
        "a segment stays what it is, whatever it was asked for with before",
        "let Front Door keep answers by their queries (queryStringCachingBehavior in"
        " bicep/modules/front-door.bicep): else anybody can spoil what viewers get; without Front"
        " Door look what changes bodies",
    )


def _types(files: Sequence[PublicFile]) -> Check:
    wrong = [
        f"{file.path} is {_type(file.whole) or 'nothing'}, not {_TYPES[file.kind][0]}"
        for file in _there(files)
        if _type(file.whole) not in _TYPES[file.kind]
    ]
    return _check(
        "public: content types",
        wrong,
        "playlists, manifest, poster and media have theirs",
        f"{_PROXY} changes Content-Type; the app stores the right one with each file",
    )


def _gzip(files: Sequence[PublicFile]) -> Check:
    wrong = [
        f"{file.path} has Content-Encoding {_or_none(file.whole.header('Content-Encoding'))}"
        for file in _there(files)
        if file.kind in ("master", "playlist")
        and file.whole.header("Content-Encoding").lower() != "gzip"
    ]
    return _check(
        "public: gzip",
        wrong,
        "playlists are sent as gzip",
        f"{_PROXY} unzips playlists; they are stored as gzip, and players expect that (rule 10.1"
        " of Apple's HLS Authoring Specification)",
    )


def _caching(files: Sequence[PublicFile]) -> Check:
    wrong, ages = [], set[int]()
    for file in _there(files):
        text = file.whole.header("Cache-Control")
        age = max_age_s(file.whole)
        is_immutable = "immutable" in text.lower()
        if file.kind in STABLE:
            ages.add(age or 0)
            if age is None or age > _LONGEST_STABLE_S or is_immutable:
                wrong.append(f"{file.path} may stay in caches: {_or_none(text)}")
        elif age is None or age < _A_YEAR_S or not is_immutable:
            wrong.append(f"{file.path} never changes and is not kept: {_or_none(text)}")
    return _check(
        "public: caching",
        wrong,
        f"stable names for {max(ages, default=0)} s, all else for a year and immutable",
        f"{_PROXY} changes Cache-Control; of the app's own, VOD_MANIFEST_MAX_AGE_S is the only one"
        f" to choose, at most {_LONGEST_STABLE_S} s here",
    )


def _cors(files: Sequence[PublicFile]) -> Check:
    wrong = []
    for file in _there(files):
        allowed = file.whole.header("Access-Control-Allow-Origin")
        hidden = _hidden(file.whole, "content-length")
        # Storage names those headers that an answer has, and no others.
        hidden += _hidden(file.part, "content-range") if file.part.status == 206 else ()
        if allowed not in ("*", ORIGIN):
            wrong.append(f"{file.path} allows origin {_or_none(allowed)}")
        elif hidden:
            wrong.append(f"{file.path} does not expose {', '.join(hidden)}")
    return _check(
        "public: CORS",
        wrong,
        "pages of any origin may read, and see Content-Length and Content-Range",
        f"see whether rule `anyOrigin` is in {_RULES}; without Front Door the delivery account"
        " needs a CORS rule for GET and HEAD from any origin that exposes all headers",
    )


def _ranges(files: Sequence[PublicFile]) -> Check:
    wrong = []
    for file in _there(files):
        part, size = file.part, len(file.whole.body)
        last = min(PART_BYTES, size) - 1
        wanted = f"bytes 0-{last}/{size}"
        if part.status != 206:
            wrong.append(f"{file.path}: {part.answer} to a range")
        elif part.header("Content-Range") != wanted or part.body != file.whole.body[: last + 1]:
            got = f"{_or_none(part.header('Content-Range'))}, {len(part.body)} bytes"
            wrong.append(f"{file.path}: {got} instead of {wanted}")
    return _check(
        "public: byte ranges",
        wrong,
        "206 with the part that was asked for",
        f"{_PROXY} takes the Range header away or changes bodies: seeking by I-frames and old"
        " players need ranges",
    )


def _head(files: Sequence[PublicFile]) -> Check:
    wrong = []
    for file in _there(files):
        head, length = file.head, str(len(file.whole.body))
        if head.status != 200:
            wrong.append(f"{file.path}: {head.answer}")
        elif head.body or head.header("Content-Length") != length:
            told = _or_none(head.header("Content-Length"))
            wrong.append(f"{file.path}: Content-Length {told} instead of {length}")
    return _check(
        "public: HEAD",
        wrong,
        "as GET, without a body",
        f"{_PROXY} answers HEAD by itself; allow HEAD wherever GET is allowed",
    )


def _first_byte(files: Sequence[PublicFile]) -> Check:
    """Only measured: what is fast enough depends on where the user is."""
    times = ", ".join(
        f"{name} {1000 * file.whole.first_byte_s:.0f} ms" for name, file in _slowest(files)
    )
    if not times:
        return Check(name="public: first byte", status="skipped", found="no file has come")
    return Check(name="public: first byte", status="ok", found=f"slowest {times}")


CHECKS: tuple[Callable[[Sequence[PublicFile]], Check], ...] = (
    _status,
    _queries,
    _types,
    _gzip,
    _caching,
    _cors,
    _ranges,
    _head,
    _first_byte,
)


def max_age_s(fetched: Fetched) -> int | None:
    """Return the max-age of an answer in seconds (RFC 9111, 5.2.2.1); None without one."""
    found = re.search(r"(?:^|[\s,])max-age=(\d{1,10})(?:$|[\s,])", fetched.header("Cache-Control"))
    return int(found[1]) if found else None


def _slowest(files: Sequence[PublicFile]) -> Iterator[tuple[Kind, PublicFile]]:
    by_kind: dict[Kind, PublicFile] = {}
    for file in _there(files):
        known = by_kind.get(file.kind)
        if known is None or known.whole.first_byte_s < file.whole.first_byte_s:
            by_kind[file.kind] = file
    yield from by_kind.items()


def _there(files: Sequence[PublicFile]) -> list[PublicFile]:
    """Return those that can be judged: of the others, the first two checks tell."""
    return [file for file in files if file.has_come and not file.is_spoilt]


def _check(name: str, wrong: Sequence[str], right: str, advice: str) -> Check:
    if not wrong:
        return Check(name=name, status="ok", found=right)
    more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return Check(name=name, status="failed", found=wrong[0] + more, advice=advice)


def _type(fetched: Fetched) -> str:
    return fetched.header("Content-Type").partition(";")[0].strip().lower()


def _hidden(answer: Fetched, *names: str) -> tuple[str, ...]:
    """Return which headers of an answer a script may not read (Fetch, CORS protocol)."""
    text = answer.header("Access-Control-Expose-Headers")
    exposed = {word.strip().lower() for word in text.split(",")}
    return () if "*" in exposed else tuple(name for name in names if name not in exposed)


def _or_none(text: str) -> str:
    return text[:80] or "none"
