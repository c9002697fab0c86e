"""`vod estimate`: what publishing a video will take, before anything runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from adapters.ffmpeg.runner import Ffmpeg
from adapters.prober import Opened, inspect
from adapters.settings import Settings, load_settings
from cli.estimate_tables import print_estimate
from cli.local_app import EMULATOR, isolated_environment
from cli.local_settings import app_environment
from cli.problems import Unusable
from cli.uploading import check_file
from transcoding.commands.commands import local_url
from transcoding.cost.cpu_time import WRITE_NS
from transcoding.cost.estimate import Estimate, Terms, estimate
from transcoding.cost.prices import PRICES, with_prices
from transcoding.errors import VodError
from transcoding.job.messages import Job, Refused
from transcoding.plan.plan import make_plan
from transcoding.source.source import Source
from transcoding.source.typical import read_description

SUMMARY = "estimate time and cost of publishing a video, without doing it"
EXAMPLES = """\
  vod estimate holiday.mp4
  vod estimate holiday.mp4 --instances 20 --views 1000 --json
  vod estimate --like 1080p30:600
"""

_MEMORY_SIZES_MB = (512, 2048, 4096)


def configure(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("video", metavar="VIDEO", type=Path, nargs="?", help="a file of this machine")
    what.add_argument(
        "--like", metavar="1080p30:600", help="instead of a file: its height, rate and seconds"
    )
    parser.add_argument(
        "--instance-memory-mb",
        metavar="MB",
        type=int,
        choices=_MEMORY_SIZES_MB,
        default=4096,
        help="of an instance of Flex Consumption: 512, 2048 or 4096 (the default)",
    )
    parser.add_argument(
        "--instances",
        metavar="N",
        type=_count,
        default=100,
        help="the most that run at once (default 100)",
    )
    parser.add_argument(
        "--views",
        metavar="N",
        type=_count,
        default=0,
        help="add what Front Door takes for so many whole views",
    )
    parser.add_argument(
        "--cpu-factor",
        metavar="F",
        type=_positive,
        default=1.0,
        help="CPU seconds of an instance for each of the machine that was measured (default 1)",
    )
    parser.add_argument("--json", action="store_true", help="print the estimate as JSON")
    for name, price in PRICES.items():
        parser.add_argument(
            f"--price-{name}",
            metavar="USD",
            type=_amount,
            help=f"for a {price.unit} (default {price.amount}: {price.source}, {price.as_of})",
        )
    parser.description = (
        f"{parser.description} Encoding follows the app's settings (VOD_PRESET and the like in the "
        "environment, else in local.settings.json of the current folder). docs/cost.md says what "
        "the figures come from and what they leave out."
    )


def execute(options: argparse.Namespace) -> int:
    environment = isolated_environment(app_environment(Path.cwd()), EMULATOR)
    settings = load_settings(environment)
    ffmpeg = Ffmpeg(settings.ffmpeg or None, settings.ffprobe or None)
    preset = settings.profile.preset
    if preset not in WRITE_NS:
        raise Unusable(
            f"nothing is known of what preset {preset} costs",
            advice=f"set VOD_PRESET to {' or '.join(sorted(WRITE_NS))}",
        )
    if options.like:
        name, source = options.like, _like(options.like)
    else:
        name, source = options.video.name, _inspect(ffmpeg, options.video, settings)
    found = _estimate(name, source, settings, ffmpeg.version(), _terms(options))
    if options.json:
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
    profile = settings.profile.model_copy(update={"many_instances": True})
    return estimate(make_plan(job, source, profile, encoder_version), terms)


def _terms(options: argparse.Namespace) -> Terms:
    given = {name: vars(options)[f"price_{name.replace('-', '_')}"] for name in PRICES}
    changes: Mapping[str, float] = {n: usd for n, usd in given.items() if usd is not None}
    return Terms(
        memory_mb=options.instance_memory_mb,
        instances=options.instances,
        views=options.views,
        cpu_factor=options.cpu_factor,
        usd=with_prices(changes),
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 on")
    return int(text)


def _positive(text: str) -> float:
    number = _amount(text)
    if not number:
        raise argparse.ArgumentTypeError("0 is not enough")
    return number


def _amount(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no amount")
    return number
