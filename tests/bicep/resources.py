"""The committed snapshots: the resources that each set of parameters deploys."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from tests.bicep.compiler import BICEP

Resource = dict[str, Any]

SETS = (
    "default",
    "premium",
    "private-network",
    "private-delivery",
    "existing-accounts",
    "one-account",
    "durable-task-scheduler",
    "budget",
    "spot",
)
OWN_ACCOUNTS = tuple(name for name in SETS if name not in ("existing-accounts", "one-account"))
"""Those that make all three storage accounts."""

IDENTITY = ("private-delivery", "one-account")
"""Those in which Front Door reads with an identity."""


UNIQUE_PART = "wxokojku4przc"
"""What makes names unique: that of the subscription, environment and region of the sets."""


@lru_cache
def snapshot(name: str) -> list[Resource]:
    """Return all resources of a parameter set."""
    text = (BICEP / "snapshots" / f"{name}.snapshot.json").read_text("utf-8")
    resources: list[Resource] = json.loads(text)["predictedResources"]
    return resources


@lru_cache
def outputs(name: str) -> dict[str, str]:
    """Return what a parameter set tells azd."""
    text = (BICEP / "snapshots" / f"{name}.snapshot.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)["outputs"]
    return found


def of_type(parameters: str, kind: str) -> list[Resource]:
    """Return the resources of one type, such as "Microsoft.Web/sites"."""
    return [one for one in snapshot(parameters) if one["type"].lower() == kind.lower()]


def only(parameters: str, kind: str) -> Resource:
    """Return the one resource of a type."""
    (found,) = of_type(parameters, kind)
    return found


def account(parameters: str, prefix: str) -> dict[str, Any]:
    """Return the properties of the storage account whose name begins so."""
    (found,) = [
        one
        for one in of_type(parameters, "Microsoft.Storage/storageAccounts")
        if one["name"].startswith(prefix)
    ]
    properties: dict[str, Any] = found["properties"]
    return properties


def settings(parameters: str) -> dict[str, str]:
    """Return the app settings."""
    properties: dict[str, str] = only(parameters, "Microsoft.Web/sites/config")["properties"]
    return properties
