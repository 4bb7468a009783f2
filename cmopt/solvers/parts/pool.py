"""Where parts are worked on: in this process, or in processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from typing import Any, Protocol

from cmopt.domain.book_result import PartResult
from cmopt.domain.progress import PartNews, Progress
from cmopt.solvers.parts.task import Task

# Divides one part. Must be importable by name; deterministic but for the time limit in the task.
Work = Callable[[Task, Progress], PartResult]

# Part, goal, its number, how many goals, value and bound so far.
News = tuple[str, str, int, int, int | None, int | None]

QUIET = 0.2  # seconds between two pieces of news of one part


class Pool(Protocol):
    """places: how many parts it works on at a time. lost: whether a future's error means that whoever worked on
    the part is gone, rather than that the work itself failed."""

    places: int
    lost: tuple[type[BaseException], ...]

    def submit(self, work: Work, task: Task) -> Future[PartResult]: ...

    def news(self) -> list[News]:
        """What the parts at work told since this was last asked."""

    def stop(self) -> None:
        """Ask the parts at work to end with the best they have."""

    def renew(self, lost: Sequence[Future[PartResult]]) -> bool:
        """Start anew after these were lost, unless that was done; False: there is nothing to go on with."""

    def close(self, at_once: bool) -> None:
        """Give everything back; `at_once`: without waiting for parts at work."""


class Teller:
    """The progress of one part, told on by `tell` a few times a second."""

    def __init__(self, part: str, tell: Callable[[News], None], stop: Callable[[], bool]) -> None:
        self._part, self._tell, self.stop_asked = part, tell, stop
        self._at: tuple[str, int, int] = ("", 0, 0)
        self._told = 0.0

    def phase(self, name: str, number: int, of: int) -> None:
        self._at = (name, number, of)
        self._tell((self._part, *self._at, None, None))

    def best(self, name: str, value: int, bound: int | None) -> None:
        if time.monotonic() - self._told >= QUIET:
            self._told = time.monotonic()
            self._tell((self._part, name, *self._at[1:], value, bound))

    def part(self, news: PartNews) -> None:
        pass

    def writing(self) -> None:
        pass


class Here:
    """This process, one part at a time. `at_once`: called with each piece of news as it comes."""

    places = 1
    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, at_once: Callable[[News], None], stop: Callable[[], bool]) -> None:
        self._tell, self._stop = at_once, stop

    def submit(self, work: Work, task: Task) -> Future[PartResult]:
        done: Future[PartResult] = Future()
        try:
            done.set_result(work(task, Teller(task.slice.name, self._tell, self._stop)))
        except Exception as error:
            done.set_exception(error)
        return done

    def news(self) -> list[News]:
        return []

    def stop(self) -> None:
        pass

    def renew(self, lost: Sequence[Future[PartResult]]) -> bool:
        return True

    def close(self, at_once: bool) -> None:
        pass


class Processes:
    """Processes of this machine. They do not hear Ctrl-C, and end when this process does.

    After a second loss there is one process only: what kills them is most often want of memory.
    """

    def __init__(self, places: int) -> None:
        from concurrent.futures.process import BrokenProcessPool

        self.places = places
        self.lost: tuple[type[BaseException], ...] = (BrokenProcessPool,)
        self._losses = 0
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._stop, self._news = context.Event(), context.SimpleQueue()
        self._own: set[Future[PartResult]] = set()
        self._pool = ProcessPoolExecutor(
            self.places, mp_context=context, initializer=_get_ready, initargs=(self._stop, self._news)
        )

    def submit(self, work: Work, task: Task) -> Future[PartResult]:
        from concurrent.futures.process import BrokenProcessPool

        found: Future[PartResult] = Future()
        try:
            found = self._pool.submit(_in_worker, work, task)
        except BrokenProcessPool as error:  # it broke, and the loss of an earlier part was not seen yet
            found.set_exception(error)
        self._own.add(found)
        return found

    def news(self) -> list[News]:
        found = []
        while not self._news.empty():
            found.append(self._news.get())
        return found

    def stop(self) -> None:
        self._stop.set()

    def renew(self, lost: Sequence[Future[PartResult]]) -> bool:
        if not any(future in self._own for future in lost):
            return True
        stopped = self._stop.is_set()
        self.close(at_once=True)
        self._losses += 1
        if self._losses > 1:
            self.places = 1
        self._start()
        if stopped:
            self._stop.set()
        return True

    def close(self, at_once: bool) -> None:
        if at_once:
            for process in list((getattr(self._pool, "_processes", None) or {}).values()):
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


# --- in a worker ---------------------------------------------------------------------------------------

_given: dict[str, Any] = {}


def _get_ready(stop: Any, news: Any) -> None:
    """Once in each process of the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _given.update(stop=stop, news=news)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _in_worker(work: Work, task: Task) -> PartResult:
    return work(task, Teller(task.slice.name, _given["news"].put, _given["stop"].is_set))
