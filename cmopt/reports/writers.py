"""Workbooks written by several processes: of a large bank they take longer than all else in the folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from cmopt.plots.apart import killed_on_failure
from cmopt.solvers.parts.machine import free_memory

BARE = 100 * 2**20  # bytes of a process
PER_CLIENT = 1000  # bytes of the case and of the lines in it
MANY = 20_000  # lines from which other processes are worth their start
MOST = 8

Each = Callable[..., Iterable[Path]]


@contextmanager
def writers(lines: int, processes: int | None = None) -> Iterator[Each]:
    """Gives a `map` for so many lines: this process' own for few, else that of a pool (`processes`: as many as
    there are processors, 8 at most). Should one die, this process writes everything again. The pool is killed
    when the block is left by an exception (Ctrl-C among them, which its processes do not hear)."""
    count = suitable(lines) if processes is None else min(processes, MOST)
    if lines < MANY or count < 2:
        yield map
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=deaf)

    def each(write: Callable[..., Path], *columns: Sequence[Any]) -> list[Path]:
        try:
            return list(pool.map(write, *columns))
        except BrokenProcessPool:
            return list(map(write, *columns))

    with killed_on_failure(pool):
        yield each


def suitable(lines: int, clients: int = 0) -> int:
    """How many processes suit so many lines, each of which gets a case of so many `clients`: as many as there
    are processors, 8 at most, and only as many as have room in half the free memory; one for few lines."""
    count = min(os.cpu_count() or 1, MOST)
    if lines < MANY:
        return 1
    free = free_memory()
    while count > 1 and free is not None and count * (BARE + PER_CLIENT * clients) > free // 2:
        count -= 1
    return count


def deaf() -> None:
    """Once in each process: Ctrl-C is heard by the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
