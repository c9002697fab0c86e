"""`vod replay`: start a failed job again."""

from __future__ import annotations

import argparse
import shlex
import sys

from cli.app_client import add_app_options, app_client

SUMMARY = "start a failed job again; what is encoded already stays"
EXAMPLES = """\
  vod replay holiday.mp4
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the whole blob name of the upload")
    add_app_options(parser)


def execute(options: argparse.Namespace) -> int:
    app_client(options).replay(options.name)
    sys.stdout.write(
        f"started again; follow it with: vod status {shlex.quote(options.name)} --watch\n"
    )
    return 0
