"""How text reaches the terminal."""

from __future__ import annotations

from rich.console import Console


def printable(text: str) -> str:
    """Return the text with a space for each control character.

    Names and labels come from uploads, and an escape sequence in one would steer the terminal.
    """
    return "".join(character if character.isprintable() else " " for character in text)


def write_line(console: Console, text: str) -> None:
    """Print one line as it is: no mark-up, no colours, never wrapped."""
    console.print(printable(text), markup=False, highlight=False, soft_wrap=True)
