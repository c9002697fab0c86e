"""Reading what FFmpeg wrote: exact, held against the plan, and stored through a transform."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from adapters.encoded import Encoded, Expected, hold, read_encoded
from adapters.storage.files import bytes_of
from tests.media import run_ffmpeg
from transcoding.codecs import aac, h264
from transcoding.errors import OutputMismatch, ToolFailed
from transcoding.packaging.transform import SegmentTransform

AS_PLANNED = Expected(frames=50, ticks=50_000, segments=2, decode_time=100_000)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two segments of a second at 25 fps, the fifth and sixth of their track."""
    path = tmp_path_factory.mktemp("encoded") / "chunk.mp4"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=2"),
            *("-c:v", "libx264", "-g", "25", "-keyint_min", "25", "-sc_threshold", "0"),
            *("-pix_fmt", "yuv420p", "-video_track_timescale", "25000"),
            *("-output_ts_offset", "4", "-f", "mp4", "-movflags", "+cmaf+frag_discont"),
            str(path),
        ]
    )
    return path


@pytest.fixture
def encoded(file: Path) -> Encoded:
    return read_encoded(file, h264, first_segment=5)


def test_a_file_tells_what_its_marker_says(encoded: Encoded, file: Path) -> None:
    """Numbers, times and MD5s of segments that lie one after the other in the file."""
    record = encoded.record("h264-1", 2)
    assert [(s.number, s.decode_time, s.duration, s.frame_count) for s in record.segments] == [
        (5, 100_000, 25_000, 25),
        (6, 125_000, 25_000, 25),
    ]
    files = {name: bytes_of(content) for name, content in encoded.files().items()}
    assert list(files) == ["init.mp4", "00005.m4s", "00006.m4s"]
    assert file.read_bytes().startswith(files["init.mp4"] + files["00005.m4s"])
    assert record.segments[1].md5 == hashlib.md5(files["00006.m4s"]).hexdigest()  # noqa: S324
    assert (record.key, record.index, record.timescale) == ("h264-1", 2, 25_000)


def test_what_is_as_planned_passes(encoded: Encoded) -> None:
    """Frames, ticks, segments, and where it starts."""
    hold(encoded, AS_PLANNED, on="chunk 2")


@pytest.mark.parametrize(
    "change",
    [{"frames": 49}, {"ticks": 49_000}, {"segments": 1}, {"decode_time": 0}],
)
def test_what_is_not_as_planned_is_told(encoded: Encoded, change: dict[str, int]) -> None:
    """The very same command would give the very same output: no retry can mend it."""
    with pytest.raises(OutputMismatch, match=r"50 frames, 50000 ticks, 2 segments .*chunk 2"):
        hold(encoded, AS_PLANNED._replace(**change), on="chunk 2")


def test_a_gap_between_segments_is_told(encoded: Encoded) -> None:
    """Sums alone would not show it."""
    first, second = encoded.fragments
    later = second.model_copy(update={"decode_time": second.decode_time + 1})
    with pytest.raises(OutputMismatch, match="with gaps between them"):
        hold(encoded._replace(fragments=(first, later)), AS_PLANNED, on="chunk 2")


def test_a_damaged_file_may_come_out_right_next_time(file: Path, tmp_path: Path) -> None:
    """A file that breaks off is a failure of the tool, and so is another codec."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ToolFailed, match="cannot be read"):
        read_encoded(broken, h264, 1)
    with pytest.raises(ToolFailed, match="'avc1' instead of 'mp4a'"):
        read_encoded(file, aac, 1)


def test_what_is_stored_is_what_the_transform_makes(encoded: Encoded) -> None:
    """Size and MD5 in the marker are those of the stored files."""
    padded = SegmentTransform(init=lambda body: body + b"i", segment=lambda body: body + b"seg")
    changed = encoded._replace(transform=padded)
    plain = {name: bytes_of(content) for name, content in encoded.files().items()}
    stored = changed.files()
    assert stored["init.mp4"] == plain["init.mp4"] + b"i"
    assert stored["00005.m4s"] == plain["00005.m4s"] + b"seg"
    record = changed.record("h264-1", 2)
    assert record.init_size_bytes == len(plain["init.mp4"]) + 1
    assert record.segments[0].size_bytes == len(plain["00005.m4s"]) + 3
    assert record.segments[0].md5 == hashlib.md5(plain["00005.m4s"] + b"seg").hexdigest()  # noqa: S324
