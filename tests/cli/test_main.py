"""Usage, help and the errors that a user can put right."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Vod

COMMANDS = ("run", "upload", "status", "replay", "estimate", "start")


@contextmanager
def a_closed_port() -> Iterator[int]:
    """Give a port that is taken, so that no other program gets it, and that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_examples_and_exit_codes(vod: Vod, command: str) -> None:
    """`--help` shows how the command is used and what its exit codes mean."""
    ran = vod(command, "--help")
    assert ran.code == 0
    assert f"\n    vod {command}" in ran.out
    assert "    2  bad usage or settings" in ran.out
    assert ran.err == ""


def test_help_of_the_whole_lists_every_command(vod: Vod) -> None:
    """`vod --help` names all six commands, shows examples of each, and the exit codes."""
    ran = vod("--help")
    assert (ran.code, ran.err) == (0, "")
    assert [word for word in COMMANDS if f"\n  {word} " in ran.out] == list(COMMANDS)
    assert [word for word in COMMANDS if f"\n    vod {word}" in ran.out] == list(COMMANDS)
    assert "    2  bad usage or settings" in ran.out


@pytest.mark.parametrize("columns", ["40", "80"])
def test_examples_are_never_broken_in_two(
    vod: Vod, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """They are there to be copied, also at a narrow terminal."""
    monkeypatch.setenv("COLUMNS", columns)
    example = "vod status holiday.mp4 --json --url https://myapp.azurewebsites.net --key KEY"
    assert f"    {example}\n" in vod("status", "--help").out
    assert f"    {example}\n" in vod("--help").out


def test_help_keeps_the_key_to_itself(vod: Vod, monkeypatch: pytest.MonkeyPatch) -> None:
    """Help names the variable that a key comes from, never its value."""
    monkeypatch.setenv("DURABLE_VOD_KEY", "s3cret")
    ran = vod("status", "--help")
    assert "DURABLE_VOD_KEY" in ran.out
    assert "s3cret" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "vod: missing command (try: vod --help)\n"),
        (("repaly",), "vod: no such command 'repaly'. Did you mean 'replay'? (try: vod --help)\n"),
        (("--fast",), "vod: no such option: --fast (try: vod --help)\n"),
        (("run", "--quick"), "vod run: no such option: --quick (try: vod run --help)\n"),
        (
            ("run", "a.mp4", "b\x1b[2J.mp4"),
            "vod run: got unexpected extra argument(s) (b\\x1b[2J.mp4) (try: vod run --help)\n",
        ),
        (("status",), "vod status: missing argument 'NAME' (try: vod status --help)\n"),
        (
            ("status", "a.mp4", "--key"),
            "vod status: option '--key' requires an argument (try: vod status --help)\n",
        ),
        (
            ("status", "a.mp4", "--kye=s3cret"),
            "vod status: no such option: --kye (Possible options: --key) "
            "(try: vod status --help)\n",
        ),
        (
            ("start", "--port", "x"),
            "vod start: invalid value for '--port': Input should be a valid integer, "
            "unable to parse string as an integer (try: vod start --help)\n",
        ),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    vod: Vod, arguments: tuple[str, ...], complaint: str
) -> None:
    """Wrong arguments give one line that says where help is, and nothing on stdout."""
    assert vod(*arguments) == (2, "", complaint)


