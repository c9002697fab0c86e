"""Rules about the content."""

from __future__ import annotations

import pytest

from tests.transcoding.conformance import changes
from tests.transcoding.conformance.changes import Breach, Change, failed, names
from tests.transcoding.conformance.media_bytes import TURNED, audio_head, video_init
from tests.transcoding.conformance.sample import LOW, MID, SOUND, TOP, publish

BREACHES: list[Breach] = [
    (
        "a planned rung is missing",
        {"CONTENT renditions", "HLS files", "DASH files"},
        changes.without(LOW),
    ),
    ("a frame too many came out", {"CONTENT frames"}, changes.timeline(frame_count=499)),
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
            "DASH timeline",
        },
        changes.head(SOUND, 5, audio_head(770_048, 64_000, samples=183, last=848)),
    ),
    (
        "a sample of sound is missing",
        {"CONTENT audio samples"},
        changes.planned_audio(sample_count=960_001),
    ),
    ("the source is smaller", {"CONTENT never upscaled"}, changes.source_size(480, 270)),
    ("the source is 4:3", {"CONTENT aspect"}, changes.source_size(960, 720)),
    (
        "a rung is turned by its track",
        {"CONTENT aspect"},
        changes.init(TOP, video_init(640, 360, matrix=TURNED)),
    ),
    (
        "a rung has an odd width",
        {"CONTENT even", "HLS 9.2", "HLS 9.4"},
        changes.init(LOW, video_init(321, 180)),
    ),
    (
        "a chunk has no record",
        {"CONTENT decoded", "CONTENT seam"},
        changes.rendition(LOW, lambda r: {"records": r.records[:1]}),
    ),
    (
        "a rung is 4:3",
        {"HLS 1.33", "CONTENT aspect", "HLS 9.2", "HLS 9.4"},
        changes.init(LOW, video_init(320, 240)),
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


def test_rounding_to_even_sides_keeps_the_aspect() -> None:
    """854x480 shown as 640x360 is as near as even sides allow."""
    files = changes.source_size(854, 480)(publish())
    assert not {"CONTENT aspect", "CONTENT never upscaled"} & failed(files)
