"""How binding a rule is."""

from __future__ import annotations

from typing import Literal

Level = Literal["MUST", "SHOULD"]
"""A MUST that fails stops the publish, a SHOULD is only reported."""
