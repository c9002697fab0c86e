"""What is cut out of texts before anyone sees them."""

from __future__ import annotations

import pytest

from adapters.redaction import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "open https://a.example/b.mp4?sv=1&sig=x%2F= failed",
            "open https://a.example/b.mp4?<removed> failed",
        ),
        ("'http://127.0.0.1:1/b?se=2'", "'http://127.0.0.1:1/b?<removed>'"),
        ("HTTPS://A.example/?sig=x", "HTTPS://A.example/?<removed>"),
        ("sp=r&sig=abc%3D&sr=b", "sp=r&sig=<removed>&sr=b"),
        (
            "AccountName=a;AccountKey=a2V5==;Endpoint=x",
            "AccountName=a;AccountKey=<removed>;Endpoint=x",
        ),
        (
            "InstrumentationKey=0000;IngestionEndpoint=https://x/",
            "InstrumentationKey=<removed>;IngestionEndpoint=https://x/",
        ),
        ("why? nothing here", "why? nothing here"),
        ("https://a.example/b.mp4 not found", "https://a.example/b.mp4 not found"),
    ],
)
def test_signatures_and_keys_are_removed(text: str, shown: str) -> None:
    """Only what lets someone in goes; what is left still tells where it happened."""
    assert redact(text) == shown


def test_named_secrets_are_replaced_whole() -> None:
    """A URL given as a secret becomes its stand-in; one that is part of another leaves no rest."""
    secrets = ["https://a.example/b", "https://a.example/b.mp4?sig=x", ""]
    assert redact("read https://a.example/b.mp4?sig=x", secrets) == "read <source>"
    assert redact("key k1", ["k1"], stand_in="<key>") == "key <key>"
