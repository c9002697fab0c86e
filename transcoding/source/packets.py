"""A packet as ffprobe lists it: a line each, read and forgotten."""

from __future__ import annotations

from typing import NamedTuple

MICROSECONDS = 1_000_000


class Packet(NamedTuple):
    """One packet, with times in whole microseconds of the container's own clock.

    Microseconds are all that ffprobe prints.

    Attributes:
        pts_us, dts_us: when it is shown and decoded; None where the container does not say.
        is_discarded: an edit list leaves it out.
        skipped_samples: samples from its start on that are not heard; may be more than it has.
        padding_samples: samples at its end that are not heard.
    """

    pts_us: int | None
    dts_us: int | None
    duration_us: int
    is_keyframe: bool
    is_discarded: bool
    skipped_samples: int
    padding_samples: int


def read_packet(line: str) -> Packet:
    """Read a line of ffprobe's compact format, as `commands.probing.probe_packets` asks for it.

    Nothing is held against a field that is missing: containers leave out what they do not know.
    """
    fields = dict(part.partition("=")[::2] for part in line.split("|"))
    flags = fields.get("flags", "")
    return Packet(
        pts_us=microseconds(fields.get("pts_time")),
        dts_us=microseconds(fields.get("dts_time")),
        duration_us=microseconds(fields.get("duration_time")) or 0,
        is_keyframe="K" in flags,
        is_discarded="D" in flags,
        skipped_samples=int(fields.get("side_datum/skip_samples:skip_samples", 0)),
        padding_samples=int(fields.get("side_datum/skip_samples:discard_padding", 0)),
    )


def microseconds(text: str | None) -> int | None:
    """Read seconds such as "-0.023220"; None for "N/A" and for nothing."""
    whole, _, decimals = (text or "N/A").partition(".")
    try:
        return int(f"{whole}{decimals:0<6.6}")
    except ValueError:
        return None
