"""CMAF tracks (ISO/IEC 23000-19) as FFmpeg writes them: one header and a row of fragments."""

from __future__ import annotations

import struct
from typing import BinaryIO, Literal, NamedTuple

from transcoding.codecs import AudioCodec, VideoCodec
from transcoding.packaging.boxes import (
    Box,
    children,
    full_box,
    only_child,
    read_payload,
    unpack,
    walk,
)
from transcoding.values import Value

MAX_HEADER_BYTES = 4 * 1024 * 1024
"""No moov or moof of ours comes near this; it bounds memory whatever a file claims."""

_IGNORED = frozenset({"mfra", "free", "skip"})
"""mfra points into the file that is taken apart: in its segments it would be wrong."""

_NON_SYNC_SAMPLE = 0x0001_0000

_VISUAL_FIELDS_BYTES = 78
_AUDIO_FIELDS_BYTES = 28

_TRUN_COLUMNS = (
    (0x000100, "duration"),
    (0x000200, "size"),
    (0x000400, "flags"),
    (0x000800, "composition"),
)


class InitSegment(Value):
    """What a header (ftyp and moov) says of its single track.

    Attributes:
        timescale: media ticks per second.
        handler: "vide" or "soun".
        codec: RFC 6381 string.
        width, height: coded picture size in pixels; 0 for sound.
        sample_rate_hz, channels: 0 for video.
        default_duration, default_size, default_flags: of samples whose fragment says nothing
            else (trex); duration in ticks, size in bytes.
    """

    timescale: int
    handler: Literal["vide", "soun"]
    codec: str
    width: int = 0
    height: int = 0
    sample_rate_hz: int = 0
    channels: int = 0
    has_edit_list: bool
    default_duration: int
    default_size: int
    default_flags: int


class Fragment(Value):
    """A moof and its mdat: a segment, when it is published.

    Attributes:
        offset, size_bytes: where it stands in its file.
        decode_time, duration: in ticks of the track's timescale.
        keyframe_bytes: from the start of the moof to the end of the first sample's data.
        starts_with_sync: whether its first sample is a sync sample.
        trun_version: 1 where composition offsets are signed.
        first_composition_offset: of the first sample, in ticks.
    """

    offset: int
    size_bytes: int
    decode_time: int
    duration: int
    frame_count: int
    keyframe_bytes: int
    starts_with_sync: bool
    trun_version: int
    first_composition_offset: int


class _Defaults(NamedTuple):
    """What holds for a sample whose run does not say otherwise."""

    duration: int
    size: int
    flags: int


def read_init(data: bytes, codec: VideoCodec | AudioCodec) -> InitSegment:
    """Read a header.

    Args:
        data: ftyp and moov; boxes beside them are passed over.
        codec: what the track is encoded in.

    Raises:
        ValueError: it is damaged, or holds no single track of this codec.
    """
    moov = children(only_child(children(data), "moov"))
    trak = children(only_child(moov, "trak"))
    mdia = children(only_child(trak, "mdia"))
    minf = children(only_child(mdia, "minf"))
    stsd = only_child(children(only_child(minf, "stbl")), "stsd")
    trex = only_child(children(only_child(moov, "mvex")), "trex")
    (handler,) = unpack(">4s", only_child(mdia, "hdlr"), 8)
    duration, size, flags = unpack(">3I", trex, 12)
    edit_lists = [children(payload) for kind, payload in trak if kind == "edts"]
    return InitSegment.model_validate(
        {
            "timescale": _timescale(only_child(mdia, "mdhd")),
            "has_edit_list": any(kind == "elst" for edts in edit_lists for kind, _ in edts),
            "default_duration": duration,
            "default_size": size,
            "default_flags": flags,
            **_read_sample_entry(stsd, handler, codec),
        }
    )


def _timescale(mdhd: bytes) -> int:
    version, _ = full_box(mdhd)
    (timescale,) = unpack(">I", mdhd, 20 if version == 1 else 12)
    if timescale == 0:
        raise ValueError("the track's timescale is 0")
    return int(timescale)


def _read_sample_entry(
    stsd: bytes, handler: bytes, codec: VideoCodec | AudioCodec
) -> dict[str, str | int]:
    entries = children(stsd, skip=8)
    if len(entries) != 1:
        raise ValueError(f"the track has {len(entries)} sample entries instead of one")
    ((kind, entry),) = entries
    if kind != codec.SAMPLE_ENTRY:
        raise ValueError(f"the sample entry is {kind!r} instead of {codec.SAMPLE_ENTRY!r}")
    if handler == b"vide":
        width, height = unpack(">2H", entry, 24)
        configuration = only_child(
            children(entry, skip=_VISUAL_FIELDS_BYTES), codec.CONFIGURATION_BOX
        )
        name = codec.codec_string(configuration)
        return {"handler": "vide", "codec": name, "width": width, "height": height}
    if handler == b"soun":
        channels, rate = unpack(">H6xI", entry, 16)
        configuration = only_child(
            children(entry, skip=_AUDIO_FIELDS_BYTES), codec.CONFIGURATION_BOX
        )
        sound = {"channels": channels, "sample_rate_hz": rate >> 16}
        return {"handler": "soun", "codec": codec.codec_string(configuration), **sound}
    raise ValueError(f"a track of type {handler!r} is neither video nor sound")


