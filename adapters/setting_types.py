"""What a setting may be: its types, with their checks and the words for them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

from annotated_types import Ge, Le
from azure.storage.blob import BlobServiceClient
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from transcoding.values import Value

EMULATOR = "UseDevelopmentStorage=true"
"""Azurite at its usual ports, as a connection string."""


@dataclass(frozen=True)
class Allowed:
    """What a setting should be, in words, where its type does not say it."""

    words: str


def allowed(field: FieldInfo) -> str:
    """Say what a setting should be, such as "a whole number from 1"; "" for any text."""
    for note in field.metadata:
        if isinstance(note, Allowed):
            return note.words
    if get_origin(field.annotation) is Literal:
        *others, last = (f"'{choice}'" for choice in get_args(field.annotation))
        return f"{', '.join(others)} or {last}"
    low = next((note.ge for note in field.metadata if isinstance(note, Ge)), None)
    high = next((note.le for note in field.metadata if isinstance(note, Le)), None)
    if low is None:
        return ""
    return f"a whole number from {low}" + (f" to {high}" if high is not None else "")


def written_names(field: FieldInfo) -> tuple[str, ...]:
    """Return the environment variables that a setting is read from."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(map(str, alias.choices))
    return (str(alias),)


def wrong(text: str, *settings: str) -> PydanticCustomError:
    """Return an error that says what to do about a field, or about the settings that are named."""
    return PydanticCustomError("wrong", "{text}", {"text": text, "settings": settings})


def _existing(path: str) -> str:
    if path and not Path(path).is_file():
        raise wrong("there is no program at this path: correct it, or unset it")
    return path


ContainerName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$"),
    Allowed("3 to 63 lower-case letters, digits and single dashes"),
]
WebAddress = Annotated[
    str,
    Field(pattern=r"^(https?://\S+)?$"),
    Allowed("an address that begins with https:// or http://"),
]
Program = Annotated[str, AfterValidator(_existing), Allowed("the path of a program")]
OneOfFour = Annotated[str, Allowed("all four of this kind, or none")]
ConnectionString = Allowed("a storage connection string")
IsTrue = Allowed("`true` or anything else")


def is_true(written: object) -> bool:
    """Read a flag of the Functions worker as the worker does."""
    return str(written).strip().lower() in ("1", "true", "t", "yes", "y")


class StorageConnection(Value):
    """How to reach one storage account: one of the first two is set, and a string can be parsed."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=to_camel),
        validate_by_name=True,
        hide_input_in_errors=True,
    )

    connection_string: str = Field("", repr=False)
    blob_service_uri: WebAddress = Field(
        "", description="Instead of it: the account's blob address, reached with the app's identity"
    )
    client_id: str = Field(
        "",
        description="Client id of a user-assigned identity; unset, `DefaultAzureCredential`"
        " decides",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, given: object) -> object:
        return {"connection_string": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _leads_somewhere(self) -> StorageConnection:
        if not self.connection_string and not self.blob_service_uri:
            raise PydanticCustomError("missing", "neither is set")
        if self.connection_string:
            self.check_string()
        return self

    def check_string(self, *, for_signing: bool = False) -> None:
        """Parse the connection string; nothing is sent.

        Raises:
            PydanticCustomError: it is none, or has no key although URLs are to be signed with it.
        """
        try:
            with BlobServiceClient.from_connection_string(self.connection_string) as client:
                key = getattr(client.credential, "account_key", "")
            base64.b64decode(key, validate=True)
        except ValueError:
            # The library's own text can hold a part of the string.
            raise wrong(
                f"copy a storage connection string whole, or use {EMULATOR} for Azurite"
            ) from None
        if for_signing and not key:
            raise wrong(
                "it has no AccountKey, with which read URLs are signed: use a connection string"
                " with a key, or an identity"
            )


class UploadsConnection(StorageConnection):
    """How to reach the account that is uploaded to, where the host keeps a queue too."""

    queue_service_uri: WebAddress = Field(
        "",
        description="With the blob address: the account's queue address; without it the host does"
        " not start the blob trigger, which puts events there that it gives up on",
    )


def parts_of(field: FieldInfo) -> tuple[FieldInfo, ...]:
    """Return what a connection consists of; of another setting, nothing."""
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, StorageConnection):
        return tuple(kind.model_fields.values())
    return ()


class FrontDoor(Value):
    """The Front Door endpoint that serves the delivery account."""

    subscription_id: str
    resource_group: str
    profile: str
    endpoint: str
    domain: str = ""
    management_url: str = "https://management.azure.com"
