"""Entry point of `vod`: reads arguments, runs one command, turns errors into one line.

Exit codes: 0 done; 1 the job was refused, superseded, cancelled or failed, or a check failed; 2 bad
usage or settings, a missing file, nothing that answers; 130 interrupted with Ctrl-C.
"""

from __future__ import annotations

import inspect
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import stamina.instrumentation
import typer

from cli import estimate, replay, run, start, status, upload
from cli.doctor import command as doctor
from cli.problems import Unusable
from cli.project import ROOT
from cli.terminal import printable
from transcoding.errors import SettingsInvalid, VodError

_COMMANDS = (
    ("run", run.execute, run.EXAMPLES),
    ("upload", upload.execute, upload.EXAMPLES),
    ("status", status.execute, status.EXAMPLES),
    ("replay", replay.execute, replay.EXAMPLES),
    ("estimate", estimate.execute, estimate.EXAMPLES),
    ("start", start.execute, start.EXAMPLES),
    ("doctor", doctor.execute, doctor.EXAMPLES),
)
"""The word after `vod`, what it does (its docstring is the help), examples of its use."""

_EXIT_CODES = """\
exit codes:
  0  done
  1  the job was refused, superseded, cancelled or failed; a check failed
  2  bad usage or settings, a missing file, nothing that answers (to the doctor: a failed check)
"""

_AS_IT_IS = "\b\n"
"""Keeps the help formatter from filling the paragraph that follows."""


def _epilog(examples: str) -> str:
    return f"{_AS_IT_IS}examples:\n{examples}\n{_AS_IT_IS}{_EXIT_CODES}"


def build_app() -> typer.Typer:
    """Return the whole command line; its commands return their exit code."""
    app = typer.Typer(
        help="Publish videos with durable-vod, and see how their jobs are doing.",
        epilog=_epilog("".join(examples for _name, _execute, examples in _COMMANDS)),
        # Panels would break examples in two, which are there to be copied.
        rich_markup_mode=None,
        # Pretty ones can show the values of variables, keys among them.
        pretty_exceptions_enable=False,
    )
    for name, execute, examples in _COMMANDS:
        summary = inspect.cleandoc(execute.__doc__ or "").partition("\n\n")[0]
        app.command(name, short_help=summary, epilog=_epilog(examples))(execute)
    return app


def main(arguments: Sequence[str] | None = None, *, project: Path = ROOT) -> int:
    """Run `vod` with these arguments, those of the process unless given; return the exit code.

    Args:
        project: folder of the app that `vod run` and `vod start` start.

    Raises:
        SystemExit: the process was told to end, or a shell has asked for completions.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Ended from outside, the programs that were started must end too: unwind as for Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _unwind)
    # What is tried again would be logged, and without a handler logs go to stderr: so would pages
    # of every identity that azure-identity has tried.
    stamina.instrumentation.set_on_retry_hooks(())
    logging.getLogger("azure").addHandler(logging.NullHandler())
    command = typer.main.get_command(build_app())
    try:
        return int(command.main(words, prog_name="vod", standalone_mode=False, obj=project))
    except typer.TyperException as error:
        _complain_of_usage(error, words)
        return 2
    except (Unusable, SettingsInvalid) as error:
        _complain(error)
        return 2
    except VodError as error:
        _complain(error)
        return 1


def _unwind(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _complain_of_usage(error: typer.TyperException, words: Sequence[str]) -> None:
    """Write one line that says what is wrong and where help is."""
    context = getattr(error, "ctx", None)
    # The parser leaves the context out of some errors, such as that of a missing value.
    named = [name for name, _execute, _examples in _COMMANDS if name in words[:1]]
    command = context.command_path if context else " ".join(["vod", *named])
    text = _one_line(error.format_message()).removesuffix(".")
    sys.stderr.write(f"{command}: {text[:1].lower()}{text[1:]} (try: {command} --help)\n")


def _complain(error: VodError) -> None:
    lines = error.problems if isinstance(error, SettingsInvalid) else (str(error),)
    for line in lines:
        sys.stderr.write(f"vod: {_one_line(line)}\n")


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


if __name__ == "__main__":
    sys.exit(main())
