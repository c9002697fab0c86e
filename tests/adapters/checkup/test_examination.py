"""Trials side by side: bounded in time and number, and nothing secret comes out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from adapters.checkup.examination import Examination, Finding, Trial, failed, passed, skipped
from transcoding.errors import PurgeFailed, StorageFailed, ToolFailed
from transcoding.reporting.checkup import Check


def examined(
    *attempts: Callable[[], Finding], within_s: float = 60.0, secrets: tuple[str, ...] = ()
) -> tuple[Check, ...]:
    trials = [Trial(f"trial {n}", attempt, "turn it off") for n, attempt in enumerate(attempts)]
    return asyncio.run(Examination(trials, within_s=within_s, secrets=secrets).examine())


def raising(error: BaseException) -> Callable[[], Finding]:
    def attempt() -> Finding:
        raise error

    return attempt


def test_what_is_found_is_told_in_order() -> None:
    """Whichever trial is the first to end."""
    second_ended = threading.Event()

    def first() -> Finding:
        assert second_ended.wait(60)
        return failed("it is red", "paint it")

    def second() -> Finding:
        second_ended.set()
        return skipped("there is none")

    assert examined(first, second, lambda: passed("it is green")) == (
        Check(name="trial 0", status="failed", found="it is red", advice="paint it"),
        Check(name="trial 1", status="skipped", found="there is none"),
        Check(name="trial 2", status="ok", found="it is green"),
    )


def test_what_costs_others_is_tried_only_when_it_is_asked_for() -> None:
    """It keeps its place, and how it is asked for is told."""
    tried = []

    def dear() -> Finding:
        tried.append(1)
        return passed("paid")

    examination = Examination(
        [Trial("dear", dear, "-", request="spend"), Trial("cheap", lambda: passed("free"), "-")]
    )
    told = [check.found for check in asyncio.run(examination.examine({"save"}))]
    assert (told, tried) == (["tried only when it is asked for: ?spend=true", "free"], [])
    assert asyncio.run(examination.examine({"spend"}))[0].found == "paid"


def test_nothing_to_try_is_nothing_found() -> None:
    """No trial, no check."""
    assert examined() == ()


@pytest.mark.parametrize(
    ("error", "found", "advice"),
    [
        (
            PurgeFailed("purge", on="door", advice="give it a role"),
            "purge (door)",
            "give it a role",
        ),
        (PurgeFailed("purge"), "purge", "turn it off"),
        (
            ToolFailed("try ffmpeg", advice="set VOD_FFMPEG", stderr_tail="a\nno such library\n"),
            "try ffmpeg [no such library]",
            "set VOD_FFMPEG",
        ),
        (StorageFailed("read", advice="403 no"), "read: 403 no", "turn it off"),
        (ValueError("never thought of"), "ValueError: never thought of", "turn it off"),
        (SystemExit("gone"), "SystemExit: gone", "turn it off"),
        (ValueError(), "ValueError:", "turn it off"),
    ],
)
def test_whatever_a_trial_raises_is_a_failure(
    error: BaseException, found: str, advice: str
) -> None:
    """With its own advice, or the trial's; the others are told all the same."""
    checks = examined(raising(error), lambda: passed("fine"))
    assert checks[0] == Check(name="trial 0", status="failed", found=found, advice=advice)
    assert checks[1].status == "ok"


def test_nothing_secret_is_told() -> None:
    """Neither what is known to be secret, nor what looks like it, in whatever is said."""
    checks = examined(
        lambda: passed("key hunter2 is right"),
        raising(ValueError("GET https://a.blob/x?sig=abc&se=1 failed for hunter2")),
        lambda: failed("AccountKey=abc;", "do not send hunter2"),
        secrets=("hunter2",),
    )
    assert [(check.found, check.advice) for check in checks] == [
        ("key <removed> is right", ""),
        ("ValueError: GET https://a.blob/x?<removed> failed for <removed>", "turn it off"),
        ("AccountKey=<removed>;", "do not send <removed>"),
    ]


def test_a_long_story_is_cut() -> None:
    """Somebody else may have written it."""
    (check,) = examined(lambda: passed("x" * 10_000))
    assert len(check.found) == 2_000


def test_a_trial_that_hangs_has_failed_and_holds_up_nobody() -> None:
    """The others are told, with what to do about it."""
    release = threading.Event()

    def hangs() -> Finding:
        release.wait(60)
        return passed("at last")

    checks = examined(hangs, lambda: passed("fine"), within_s=2)
    release.set()
    assert checks == (
        Check(
            name="trial 0",
            status="failed",
            found="nothing was heard within 2 s",
            advice="turn it off",
        ),
        Check(name="trial 1", status="ok", found="fine"),
    )


def test_a_trial_that_hangs_is_not_begun_once_more() -> None:
    """However often somebody asks; when it has ended at last, the next one begins anew."""
    release, begun = threading.Event(), []

    def hangs() -> Finding:
        begun.append(1)
        release.wait(60)
        return passed("at last")

    impatient = Examination([Trial("hangs", hangs, "-")], within_s=0.05)
    for _ in range(3):
        assert asyncio.run(impatient.examine())[0].status == "failed"
    assert len(begun) == 1
    (running,) = impatient._running.values()
    release.set()
    assert running.result(60).found == "at last"
    asyncio.run(impatient.examine())
    assert len(begun) == 2


def test_many_who_ask_at_once_share_what_is_found() -> None:
    """A hundred callers start one trial, and hold no thread while they wait."""
    begun = []
    threads: list[int] = []
    all_ask = threading.Event()

    def slow() -> Finding:
        begun.append(1)
        all_ask.wait(60)
        threads.append(threading.active_count())
        return passed("once")

    async def ask_often() -> list[tuple[Check, ...]]:
        before = threading.active_count()
        examination = Examination([Trial("slow", slow, "-")], within_s=60)
        asked = [asyncio.ensure_future(examination.examine()) for _ in range(100)]
        await asyncio.sleep(0)
        all_ask.set()
        found = await asyncio.gather(*asked)
        assert threads == [before + 1]
        return found

    found = asyncio.run(ask_often())
    assert len(begun) == 1
    assert {checks[0].found for checks in found} == {"once"}


def test_who_gives_up_waiting_spoils_it_for_nobody() -> None:
    """A caller that hangs up takes the trial from no other."""
    go_on = threading.Event()

    def slow() -> Finding:
        go_on.wait(60)
        return passed("done")

    async def hang_up() -> tuple[Check, ...]:
        examination = Examination([Trial("slow", slow, "-")], within_s=60)
        first, second = (asyncio.ensure_future(examination.examine()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        go_on.set()
        return await second

    assert asyncio.run(hang_up()) == (Check(name="slow", status="ok", found="done"),)


def test_a_machine_that_starts_no_more_threads_is_told() -> None:
    """And once it does again, so is what is found."""
    examination = Examination([Trial("a", lambda: passed("fine"), "-")])
    before = threading.stack_size(2**46)  # there is not so much to be had
    try:
        (check,) = asyncio.run(examination.examine())
    finally:
        threading.stack_size(before)
    assert (check.status, check.found) == ("failed", "can't start new thread")
    assert check.advice
    assert asyncio.run(examination.examine())[0].found == "fine"
