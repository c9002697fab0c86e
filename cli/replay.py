"""`vod replay`: start a failed job again."""

from __future__ import annotations

import shlex
import sys

from cli.app_client import DEFAULT_URL, JobName, Key, Url, app_client

EXAMPLES = """\
  vod replay holiday.mp4
"""


def execute(name: JobName, *, url: Url = DEFAULT_URL, key: Key = "") -> int:
    """Start a failed job again; what is encoded already stays."""
    app_client(url, key).replay(name)
    sys.stdout.write(f"started again; follow it with: vod status {shlex.quote(name)} --watch\n")
    return 0
