"""`python -m devhost` starts, fails and ends as a command should."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from devhost.azurite import AzuriteProcess, connection_string
from tests.devhost.conftest import TIMEOUT_S, Client, eventually

ROOT = Path(__file__).parents[2]

APP = """
import atexit
import logging
import os
import signal
import subprocess
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="setting/{name}")
def setting(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("asked by HTTP")
    return func.HttpResponse(os.environ.get(req.route_params["name"], ""))

@app.activity_trigger(input_name="seconds")
def encode(seconds: int) -> None:
    logging.info("encoding")
    child = subprocess.Popen(["sleep", str(seconds)], start_new_session=True)
    atexit.register(lambda: os.killpg(child.pid, signal.SIGKILL))
    Path("child.pid").write_text(str(child.pid))
    child.wait()

@app.orchestration_trigger(context_name="context")
def job(context: df.DurableOrchestrationContext):
    logging.info("before")
    yield context.call_activity("encode", context.get_input() or 300)
    logging.info("after")

@app.queue_trigger(arg_name="message", queue_name="main-test", connection="STORAGE")
def on_message(message: func.QueueMessage) -> None:
    pass
"""


@pytest.fixture
def folder(tmp_path: Path, azurite: AzuriteProcess) -> Path:
    """An app's folder, with settings that lead to Azurite."""
    (tmp_path / "function_app.py").write_text(APP)
    write_settings(tmp_path, STORAGE=azurite.connection_string, GREETING="from the file")
    return tmp_path


def write_settings(folder: Path, **values: str) -> None:
    document = {"IsEncrypted": False, "Values": values}
    (folder / "local.settings.json").write_text(json.dumps(document))


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "devhost", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(
    folder: Path, *arguments: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], Client]]:
    """Start devhost on a free port, and end it."""
    process = start(folder, "--port", "0", *arguments, **environment)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        told = re.fullmatch(r"devhost: listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert told, line + process.communicate(timeout=TIMEOUT_S)[1]
        yield process, Client(told[1])
    finally:
        process.kill()
        process.communicate()


def failure(folder: Path, *arguments: str) -> str:
    """Run a devhost that cannot start; returns the one line on stderr."""
    process = start(folder, *arguments)
    out, errors = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out) == (2, "")
    lines = errors.splitlines()
    assert len(lines) == 1, errors
    return lines[0]


def test_settings_come_from_the_file_unless_the_environment_has_them(folder: Path) -> None:
    """The app sees both; the environment wins."""
    with running(folder) as (_, client):
        answer = requests.get(f"{client.url}/api/setting/GREETING", timeout=TIMEOUT_S)
        assert answer.text == "from the file"
    with running(folder, GREETING="from outside") as (_, client):
        answer = requests.get(f"{client.url}/api/setting/GREETING", timeout=TIMEOUT_S)
        assert answer.text == "from outside"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_together_with_what_activities_started(
    folder: Path, number: signal.Signals
) -> None:
    """An activity in mid-run does not hold it up, and exit handlers end its child."""
    with running(folder) as (process, client):
        requests.post(f"{client.url}/durabletask/orchestrators/job", timeout=TIMEOUT_S)
        pid_file = folder / "child.pid"
        eventually(lambda: pid_file.read_text() if pid_file.exists() else "", str.isdigit)
        child = int(pid_file.read_text())
        os.kill(child, 0)
        process.send_signal(number)
        assert process.wait(TIMEOUT_S) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        eventually(lambda: Path(f"/proc/{child}/cmdline").exists(), lambda alive: not alive)


def test_a_host_says_that_it_is_one_and_how_much_it_can_do(folder: Path) -> None:
    """Two units of a job for each activity that runs at once, unless somebody has said a number."""
    with running(folder, "--activities", "3", VOD_UNITS_IN_FLIGHT="") as (_, client):
        get = client.url + "/api/setting/"
        assert requests.get(get + "FUNCTIONS_WORKER_RUNTIME", timeout=TIMEOUT_S).text == "python"
        assert requests.get(get + "VOD_UNITS_IN_FLIGHT", timeout=TIMEOUT_S).text == "6"
    with running(folder, "--activities", "3", VOD_UNITS_IN_FLIGHT="1") as (_, client):
        get = client.url + "/api/setting/"
        assert requests.get(get + "VOD_UNITS_IN_FLIGHT", timeout=TIMEOUT_S).text == "1"


