"""Where the app lies that `vod run` and `vod start` start."""

from __future__ import annotations

from pathlib import Path

from cli.problems import Unusable

ROOT = Path(__file__).resolve().parents[1]


def check_project(folder: Path) -> None:
    """Make sure that a folder is a checkout.

    Raises:
        Unusable: the app is not there.
    """
    if not (folder / "function_app.py").is_file():
        raise Unusable(
            "there is no app beside this command",
            on=str(folder),
            advice="use the `vod` that `make setup` installs in a checkout of durable-vod",
        )
