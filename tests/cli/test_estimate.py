"""`vod estimate` on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.estimate_tables import dollars, length
from tests.cli.conftest import Vod


def test_a_clip_is_planned_and_priced(vod: Vod, tiny_clip: Path) -> None:
    """12 s of 320x180 at 30 fps: two rungs, 360 frames each, and its sound."""
    ran = vod("estimate", tiny_clip)
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines() if line]
    assert lines[0] == [tiny_clip.name, "12.0", "s"]
    assert lines[1] == ["rendition", "picture", "frames", "chunks", "CPU", "size,", "at", "most"]
    assert [line[2:5] for line in lines[2:4]] == [["320x180", "360", "1"]] * 2
    assert "in 3 units, sound included" in ran.out
    assert "on 3 instances" in ran.out
    assert "2 outputs of 0.2 min" in ran.out
    assert "Front Door" not in ran.out
    assert "looked up on 2026-11-22" in ran.out


def test_json_is_one_document(vod: Vod, tiny_clip: Path) -> None:
    """All that is printed, and more exactly."""
    document = json.loads(vod("estimate", tiny_clip, "--json").out)
    assert document["name"] == tiny_clip.name
    assert document["duration_s"] == 12.0
    assert [rung["frames"] for rung in document["rungs"]] == [360, 360]
    assert (document["units"], document["memory_mb"]) == (3, 4096)
    assert [cost["name"] for cost in document["keeping"]] == [
        "Storage, published",
        "Storage, source",
    ]
    assert document["notes"] == []


def test_a_name_may_look_like_an_address(vod: Vod, tiny_clip: Path, tmp_path: Path) -> None:
    """Spaces, colons and percent signs are part of a file's name."""
    path = tmp_path / "http: a b%20c.mp4"
    path.write_bytes(tiny_clip.read_bytes())
    assert vod("estimate", path).out.startswith("http: a b%20c.mp4  12.0 s\n")


def test_instances_and_memory_are_options(vod: Vod) -> None:
    """One instance of half the size takes all units in turn; the longest decides no more."""
    one = json.loads(
        vod(
            *("estimate", "--like", "720p30:60", "--json"),
            *("--instances", "1", "--instance-memory-mb", "2048"),
        ).out
    )
    assert (one["instances"], one["memory_mb"]) == (1, 2048)
    assert one["wall_s"] == pytest.approx(one["cpu_s"] / 0.9)
    assert one["gb_s"] == pytest.approx(one["wall_s"] * 2)


def test_any_price_is_an_option(vod: Vod) -> None:
    """A price per GB-second of ten dollars shows in the bill."""
    document = json.loads(
        vod("estimate", "--like", "720p30:60", "--json", "--price-flex-gb-second", "10").out
    )
    assert document["publishing"][0]["usd"] == pytest.approx(document["gb_s"] * 10)


def test_views_are_added_on_request(vod: Vod) -> None:
    """A thousand views of 60 s at 4.5 Mbit/s and 128 kbit/s are 34.7 GB."""
    ran = vod("estimate", "--like", "720p30:60", "--views", "1000")
    assert "Front Door, data of 1,000 views" in ran.out
    assert "34.7 GB at 4.5 Mbit/s" in ran.out


def test_encoding_follows_the_settings(vod: Vod, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preset, largest height and grouping are the app's own."""
    monkeypatch.setenv("VOD_PRESET", "veryfast")
    monkeypatch.setenv("VOD_MAX_HEIGHT", "360")
    monkeypatch.setenv("VOD_GROUPING", "together")
    document = json.loads(vod("estimate", "--like", "720p30:60", "--json").out)
    assert [rung["height"] for rung in document["rungs"]] == [234, 360, 360]
    assert document["units"] == 2
    monkeypatch.setenv("VOD_PRESET", "fast")
    assert (
        json.loads(vod("estimate", "--like", "720p30:60", "--json").out)["cpu_s"]
        > (document["cpu_s"])
    )


def test_what_would_be_refused_is_told(vod: Vod, tmp_path: Path) -> None:
    """Exit code 1 and the reason that the uploader would get, on one line."""
    path = tmp_path / "notes.mp4"
    path.write_text("no video at all")
    ran = vod("estimate", path)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(
        "vod: this file would be refused (notes.mp4): the file cannot be read as video or sound"
    )
    assert ran.err.count("\n") == 1


def test_a_playlist_is_refused_and_not_followed(vod: Vod, tiny_clip: Path, tmp_path: Path) -> None:
    """The same containers as in the app: a text file must not make it read others."""
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\n{tiny_clip}\n")
    assert vod("estimate", path).code == 1


def test_a_video_that_is_too_long_is_told(
    vod: Vod, tiny_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits are those of the settings."""
    monkeypatch.setenv("VOD_MAX_DURATION_S", "10")
    ran = vod("estimate", tiny_clip)
    assert ran.code == 1
    assert "the video is 12 s long: upload at most 10 s" in ran.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["gone.mp4"], "vod: there is no such file (gone.mp4)"),
        (["."], "vod: this is a folder (.)"),
        (["--like", "1080"], 'vod: "1080" is not like 1080p30:600'),
        ([], "vod estimate: give either VIDEO or --like (try: vod estimate --help)\n"),
        (["a.mp4", "--like", "1080p30:60"], "vod estimate: give either VIDEO or --like (try"),
        (["a.mp4", "--instances", "0"], "vod estimate: invalid value for '--instances': "),
        (["a.mp4", "--instances", "1.5"], "vod estimate: invalid value for '--instances': "),
        (["a.mp4", "--views", "many"], "vod estimate: invalid value for '--views': "),
        (["a.mp4", "--views", "-1"], "vod estimate: invalid value for '--views': "),
        (["a.mp4", "--instance-memory-mb", "1024"], "vod estimate: invalid value for '--instance"),
        (["a.mp4", "--cpu-factor", "0"], "vod estimate: invalid value for '--cpu-factor': 0 is "),
        (["a.mp4", "--cpu-factor", "inf"], "vod estimate: invalid value for '--cpu-factor': inf"),
        (["a.mp4", "--price-read-10k", "x"], "vod estimate: invalid value for '--price-read-10k"),
        (["a.mp4", "--price-read-10k", "-1"], "vod estimate: invalid value for '--price-read-10k"),
        (["a.mp4", "--price-read-10k", "nan"], "vod estimate: invalid value for '--price-read-1"),
    ],
)
def test_bad_usage_is_one_line(vod: Vod, arguments: list[str], complaint: str) -> None:
    """Exit code 2, nothing on stdout."""
    ran = vod("estimate", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(complaint)
    assert ran.err.count("\n") == 1


def test_a_preset_without_figures_is_bad_usage(vod: Vod, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names those that have some."""
    monkeypatch.setenv("VOD_PRESET", "veryslow")
    ran = vod("estimate", "--like", "720p30:60")
    assert ran.code == 2
    assert ran.err.startswith("vod: nothing is known of what preset veryslow costs: set VOD_PRESET")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (8.24, "8.2 s"),
        (59.96, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3599.6, "1 h 00 min"),
        (9000, "2 h 30 min"),
    ],
)
def test_lengths_are_readable(seconds: float, text: str) -> None:
    """Seconds, minutes or hours, never sixty of anything."""
    assert length(seconds) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (1234.5, "$1,234.50"),
        (0.1, "$0.10"),
        (0.0034, "$0.0034"),
        (0.00001, "<$0.0001"),
        (0, "$0.00"),
    ],
)
def test_amounts_are_readable(usd: float, text: str) -> None:
    """Small ones keep four places, the smallest are said to be small."""
    assert dollars(usd) == text
