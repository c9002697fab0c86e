"""`python -m devhost`: runs the app in the current folder until it is told to end.

Exit code 0 after SIGINT or SIGTERM, 2 when the settings or the app are wrong. On a signal the
interpreter ends in an orderly way, so that exit handlers run: the one of
adapters/ffmpeg/process_groups.py ends the FFmpeg processes of activities that were running.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from devhost.config import HostConfig, load_host_config, load_local_settings
from devhost.functions import load_app
from devhost.host import DevHost
from devhost.log_levels import HostLogFilter, LogLevels
from devhost.telemetry import configure_telemetry
from transcoding.errors import VodError

KEY_VARIABLE = "DEVHOST_KEY"


def main(arguments: list[str] | None = None) -> int:
    """Run the app; return the exit code."""
    options = _parser().parse_args(arguments)
    _configure_logging()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    folder = options.app.resolve().parent
    try:
        load_local_settings(folder / "local.settings.json", os.environ)
        config = load_host_config(folder / "host.json")
        if options.activities:
            config = config.model_copy(update={"activities": options.activities})
        _set_defaults(config)
        _filter_log(config.log_levels)
        configure_telemetry()
        app = load_app(options.app)
        key = options.key or os.environ.get(KEY_VARIABLE, "")
        with DevHost(app, config, host=options.host, port=options.port, key=key) as host:
            sys.stdout.write(f"devhost: listening on {host.url}\n")
            sys.stdout.flush()
            ending.wait()
    except VodError as error:
        sys.stderr.write(f"devhost: {error}\n")
        return 2
    return 0


def _set_defaults(config: HostConfig) -> None:
    """Set what a host knows better than the app, where it is unset or empty."""
    defaults = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        # Enough to keep every worker busy, and no more, so that other jobs get their turn.
        "VOD_UNITS_IN_FLIGHT": str(2 * config.activities),
    }
    os.environ.update({name: text for name, text in defaults.items() if not os.environ.get(name)})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="devhost", description="Run a function app without Azure Functions Core Tools."
    )
    parser.add_argument("--port", type=int, default=7071, help="0 takes a free one (7071)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--app", type=Path, default=Path("function_app.py"), help="the app (function_app.py)"
    )
    parser.add_argument(
        "--activities", type=int, default=0, help="how many run at once (as host.json says)"
    )
    parser.add_argument(
        "--key",
        default="",
        help=f"what HTTP functions ask for (setting {KEY_VARIABLE}; without one, nothing)",
    )
    return parser


def _configure_logging() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # They tell every request at INFO.
    for name in ("durabletask", "devhost.engine", "grpc"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _filter_log(levels: LogLevels) -> None:
    """Write what host.json lets through; telemetry takes all, as the worker's does."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(HostLogFilter(levels))


if __name__ == "__main__":
    sys.exit(main())
