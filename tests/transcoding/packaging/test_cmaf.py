"""CMAF files as FFmpeg writes them with our commands, and hostile ones."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media import ClipMaker, MediaServer, run_ffmpeg, run_ffprobe
from tests.transcoding.builders import a_timeline
from tests.transcoding.encoding import Encoded, a_plan, a_rung, a_sound, encode_all
from transcoding.codecs import aac, h264
from transcoding.packaging.boxes import walk
from transcoding.packaging.cmaf import read_init, split_file

NTSC_60 = Fraction(60000, 1001)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a place for this module's encodes."""
    return tmp_path_factory.mktemp("cmaf")


@pytest.fixture(scope="module")
def halved(clip_maker: ClipMaker, folder: Path) -> dict[str, Encoded]:
    """Encode 719 frames at 59.94 fps as a full-rate and a halved rung, in three chunks."""
    clip = clip_maker.clip(frame_rate=NTSC_60, frame_count=719, sound=False)
    timeline = a_timeline(NTSC_60, 719, max_step=2, chunk_s=4)
    plan = a_plan(a_rung("full", timeline), a_rung("half", timeline, step=2))
    return encode_all(plan, clip_maker.server, clip, folder)


@pytest.fixture(scope="module")
def sound(media_server: MediaServer, tiny_clip: Path, folder: Path) -> Encoded:
    """Encode the tiny clip's 44.1 kHz tone."""
    plan = a_plan(a_sound("tone", a_timeline(Fraction(30), 360)))
    return encode_all(plan, media_server, tiny_clip, folder)["tone"]


@pytest.mark.parametrize(
    ("frame_rate", "expected"),
    [
        (Fraction(30), (30_000, [0, 120_000, 240_000], 59_000)),
        (Fraction(25), (25_000, [0, 100_000, 200_000], 99_000)),
        (Fraction(24000, 1001), (24_000, [0, 96_096, 192_192, 288_288], 11_011)),
    ],
    ids=["30", "25", "23.976"],
)
def test_chunks_of_a_rung_join_without_a_gap(
    clip_maker: ClipMaker,
    tmp_path: Path,
    frame_rate: Fraction,
    expected: tuple[int, list[int], int],
) -> None:
    """Chunks, encoded apart, have one init segment and continuous decode times."""
    count = 299
    clip = clip_maker.clip(frame_rate=frame_rate, frame_count=count, sound=False)
    plan = a_plan(a_rung("rung", a_timeline(frame_rate, count, chunk_s=4)))

    rung = encode_all(plan, clip_maker.server, clip, tmp_path)["rung"]

    decode_times = [segment.decode_time for segment in rung.segments]
    assert (rung.records[0].timescale, decode_times, rung.segments[-1].duration) == expected
    assert len(rung.inits) >= 3
    assert len(set(rung.inits)) == 1
    assert sum(s.frame_count for s in rung.segments) == 299


def test_halved_rung_is_as_long_as_the_full_one(halved: dict[str, Encoded]) -> None:
    """Of 719 frames the 360th of the halved rung stands for one: it is half as long."""
    full, half = halved["full"], halved["half"]

    assert [s.decode_time for s in full.segments] == [0, 240_240, 480_480]
    assert [s.decode_time for s in half.segments] == [0, 240_240, 480_480]
    assert [s.duration for s in full.segments] == [240_240, 240_240, 239_239]
    assert [s.duration for s in half.segments] == [240_240, 240_240, 239_239]
    assert [s.frame_count for s in full.segments] == [240, 240, 239]
    assert [s.frame_count for s in half.segments] == [120, 120, 120]


def test_init_segments_are_identical_where_the_last_frame_is_shortened(
    halved: dict[str, Encoded],
) -> None:
    """The chunk whose last frame is shortened has the same header as the others."""
    assert len(set(halved["half"].inits)) == 1
    assert len(set(halved["full"].inits)) == 1


def test_halved_rung_shows_every_second_frame_at_its_time(halved: dict[str, Encoded]) -> None:
    """The 120 pictures of the last chunk are 2002 ticks apart.

    ffprobe moves signed composition offsets to where none is negative, so only differences count.
    """
    probe = run_ffprobe(["-show_entries", "packet=pts", str(halved["half"].files[2])])

    times = sorted(int(packet["pts"]) for packet in probe["packets"])

    assert len(times) == 120
    assert {after - before for before, after in pairwise(times)} == {2002}


def test_video_init_segment(halved: dict[str, Encoded]) -> None:
    """What the header says of a video rung."""
    init = read_init(halved["half"].inits[0], h264)

    assert init.handler == "vide"
    assert init.timescale == 60_000
    assert init.codec == "avc1.64000c"
    assert (init.width, init.height) == (160, 90)
    assert not init.has_edit_list


def test_audio_init_segment(sound: Encoded) -> None:
    """What the header says of an audio rendition."""
    init = read_init(sound.inits[0], aac)

    assert init.handler == "soun"
    assert init.timescale == 48_000
    assert init.codec == "mp4a.40.2"
    assert (init.sample_rate_hz, init.channels) == (48_000, 2)
    assert not init.has_edit_list


def test_audio_starts_at_zero_and_is_as_long_as_the_video(sound: Encoded) -> None:
    """12 s are 576,000 samples, in fragments of 188 AAC frames."""
    assert [s.decode_time for s in sound.segments] == [0, 192_512, 385_024]
    assert [s.duration for s in sound.segments] == [192_512, 192_512, 190_976]
    assert [s.frame_count for s in sound.segments] == [188, 188, 187]


