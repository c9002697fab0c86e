"""Tests that docs/cost.md says what `vod estimate` says, and with which prices."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from cli.estimate_tables import dollars, length
from cli.main import main
from transcoding.cost.cpu_time import WRITE_NS
from transcoding.cost.prices import LOOKED_UP, PRICES

PAGE = (Path(__file__).parent.parent / "docs" / "cost.md").read_text("utf-8")


def rows(columns: int) -> list[list[str]]:
    """Return the rows of all tables with so many columns that begin with code."""
    lines = re.findall(r"^\| (`.+) \|$", PAGE, re.MULTILINE)
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return [row for row in cells if len(row) == columns]


TYPICAL = rows(8)


@pytest.mark.parametrize("row", TYPICAL, ids=lambda row: f"{row[0]}-{row[1]}")
def test_typical_videos_cost_what_the_page_says(
    row: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """CPU time, wall time and dollars of each row are what its command prints."""
    command, preset, *told = row
    monkeypatch.setenv("VOD_PRESET", preset)
    monkeypatch.chdir(tmp_path)
    assert main([*shlex.split(command.strip("`"))[1:], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    spot, mediaconvert, google = (cost["usd"] for cost in found["instead"])
    assert told == [
        length(found["cpu_s"]),
        length(found["wall_s"]),
        dollars(sum(cost["usd"] for cost in found["publishing"])),
        dollars(spot),
        dollars(mediaconvert),
        dollars(google),
    ]


def test_four_typical_videos_are_there() -> None:
    """A minute, ten minutes, a film, a film in 2160p; each with two presets."""
    assert [(row[0], row[1]) for row in TYPICAL] == [
        (f"`vod estimate --like {like}`", preset)
        for like in ("720p30:60", "1080p30:600", "1080p30:7200", "2160p30:7200")
        for preset in ("fast", "veryfast")
    ]


def test_every_price_is_on_the_page() -> None:
    """Name, amount, unit, source and date of each, and whether it was verified."""
    assert rows(6) == [
        [
            f"`{name}`",
            price.amount,
            price.unit,
            price.source,
            price.as_of,
            "yes" if price.is_verified else "no",
        ]
        for name, price in PRICES.items()
    ]
    assert f"looked up on {LOOKED_UP}" in PAGE


def test_every_measured_preset_is_on_the_page() -> None:
    """Its constant stands beside what was measured."""
    assert {row[0].strip("`"): float(row[1].removesuffix(" ns")) for row in rows(2)} == WRITE_NS
