"""Which credential is shown to whom."""

from __future__ import annotations

import pytest
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

from adapters.identity import StandInCredential, app_credential, credential_for


def test_a_named_identity_is_used_alone() -> None:
    """Without a name the environment decides, a developer's own sign-in included."""
    assert isinstance(app_credential("an-identity"), ManagedIdentityCredential)
    assert isinstance(app_credential(), DefaultAzureCredential)


@pytest.mark.parametrize(
    ("url", "is_stand_in"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("https://127.0.0.1:8080", False),
        ("http://127.0.0.1.example.com", False),
        ("http://management.example.com", False),
        ("https://management.azure.com", False),
    ],
)
def test_a_stand_in_on_this_machine_gets_a_token_that_opens_nothing(
    url: str, is_stand_in: bool
) -> None:
    """Over plain http a real one would be overheard."""
    shown = credential_for(url)
    assert isinstance(shown, StandInCredential) == is_stand_in
    if is_stand_in:
        given = shown.get_token("https://management.azure.com/.default")
        assert (given.token, given.expires_on) == ("development", 4_102_444_800)
