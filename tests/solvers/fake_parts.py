"""Parts of nothing, and workers of every kind: good, slow, failing, dying. A pool's processes import it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cmopt.domain.book_result import BookPart, PartResult
from cmopt.domain.problem import Ints
from cmopt.domain.progress import NullProgress, PartNews, Progress
from cmopt.domain.result import Phase, Result, Status
from cmopt.errors import InputError, Message, finding
from cmopt.solvers.parts.task import Task


@dataclass(frozen=True)
class FakeSlice:
    """`marks`: a folder in which a worker leaves a file for each time it began this part."""

    name: str
    clients: Ints
    marks: Path
    staff: Ints = field(default_factory=lambda: np.arange(3))

    @property
    def branches(self) -> tuple[str, ...]:
        return (self.name,)

    def build(self) -> BookPart:
        raise NotImplementedError

    def begun(self) -> int:
        """How often it was begun before; now once more."""
        there = len(list(self.marks.glob(f"{self.name}.*")))
        (self.marks / f"{self.name}.{there}").touch()
        return there


def tasks(n: int, marks: Path) -> list[Callable[[], Task]]:
    def made(k: int) -> Callable[[], Task]:
        clients = np.arange(10 * k, 10 * k + 4 + k, dtype=np.int64)
        return lambda: Task(FakeSlice(f"part{k:02}", clients, marks), "auto", ("coverage",), 50, None, 1)

    return [made(k) for k in range(n)]


def divided(task: Task, status: Status = Status.OPTIMAL) -> PartResult:
    clients = task.slice.clients
    goal = Phase("coverage", "min", 0, 0, True, 0.0)
    return PartResult(
        name=task.slice.name,
        branches=task.slice.branches,
        managers=len(task.slice.staff),
        clients=clients,
        settled=np.zeros_like(clients),
        holder=clients % 3,
        result=Result(status, "fake", 0.0, (goal,), None),
        why=Message("fake"),
    )


def good(task: Task, progress: Progress) -> PartResult:
    task.slice.begun()  # type: ignore[attr-defined]
    progress.phase("coverage", 1, 1)
    progress.best("coverage", 0, 0)
    return divided(task)


def dies_once(task: Task, progress: Progress) -> PartResult:
    """The process of one part is killed the first time."""
    begun = task.slice.begun()  # type: ignore[attr-defined]
    if task.slice.name == "part02" and not begun:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return divided(task)


def dies_always(task: Task, progress: Progress) -> PartResult:
    task.slice.begun()  # type: ignore[attr-defined]
    if task.slice.name == "part02":
        os.kill(os.getpid(), signal.SIGKILL)
    return divided(task)


def fails_once(task: Task, progress: Progress) -> PartResult:
    if task.slice.name == "part01" and not task.slice.begun():  # type: ignore[attr-defined]
        raise RuntimeError("once")
    return divided(task)


def fails(task: Task, progress: Progress) -> PartResult:
    task.slice.begun()  # type: ignore[attr-defined]
    raise ZeroDivisionError


def refuses(task: Task, progress: Progress) -> PartResult:
    task.slice.begun()  # type: ignore[attr-defined]
    raise InputError(finding("too-large", "too large: {n}", n=7))


def lacks_memory(task: Task, progress: Progress) -> PartResult:
    task.slice.begun()  # type: ignore[attr-defined]
    if task.slice.name == "part01":
        raise MemoryError
    return divided(task)


def waits_for_stop(task: Task, progress: Progress) -> PartResult:
    """Parts from the third on end only when they are told to."""
    task.slice.begun()  # type: ignore[attr-defined]
    if len(task.slice.clients) >= 6:
        return divided(task)
    until = time.monotonic() + 20
    while not progress.stop_asked():
        assert time.monotonic() < until, "nobody said stop"
        time.sleep(0.01)
    return divided(task, Status.CANCELLED)


class Listening(NullProgress):
    """Keeps all news; asks to stop once so many parts are through."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.told: list[PartNews] = []
        self._stop_after = stop_after

    def part(self, news: PartNews) -> None:
        self.told.append(news)

    def stop_asked(self) -> bool:
        return (
            self._stop_after is not None and sum(n.result is not None for n in self.told) >= self._stop_after
        )
