"""What is examined: an app, its storage, and what Azure has around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from adapters.identity import is_on_this_machine
from adapters.settings import DELIVERY_CONNECTION, UPLOADS_CONNECTION, Settings, load_settings
from adapters.storage.account import StorageAccount
from transcoding.values import Value


class AzureNames(Value):
    """Names of what a deployment has made, as main.bicep tells them; "" where unknown.

    Attributes:
        account, delivery_account: storage accounts by name, or by blob address where that does
            not end with blob.core.windows.net.
        container: what is uploaded to.
        playback_url: what stands before `/videos/...` in public addresses.
    """

    account: str = ""
    container: str = ""
    delivery_account: str = ""
    subscription: str = ""
    resource_group: str = ""
    topic: str = ""
    event_subscription: str = "uploads"
    playback_url: str = ""


@dataclass(frozen=True)
class Patient:
    """An app as the doctor meets it.

    Attributes:
        url: where the app answers.
        settings: those that tell where storage is; the app itself may have others.
        delivery_url: blob address of the delivery account; "" where unknown.
    """

    url: str
    settings: Settings
    names: AzureNames
    delivery_url: str

    @property
    def is_local(self) -> bool:
        """The app runs on this machine, where no host asks for keys."""
        return is_on_this_machine(self.url)

    @cached_property
    def uploads(self) -> StorageAccount:
        """The account that is uploaded to, reached as the user; a sign-in serves all who ask."""
        return StorageAccount(self.settings.uploads, UPLOADS_CONNECTION)


def patient(url: str, environment: Mapping[str, str], names: AzureNames) -> Patient:
    """Return the app at an address, with the accounts that are named, else those of its settings.

    Raises:
        SettingsInvalid: nothing says where storage is, or it is said wrongly.
    """
    if not names.account:
        settings = load_settings(environment)
        account = StorageAccount(settings.delivery, DELIVERY_CONNECTION)
        return Patient(url, settings, names, unsigned(account.client.url).rstrip("/"))
    uploads_url = _blob_url(names.account)
    delivery_url = _blob_url(names.delivery_account) if names.delivery_account else ""
    named = {
        UPLOADS_CONNECTION: "",
        f"{UPLOADS_CONNECTION}__blobServiceUri": uploads_url,
        DELIVERY_CONNECTION: "",
        # Settings want both; nothing is read with it.
        f"{DELIVERY_CONNECTION}__blobServiceUri": delivery_url or uploads_url,
    }
    if names.container:
        named["VOD_UPLOADS_CONTAINER"] = names.container
    return Patient(url, load_settings({**environment, **named}), names, delivery_url)


def unsigned(url: str) -> str:
    """Return an address without its query: that of a connection string may have a signature."""
    return urlsplit(url)._replace(query="").geturl()


def _blob_url(account: str) -> str:
    is_url = account.startswith(("https://", "http://"))
    return account.rstrip("/") if is_url else f"https://{account}.blob.core.windows.net"
