"""The FFmpeg runner, with the packaged programs."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest

from adapters.ffmpeg import process_groups
from adapters.ffmpeg.runner import Ffmpeg, Progress
from tests.media import MediaServer, run_ffmpeg
from transcoding.errors import Cancelled, ToolFailed

ENDLESS = ("-re", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25", "-f", "null", "-")
TO_NOTHING = ("-f", "null", "-")
READ_URL_QUERY = "sv=2024&sig=c2VjcmV0"


@pytest.fixture(scope="module")
def ffmpeg() -> Ffmpeg:
    return Ffmpeg()


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Give the read URL of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4?{READ_URL_QUERY}"


def _children() -> set[int]:
    """Return the ids of this process's children, those not yet reaped included."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_run_tells_its_progress_and_its_result(ffmpeg: Ffmpeg) -> None:
    """Half-second blocks come while it runs, the last one says done, and figures are exact."""
    seen: list[Progress] = []
    result = ffmpeg.run(
        [
            *("-re", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25"),
            *("-frames:v", "40", *TO_NOTHING),
        ],
        what="encode a test card",
        stall_s=30,
        total_s=60,
        on_progress=seen.append,
    )
    assert len(seen) >= 2
    assert [progress.done for progress in seen[-2:]] == [False, True]
    assert seen[-1].frames == 40
    assert seen[-1].out_time_s == pytest.approx(1.6)
    assert seen[-1].speed > 0
    assert result.frames == 40
    assert result.cpu_s > 0
    # FFmpeg itself is larger than this; counted in KiB it would not be.
    assert 10_000_000 < result.max_rss_bytes < 2_000_000_000
    assert result.elapsed_s > 0
    assert result.stderr_tail == ""


def test_a_run_without_picture_tells_media_time(ffmpeg: Ffmpeg) -> None:
    """Sound alone counts no frames; media time is what advances."""
    seen: list[Progress] = []
    ffmpeg.run(
        ["-f", "lavfi", "-i", "sine=duration=2", *TO_NOTHING],
        what="make a tone",
        stall_s=30,
        total_s=60,
        on_progress=seen.append,
    )
    assert (seen[-1].frames, seen[-1].out_time_s) == (0, 2.0)


def test_a_failed_command_is_told_without_its_read_url(ffmpeg: Ffmpeg) -> None:
    """The error carries command, exit code and FFmpeg's own words, and no signature."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = f"http://127.0.0.1:{port}/clip.mp4?{READ_URL_QUERY}"
    with pytest.raises(ToolFailed) as failure:
        ffmpeg.run(
            ["-i", url, *TO_NOTHING],
            what="encode chunk 3 of talk.mp4",
            redact=[url],
            stall_s=30,
            total_s=60,
        )
    error = failure.value
    assert str(error).startswith("encode chunk 3 of talk.mp4: ffmpeg exited with code ")
    assert error.exit_code is not None and error.exit_code > 0
    assert "Connection refused" in error.stderr_tail
    assert "Error opening input file <source>." in error.stderr_tail
    assert error.command[1:6] == ("-nostdin", "-hide_banner", "-y", "-v", "error")
    assert error.command[-5:] == ("-i", "<source>", "-f", "null", "-")
    told = " ".join([str(error), error.stderr_tail, *error.command])
    assert "sig=" not in told
    assert f"127.0.0.1:{port}/clip" not in told


def test_a_signature_is_cut_out_even_when_nobody_asked(ffmpeg: Ffmpeg) -> None:
    """The query of any address goes, in the command and in what FFmpeg says of it."""
    with pytest.raises(ToolFailed) as failure:
        ffmpeg.run(
            ["-i", f"http://127.0.0.1:9/clip.mp4?{READ_URL_QUERY}", *TO_NOTHING],
            what="encode",
            stall_s=30,
            total_s=60,
        )
    assert "http://127.0.0.1:9/clip.mp4?<removed>" in failure.value.command
    assert "http://127.0.0.1:9/clip.mp4?<removed>" in failure.value.stderr_tail
    assert "c2VjcmV0" not in failure.value.stderr_tail


def test_a_run_without_progress_is_killed(ffmpeg: Ffmpeg, silent_server: str) -> None:
    """A source that never answers ends the run, and nothing of it is left."""
    before = _children()
    with pytest.raises(ToolFailed, match=r"ffmpeg made no progress for 1 s") as failure:
        ffmpeg.run(
            ["-i", silent_server, *TO_NOTHING], what="encode", redact=[], stall_s=1, total_s=60
        )
    assert failure.value.exit_code is None
    assert _children() == before


def test_a_run_that_takes_too_long_is_killed(ffmpeg: Ffmpeg) -> None:
    """Progress does not help once the total time is over."""
    before = _children()
    seen: list[Progress] = []
    started: set[int] = set()

    def look(progress: Progress) -> None:
        seen.append(progress)
        started.update(_children() - before)

    with pytest.raises(ToolFailed, match=r"ffmpeg was not done after 2 s") as failure:
        ffmpeg.run(ENDLESS, what="encode", stall_s=30, total_s=2, on_progress=look)
    assert failure.value.exit_code is None
    assert seen[-1].frames > 0
    assert len(started) == 1
    assert not any(_is_running(pid) for pid in started)


def test_what_on_progress_raises_ends_the_run(ffmpeg: Ffmpeg) -> None:
    """A cancelled job's encode is killed by the exception that its progress callback raises."""
    before = _children()

    def cancel(_: Progress) -> None:
        raise Cancelled("the job was cancelled")

    with pytest.raises(Cancelled):
        ffmpeg.run(ENDLESS, what="encode", stall_s=30, total_s=60, on_progress=cancel)
    assert _children() == before


def test_a_flood_of_complaints_stays_bounded(ffmpeg: Ffmpeg) -> None:
    """A megabyte on stderr neither blocks the run nor stays in memory: 40 lines are kept."""
    result = ffmpeg.run(
        [
            *("-v", "info", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25"),
            *("-frames:v", "3000", "-vf", "showinfo", *TO_NOTHING),
        ],
        what="show every frame",
        stall_s=30,
        total_s=60,
    )
    assert result.frames == 3000
    assert 0 < len(result.stderr_tail) <= 4_000
    assert len(result.stderr_tail.splitlines()) <= 40


def test_the_child_gets_no_environment_of_ours(
    ffmpeg: Ffmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connection strings in the environment stay here."""
    monkeypatch.setenv("UPLOADS_STORAGE", "AccountKey=c2VjcmV0")
    before = _children()
    names: set[str] = set()

    def look(_: Progress) -> None:
        for pid in _children() - before:
            try:
                environment = Path(f"/proc/{pid}/environ").read_text()
            except (ProcessLookupError, FileNotFoundError):
                continue  # it ended between the listing and the reading
            names.update(entry.partition("=")[0] for entry in environment.split("\0") if entry)

    ffmpeg.run(
        [*ENDLESS[:5], "-t", "1", *TO_NOTHING], what="x", stall_s=30, total_s=60, on_progress=look
    )
    assert names == {"PATH", "HOME", "TMPDIR", "LANG"}


def test_ffprobe_gives_its_json(ffmpeg: Ffmpeg, tiny_clip: Path) -> None:
    """A probe returns what ffprobe wrote, parsed."""
    document = ffmpeg.probe(
        ["-v", "error", "-print_format", "json", "-show_streams", str(tiny_clip)],
        what="probe a clip",
        total_s=30,
    )
    assert [stream["codec_name"] for stream in document["streams"]] == ["h264", "aac"]


def test_a_failed_probe_says_why(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    """A file that is no video gives ffprobe's exit code and words."""
    path = tmp_path / "notes.mp4"
    path.write_text("no video at all")
    with pytest.raises(ToolFailed, match="probe notes: ffprobe exited with code 1") as failure:
        ffmpeg.probe(["-v", "error", str(path)], what="probe notes", total_s=30)
    assert "Invalid data found" in failure.value.stderr_tail
    assert failure.value.exit_code == 1


def test_a_probe_that_writes_no_json_fails(ffmpeg: Ffmpeg, tiny_clip: Path) -> None:
    """Without its JSON writer ffprobe's output is of no use, and that is said."""
    with pytest.raises(ToolFailed, match="ffprobe wrote no JSON object"):
        ffmpeg.probe(["-v", "error", "-show_streams", str(tiny_clip)], what="probe", total_s=30)


def test_a_probe_that_takes_too_long_is_killed(ffmpeg: Ffmpeg, silent_server: str) -> None:
    """A source that never answers ends the probe too."""
    before = _children()
    with pytest.raises(ToolFailed, match="ffprobe was not done after 1 s") as failure:
        ffmpeg.probe(["-print_format", "json", silent_server], what="probe", total_s=1)
    assert failure.value.exit_code is None
    assert _children() == before


PACKETS = ("-v", "error", "-print_format", "compact", "-show_entries", "packet=pts_time")


def test_lines_come_one_by_one(ffmpeg: Ffmpeg, tiny_clip: Path) -> None:
    """Every packet of a clip is handed on, in order, without the end of its line."""
    lines: list[str] = []
    ffmpeg.lines(
        [*PACKETS, "-select_streams", "v", str(tiny_clip)],
        what="read packets",
        stall_s=30,
        total_s=60,
        on_line=lines.append,
    )
    assert len(lines) == 360
    assert (lines[0], lines[-1]) == ("packet|pts_time=0.000000", "packet|pts_time=11.966667")


def test_lines_come_while_the_program_runs(ffmpeg: Ffmpeg) -> None:
    """A list without end is read until the reader has enough; nothing of the run is left."""
    before = _children()
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        if len(lines) == 1_000:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        ffmpeg.lines(
            [*PACKETS, *ENDLESS[1:5]], what="read packets", stall_s=30, total_s=60, on_line=take
        )
    assert len(lines) == 1_000
    assert _children() == before


def test_lines_that_never_come_end_the_run(ffmpeg: Ffmpeg, silent_server: str) -> None:
    """A source that never answers is no advance."""
    before = _children()
    with pytest.raises(ToolFailed, match="read packets: ffprobe made no progress for 1 s"):
        ffmpeg.lines(
            [*PACKETS, silent_server],
            what="read packets",
            redact=[silent_server],
            stall_s=1,
            total_s=60,
            on_line=lambda _: None,
        )
    assert _children() == before


def test_lines_without_end_are_cut_off(ffmpeg: Ffmpeg) -> None:
    """Lines keep coming, and the total time ends them."""
    with pytest.raises(ToolFailed, match="ffprobe was not done after 1 s"):
        ffmpeg.lines(
            [*PACKETS, *ENDLESS[1:5]],
            what="read packets",
            stall_s=30,
            total_s=1,
            on_line=lambda _: None,
        )


def test_lines_of_a_failed_run_say_why(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    """Exit code, words and command, as for every run."""
    path = tmp_path / "notes.mp4"
    path.write_text("no video at all")
    lines: list[str] = []
    with pytest.raises(ToolFailed, match="ffprobe exited with code 1") as failure:
        ffmpeg.lines(
            [*PACKETS, str(path)],
            what="read packets",
            redact=[str(path)],
            stall_s=30,
            total_s=60,
            on_line=lines.append,
        )
    assert lines == []
    assert "Invalid data found" in failure.value.stderr_tail
    assert failure.value.command[-1] == "<source>"


def test_a_connection_that_was_dropped_in_silence_loses_the_source(
    ffmpeg: Ffmpeg, tmp_path: Path
) -> None:
    """FFmpeg asks on a dead connection, takes what it misses for no part of the file, exits with 0.

    Here the first packet of a song was missing, and only a warning told of it.
    """
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=20", "-c:a", "aac", str(tmp_path / "song.m4a")])
    with (
        MediaServer(tmp_path, closes_silently=True) as server,
        pytest.raises(ToolFailed, match="could not read its source to the end") as failure,
    ):
        ffmpeg.lines(
            [*PACKETS, "-v", "warning", server.url("song.m4a")],
            what="read packets",
            stall_s=30,
            total_s=60,
            on_line=lambda _: None,
        )
    assert failure.value.exit_code == 0
    assert "Error reading HTTP response" in failure.value.stderr_tail


def test_the_short_version_is_told(ffmpeg: Ffmpeg) -> None:
    """The version is the one word that FFmpeg prints after its name, and tells of the build."""
    first_line = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[0]
    version, build = ffmpeg.version().split("+")
    assert version in first_line
    assert version.lstrip("n")[0].isdigit()
    assert re.fullmatch("[0-9a-f]{8}", build)


def test_another_build_of_a_version_is_told_apart(tmp_path: Path) -> None:
    """What it calls itself says nothing of the encoders that it contains."""
    builds = []
    for name in ("one", "other"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho ffmpeg version 9.0 of {name}\n")
        program.chmod(0o755)
        builds.append(Ffmpeg(str(program)).version())
    assert [build[:4] for build in builds] == ["9.0+", "9.0+"]
    assert builds[0] != builds[1]


def test_stop_all_ends_the_runs_of_other_threads(ffmpeg: Ffmpeg) -> None:
    """A server that is told to end kills what its threads run; they see a failure."""
    ended: list[Exception] = []
    running = threading.Event()

    def encode() -> None:
        try:
            ffmpeg.run(
                ENDLESS,
                what="encode",
                stall_s=30,
                total_s=60,
                on_progress=lambda _: running.set(),
            )
        except ToolFailed as error:
            ended.append(error)

    thread = threading.Thread(target=encode)
    thread.start()
    assert running.wait(30)
    process_groups.stop_all()
    thread.join(30)
    assert [type(error) for error in ended] == [ToolFailed]


_CALLER = """
import os, sys, threading
from adapters.ffmpeg import runner as ffmpeg
how, *arguments = sys.argv[1:]
if how == "exit":
    os.defpath = "/nowhere"  # as on a machine without setpriv
def run():
    ffmpeg.Ffmpeg().run(arguments, what="x", stall_s=60, total_s=60,
                 on_progress=lambda _: print("progress", flush=True))
threading.Thread(target=run, daemon=True).start()
sys.stdin.readline()
"""


@pytest.mark.world  # FFmpeg is started by the program above
@pytest.mark.parametrize("how", ["kill", "exit"])
def test_ffmpeg_does_not_outlive_its_caller(how: str) -> None:
    """Killed outright or ended in order, the worker leaves no FFmpeg behind."""
    with subprocess.Popen(
        [sys.executable, "-c", _CALLER, how, *ENDLESS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    ) as caller:
        assert caller.stdout is not None and caller.stdin is not None
        assert caller.stdout.readline() == b"progress\n"
        tasks = Path(f"/proc/{caller.pid}/task").iterdir()
        pids = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
        assert len(pids) == 1
        if how == "kill":
            os.kill(caller.pid, signal.SIGKILL)
        else:
            caller.stdin.write(b"\n")
            caller.stdin.flush()
        caller.wait(30)
    until = time.monotonic() + 10
    while _is_running(pids[0]) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _is_running(pids[0])