@pytest.mark.parametrize("command", ["run", "upload"])
class TestFilesThatCannotBeUploaded:
    """Both commands that take a video refuse it before anything is started."""

    def test_a_missing_file(self, vod: Vod, command: str) -> None:
        """A file that is not there is named."""
        ran = vod(command, "nowhere.mp4")
        assert ran.code == 2
        assert ran.out == ""
        assert ran.err == "vod: there is no such file (nowhere.mp4): check the path\n"

    def test_a_missing_file_whose_name_begins_with_a_dash(self, vod: Vod, command: str) -> None:
        """What comes after -- is no option."""
        ran = vod(command, "--", "-nowhere.mp4")
        assert ran == (2, "", "vod: there is no such file (-nowhere.mp4): check the path\n")

    def test_a_folder(self, vod: Vod, command: str) -> None:
        """A folder is no video."""
        Path("clips").mkdir()
        ran = vod(command, "clips")
        assert ran.code == 2
        assert ran.err == "vod: this is a folder (clips): name a video file\n"

    def test_a_named_pipe(self, vod: Vod, command: str) -> None:
        """A pipe would be waited for without end."""
        os.mkfifo("pipe.mp4")
        ran = vod(command, "pipe.mp4")
        assert ran.code == 2
        assert ran.err == "vod: this is no regular file (pipe.mp4): name a video file\n"

    def test_a_file_that_may_not_be_read(self, vod: Vod, command: str) -> None:
        """A file without read permission is named, with the reason."""
        Path("secret.mp4").touch(mode=0o000)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            ran = vod(command, Path("secret.mp4").absolute())
        finally:
            os.seteuid(user)
        assert ran.code == 2
        assert ran.err.startswith("vod: the file cannot be read (")
        assert ran.err.endswith("Permission denied: check the path and its permissions\n")

    def test_a_name_that_no_url_can_carry(self, vod: Vod, command: str) -> None:
        """A name that would be refused as a blob is refused before it is uploaded."""
        Path("a\\b.mp4").touch()
        ran = vod(command, "a\\b.mp4")
        assert ran.code == 2
        assert "vod: the blob's name cannot be part of a playback URL (a\\b.mp4): use" in ran.err


def test_an_output_folder_that_is_a_file_is_refused(vod: Vod) -> None:
    """`--out` that names a file is told before anything is started."""
    Path("taken").touch()
    assert vod("run", "--out", "taken") == (
        2,
        "",
        "vod: this cannot be the output folder (taken): File exists: name another folder\n",
    )


def test_upload_without_settings_names_the_one_that_is_missing(vod: Vod) -> None:
    """Without settings in the environment or the folder, each missing one has its line."""
    Path("clip.mp4").touch()
    ran = vod("upload", "clip.mp4")
    assert ran.code == 2
    assert ran.err == (
        "vod: setting UPLOADS_STORAGE is missing: set UPLOADS_STORAGE to a connection string, "
        "or UPLOADS_STORAGE__blobServiceUri for an identity\n"
        "vod: setting DELIVERY_STORAGE is missing: set DELIVERY_STORAGE to a connection string, "
        "or DELIVERY_STORAGE__blobServiceUri for an identity\n"
    )


def test_upload_without_azurite_says_how_to_start_it(
    vod: Vod, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing answers at the storage address, that is told at once."""
    Path("clip.mp4").touch()
    with a_closed_port() as port:
        storage = (
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;"
            f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
        )
        monkeypatch.setenv("UPLOADS_STORAGE", storage)
        monkeypatch.setenv("DELIVERY_STORAGE", storage)
        ran = vod("upload", "clip.mp4")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.splitlines()[-1] == (
        f"vod: no storage answers (127.0.0.1:{port}/devstoreaccount1): start Azurite and the app "
        "with `make start`, or set UPLOADS_STORAGE to another account"
    )


@pytest.mark.parametrize("command", ["status", "replay"])
def test_no_app_that_answers_is_one_line(vod: Vod, command: str) -> None:
    """When nothing answers at the app's address, the line says how to start it."""
    with a_closed_port() as port:
        ran = vod(command, "holiday.mp4", "--url", f"http://127.0.0.1:{port}")
    assert ran == (
        2,
        "",
        f"vod: no app answers (http://127.0.0.1:{port}): start it with `make start`, "
        "or set --url or DURABLE_VOD_URL\n",
    )


@pytest.mark.parametrize("url", ["localhost", "ftp://host", "http://", "http://[", "http://a b"])
def test_a_bad_address_is_one_line(vod: Vod, url: str) -> None:
    """An address that is none is told as such, not as a stack of library frames."""
    ran = vod("status", "holiday.mp4", "--url", url)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("vod: ")


def test_settings_that_are_no_json_are_one_line(vod: Vod) -> None:
    """A local.settings.json that cannot be read is named."""
    Path("clip.mp4").touch()
    Path("local.settings.json").write_text("{", "utf-8")
    ran = vod("upload", "clip.mp4")
    assert ran.code == 2
    assert ran.err.startswith("vod: local.settings.json is no JSON: ")
