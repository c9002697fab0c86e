"""Init segments and heads of media segments, built byte by byte for the gate's tests."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TURNED = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
SYNC, NOT_SYNC = 0x02000000, 0x01010000
FIRST_SAMPLE_BYTES = 20_000


def box(kind: bytes, *parts: bytes) -> bytes:
    """Wrap bytes in a box."""
    body = b"".join(parts)
    return pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """Wrap bytes in a box with version and flags."""
    return box(kind, pack(">I", version << 24 | flags), *parts)


def sps(*, profile: int, level: int, extra_bits: int, is_progressive: bool, transfer: int) -> bytes:
    """Build a sequence parameter set with a colour description, unescaped."""
    golomb = ("1", "010", "011", "00100")
    bits = f"{0x67:08b}{profile:08b}{0:08b}{level:08b}" + golomb[0]
    # 4:2:0, bit depths, no transform bypass, no scaling matrices.
    bits += golomb[1] + golomb[extra_bits] * 2 + "0" + "0"
    # frame_num, order type 0 with its size, references, gaps, a size that nothing reads.
    bits += golomb[0] + golomb[0] + golomb[2] + golomb[3] + "0" + golomb[3] + golomb[3]
    bits += ("1" if is_progressive else "00") + "1" + "1" + golomb[0] * 3 + golomb[1]
    # VUI: extended sample aspect 1:1, overscan, then signal type and colours.
    bits += "1" + "1" + f"{255:08b}{1:016b}{1:016b}" + "10" + "1" + "1010" + "1"
    bits += f"{1:08b}{transfer:08b}{1:08b}" + "1"
    bits += "0" * (-len(bits) % 8)
    escaped = bytearray()
    for byte in int(bits, 2).to_bytes(len(bits) // 8, "big"):
        if byte <= 3 and escaped[-2:] == b"\0\0":
            escaped.append(3)
        escaped.append(byte)
    return bytes(escaped)


def video_init(
    width: int,
    height: int,
    *,
    profile: int = 100,
    level: int = 30,
    extra_bits: int = 0,
    is_progressive: bool = True,
    transfer: int = 1,
    matrix: Sequence[int] = UPRIGHT,
    has_edit_list: bool = False,
    entry: bytes = b"avc1",
    timescale: int = 25_000,
    track_id: int = 1,
) -> bytes:
    """Build the init segment of an H.264 track."""
    parameters = sps(
        profile=profile,
        level=level,
        extra_bits=extra_bits,
        is_progressive=is_progressive,
        transfer=transfer,
    )
    config = bytes([1, profile, 0, level, 0xFF, 0xE1]) + pack(">H", len(parameters)) + parameters
    sample_entry = box(
        entry,
        bytes(24),
        pack(">HH", width, height),
        bytes(50),
        box(b"avcC", config + b"\x01\x00\x01\x68"),
        box(b"pasp", pack(">II", 1, 1)),
    )
    return _init(
        b"vide",
        sample_entry,
        timescale,
        matrix=matrix,
        has_edit_list=has_edit_list,
        track_id=track_id,
    )


def audio_init(*, channels: int = 2, sample_rate_hz: int = 48_000, object_type: int = 2) -> bytes:
    """Build the init segment of an AAC track."""
    specific = b"\x05\x80\x80\x80\x02" + bytes([object_type << 3 | 1, 0x90])
    decoder = b"\x04\x80\x80\x80\x14" + b"\x40\x15" + bytes(11) + specific
    descriptor = b"\x03\x80\x80\x80\x1c" + bytes(3) + decoder
    sample_entry = box(
        b"mp4a",
        bytes(16),
        pack(">HHI", channels, 16, 0),
        pack(">I", sample_rate_hz << 16),
        full(b"esds", 0, 0, descriptor),
    )
    return _init(
        b"soun",
        sample_entry,
        sample_rate_hz,
        matrix=UPRIGHT,
        has_edit_list=False,
        track_id=1,
    )


def _init(
    handler: bytes,
    sample_entry: bytes,
    timescale: int,
    *,
    matrix: Sequence[int],
    has_edit_list: bool,
    track_id: int,
) -> bytes:
    header = full(
        b"tkhd", 0, 3, pack(">5I", 0, 0, track_id, 0, 0), bytes(16), pack(">9i", *matrix), bytes(8)
    )
    edits = box(b"edts", full(b"elst", 0, 0, pack(">IIiI", 1, 0, 0, 0x10000)))
    media = box(
        b"mdia",
        full(b"mdhd", 0, 0, pack(">5I", 0, 0, timescale, 0, 0)),
        full(b"hdlr", 0, 0, bytes(4), handler, bytes(13)),
        box(b"minf", box(b"stbl", full(b"stsd", 0, 0, pack(">I", 1), sample_entry))),
    )
    track = box(b"trak", header, edits if has_edit_list else b"", media)
    extends = box(b"mvex", full(b"trex", 0, 0, pack(">5I", track_id, 1, 0, 0, 0)))
    return box(b"ftyp", b"iso6", bytes(4)) + box(b"moov", track, extends)


def video_head(
    decode_time: int,
    size_bytes: int,
    *,
    samples: int,
    ticks: int,
    offsets: Sequence[int] = (0, 1, -1),
    version: int = 1,
    sync_at: Sequence[int] = (),
    first_flags: int = SYNC,
    first_slice: int = 5,
    track_id: int = 1,
) -> bytes:
    """Build the head of a video segment, up to 64 bytes of media data.

    Args:
        offsets: composition offsets of its first samples, in frames; the others have none.
        sync_at: numbers of the sync samples beside the first.
    """
    rows = bytearray()
    for index in range(samples):
        flags = first_flags if index == 0 else SYNC if index in sync_at else NOT_SYNC
        offset = offsets[index] * ticks if index < len(offsets) else 0
        size = FIRST_SAMPLE_BYTES if index == 0 else 1000
        rows += pack(">IIi", size, flags, offset)
    header = full(b"tfhd", 0, 0x020008, pack(">II", track_id, ticks))
    moof = _moof(header, decode_time, bytes(rows), version=version, flags=0xE01, samples=samples)
    media = pack(">I", 10) + b"\x06" + bytes(9) + pack(">I", 9000) + bytes([0x60 | first_slice])
    return moof + pack(">I", size_bytes - len(moof)) + b"mdat" + media.ljust(64, b"\0")


def audio_head(decode_time: int, size_bytes: int, *, samples: int, last: int = 1024) -> bytes:
    """Build the head of an AAC segment; `last` is the duration of its last frame."""
    durations = [1024] * (samples - 1) + [last]
    rows = b"".join(pack(">II", duration, 300) for duration in durations)
    header = full(b"tfhd", 0, 0x020020, pack(">II", 1, SYNC))
    moof = _moof(header, decode_time, rows, version=1, flags=0x301, samples=samples)
    return moof + pack(">I", size_bytes - len(moof)) + b"mdat" + bytes(64)


def _moof(
    header: bytes, decode_time: int, rows: bytes, *, version: int, flags: int, samples: int
) -> bytes:
    def build(data_offset: int) -> bytes:
        time = full(b"tfdt", 1, 0, pack(">Q", decode_time))
        run = full(b"trun", version, flags, pack(">Ii", samples, data_offset), rows)
        return box(b"moof", full(b"mfhd", 0, 0, pack(">I", 1)), box(b"traf", header, time, run))

    return build(len(build(0)) + 8)
