"""Which lines host.json lets through, by the rules of the real host's logging library."""

from __future__ import annotations

import logging

import pytest

from devhost.log_levels import HostLogFilter, LogLevels, lines_of

RULES = LogLevels(
    rules={
        "default": "Error",
        "Host": "Warning",
        "Host.Triggers.DurableTask": "Information",
        "Function.*.User": "Debug",
        "function.quiet.user": "None",
    }
)


@pytest.mark.parametrize(
    ("category", "lowest"),
    [
        ("DurableTask.Core", logging.ERROR),
        ("Host.Startup", logging.WARNING),
        ("Host.Triggers.DurableTask", logging.INFO),
        # A rule is a prefix, with or without a dot after it, whatever its case.
        ("HOSTED", logging.WARNING),
        ("Host.Triggers.DurableTask2", logging.INFO),
        # What the host tells of a function is not what the function tells.
        ("Function.on_upload", logging.ERROR),
        ("Function.on_upload.User", logging.DEBUG),
    ],
)
def test_the_longest_rule_that_matches_decides(category: str, lowest: int) -> None:
    """As in Microsoft.Extensions.Logging, with a wildcard in the middle or without."""
    levels = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
    assert [level for level in levels if RULES.passes(category, level)] == [
        level for level in levels if level >= lowest
    ]


def test_none_lets_nothing_through() -> None:
    """Not even what is critical."""
    assert not RULES.passes("Function.quiet.User", logging.CRITICAL)


def test_of_two_rules_of_the_same_length_the_later_one_counts() -> None:
    """Both match, one by its beginning and one by its end as well."""
    rules = {"Host.A": "Error", "Host.*": "Debug"}
    assert LogLevels(rules=rules).passes("Host.A", logging.INFO)
    assert not LogLevels(rules=dict(reversed(rules.items()))).passes("Host.A", logging.INFO)


def test_without_rules_information_passes() -> None:
    """As with a host.json that says nothing."""
    assert LogLevels().passes("Anything", logging.INFO)
    assert not LogLevels().passes("Anything", logging.DEBUG)


def _line(name: str, level: int) -> logging.LogRecord:
    return logging.LogRecord(name, level, "", 0, "a line", None, None)


def test_a_line_has_the_category_that_the_host_would_give_it() -> None:
    """That of the function that runs, also in threads with its context; else the worker's own."""
    kept = HostLogFilter(RULES)
    assert not kept.filter(_line("durable_vod.activity", logging.WARNING))
    with lines_of("on_upload"):
        assert kept.filter(_line("durable_vod.activity", logging.DEBUG))
        assert kept.filter(_line("azure.core", logging.DEBUG))
    with lines_of("quiet"):
        assert not kept.filter(_line("durable_vod.activity", logging.CRITICAL))
    assert not kept.filter(_line("durable_vod.activity", logging.WARNING))
    assert kept.filter(_line("devhost.blob", logging.WARNING))
    assert not kept.filter(_line("devhost.blob", logging.INFO))


def test_devhost_does_not_tell_of_its_own_requests() -> None:
    """Its storage clients look for events all the time; those of a function are the app's."""
    kept = HostLogFilter(LogLevels())
    assert not kept.filter(_line("azure.core.pipeline", logging.INFO))
    assert kept.filter(_line("azure.core.pipeline", logging.WARNING))
    assert kept.filter(_line("durable_vod.settings", logging.INFO))
    with lines_of("on_upload"):
        assert kept.filter(_line("azure.core.pipeline", logging.INFO))
