"""Alerts and the workbook ask for what the app really sends."""

from __future__ import annotations

import json
import re

import pytest

from tests.bicep.compiler import BICEP, ROOT
from tests.bicep.resources import SETS, of_type, only
from tests.test_function_app import index

TELEMETRY = "".join(
    (ROOT / "adapters" / name).read_text("utf-8") for name in ("telemetry.py", "metrics.py")
)
METRICS = set(re.findall(r'_meter\.create_\w+\(\s*"(vod\.[\w.]+)"', TELEMETRY))


def alert_queries() -> dict[str, str]:
    """Return the query of each log alert by its short name."""
    return {
        one["properties"]["displayName"].partition(": ")[2]: one["properties"]["criteria"]["allOf"][
            0
        ]["query"]
        for one in of_type("default", "Microsoft.Insights/scheduledQueryRules")
    }


def workbook_queries() -> dict[str, str]:
    """Return the query of each part of the workbook by its title."""
    items = json.loads((BICEP / "workbook.json").read_text("utf-8"))["items"]
    return {
        item["content"]["title"]: item["content"]["query"] for item in items if item["type"] == 3
    }


QUERIES = {**alert_queries(), **workbook_queries()}


@pytest.mark.parametrize("parameters", SETS)
def test_somebody_is_told(parameters: str) -> None:
    """Six alerts, each with the action group."""
    logs = of_type(parameters, "Microsoft.Insights/scheduledQueryRules")
    assert [one["properties"]["displayName"] for one in logs] == [
        "durable-vod: failed-job",
        "durable-vod: dead-letter",
        "durable-vod: poison-queue",
        "durable-vod: no-progress",
        "durable-vod: purge-failing",
    ]
    assert all(len(one["properties"]["actions"]["actionGroups"]) == 1 for one in logs)
    lost = only(parameters, "Microsoft.Insights/metricAlerts")["properties"]
    assert lost["criteria"]["allOf"][0]["metricName"] == "DeadLetteredCount"
    assert len(lost["actions"]) == 1


def test_those_who_are_named_get_mail() -> None:
    """Nobody is told by default; the parameter adds addresses."""
    group = only("premium", "Microsoft.Insights/actionGroups")["properties"]
    assert [one["emailAddress"] for one in group["emailReceivers"]] == ["ops@example.com"]
    assert only("default", "Microsoft.Insights/actionGroups")["properties"]["emailReceivers"] == []


@pytest.mark.parametrize("title", QUERIES)
def test_queries_name_metrics_that_are_sent(title: str) -> None:
    """Each metric of a query is one that adapters/telemetry.py or metrics.py makes."""
    assert set(re.findall(r'"(vod\.[a-z_.]+)"', QUERIES[title])) - SPAN_ATTRIBUTES <= METRICS


SPAN_ATTRIBUTES = {"vod.job_id", "vod.blob", "vod.run_id"}


def test_span_attributes_are_sent() -> None:
    """What the queries read from spans is set on every span of a job."""
    for name in SPAN_ATTRIBUTES:
        assert re.search(rf"\b{name.removeprefix('vod.')}=job\.", TELEMETRY), name


def test_dimensions_are_sent() -> None:
    """Each Properties.x of a query is an attribute of a metric, or the job id of a log line."""
    named = {one for query in QUERIES.values() for one in re.findall(r"Properties\.(\w+)", query)}
    assert named == {"status", "kind", "rung", "activity", "error", "job_id"}
    for name in named - {"job_id"}:
        assert f'"{name}":' in TELEMETRY
    assert "record.job_id = " in TELEMETRY


def test_log_lines_are_written() -> None:
    """What the queries look for at the start of a line, some trigger writes."""
    written = "".join(path.read_text("utf-8") for path in (ROOT / "triggers").glob("*.py"))
    sought = {
        one for query in QUERIES.values() for one in re.findall(r'startswith "([^"]+)"', query)
    }
    assert sought == {"an upload event could not be handled", "started the job of"}
    assert all(f'"{line}' in written for line in sought)


def test_activities_are_registered() -> None:
    """Names of activities in queries are those of functions."""
    named = set(re.findall(r'"(end_job|dead_letter)"', str(QUERIES)))
    assert named == {"end_job", "dead_letter"}
    assert named <= set(index())


def test_the_workbook_answers_what_it_is_asked() -> None:
    """Jobs, success, speed, retries, cost and dead letters, each with a query of its own."""
    assert set(workbook_queries()) == {
        "Jobs",
        "Success",
        "Time to publish, seconds",
        "Real-time factor per rung",
        "CPU seconds per rung",
        "Retries and failures",
        "Activities",
        "Cost per source minute, US dollars",
        "Written to storage, bytes",
        "Dead letters by kind",
        "Dead letters",
        "Events that never became a job",
    }
    stored = only("default", "Microsoft.Insights/workbooks")["properties"]["serializedData"]
    assert "vod.encode.realtime_factor" in stored


def test_telemetry_has_a_limit() -> None:
    """1 GB a day and 30 days by default; all spans are kept, metrics always are."""
    workspace = only("default", "Microsoft.OperationalInsights/workspaces")["properties"]
    assert workspace["workspaceCapping"] == {"dailyQuotaGb": 1}
    assert workspace["retentionInDays"] == 30
    insights = only("default", "Microsoft.Insights/components")["properties"]
    assert insights["SamplingPercentage"] == 100
