"""The pieces of `vod start`."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from cli.local_settings import ensure_local_settings
from cli.start import answers, host_command
from tests.cli.conftest import Vod


def test_core_tools_run_the_app_where_they_are() -> None:
    """With `func` on the path it is the host."""
    assert host_command("/opt/func", 7072) == ["/opt/func", "start", "--port", "7072"]


def test_devhost_runs_the_app_elsewhere() -> None:
    """Without Core Tools, devhost is started with this very Python."""
    assert host_command(None, 7071) == [sys.executable, "-m", "devhost", "--port", "7071"]


def test_a_listening_port_answers() -> None:
    """Azurite is started only when its port is silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert answers("127.0.0.1", server.getsockname()[1])
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert not answers("127.0.0.1", silent.getsockname()[1])


def test_local_settings_are_made_from_the_sample_once(tmp_path: Path) -> None:
    """A developer's own settings are never overwritten."""
    (tmp_path / "local.settings.sample.json").write_text(json.dumps({"Values": {}}), "utf-8")
    assert ensure_local_settings(tmp_path)
    (tmp_path / "local.settings.json").write_text("mine", "utf-8")
    assert not ensure_local_settings(tmp_path)
    assert (tmp_path / "local.settings.json").read_text("utf-8") == "mine"


def test_a_folder_without_app_is_told(vod: Vod, tmp_path: Path) -> None:
    """`vod` installed outside a checkout has no app to start."""
    ran = vod("start", project=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"vod: there is no app beside this command ({tmp_path}): ")
