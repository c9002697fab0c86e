"""Entry point of `vod`: reads arguments, runs one command, turns errors into one line.

Exit codes: 0 done; 1 the job was refused, superseded or failed; 2 bad usage or settings, a missing
file, nothing that answers; 130 interrupted with Ctrl-C.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from cli import estimate, replay, run, start, status, upload
from cli.problems import Unusable
from cli.terminal import printable
from transcoding.errors import SettingsInvalid, VodError

_EXIT_CODES = """\
exit codes:
  0  done
  1  the job was refused, superseded or failed
  2  bad usage or settings, a missing file, nothing that answers
"""


class _Command(NamedTuple):
    """One word after `vod`."""

    name: str
    summary: str
    examples: str
    configure: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


_COMMANDS = (
    _Command("run", run.SUMMARY, run.EXAMPLES, run.configure, run.execute),
    _Command("upload", upload.SUMMARY, upload.EXAMPLES, upload.configure, upload.execute),
    _Command("status", status.SUMMARY, status.EXAMPLES, status.configure, status.execute),
    _Command("replay", replay.SUMMARY, replay.EXAMPLES, replay.configure, replay.execute),
    _Command("estimate", estimate.SUMMARY, estimate.EXAMPLES, estimate.configure, estimate.execute),
    _Command("start", start.SUMMARY, start.EXAMPLES, start.configure, start.execute),
)


class _OneLineParser(argparse.ArgumentParser):
    """An argument parser whose errors are one line that says where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (try: {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _OneLineParser(
        prog="vod",
        description="Publish videos with durable-vod, and see how their jobs are doing.",
        epilog=f"examples:\n{''.join(command.examples for command in _COMMANDS)}\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_OneLineParser)
    for command in _COMMANDS:
        subparser = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"examples:\n{command.examples}\n{_EXIT_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.configure(subparser)
        subparser.set_defaults(execute=command.execute)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vod` with these arguments, those of the process unless given; return the exit code."""
    parsed = build_parser().parse_args(arguments)
    # Ended from outside, the programs that were started must end too: unwind as for Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _unwind)
    try:
        return int(parsed.execute(parsed))
    except (Unusable, SettingsInvalid) as error:
        _complain(error)
        return 2
    except VodError as error:
        _complain(error)
        return 1
    except KeyboardInterrupt:
        return 130


def _unwind(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _complain(error: VodError) -> None:
    sys.stderr.write(f"vod: {' '.join(printable(str(error)).split())}\n")