def test_the_log_keeps_to_host_json(folder: Path) -> None:
    """Lines belong to the function that wrote them, or to the worker; the host has its own."""
    rules = {"default": "Warning", "Function.*.User": "Information"}
    (folder / "host.json").write_text(json.dumps({"logging": {"logLevel": rules}}))
    (folder / "function_app.py").write_text(APP + "\nlogging.info('loaded')\n")
    with running(folder) as (process, client):
        requests.get(f"{client.url}/api/setting/GREETING", timeout=TIMEOUT_S)
        started = requests.post(
            f"{client.url}/durabletask/orchestrators/job", json=0.01, timeout=TIMEOUT_S
        )
        client.wait(started.json()["id"])
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        told = re.findall(r"INFO root: (.+)", process.stderr.read())
    assert list(dict.fromkeys(told)) == ["asked by HTTP", "before", "encoding", "after"]


@pytest.mark.parametrize("way", ["argument", "setting", "file"])
def test_a_key_is_asked_for_where_one_is_given(folder: Path, way: str) -> None:
    """By an argument, the environment or local.settings.json."""
    app = (folder / "function_app.py").read_text()
    (folder / "function_app.py").write_text(app.replace("ANONYMOUS", "FUNCTION"))
    if way == "file":
        document = json.loads((folder / "local.settings.json").read_text())
        write_settings(folder, **document["Values"], DEVHOST_KEY="s3cret")
    arguments = ("--key", "s3cret") if way == "argument" else ()
    environment = {"DEVHOST_KEY": "s3cret"} if way == "setting" else {}
    with running(folder, *arguments, **environment) as (_, client):
        get = client.url + "/api/setting/GREETING"
        assert requests.get(get, timeout=TIMEOUT_S).status_code == 401
        assert requests.get(get, params={"code": "s3cret"}, timeout=TIMEOUT_S).status_code == 200


def test_it_listens_on_the_loopback_address_only(folder: Path) -> None:
    """So does the engine inside."""
    with running(folder) as (process, _):
        sockets = {
            str(link.readlink())
            for link in Path(f"/proc/{process.pid}/fd").iterdir()
            if link.is_symlink()
        }
        listening = [
            fields[1]
            for table in ("tcp", "tcp6")
            for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets
        ]
        assert len(listening) == 2
        # Also as an IPv6 address that stands for 127.0.0.1.
        assert all(":".join(a.split(":")[:-1]).endswith("0100007F") for a in listening)


def test_storage_that_does_not_answer_is_an_error_that_names_the_setting(folder: Path) -> None:
    """It says what to do about it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nothing = f"http://127.0.0.1:{unused.getsockname()[1]}"
        account = f"{nothing}/devstoreaccount1"
        write_settings(folder, STORAGE=connection_string(account, account, account))
        line = failure(folder, "--port", "0")
    assert line == (
        f"devhost: no storage answers at {nothing} (setting STORAGE): "
        "`make start` starts Azurite; else correct the setting"
    )


def test_a_missing_or_wrong_connection_is_an_error_that_names_the_setting(folder: Path) -> None:
    """Before anything is started."""
    write_settings(folder)
    assert failure(folder, "--port", "0").startswith("devhost: setting STORAGE is missing: ")
    write_settings(folder, STORAGE="nonsense")
    assert failure(folder, "--port", "0").startswith(
        "devhost: setting STORAGE is no connection string: "
    )


def test_a_taken_port_is_an_error(folder: Path) -> None:
    """It says which."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = failure(folder, "--port", str(port))
    assert line.startswith(f"devhost: cannot listen on 127.0.0.1:{port}: ")


def test_settings_that_the_app_refuses_are_an_error(folder: Path) -> None:
    """SettingsInvalid from the app's import is one line; so is a folder without an app."""
    (folder / "function_app.py").write_text(
        "from transcoding.errors import SettingsInvalid\n"
        "raise SettingsInvalid('setting VOD_PRESET is wrong', advice='use fast')\n"
    )
    assert failure(folder) == "devhost: setting VOD_PRESET is wrong: use fast"
    (folder / "function_app.py").unlink()
    assert failure(folder).startswith("devhost: no app at function_app.py: ")


def test_a_function_that_devhost_cannot_serve_is_an_error(folder: Path) -> None:
    """The message names the function and its trigger."""
    (folder / "function_app.py").write_text(
        APP
        + '\n@app.timer_trigger(schedule="0 * * * * *", arg_name="timer")\n'
        + "def tick(timer: func.TimerRequest) -> None: ...\n"
    )
    assert failure(folder) == (
        "devhost: devhost does not serve timerTrigger (function tick): "
        "run the app with `func start`"
    )
