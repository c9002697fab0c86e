"""What a shell offers when Tab is pressed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.project import ROOT
from tests.cli.conftest import Vod

Complete = Callable[[str], list[str]]


@pytest.fixture
def complete(vod: Vod, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """Ask for completions of the last word of a line, as the script for bash does."""

    def offered(line: str) -> list[str]:
        monkeypatch.setenv("_VOD_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        ran = vod()
        assert (ran.code, ran.err) == (0, "")
        return ran.out.split()

    return offered


def test_commands_are_completed(complete: Complete) -> None:
    """All of them, or those that begin as the word does."""
    assert complete("vod ") == ["run", "upload", "status", "replay", "estimate", "start", "doctor"]
    assert complete("vod sta") == ["status", "start"]


def test_options_are_completed(complete: Complete) -> None:
    """Those of the command that the line names, prices too."""
    options = ["--watch", "--json", "--url", "--key", "--help"]
    assert complete("vod status holiday.mp4 --") == options
    assert complete("vod run --no") == ["--no-wait", "--no-keep"]
    assert complete("vod estimate a.mp4 --price-goo") == [
        "--price-google-sd-minute",
        "--price-google-hd-minute",
        "--price-google-uhd-minute",
    ]


def test_values_are_completed_where_they_are_few(complete: Complete) -> None:
    """Sizes of memory are offered; for a file bash falls back to its own names."""
    assert complete("vod estimate a.mp4 --instance-memory-mb ") == ["512", "2048", "4096"]
    assert complete("vod upload ho") == []


def test_bash_completes_with_the_script_that_is_shown(tmp_path: Path) -> None:
    """`vod --show-completion` prints what bash needs: loaded, it offers commands and options."""
    command = tmp_path / "vod"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n', "utf-8")
    command.chmod(0o755)
    script = """
        eval "$(vod --show-completion)"
        COMP_WORDS=(vod re) COMP_CWORD=1
        _vod_completion vod
        echo "${COMPREPLY[*]}"
        complete -p vod
    """
    ran = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={
            **os.environ,
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == [
        "replay",
        "complete -o default -F _vod_completion vod",
    ]
