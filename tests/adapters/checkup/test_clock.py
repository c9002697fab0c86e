"""This machine's clock against storage's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from adapters.checkup.clock import try_clock
from adapters.clock import SystemClock
from adapters.memory.clock import ManualClock
from adapters.settings import StorageConnection
from adapters.storage.account import StorageAccount
from devhost.azurite import AzuriteProcess
from transcoding.errors import StorageFailed


class Skewed(SystemClock):
    """A clock that is wrong by so much."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


def account(connection_string: str) -> StorageAccount:
    return StorageAccount(StorageConnection(connection_string=connection_string), "X")


def test_clocks_that_agree_are_fine(azurite: AzuriteProcess) -> None:
    """Storage's own time, from a real answer."""
    storage = account(azurite.connection_string)
    assert try_clock(SystemClock(), storage.time).status == "ok"


@pytest.mark.parametrize(("by_s", "told"), [(900, "ahead of"), (-900, "behind")])
def test_a_clock_that_is_a_quarter_of_an_hour_off_is_found_out(
    azurite: AzuriteProcess, by_s: int, told: str
) -> None:
    """In both directions, with how much it is; a second is the rounding's."""
    found = try_clock(Skewed(timedelta(seconds=by_s)), account(azurite.connection_string).time)
    assert found.status == "failed"
    assert re.fullmatch(
        rf"this machine's is (899|900|901) s {told} storage's; 300 s is the most", found.found
    )
    assert found.advice


@pytest.mark.parametrize(("seconds", "status"), [(301, "ok"), (302, "failed"), (-301, "failed")])
def test_what_signatures_allow_for_is_allowed(seconds: int, status: str) -> None:
    """URLs are signed for five minutes before now; that storage tells whole seconds is no skew."""
    clock = ManualClock()
    there = clock.now() - timedelta(seconds=seconds)
    assert try_clock(clock, lambda: there).status == status


def test_a_slow_answer_is_no_skew() -> None:
    """Storage may have answered at any time within the request."""
    clock = ManualClock()
    start = clock.now()

    def answer() -> datetime:
        clock.sleep(1000)
        return start + timedelta(seconds=500)

    assert try_clock(clock, answer).status == "ok"


def test_storage_that_refuses_tells_its_time_all_the_same(azurite: AzuriteProcess) -> None:
    """A clock that is far off is refused everything."""
    wrong = azurite.connection_string.replace("Eby8", "AAAA")
    assert abs(datetime.now(UTC) - account(wrong).time()) < timedelta(seconds=60)


def test_storage_that_does_not_answer_tells_no_time(azurite: AzuriteProcess) -> None:
    """There is nothing to compare with."""
    down = azurite.connection_string.replace(
        azurite.blob_endpoint, "http://127.0.0.1:9/devstoreaccount1"
    )
    with pytest.raises(StorageFailed, match="ask for the time"):
        account(down).time()
