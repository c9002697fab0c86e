"""The folder for scratch files."""

from __future__ import annotations

from pathlib import Path

from adapters.checkup.disk import try_temp


def test_room_enough_is_told_in_figures(tmp_path: Path) -> None:
    """And nothing is left there."""
    found = try_temp(370_000_000, folder=tmp_path, free=lambda _: 800_000_000)
    assert found == (
        "ok",
        f"{tmp_path} has 800 MB free; the largest unit may fill 370 MB",
        "",
    )
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_a_failure_with_its_settings(tmp_path: Path) -> None:
    """The largest unit would end with no space left."""
    found = try_temp(771_000_000, folder=tmp_path, free=lambda _: 500_000_000)
    assert (found.status, found.found) == (
        "failed",
        f"{tmp_path} has 500 MB free, and the largest unit may fill 771 MB",
    )
    assert "VOD_GROUPING=per_rendition" in found.advice


def test_a_folder_that_takes_no_file_is_a_failure(tmp_path: Path) -> None:
    """Such as one that is gone."""
    gone = tmp_path / "gone"
    found = try_temp(1, folder=gone)
    assert (found.status, found.found) == (
        "failed",
        f"{gone} cannot be written to (No such file or directory)",
    )
    assert "TMPDIR" in found.advice


def test_without_a_folder_it_is_the_systems_own() -> None:
    """With the room that there really is."""
    assert try_temp(1).status == "ok"
    assert try_temp(10**18).status == "failed"
