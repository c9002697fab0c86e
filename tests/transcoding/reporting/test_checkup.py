"""Tests for what is found when a deployment is examined."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from transcoding.reporting.checkup import Check, Checkup

GOOD = Check(name="ffmpeg", status="ok", found="9.0.2")
LEFT_OUT = Check(name="event grid", status="skipped", found="not in Azure")
BAD = Check(name="temp disk", status="failed", found="3 MB are free", advice="free some")


def test_a_failed_check_says_what_to_do() -> None:
    """Without advice it is no check that anybody can use."""
    with pytest.raises(ValidationError, match="a failed check has advice"):
        Check(name="temp disk", status="failed", found="3 MB are free")


@pytest.mark.parametrize("status", ["ok", "skipped"])
def test_only_a_failed_check_gives_advice(status: Literal["ok", "skipped"]) -> None:
    """Advice on what is right would send people after nothing."""
    with pytest.raises(ValidationError, match="and no other has"):
        Check(name="temp disk", status=status, found="3 GB are free", advice="free some")


def test_one_failure_fails_the_whole() -> None:
    """What was skipped does not."""
    assert Checkup(version="1", checks=(GOOD, LEFT_OUT)).passed
    assert not Checkup(version="1", checks=(GOOD, BAD, LEFT_OUT)).passed
