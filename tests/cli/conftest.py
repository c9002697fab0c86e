"""Fixtures for tests of the `vod` command."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.main import main
from cli.project import ROOT


class Ran(NamedTuple):
    """What one `vod` command did."""

    code: int
    out: str
    err: str


Vod = Callable[..., Ran]


@pytest.fixture
def vod(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Vod]:
    """Run `vod` in an empty folder, without settings, as its entry point does."""
    for name in ("UPLOADS_STORAGE", "DELIVERY_STORAGE", "DURABLE_VOD_URL", "DURABLE_VOD_KEY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def run(*arguments: str | Path, project: Path = ROOT) -> Ran:
        try:
            code = main([str(argument) for argument in arguments], project=project)
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
