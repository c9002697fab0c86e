"""Ends whatever takes too long, wherever it hangs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class OutOfTime(BaseException):
    """A time limit is over.

    No Exception, for the same reason as KeyboardInterrupt: libraries that catch everything in
    order to try again would go on for ever.
    """


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what is done here once it has taken so long; not to be nested.

    Time-outs of sockets are not enough: a server that sends a byte now and then keeps them quiet.
    Works in the main thread alone, where signals are delivered.
    """

    def out_of_time(_number: int, _frame: object) -> NoReturn:
        raise OutOfTime

    handler = signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