def test_fragments_start_with_a_sync_sample_shown_at_once(halved: dict[str, Encoded]) -> None:
    """Every fragment starts with an IDR; composition offsets are signed, so no edit list."""
    for file in halved["full"].files:
        with file.open("rb") as stream:
            _, fragments = split_file(stream, h264)
        assert [(f.starts_with_sync, f.trun_version) for f in fragments] == [(True, 1)]
        assert fragments[0].first_composition_offset == 0


def test_keyframe_bytes_end_with_the_first_picture(
    halved: dict[str, Encoded], tmp_path: Path
) -> None:
    """The range ends where ffprobe sees the first packet end, and decodes to one picture."""
    file = halved["full"].files[1]
    with file.open("rb") as stream:
        init, (fragment,) = split_file(stream, h264)
        stream.seek(fragment.offset)
        picture = stream.read(fragment.keyframe_bytes)
    cut = tmp_path / "picture.mp4"
    cut.write_bytes(init + picture)

    probe = run_ffprobe(["-show_entries", "packet=pos,size", "-read_intervals", "%+#1", str(file)])
    run_ffmpeg(["-i", str(cut), "-frames:v", "1", str(tmp_path / "picture.png")])

    packet = probe["packets"][0]
    assert int(packet["pos"]) + int(packet["size"]) == fragment.offset + fragment.keyframe_bytes
    assert (tmp_path / "picture.png").stat().st_size > 1_000


def test_init_and_segments_are_the_whole_file_but_its_index(halved: dict[str, Encoded]) -> None:
    """Header and fragments follow each other without a gap; mfra comes after and is left out."""
    file = halved["full"].files[0]
    with file.open("rb") as stream:
        init, fragments = split_file(stream, h264)
        kinds = [box.kind for box in walk(stream)]

    assert kinds == ["ftyp", "moov", "moof", "mdat", "mfra"]
    assert fragments[0].offset == len(init)
    assert fragments[0].offset + fragments[0].size_bytes == file.stat().st_size - 67


class CountingStream(io.BytesIO):
    """Counts the bytes that are read."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        return data


def test_media_data_is_not_read(halved: dict[str, Encoded]) -> None:
    """Only headers are read, whatever the length of the media data."""
    data = halved["full"].files[0].read_bytes()
    mdat = data.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, mdat)
    grown = (
        data[:mdat] + struct.pack(">I", size + 5_000_000) + data[mdat + 4 : mdat + size]
    ) + bytes(5_000_000)
    stream = CountingStream(grown)

    _, fragments = split_file(stream, h264)

    assert fragments[0].size_bytes > 5_000_000
    assert stream.bytes_read < 20_000


def test_damaged_files_are_refused_with_value_error(halved: dict[str, Encoded]) -> None:
    """A file that is cut anywhere in its headers or media is refused, never half read."""
    data = halved["half"].files[0].read_bytes()
    whole = data[: len(data) - 67]
    for length in (0, 4, 8, 27, 28, 400, 798, 805, 1_000, 3_000, len(whole) - 1):
        with pytest.raises(ValueError, match=r"box|cut short|file ends"):
            split_file(io.BytesIO(data[:length]), h264)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    changes=st.lists(st.tuples(st.integers(0, 2_900), st.integers(0, 255)), min_size=1, max_size=4)
)
def test_hostile_headers_never_do_worse_than_value_error(
    halved_bytes: bytes, changes: list[tuple[int, int]]
) -> None:
    """Whatever a few changed header bytes claim, the answer is a result or ValueError."""
    data = bytearray(halved_bytes)
    for position, value in changes:
        data[position] = value
    try:
        init, fragments = split_file(io.BytesIO(bytes(data)), h264)
    except ValueError:
        return
    assert len(init) + sum(f.size_bytes for f in fragments) <= len(data)
    assert all(0 < f.keyframe_bytes <= f.size_bytes for f in fragments)


@pytest.fixture(scope="module")
def halved_bytes(halved: dict[str, Encoded]) -> bytes:
    """Give the bytes of a file with two headers to damage."""
    return halved["half"].files[0].read_bytes()


@pytest.mark.parametrize("data_offset", [-100, 0, 100, 900_000_000])
def test_samples_outside_the_media_data_are_refused(halved_bytes: bytes, data_offset: int) -> None:
    """A run whose data would start in a header, or beyond the file, is no fragment."""
    field = halved_bytes.index(b"trun") + 12
    changed = halved_bytes[:field] + struct.pack(">i", data_offset) + halved_bytes[field + 4 :]
    with pytest.raises(ValueError, match="are not in its mdat"):
        split_file(io.BytesIO(changed), h264)


def test_samples_that_end_beyond_the_media_data_are_refused(halved_bytes: bytes) -> None:
    """A data offset that is one byte too far leaves the last sample a byte short."""
    field = halved_bytes.index(b"trun") + 12
    (data_offset,) = struct.unpack_from(">i", halved_bytes, field)
    changed = halved_bytes[:field] + struct.pack(">i", data_offset + 1) + halved_bytes[field + 4 :]
    with pytest.raises(ValueError, match="are not in its mdat"):
        split_file(io.BytesIO(changed), h264)


def test_a_track_of_another_codec_is_refused(halved_bytes: bytes) -> None:
    """Its decoder configuration would be read as something that it is not."""
    with pytest.raises(ValueError, match="sample entry is 'avc1' instead of 'mp4a'"):
        split_file(io.BytesIO(halved_bytes), aac)
    changed = halved_bytes.replace(b"avcC", b"hvcC", 1)
    with pytest.raises(ValueError, match="0 boxes 'avcC' where one is expected"):
        split_file(io.BytesIO(changed), h264)
