"""docs/deploy.md says what can be done: its commands, variables and parameters exist."""

from __future__ import annotations

import re

from tests.bicep.compiler import BICEP, ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
MAIN = (BICEP / "main.bicep").read_text("utf-8")
PARAMETERS = (BICEP / "main.bicepparam").read_text("utf-8")
OUTPUTS = set(re.findall(r"^output ([A-Z_]+) ", MAIN, re.MULTILINE))
VARIABLES = set(re.findall(r"readEnvironmentVariable\('(\w+)'", PARAMETERS))
TABLE = PAGE.partition("\n## Parameters\n")[2].partition("\n## ")[0]
ROWS = [
    [cell.strip().strip("`") for cell in row.split("|")]
    for row in re.findall(r"^\| (`\w+` .*) \|$", TABLE, re.MULTILINE)
]


def commands() -> list[str]:
    """Return each command of the page's shell blocks and inline code, on one line."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    text = "".join(blocks).replace("\\\n", " ")
    return [*text.splitlines(), *re.findall(r"`((?:az|azd|func|make|scripts/)[^`\n]*)`", PAGE)]


def test_every_parameter_is_explained() -> None:
    """In the order of main.bicep, with the variable that sets it, if any."""
    declared = re.findall(r"^param (\w+) ", MAIN, re.MULTILINE)
    assert [row[0] for row in ROWS] == declared
    set_by = dict(
        re.findall(
            r"^param (\w+) =[^\n]*?(?:\n  [^\n]*?)*?readEnvironmentVariable\('(\w+)'",
            PARAMETERS,
            re.MULTILINE,
        )
    )
    assert {row[0]: row[1] for row in ROWS if row[1]} == set_by


def test_defaults_are_those_of_the_template() -> None:
    """What the table says in figures or words that are values."""
    defaults = dict(re.findall(r"^param (\w+) .* = '?([^'\n]+?)'?$", MAIN, re.MULTILINE))
    told = {row[0]: row[2] for row in ROWS}
    assert told.pop("location") == "region of the deployment"
    assert defaults.pop("location") == "deployment().location"
    for name, value in told.items():
        if value == "none":
            assert defaults.get(name, "") in ("", "[]"), name
        else:
            assert defaults[name] == value, name


def test_what_azd_sets_is_read() -> None:
    """`azd env set X`: X is a variable of main.bicepparam."""
    names = re.findall(r"azd env set ([A-Z_]+)", PAGE)
    assert len(names) >= 6
    assert set(names) <= VARIABLES | {"RUN_DOCTOR"}


def test_shell_variables_are_outputs() -> None:
    """`$X` is an output of main.bicep, or a variable that the page itself sets."""
    used = {name for command in commands() for name in re.findall(r"\$\{?([A-Z_]{2,})", command)}
    exported = set(re.findall(r"export ([A-Z_]+)=|(?<=\s)([A-Z_]+)=\w", PAGE))
    own = {name for pair in exported for name in pair if name}
    assert len(used) >= 8
    assert used <= OUTPUTS | (own & VARIABLES) | {"AZURE_SUBSCRIPTION_ID"}


def test_each_thing_is_looked_for_in_its_own_group() -> None:
    """Accounts that were there before, and their topic, are in groups of their own."""
    group_of = {
        "$UPLOADS_ACCOUNT_NAME": "$UPLOADS_RESOURCE_GROUP",
        "$UPLOADS_TOPIC_NAME": "$UPLOADS_TOPIC_RESOURCE_GROUP",
        "$DELIVERY_ACCOUNT_NAME": "$DELIVERY_RESOURCE_GROUP",
        "$AZURE_FUNCTION_APP_NAME": "$AZURE_RESOURCE_GROUP",
        "$SPOT_SCALE_SET_NAME": "$AZURE_RESOURCE_GROUP",
    }
    looked_for = {
        (name, group)
        for command in commands()
        for group in re.findall(r'--resource-group "(\$\w+)"', command)
        for name in re.findall(r'--(?:name|system-topic-name|storage-account) "(\$\w+)"', command)
        if name in group_of
    }
    assert looked_for == set(group_of.items())


def test_files_in_commands_exist() -> None:
    """Templates, parameters and scripts."""
    named = {
        path
        for command in commands()
        for path in re.findall(r"(?:bicep|scripts)/[\w./-]+\w", command)
    }
    assert {"bicep/main.bicep", "bicep/upload-events.bicep", "bicep/main.bicepparam"} <= named
    assert all((ROOT / path).exists() for path in named)


def test_azd_commands_fit_azure_yaml() -> None:
    """The verbs are azd's own, and no service is named that azure.yaml does not have."""
    verbs = {
        command.split()[1]
        for command in commands()
        if command.startswith("azd ") and len(command.split()) > 1
    }
    assert verbs == {"env", "up", "provision", "pipeline", "down", "auth"}
    azure_yaml = (ROOT / "azure.yaml").read_text("utf-8")
    assert re.findall(r"^  (\w+):\n    project:", azure_yaml, re.MULTILINE) == ["app"]


