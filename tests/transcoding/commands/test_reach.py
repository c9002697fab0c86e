"""An upload can reach nothing but itself."""

from __future__ import annotations

import pytest

from tests.transcoding.builders import a_plan, a_sound_unit, a_source, a_unit, an_audio_track
from tests.transcoding.encoding import command_of
from transcoding.commands import checks, inputs, stills

URL = "https://example.invalid/uploads/a.mp4?sig=secret"


def _value(arguments: tuple[str, ...], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def _all_reading_the_source() -> list[tuple[str, ...]]:
    plan = a_plan(a_source(an_audio_track()), chunk_s=20)
    unit = a_unit(plan, 1, 0, 8)
    return [
        command_of(unit, URL, ["a.mp4", "b.mp4"]),
        command_of(a_sound_unit(plan), URL, ["a.mp4"]),
        checks.seam_ssim(
            plan.source.picture,
            unit.video,
            unit.chunk,
            url=URL,
            etag="0x8DC",
            files=["a", "b"],
            heads=["c", "d"],
            tails=["e", "f"],
        ),
        stills.take_cover((URL, "0x8DC"), 7, 640, 640, "poster.jpg"),
    ]


@pytest.mark.parametrize("arguments", _all_reading_the_source())
def test_an_upload_can_reach_nothing_else(arguments: tuple[str, ...]) -> None:
    """No local file, no playlist: an upload that names other addresses must not be followed."""
    places = [n for n, argument in enumerate(arguments) if argument == URL]
    assert places
    for place in places:
        before = arguments[:place]
        assert before[-1] == "-i"
        protocols = before[len(before) - 1 - before[::-1].index("-protocol_whitelist") + 1]
        assert protocols == "http,https,tcp,tls"
        formats = before[len(before) - 1 - before[::-1].index("-format_whitelist") + 1].split(",")
        assert not {"hls", "dash", "concat", "image2", "sdp", "rtsp", "lavfi"} & set(formats)


@pytest.mark.parametrize("arguments", _all_reading_the_source())
def test_the_source_is_read_only_as_it_was(arguments: tuple[str, ...]) -> None:
    """Storage refuses to serve a newer upload, so no output mixes two."""
    assert _value(arguments, "-headers") == 'If-Match: "0x8DC"\r\n'


def test_local_inputs_stay_local() -> None:
    """What FFmpeg wrote itself is read without any network."""
    arguments = checks.decode("out.mp4")
    assert _value(arguments, "-protocol_whitelist") == "file"


def test_a_source_on_this_machine_is_read_without_a_network() -> None:
    """`vod estimate` opens a file with the same containers, and sends no header anywhere."""
    arguments = tuple(inputs.source_input(inputs.local_url("/films/a b:c.mp4"), ""))
    assert arguments[-1] == "file:/films/a b:c.mp4"
    assert _value(arguments, "-protocol_whitelist") == "file"
    assert "concat" not in _value(arguments, "-format_whitelist").split(",")
    assert "-headers" not in arguments


def test_certificates_are_checked_where_there_are_any() -> None:
    """Neither program does so by itself; the emulator has none."""
    secure, plain = (inputs.source_input(f"{scheme}://example.invalid/a", "") for scheme in SCHEMES)
    assert secure[secure.index("-tls_verify") + 1] == "1"
    assert secure[secure.index("-ca_file") + 1].endswith("cacert.pem")
    assert "-tls_verify" not in plain


SCHEMES = ("https", "http")
