"""Pages and advice name the roles that the deployment gives, and no other."""

from __future__ import annotations

import re

import pytest

from adapters.front_door import ROLE_ADVICE
from tests.bicep.compiler import BICEP, ROOT
from tests.bicep.resources import SETS, of_type
from tests.bicep.test_access import grants

ROLES = (BICEP / "modules" / "roles.bicep").read_text("utf-8")
NAMES = dict(re.findall(r"^  \w+: '([0-9a-f-]{36})' // (.+)$", ROLES, re.MULTILINE))
"""Built-in roles by their ids, as Azure calls them."""

SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
TABLE = SETTINGS.partition("| role | on | for |\n| --- | --- | --- |\n")[2].partition("\n\n")[0]
ON = {
    "uploads account": "vodup",
    "delivery account": "vodout",
    "the account of `AzureWebJobsStorage`": "vodhost",
    "the Front Door profile": "afd-vod-",
    "the Front Door profile's resource group": "rg-vod",
    "Application Insights": "appi-vod-",
}


def test_the_table_of_settings_is_what_the_app_is_given() -> None:
    """Each role on each resource; what uploaders and Event Grid get is not the app's."""
    told = set()
    for row in TABLE.splitlines():
        role, on, _ = (cell.strip() for cell in row.strip("|").split("|"))
        told.add((ON[on], role))
    given = {(on, NAMES.get(role, f"durable-vod {role}")) for on, role in grants("default")}
    assert told == given


def test_the_advice_on_purging_asks_for_what_bicep_gives() -> None:
    """The actions of both roles, and the built-in role that has them all."""
    actions = {
        action
        for one in of_type("default", "Microsoft.Authorization/roleDefinitions")
        for action in one["properties"]["permissions"][0]["actions"]
    }
    assert len(actions) == 4
    told = set(re.findall(r"Microsoft\.Cdn/[\w/]+", ROLE_ADVICE))
    assert told == {
        "Microsoft.Cdn/profiles/afdendpoints/Purge/action",
        "Microsoft.Cdn/operationresults",
    }
    # The second stands for all that begins with it.
    assert all(any(action.startswith(one) for one in told) for action in actions)
    assert "durable-vod purge" in ROLE_ADVICE
    assert "bicep/modules/roles.bicep" in ROLE_ADVICE


@pytest.mark.parametrize("page", ["deploy.md", "settings.md", "recover.md"])
def test_pages_name_no_role_that_is_not_given(page: str) -> None:
    """A role's name in a page is that of a role of the deployment, or of those who deploy."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    named = set(
        re.findall(
            r"Storage (?:Blob|Queue|Table) Data \w+|Monitoring Metrics \w+|CDN \w+ Contributor",
            text,
        )
    )
    alternative = {"CDN Profile Contributor", "CDN Endpoint Contributor"}
    assert named - alternative <= set(NAMES.values())


def test_every_id_of_a_role_is_used() -> None:
    """In some set of parameters; a role that nobody is given would be no source of truth."""
    used = {role for parameters in SETS for _, role in grants(parameters)}
    assert set(NAMES) <= used
