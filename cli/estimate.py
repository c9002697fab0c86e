"""`vod estimate`: what publishing a video will take, before anything runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from adapters.ffmpeg.runner import Ffmpeg
from adapters.inspection import Opened, inspect
from adapters.settings import Settings, load_settings
from cli.estimate_tables import print_estimate
from cli.local_app import EMULATOR, isolated_environment
from cli.local_settings import app_environment
from cli.price_options import amount, parameter_name, with_price_options
from cli.problems import Unusable
from cli.uploading import check_file
from transcoding.commands.inputs import local_url
from transcoding.cost.cpu_time import WRITE_NS
from transcoding.cost.estimate import Estimate, Terms, estimate
from transcoding.cost.prices import PRICES, with_prices
from transcoding.errors import VodError
from transcoding.job.messages import Job, Refused
from transcoding.plan.ladder import LADDER
from transcoding.plan.make_plan import make_plan
from transcoding.plan.plan import Planning
from transcoding.source.measured import Measured
from transcoding.source.source import Source
from transcoding.source.typical import read_description

EXAMPLES = """\
  vod estimate holiday.mp4
  vod estimate holiday.mp4 --instances 20 --views 1000 --json
  vod estimate --like 1080p30:600
"""


def _positive(number: float) -> float:
    if not amount(number):
        raise typer.BadParameter("0 is not enough")
    return number


@with_price_options
def execute(
    context: typer.Context,
    video: Annotated[
        Path | None, typer.Argument(metavar="VIDEO", help="a file of this machine")
    ] = None,
    *,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="1080p30:600",
            help="instead of a file: its height, rate and seconds",
        ),
    ] = None,
    memory_mb: Annotated[
        Literal[512, 2048, 4096],
        typer.Option(
            "--instance-memory-mb",
            metavar="MB",
            help="of an instance of Flex Consumption: 512, 2048 or 4096",
        ),
    ] = 4096,
    instances: Annotated[
        int, typer.Option("--instances", metavar="N", min=1, help="the most that run at once")
    ] = 100,
    views: Annotated[
        int,
        typer.Option(
            "--views",
            metavar="N",
            min=0,
            help="add what Front Door takes for so many whole views",
        ),
    ] = 0,
    cpu_factor: Annotated[
        float,
        typer.Option(
            "--cpu-factor",
            metavar="F",
            callback=_positive,
            help="CPU seconds of an instance for each of the machine that was measured",
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="print the estimate as JSON")] = False,
    **usd: float | None,
) -> int:
    """Estimate time and cost of publishing a video, without doing it.

    Encoding follows the app's settings (VOD_PRESET and the like in the environment, else in
    local.settings.json of the current folder). docs/cost.md says what the figures come from and
    what they leave out.
    """
    if (video is None) == (like is None):
        context.fail("give either VIDEO or --like")
    environment = isolated_environment(app_environment(Path.cwd()), EMULATOR)
    settings = load_settings(environment)
    ffmpeg = Ffmpeg(settings.ffmpeg or None, settings.ffprobe or None)
    preset = settings.preset
    if preset not in WRITE_NS:
        raise Unusable(
            f"nothing is known of what preset {preset} costs",
            advice=f"set VOD_PRESET to {' or '.join(sorted(WRITE_NS))}",
        )
    given = {name: usd[parameter_name(name)] for name in PRICES}
    terms = Terms(
        memory_mb=memory_mb,
        instances=instances,
        views=views,
        cpu_factor=cpu_factor,
        usd=with_prices({name: price for name, price in given.items() if price is not None}),
    )
    if video is None:
        name, source = str(like), _like(str(like))
    else:
        name, source = video.name, _inspect(ffmpeg, video, settings)
    found = _estimate(name, source, settings, ffmpeg.version(), terms)
    if as_json:
        sys.stdout.write(json.dumps(found.to_json(), indent=2) + "\n")
    else:
        print_estimate(Console(), found)
    return 0


def _like(text: str) -> Source:
    try:
        return read_description(text)
    except ValueError as error:
        raise Unusable(str(error), advice="height, p, frames a second, colon, seconds") from None


def _inspect(ffmpeg: Ffmpeg, path: Path, settings: Settings) -> Source:
    check_file(path)
    opened = Opened(ffmpeg, local_url(str(path.absolute())), "", path.name)
    found = inspect(opened, max_duration_s=settings.max_duration_s)
    if isinstance(found, Refused):
        raise VodError(
            "this file would be refused", on=path.name, advice=f"{found.reason}: {found.advice}"
        )
    return found


def _estimate(
    name: str, source: Source, settings: Settings, encoder_version: str, terms: Terms
) -> Estimate:
    job = Job(container=settings.uploads_container, name=name, etag="local", run_id="estimate")
    # As in Azure: one rung a unit, unless the settings say otherwise.
    options = settings.options.model_copy(update={"many_instances": True})
    planning = Planning(job=job, source=source, measured=Measured())
    return estimate(make_plan(planning, options, LADDER, encoder_version), terms)
