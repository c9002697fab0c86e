"""The monthly budget: none by default, and one that can be deployed again."""

from __future__ import annotations

import pytest

from tests.bicep.compiler import Compiler
from tests.bicep.resources import SETS, of_type, only

pytestmark = pytest.mark.xdist_group("bicep")

BUDGET = "Microsoft.Consumption/budgets"


@pytest.mark.parametrize("parameters", sorted(set(SETS) - {"budget"}))
def test_there_is_no_budget_by_default(parameters: str) -> None:
    """0 is none."""
    assert of_type(parameters, BUDGET) == []


def test_mails_come_at_half_at_four_fifths_and_at_the_whole() -> None:
    """Of what was spent, to the addresses of the alerts."""
    properties = only("budget", BUDGET)["properties"]
    assert (properties["amount"], properties["timeGrain"]) == (200, "Monthly")
    notifications = properties["notifications"].values()
    assert sorted(one["threshold"] for one in notifications) == [50, 80, 100]
    for one in notifications:
        assert one["enabled"] is True
        assert one["thresholdType"] == "Actual"
        assert one["operator"] == "GreaterThanOrEqualTo"
        assert one["contactEmails"] == ["ops@example.com"]


def test_a_budget_without_addresses_tells_the_owners(compiler: Compiler) -> None:
    """Somebody is told in any case."""
    built = compiler.build("modules/budget.bicep").output
    assert "if(empty(parameters('emails')), createArray('Owner'), createArray())" in built


def test_a_budget_covers_the_group() -> None:
    """Not the subscription, in which other things cost money, too."""
    assert "/resourceGroups/rg-vod/providers/Microsoft.Consumption/" in only("budget", BUDGET)["id"]


def test_a_budget_begins_when_it_is_told_to(compiler: Compiler) -> None:
    """Azure refuses another start later, so no clock is read."""
    assert only("budget", BUDGET)["properties"]["timePeriod"] == {"startDate": "2026-11-01"}
    assert "utcNow" not in compiler.build("main.bicep").output
