"""`vod doctor`: examine a running app, and send a clip all the way through it."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.app_client import DEFAULT_URL, URL_VARIABLE, AppClient, Key
from cli.doctor.canary import canary
from cli.doctor.patient import AzureNames, Patient, patient
from cli.doctor.steps import CANARY, EXAMINATION
from cli.doctor.table import print_checkup
from cli.doctor.visit import Visit, go_through
from cli.local_app import local_app
from cli.local_settings import app_environment
from cli.problems import Unusable
from devhost.__main__ import KEY_VARIABLE

EXAMPLES = """\
  vod doctor
  vod doctor --start
  vod doctor --no-canary --json --url https://myapp.azurewebsites.net --key KEY
"""

_LIMIT_S = 1800


def execute(
    context: typer.Context,
    *,
    start: Annotated[
        bool,
        typer.Option("--start", help="start an app of its own on this machine, and examine that"),
    ] = False,
    no_canary: Annotated[
        bool, typer.Option("--no-canary", help="only look: upload, replace and remove nothing")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="leave the canary published, to look at it")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the checks as JSON")] = False,
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="SECONDS", min=1, help="how long it may take in all")
    ] = _LIMIT_S,
    url: Annotated[
        str,
        typer.Option(
            "--url",
            metavar="URL",
            envvar=[URL_VARIABLE, "AZURE_FUNCTION_APP_URL"],
            help="address of the app",
        ),
    ] = "",
    key: Key = "",
    account: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            envvar="UPLOADS_ACCOUNT_NAME",
            help="account that is uploaded to, reached with your own sign-in; that of the settings "
            "unless given",
        ),
    ] = "",
    container: Annotated[
        str,
        typer.Option(metavar="NAME", envvar="UPLOADS_CONTAINER", help="its container for uploads"),
    ] = "",
    delivery_account: Annotated[
        str,
        typer.Option(
            metavar="NAME", envvar="DELIVERY_ACCOUNT_NAME", help="account that videos are in"
        ),
    ] = "",
    subscription: Annotated[
        str, typer.Option(metavar="ID", envvar="AZURE_SUBSCRIPTION_ID", help="Azure subscription")
    ] = "",
    resource_group: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            envvar=["UPLOADS_TOPIC_RESOURCE_GROUP", "AZURE_RESOURCE_GROUP"],
            help="resource group of the topic",
        ),
    ] = "",
    topic: Annotated[
        str,
        typer.Option(
            metavar="NAME", envvar="UPLOADS_TOPIC_NAME", help="Event Grid topic of the uploads"
        ),
    ] = "",
    event_subscription: Annotated[
        str,
        typer.Option(
            metavar="NAME", envvar="UPLOADS_SUBSCRIPTION_NAME", help="the topic's subscription"
        ),
    ] = AzureNames().event_subscription,
    playback_url: Annotated[
        str,
        typer.Option(
            metavar="URL", envvar="PLAYBACK_BASE_URL", help="what public addresses begin with"
        ),
    ] = "",
) -> int:
    """Examine a running app: what it finds itself, its storage, and a clip all the way through.

    The names of an Azure deployment are options; azd has them as variables. Storage without them
    is what the settings name, as for `vod upload`. The clip is replaced once and then removed.
    """
    if keep and (no_canary or start):
        # With --start it would end with the app that plays it.
        other = "--no-canary" if no_canary else "--start"
        raise Unusable(f"--keep and {other} exclude each other", advice="leave one of them out")
    if topic and not (subscription and resource_group):
        raise Unusable(
            "--topic needs --subscription and --resource-group",
            advice="azd has them as AZURE_SUBSCRIPTION_ID and AZURE_RESOURCE_GROUP",
        )
    names = AzureNames(
        account=account,
        container=container,
        delivery_account=delivery_account,
        subscription=subscription,
        resource_group=resource_group,
        topic=topic,
        event_subscription=event_subscription,
        playback_url=playback_url,
    )
    console = Console(stderr=True)
    with ExitStack() as stack:
        if start:
            project: Path = context.obj
            # It asks for a key, as Azure does, so that a command which forgets it is noticed.
            key = secrets.token_hex(16)
            app = stack.enter_context(
                local_app(app_environment(project), extra={KEY_VARIABLE: key}, project=project)
            )
            examined = patient(app.url, app.environment, AzureNames())
        else:
            environment = app_environment(Path.cwd())
            examined = patient((url or DEFAULT_URL).rstrip("/"), environment, names)
        visit = _examine(examined, key, console, timeout, has_canary=not no_canary, keep=keep)
    checkup = visit.checkup()
    if as_json:
        document = {"passed": checkup.passed, **checkup.to_json()}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        print_checkup(checkup)
    return 0 if checkup.passed else 1


def _examine(
    examined: Patient, key: str, console: Console, limit_s: float, *, has_canary: bool, keep: bool
) -> Visit:
    client = AppClient(examined.url, key)
    with canary(examined, client, console, is_kept=keep) as bird:
        visit = Visit(examined, client, bird, console, limit_s)
        go_through(visit, (*EXAMINATION, *(CANARY if has_canary else ())))
    return visit
