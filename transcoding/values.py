"""The base of every value that crosses a boundary: frozen, typed, strict about unknown fields."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value with a JSON form.

    Fractions are written as "30000/1001". Unknown fields are rejected, so that what another version
    of the code wrote fails at the door instead of being half understood. What then happens is up to
    the reader: a step's runner leaves a note and the attempt fails (activities/runner.py), a
    done-marker counts as missing (adapters/storage/chunks.py).

    Before version 1.0 nothing is owed to messages of yesterday. From then on a field is only ever
    added, with a default that means what older code did: jobs outlive deployments, and their
    histories hold values that older code wrote.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form: only dicts, lists, strings, numbers, booleans and None."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """Rebuild a value from `to_json`.

        Raises:
            pydantic.ValidationError: a field is missing, unknown or of the wrong type.
        """
        return cls.model_validate(document)


def content_key(document: Any, digits: int = 12) -> str:
    """Return a short stable name for a JSON document: the start of its SHA-256, in hex."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:digits]
