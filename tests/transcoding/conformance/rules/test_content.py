"""Rules about the content."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import audio_head
from tests.transcoding.conformance.sample import LOW, MID, SOUND, publish

BREACHES: list[Breach] = [
    (
        "a planned rung is missing",
        {"CONTENT renditions", "HLS files", "DASH files"},
        changes.without(LOW),
    ),
    ("a frame too many came out", {"CONTENT frames"}, changes.expected_track(MID, frame_count=499)),
    ("a chunk more was planned", {"CONTENT chunks"}, changes.expected_track(SOUND, chunk_count=2)),
    (
        "a chunk is recorded under another number",
        {"CONTENT chunks"},
        changes.record(LOW, 1, index=2),
    ),
    (
        "a chunk's record is that of another track",
        {"CONTENT chunks"},
        changes.record(LOW, 1, key=MID),
    ),
    (
        "a chunk was measured with other ticks",
        {"CONTENT chunks"},
        changes.record(LOW, 1, timescale=50_000),
    ),
    (
        "a chunk's init segment had another size",
        {"CONTENT chunks"},
        changes.record(SOUND, 0, init_size_bytes=1),
    ),
    (
        "a segment is recorded where the one before it ends late",
        {"CONTENT chunks"},
        changes.segment(MID, 4, decode_time=301_000),
    ),
    (
        "a segment is recorded with a frame more",
        {"CONTENT chunks"},
        changes.segment(SOUND, 5, frame_count=187),
    ),
    (
        "a codec is another than planned",
        {"CONTENT renditions"},
        changes.expected_track(SOUND, codec="ac3"),
    ),
    (
        "a frame of sound stands for two",
        {"CONTENT audio frames"},
        changes.both(
            changes.head(SOUND, 2, audio_head(192_512, 64_000, samples=187, last=2048)),
            changes.segment(SOUND, 2, frame_count=187),
        ),
    ),
    (
        "the last frame of sound stands for more than one",
        {"CONTENT audio frames"},
        changes.both(
            changes.head(SOUND, 5, audio_head(770_048, 64_000, samples=185, last=1536)),
            changes.segment(SOUND, 5, frame_count=185),
        ),
    ),
    (
        "a frame of sound is cut short where nothing ends",
        {
            *("CONTENT audio frames", "CONTENT audio samples", "CMAF decode time", "HLS 7.3"),
            *("DASH timeline",),
        },
        changes.both(
            changes.head(SOUND, 3, audio_head(385_024, 64_000, samples=188, last=1000)),
            changes.segment(SOUND, 3, duration=192_488),
        ),
    ),
    (
        "a seam is 0.03 below its neighbours",
        {"CONTENT seam"},
        changes.record(MID, 1, head_ssim=(0.919, 0.98, 0.96)),
    ),
    ("a seam was not measured", {"CONTENT seam"}, changes.record(MID, 1, head_ssim=())),
    (
        "the sound ends 57 ms early",
        {
            *("CONTENT length", "CONTENT audio samples", "HLS EXTINF", "HLS 8.1"),
            *("DASH timeline", "CONTENT chunks"),
        },
        changes.head(SOUND, 5, audio_head(770_048, 64_000, samples=183, last=848)),
    ),
    (
        "a sample of sound is missing",
        {"CONTENT audio samples"},
        changes.expected_track(SOUND, sample_count=960_001),
    ),
    (
        "a chunk has no record",
        {"CONTENT decoded", "CONTENT seam", "CONTENT chunks"},
        changes.rendition(LOW, lambda r: {"records": r.records[:1]}),
    ),
]


@pytest.mark.parametrize(("what", "rules", "change"), BREACHES, ids=names(BREACHES))
def test_a_breach_is_found(what: str, rules: set[str], change: Change) -> None:
    """A breach fails the rules about it and no others."""
    assert failed(change(publish())) == rules, what


def test_a_scene_cut_beside_a_seam_is_no_breach() -> None:
    """A seam is held against the worst of its neighbours, so one bad frame there excuses it."""
    files = changes.record(MID, 1, head_ssim=(0.90, 0.88, 0.96))(publish())
    assert "CONTENT seam" not in failed(files)
