"""`make quick` leaves out what needs FFmpeg, Azurite or a browser: nobody marks that by hand."""

from __future__ import annotations

import pytest

from tests.media import run_ffmpeg


def needs_a_program(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("world") is not None


def make_nothing() -> None:
    run_ffmpeg(["-f", "lavfi", "-i", "color", "-frames:v", "1", "-f", "null", "-"])


def test_nothing_is_needed_for_this(request: pytest.FixtureRequest) -> None:
    """Though FFmpeg is at hand."""
    assert not needs_a_program(request)


def test_what_a_helper_runs_counts(request: pytest.FixtureRequest) -> None:
    """As if the test itself ran it."""
    assert needs_a_program(request)
    make_nothing()


@pytest.mark.parametrize("where", ["azurite", "memory"])
def test_a_fixture_that_is_named_by_a_parameter_counts(
    request: pytest.FixtureRequest, where: str
) -> None:
    """It is asked for when the test runs."""
    assert needs_a_program(request) == (where == "azurite")


@pytest.fixture
def clip() -> None:
    make_nothing()


@pytest.mark.usefixtures("clip")
def test_what_a_fixture_runs_counts(request: pytest.FixtureRequest) -> None:
    """Also one of the module's own."""
    assert needs_a_program(request)
