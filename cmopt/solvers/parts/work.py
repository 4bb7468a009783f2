"""What is done with one part: build its Problem, choose the solver, divide, name the goals as the book does."""

from __future__ import annotations

import dataclasses

import numpy as np

from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_result import NOBODY, BookPart, PartResult
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Ints
from cmopt.domain.progress import PartNews, Progress
from cmopt.domain.result import Result
from cmopt.errors import Message
from cmopt.i18n import N_
from cmopt.solvers.parts.task import Task

BOOK_NAME = {core: own for own, core in CORE_GOAL.items()}


def divide_part(task: Task, progress: Progress) -> PartResult:
    """Divide one part. Deterministic unless its time limit cuts a goal short or a stop is asked for."""
    from cmopt.solvers.cpsat import CpSat

    part = task.slice.build()
    told = _InBookNames(progress)
    result = CpSat().solve(part.problem, Limits(task.seconds, task.seed), told)
    return part_result(part, result, Message(N_("small enough for the exact solver")))


def part_result(part: BookPart, result: Result, why: Message) -> PartResult:
    return PartResult(
        name=part.name,
        branches=part.branches,
        managers=len(part.staff),
        clients=part.clients,
        settled=part.settled,
        holder=_positions(part, result),
        result=dataclasses.replace(
            result,
            allocation=None,
            goals=tuple(dataclasses.replace(g, name=BOOK_NAME.get(g.name, g.name)) for g in result.goals),
        ),
        why=why,
    )


def _positions(part: BookPart, result: Result) -> Ints | None:
    """Who holds each client of the part, as positions in the roster."""
    if result.allocation is None:
        return None
    number = part.problem.manager_number
    held = result.allocation.holder
    found = np.full(len(part.clients), NOBODY, dtype=np.int64)
    for j, account in enumerate(part.problem.accounts):
        holder = held[account]
        if holder is not None:
            found[j] = part.staff[number[holder]]
    return found


class _InBookNames:
    """Progress that is told the book's names of goals."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def phase(self, name: str, number: int, of: int) -> None:
        self._progress.phase(BOOK_NAME.get(name, name), number, of)

    def best(self, name: str, value: int, bound: int | None) -> None:
        self._progress.best(BOOK_NAME.get(name, name), value, bound)

    def part(self, news: PartNews) -> None:
        self._progress.part(news)

    def stop_asked(self) -> bool:
        return self._progress.stop_asked()

    def writing(self) -> None:
        self._progress.writing()
