"""Every order in which the storage operations of programs that run at once can fall."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import TypeVar

from adapters.memory.container import MemoryContainer
from adapters.memory.wrapped import WrappedContainer
from adapters.storage.port import Container

_R = TypeVar("_R")

Program = Callable[[Container], object]


def explore(
    world: MemoryContainer,
    programs: Sequence[Program],
    check: Callable[[MemoryContainer, bool], None],
) -> int:
    """Run the programs in every order of their operations, each in a copy of `world`.

    The state of a program is all that storage has answered it: an order that comes to a state of
    the blobs and of all programs that was met before is not followed further. All states are
    checked, those in which programs are cut short among them: a death is an operation that never
    comes.

    Args:
        world: with a clock that stands still.
        check: is given a copy of each state, and whether all programs have ended in it.

    Returns:
        How many states there are.
    """
    met: set[object] = set()
    checked: set[object] = set()
    orders: list[list[int]] = [[]]
    while orders:
        order = orders.pop()
        container = world.copy()
        runs = [_Run(program, container) for program in programs]
        for number in order:
            runs[number].step()
        while True:
            blobs = tuple(container.list(""))
            state = (blobs, *(tuple(run.seen) for run in runs))
            if state in met:
                break
            met.add(state)
            alive = [number for number, run in enumerate(runs) if run.is_alive]
            if (blobs, not alive) not in checked:
                checked.add((blobs, not alive))
                check(container.copy(), not alive)
            if not alive:
                break
            orders.extend([*order, other] for other in alive[1:])
            order = [*order, alive[0]]
            runs[alive[0]].step()
        for run in runs:
            run.kill()
    return len(met)


def explore_pauses(
    world: MemoryContainer,
    programs: tuple[Program, Program],
    check: Callable[[MemoryContainer, bool], None],
) -> int:
    """Run two programs with one pause each, wherever it falls, for those that `explore` is slow on.

    The first goes to some operation and stands still, the second goes to some of its own, the first
    ends, and at last the second does; then with their parts exchanged. Whoever stands still for
    ever is dead.

    Args:
        world, check: as in `explore`.

    Returns:
        How many orders there are.
    """
    orders = 0
    checked: set[object] = set()

    def check_once(container: MemoryContainer, have_all_ended: bool) -> None:
        state = (tuple(container.list("")), have_all_ended)
        if state not in checked:
            checked.add(state)
            check(container.copy(), have_all_ended)

    for first, second in ((0, 1), (1, 0)):
        for first_stops in count():
            for second_stops in count():
                container = world.copy()
                runs = [_Run(program, container) for program in programs]
                paused = [
                    runs[first].go(first_stops),
                    runs[second].go(second_stops),
                ]
                check_once(container, False)
                runs[first].go()
                check_once(container, False)
                runs[second].go()
                check_once(container, True)
                orders += 1
                if not paused[1]:
                    break
            if not paused[0]:
                break
    return orders


class _Killed(BaseException):
    """Ends a program where it stands."""


class _Run(WrappedContainer):
    """A program in a thread that waits before each operation.

    Attributes:
        is_alive: whether it waits before an operation; False when it has ended.
        seen: what storage has answered so far.
    """

    def __init__(self, program: Program, inner: Container) -> None:
        super().__init__(inner)
        self.is_alive = True
        self.seen: list[str] = []
        self._is_killed = False
        self._error: BaseException | None = None
        self._go, self._waits = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(program,), daemon=True)
        self._thread.start()
        self._waits.acquire()

    def around(self, operation: str, path: str, call: Callable[[], _R]) -> _R:
        self._waits.release()
        self._go.acquire()
        if self._is_killed:
            raise _Killed
        try:
            answer = call()
        except Exception as error:
            self.seen.append(repr(error))
            raise
        self.seen.append(repr(answer))
        return answer

    def step(self) -> None:
        """Let it do its operation and come to the next."""
        self._go.release()
        self._waits.acquire()
        if self._error:
            raise self._error

    def go(self, operations: int | None = None) -> bool:
        """Let it do so many operations, or all; return whether there are more to come."""
        for _ in count() if operations is None else range(operations):
            if not self.is_alive:
                break
            self.step()
        return self.is_alive

    def kill(self) -> None:
        if self.is_alive:
            self._is_killed = True
            self._go.release()
        self._thread.join()

    def _run(self, program: Program) -> None:
        try:
            program(self)
        except _Killed:
            return
        except BaseException as error:  # it is raised where the test runs
            self._error = error
        self.is_alive = False
        self._waits.release()
