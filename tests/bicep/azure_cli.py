"""A stand-in for the Azure CLI that fails as the real one does, and scripts run with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.bicep.compiler import ROOT

SCRIPTS = ROOT / "scripts"
OUTPUTS = {
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-00000000vod1",
    "AZURE_RESOURCE_GROUP": "rg-vod",
    "AZURE_FUNCTION_APP_NAME": "func-vod",
    "UPLOADS_TOPIC_NAME": "evgt-vod",
    "UPLOADS_ACCOUNT_NAME": "vodup",
}
IN_SUBSCRIPTION = "--subscription 00000000-0000-0000-0000-00000000vod1"

# Notes its arguments. Says that the app has its key when it has been asked often enough, and fails
# with the words that it is given.
AZ = """#!/bin/sh
echo "$*" >> "$AZ_LOG"
fail() { echo "$1" >&2; exit 1; }
count() { grep -c "$1" "$AZ_LOG"; }
case "$1 $2" in
'account get-access-token') [ -z "${AZ_SIGN_IN_ERROR:-}" ] || fail "$AZ_SIGN_IN_ERROR" ;;
'functionapp keys')
  [ -z "${AZ_KEYS_ERROR:-}" ] || fail "$AZ_KEYS_ERROR"
  echo 'WARNING: You have 2 updates available.' >&2
  [ "$(count 'functionapp keys')" -gt "${AZ_KEY_AFTER:-0}" ] && echo true || echo false ;;
'deployment group')
  [ "$(count 'deployment group')" -gt "${AZ_DEPLOY_AFTER:-0}" ] || fail "$AZ_DEPLOY_ERROR" ;;
'functionapp show') echo /subscriptions/vod1/app ;;
esac
"""

# Takes no time, and notes how long it was to take.
SLEEP = """#!/bin/sh
echo "sleep $1" >> "$AZ_LOG"
"""

SIGNED_OUT = "ERROR: Please run 'az login' to setup account."
EXPIRED = (
    "ERROR: AADSTS700082: The refresh token has expired due to inactivity.\n"
    "Interactive authentication is needed. Please run:\naz login"
)
NO_RIGHT = (
    "ERROR: (AuthorizationFailed) The client 'ann@example.com' with object id '1' does not have"
    " authorization to perform action 'Microsoft.Web/sites/host/listkeys/action' over scope '/x'"
)
NO_RIGHT_ON_TOPIC = (
    "ERROR: (AuthorizationFailed) The client 'ann@example.com' with object id '1' does not have"
    " authorization to perform action 'Microsoft.Resources/deployments/write' over scope"
    " '/subscriptions/vod1/resourcegroups/rg-archive/providers/Microsoft.Resources/deployments/x'"
    " or the scope is invalid."
)
NO_APP = (
    "ERROR: (ResourceNotFound) The Resource 'Microsoft.Web/sites/func-vod' under resource group"
    " 'rg-vod' was not found."
)
NO_GROUP = "ERROR: (ResourceGroupNotFound) Resource group 'rg-vod' could not be found."
NO_SUBSCRIPTION = (
    "ERROR: Subscription 'vod1' not found. Check the spelling and casing and try again."
)
OTHER_CLOUD = "ERROR: The subscription of 'vod1' doesn't exist in cloud 'AzureCloud'."
NO_EVENTS = (
    "ERROR: (ResourceNotFound) The Resource 'Microsoft.EventGrid/systemTopics/evgt-vod"
    "/eventSubscriptions/uploads' under resource group 'rg-vod' was not found: it doesn't exist."
)
NOT_STARTED = "ERROR: Operation returned an invalid status 'Bad Request'"
HOST_ERROR = "Bad Request(Encountered an error (InternalServerError) from host runtime.)"
NO_NETWORK = "ERROR: Failed to resolve 'management.azure.com'"
NOT_VALIDATED = (
    'ERROR: {"code":"Url validation","message":"Webhook validation handshake failed for'
    " https://func-vod.azurewebsites.net/runtime/webhooks/blobs?functionName=x&code=S3cret==."
    ' Http POST request failed with response code Unknown."}'
)


class Ran(NamedTuple):
    exit_code: int
    said: str
    asked: list[str]

    @property
    def waited(self) -> list[str]:
        """Return what it waited, in seconds."""
        return [line.removeprefix("sleep ") for line in self.asked if line.startswith("sleep ")]


def run(script: str, path: Path, **environment: str) -> Ran:
    log = path / "asked"
    log.touch()
    done = subprocess.run(
        ["sh", str(SCRIPTS / script)],
        env={"PATH": f"{path}:{os.environ['PATH']}", "AZ_LOG": str(log), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout + done.stderr, log.read_text("utf-8").splitlines())
