"""Writes the tables of docs/settings.md from the settings themselves.

    .venv/bin/python scripts/settings_page.py

What stands between a line `<!-- settings: CLASS -->` and the next `<!-- end -->` is replaced by the
table of that class of settings.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from adapters.setting_types import allowed, parts_of, written_names
from adapters.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

_TABLE = re.compile(r"(<!-- settings: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| setting | default | what it should be | effect |\n| --- | --- | --- | --- |\n"


def with_tables(page: str) -> str:
    """Return the page with its tables written anew."""
    return _TABLE.sub(lambda found: f"{found[1]}{_table(found[2])}{found[3]}", page)


def _table(group: str) -> str:
    (settings,) = (
        base
        for base in Settings.__bases__
        if issubclass(base, BaseSettings) and base.__name__ == group
    )
    rows = (row for field in settings.model_fields.values() for row in _rows(field))
    return _HEAD + "".join(rows)


def _rows(field: FieldInfo) -> Iterator[str]:
    if not field.description:  # set by Azure, not by people
        return
    for name in written_names(field):
        yield _row(name, field)
        for part in parts_of(field):
            if part.description:
                yield _row(f"{name}__{part.validation_alias}", part)


def _row(name: str, field: FieldInfo) -> str:
    default = "unset" if field.is_required() or not field.default else f"`{field.default}`"
    if field.default == 0 and not isinstance(field.default, bool):
        default = "`0`"
    words = (allowed(field) or "text").replace("'", "`")
    return f"| `{name}` | {default} | {words} | {field.description} |\n"


def main() -> int:
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
