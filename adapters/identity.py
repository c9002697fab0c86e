"""The app's identity in Azure: the one place that chooses credentials."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, TokenCredential
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FOR_EVER = 4_102_444_800  # 2100-01-01


def app_credential(client_id: str = "") -> TokenCredential:
    """Return the credential of the app; nothing is asked for yet.

    Args:
        client_id: of a user-assigned managed identity; without one DefaultAzureCredential decides,
            which takes AZURE_CLIENT_ID, the system-assigned identity or a developer's own sign-in.
    """
    if client_id:
        return ManagedIdentityCredential(client_id=client_id)
    return DefaultAzureCredential()


def credential_for(url: str) -> TokenCredential:
    """Return what to show a service: to a stand-in a token that opens nothing."""
    return StandInCredential() if is_stand_in(url) else app_credential()


def is_stand_in(url: str) -> bool:
    """Tell whether a service is a stand-in on this machine: plain http to the loopback address."""
    return urlsplit(url).scheme == "http" and is_on_this_machine(url)


def is_on_this_machine(url: str) -> bool:
    """Tell whether an address is the loopback one."""
    return urlsplit(url).hostname in _LOOPBACK


class StandInCredential(TokenCredential):
    """Gives a token that opens nothing: over plain http a real one would be overheard."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("development", _FOR_EVER)
