"""What the real host writes while a 10 s clip becomes a video, by category and level.

Measured: 346 lines at Information, 224 of them DurableTask.Core's and DurableTask.AzureStorage's
(Functions host 4.1037, Durable extension 3.19.0, Azurite). How the other 122 divide was not
recorded: they are put together here from what the durable extension's EndToEndTraceHelper tells of
each function, and from what the host tells of each invocation, for 12 activities and one lane.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

ACTIVITIES = (
    "probe_source",
    "measure_source",
    "plan_job",
    "encode_unit",
    "collect_chunks",
    "make_poster",
    "make_storyboard",
    "write_playlists",
    "verify_outputs",
    "publish_release",
    "purge_cdn",
    "end_job",
)


class Lines(NamedTuple):
    """So many lines of one category and level."""

    written: int
    category: str
    level: int = logging.INFO


OF_THE_PRODUCT = (
    # The job is started; its eight phases, and how it ended. tests/end_to_end/test_telemetry.py
    # holds that against a job.
    Lines(1, "Function.on_upload.User"),
    Lines(9, "Function.publish_video.User"),
)
OF_THE_HOST = (
    # How the two share them was not recorded.
    Lines(112, "DurableTask.Core"),
    Lines(112, "DurableTask.AzureStorage"),
    Lines(3, "Function.on_upload"),
    *(Lines(2, f"Function.{name}") for name in ACTIVITIES),
    # An invocation for each time that it wakes.
    Lines(2 * 13, "Function.publish_video"),
    Lines(2 * 2, "Function.encode_lane"),
    # Scheduled, started and completed; then a line for each wait.
    Lines(3 * (len(ACTIVITIES) + 2), "Host.Triggers.DurableTask"),
    Lines(13, "Host.Triggers.DurableTask"),
)
OF_A_JOB = (*OF_THE_PRODUCT, *OF_THE_HOST)

AROUND_JOBS = (
    # While nothing is uploaded, and when an instance comes and goes.
    Lines(1000, "Azure.Core"),
    Lines(40, "Host.Startup"),
    Lines(10, "Host.General"),
    Lines(10, "Host.LanguageWorkerConfig"),
    Lines(30, "Microsoft.Azure.WebJobs.Hosting.OptionsLoggingService"),
    Lines(20, "Worker.LanguageWorkerChannel.python.0f8b"),
    Lines(5, "Microsoft.Azure.WebJobs.Script.WebHost.WebScriptHostHttpRoutesManager"),
)
BAD_NEWS = (
    # An activity that failed, and one that took too long.
    Lines(1, "Host.Triggers.DurableTask", logging.ERROR),
    Lines(1, "Function.encode_unit", logging.ERROR),
    Lines(1, "Function.encode_unit.User", logging.WARNING),
    # Settings that are wrong, before any function is there.
    Lines(1, "Worker.LanguageWorkerChannel.python.0f8b", logging.ERROR),
    Lines(1, "Azure.Core", logging.WARNING),
    Lines(1, "DurableTask.AzureStorage", logging.WARNING),
    Lines(1, "DurableTask.Core", logging.ERROR),
    Lines(1, "Host.Startup", logging.ERROR),
    Lines(1, "Microsoft.Azure.WebJobs.Hosting.OptionsLoggingService", logging.CRITICAL),
)
