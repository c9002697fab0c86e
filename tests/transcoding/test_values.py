"""Tests of the base of all values and of content keys."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from tests.transcoding.builders import a_job, a_source
from transcoding.job.messages import Job
from transcoding.source.source import Source
from transcoding.values import content_key


def test_fractions_are_written_as_a_ratio() -> None:
    """A frame rate must not become a float on its way through JSON."""
    document = a_source(frame_rate=Fraction(30000, 1001)).to_json()
    assert document["video"]["frame_rate"] == "30000/1001"
    assert Source.from_json(document).picture.frame_rate == Fraction(30000, 1001)


def test_an_unknown_field_is_rejected() -> None:
    """A message from a newer version fails at the door."""
    with pytest.raises(ValidationError, match="priority"):
        Job.from_json(a_job().to_json() | {"priority": 1})


def test_a_value_cannot_be_changed() -> None:
    """Values are shared between threads and histories."""
    with pytest.raises(ValidationError, match="frozen"):
        a_job().name = "b.mp4"  # type: ignore[misc]


def test_content_keys_are_stable() -> None:
    """A key names published files: it must be the same in every version and on every machine."""
    assert content_key(["a", 1, {"y": 2, "x": "ü"}]) == content_key(["a", 1, {"x": "ü", "y": 2}])
    assert content_key("0x8DC") == "a4af7c1b88a3"
    assert len(content_key("0x8DC", 24)) == 24