def test_the_second_phase_is_the_scripts() -> None:
    """The single command gives each parameter that the script gives, from the same outputs."""
    (command,) = [one for one in commands() if one.startswith("az deployment group create")]
    given = dict(re.findall(r'(\w+)="\$(\w+)"', command))
    script = (ROOT / "scripts" / "subscribe_uploads.sh").read_text("utf-8")
    assert given == dict(re.findall(r'^  "(\w+)=\$\{?(\w+)', script, re.MULTILINE))
    assert set(given.values()) <= OUTPUTS


def test_encoding_settings_are_those_of_the_type() -> None:
    """The row of `encoding` names each member."""
    types = (BICEP / "modules" / "types.bicep").read_text("utf-8")
    body = types.partition("type Encoding = {")[2].partition("\n}")[0]
    (row,) = [row for row in ROWS if row[0] == "encoding"]
    told = re.findall(r"`(\w+)`", "|".join(row[3:]))
    assert told == re.findall(r"^  (\w+):", body, re.MULTILINE)


def test_symptoms_lead_to_resources_that_there_are() -> None:
    """Containers and names in the trouble-shooting are those of the deployment."""
    assert "lost-events" in MAIN
    assert '--name "$UPLOADS_SUBSCRIPTION_NAME"' in PAGE
    assert "param subscriptionName string = 'uploads'" in (BICEP / "upload-events.bicep").read_text(
        "utf-8"
    )


def test_versions_of_python_are_those_of_the_type() -> None:
    """The page, the settings and the template offer the same."""
    types = (BICEP / "modules" / "types.bicep").read_text("utf-8")
    (offered,) = re.findall(r"^type PythonVersion = (.*)$", types, re.MULTILINE)
    versions = re.findall(r"'([\d.]+)'", offered)
    assert versions == ["3.11", "3.12", "3.13"]
    (row,) = [row for row in ROWS if row[0] == "pythonVersion"]
    assert re.findall(r"3\.\d+", row[3]) == versions
    settings = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert "Python 3.11, 3.12 or 3.13" in settings


def test_what_is_said_of_delivery_and_time_at_the_edge_is_deployed() -> None:
    """The minute of the trouble-shooting, and the probes of an identity."""
    assert "param manifestEdgeTtlS int = 60\n" in MAIN
    assert "the edge keeps manifests for a minute (`manifestEdgeTtlS`)" in PAGE
    assert "every 255 seconds" in PAGE.replace("\n", " ")
    front_door = (BICEP / "modules" / "front-door.bicep").read_text("utf-8")
    assert "probeIntervalInSeconds: 255" in front_door
    cost = (ROOT / "docs" / "cost.md").read_text("utf-8")
    assert "255 s" in cost


def test_what_is_promised_of_keys_ends_at_accounts_that_were_there() -> None:
    """SECURITY.md speaks of those of the deployment; the page says what to look at in others."""
    security = " ".join((ROOT / "SECURITY.md").read_text("utf-8").split())
    assert "no key opens the storage accounts that the deployment makes" in security
    assert (
        "accounts that were there before keep their keys, their firewall, and the public"
        in security
    )
    there = PAGE.partition("\n## Accounts that are there already\n")[2].partition("\n## ")[0]
    assert "--allow-shared-key-access false" in there
    assert "--public-access off" in there


def test_taking_down_is_told_apart_for_accounts_that_were_there() -> None:
    """`azd down` may delete them: the script that ends it is named, and what to do instead."""
    down = PAGE.partition("\n## Taking it down\n")[2].partition("\n## ")[0]
    assert "`scripts/check_removal.sh` ends `azd down`" in down
    assert "With accounts that were [there already](#accounts-that-are-there-already), take" in down
    assert "leaves the accounts" not in PAGE


def test_what_has_not_been_run_is_named() -> None:
    """What no test of ours can show, since it is Azure that decides."""
    unrun = PAGE.partition("\n## What has not been run\n")[2].partition("\n## ")[0]
    for words in (
        "accounts that were there before",
        "a topic in another group",
        "the condition of its role",
        "what stays in its cache",
    ):
        assert words in unrun


def test_a_change_of_delivery_goes_by_way_of_both() -> None:
    """In the order of the page, with values that the parameter has."""
    allowed = re.search(r"^param deliveryAccess (.+) = 'public'$", MAIN, re.MULTILINE)
    assert allowed
    assert re.findall(r"azd env set DELIVERY_ACCESS (\w+)", PAGE) == ["both", "identity"]
    assert re.findall(r"'(\w+)'", allowed[1]) == ["public", "both", "identity"]
