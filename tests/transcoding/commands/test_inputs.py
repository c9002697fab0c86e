"""Tests of how a source is opened."""

from __future__ import annotations

from transcoding.commands.inputs import ALLOWED_FORMATS, local_input, local_url, source_input

URL = "https://example.invalid/uploads/a.mp4?sig=secret"


def _value(arguments: tuple[str, ...], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_an_upload_can_reach_nothing_else() -> None:
    """No local file, no playlist: an upload that names other addresses must not be followed."""
    arguments = source_input(URL, "0x1")
    assert arguments[-2:] == ("-i", URL)
    assert _value(arguments, "-protocol_whitelist") == "http,https,tcp,tls"
    assert _value(arguments, "-format_whitelist") == ALLOWED_FORMATS


def test_what_an_upload_may_be() -> None:
    """Single files with a picture or with sound; nothing that is a list of other files."""
    formats = ALLOWED_FORMATS.split(",")
    assert len(formats) == len(set(formats)) == 35
    assert {"mov", "matroska", "mpegts", "mp3", "aac", "flac", "wav", "aiff", "ogg"} <= {*formats}
    lists = {"hls", "dash", "concat", "concatf", "image2", "sdp", "rtsp", "lavfi", "imf", "vobsub"}
    assert not lists & {*formats}


def test_the_source_is_read_only_as_it_was() -> None:
    """Storage refuses to serve a newer upload, so no output mixes two."""
    assert _value(source_input(URL, "0x1"), "-headers") == 'If-Match: "0x1"\r\n'


def test_certificates_are_for_https_alone() -> None:
    """Both programs verify the host; plain HTTP has no such option."""
    assert _value(source_input(URL, "0x1"), "-tls_verify") == "1"
    assert "-tls_verify" not in source_input("http://127.0.0.1/a.mp4", "0x1")


def test_a_source_on_this_machine_is_read_without_a_network() -> None:
    """`vod estimate` opens a file with the same containers, and sends no header anywhere."""
    arguments = source_input(local_url("/films/a b:c.mp4"), "")
    assert arguments[-1] == "file:/films/a b:c.mp4"
    assert _value(arguments, "-protocol_whitelist") == "file"
    assert _value(arguments, "-format_whitelist") == ALLOWED_FORMATS
    assert "-headers" not in arguments


def test_local_inputs_stay_local() -> None:
    """What FFmpeg wrote itself is read without any network."""
    assert local_input("out.mp4") == ("-protocol_whitelist", "file", "-i", "out.mp4")