def split_file(
    stream: BinaryIO, codec: VideoCodec | AudioCodec
) -> tuple[bytes, tuple[Fragment, ...]]:
    """Take apart a file that holds one track: header (ftyp and moov), then fragments.

    Headers alone are read into memory, however long the file is.

    Returns:
        The bytes of the init segment, and where each fragment stands.

    Raises:
        ValueError: the file is damaged, or laid out in another way.
    """
    init = b""
    defaults: _Defaults | None = None
    moof: Box | None = None
    fragments: list[Fragment] = []
    for box in walk(stream):
        if box.kind == "mdat" and moof is not None and defaults is not None:
            fragments.append(_read_fragment(stream, moof, box, defaults))
            moof = None
        elif moof is not None:
            raise ValueError(f"a moof is followed by {box.kind!r} where its mdat should be")
        elif box.kind == "ftyp" and not init:
            init = _whole_box(stream, box)
        elif box.kind == "moov" and init and defaults is None:
            init += _whole_box(stream, box)
            track = read_init(init, codec)
            defaults = _Defaults(track.default_duration, track.default_size, track.default_flags)
        elif box.kind == "moof" and defaults is not None:
            moof = box
        elif box.kind not in _IGNORED:
            raise ValueError(f"box {box.kind!r} at byte {box.start} is out of place")
    if moof is not None or defaults is None:
        raise ValueError("the file ends before its last fragment is complete")
    return init, tuple(fragments)


def _whole_box(stream: BinaryIO, box: Box) -> bytes:
    return read_payload(stream, box._replace(payload_start=box.start), MAX_HEADER_BYTES)


def _read_fragment(stream: BinaryIO, moof: Box, mdat: Box, defaults: _Defaults) -> Fragment:
    traf = children(only_child(children(read_payload(stream, moof, MAX_HEADER_BYTES)), "traf"))
    defaults = _read_tfhd(only_child(traf, "tfhd"), defaults)
    truns = [_read_trun(payload, defaults) for kind, payload in traf if kind == "trun"]
    if not truns or truns[0].sample_count == 0:
        raise ValueError(f"the fragment at byte {moof.start} has no samples")
    for run in truns:
        data_start = moof.start + run.data_offset
        if not mdat.payload_start <= data_start <= data_start + run.data_bytes <= mdat.end:
            raise ValueError(f"samples of the fragment at byte {moof.start} are not in its mdat")
    first = truns[0]
    return Fragment(
        offset=moof.start,
        size_bytes=mdat.end - moof.start,
        decode_time=_decode_time(only_child(traf, "tfdt")),
        duration=sum(run.duration for run in truns),
        frame_count=sum(run.sample_count for run in truns),
        keyframe_bytes=first.data_offset + first.first_size,
        starts_with_sync=not first.first_flags & _NON_SYNC_SAMPLE,
        trun_version=first.version,
        first_composition_offset=first.first_composition_offset,
    )


def _decode_time(tfdt: bytes) -> int:
    version, _ = full_box(tfdt)
    (decode_time,) = unpack(">Q" if version == 1 else ">I", tfdt, 4)
    return int(decode_time)


def _read_tfhd(tfhd: bytes, defaults: _Defaults) -> _Defaults:
    """Return the defaults of one fragment (ISO/IEC 14496-12, 8.8.7)."""
    _, flags = full_box(tfhd)
    if flags & 0x000001:
        raise ValueError("the fragment counts its data from the start of its file")
    found: dict[str, int] = {}
    offset = 8 + (4 if flags & 0x000002 else 0)
    for flag, name in ((0x000008, "duration"), (0x000010, "size"), (0x000020, "flags")):
        if flags & flag:
            (found[name],) = unpack(">I", tfhd, offset)
            offset += 4
    return defaults._replace(**found)


class _Run(NamedTuple):
    """A trun, summed up; `data_offset` counts from the start of the moof."""

    version: int
    data_offset: int
    data_bytes: int
    sample_count: int
    duration: int
    first_size: int
    first_flags: int
    first_composition_offset: int


def _read_trun(trun: bytes, defaults: _Defaults) -> _Run:
    """Sum up a run of samples (ISO/IEC 14496-12, 8.8.8)."""
    version, flags = full_box(trun)
    (sample_count,) = unpack(">I", trun, 4)
    if not flags & 0x000001:
        raise ValueError("a run of samples does not say where its data is")
    (data_offset,) = unpack(">i", trun, 8)
    table_start = 12
    first_flags: int | None = None
    if flags & 0x000004:
        (first_flags,) = unpack(">I", trun, table_start)
        table_start += 4
    columns = [column for flag, column in _TRUN_COLUMNS if flags & flag]
    table = trun[table_start:]
    if len(table) != 4 * len(columns) * sample_count:
        raise ValueError(f"a run of {sample_count} samples has {len(table)} bytes of fields")
    words = struct.unpack(f">{len(table) // 4}I", table)
    values = {name: words[column :: len(columns)] for column, name in enumerate(columns)}
    durations, sizes = values.get("duration"), values.get("size")
    sample_flags = values.get("flags") or (defaults.flags,)
    composition_offset = (values.get("composition") or (0,))[0]
    if version == 1 and composition_offset >= 1 << 31:
        composition_offset -= 1 << 32
    return _Run(
        version=version,
        data_offset=data_offset,
        data_bytes=defaults.size * sample_count if sizes is None else sum(sizes),
        sample_count=sample_count,
        duration=defaults.duration * sample_count if durations is None else sum(durations),
        first_size=sizes[0] if sizes else defaults.size,
        first_flags=sample_flags[0] if first_flags is None else first_flags,
        first_composition_offset=composition_offset,
    )
