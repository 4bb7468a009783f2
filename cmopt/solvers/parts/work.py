"""What is done with one part: build its Problem, choose the solver, divide, name the goals as the book does."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_result import NOBODY, BookPart, Duals, PartResult
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import PartNews, Progress
from cmopt.domain.result import Result
from cmopt.errors import Message, finding
from cmopt.i18n import N_
from cmopt.solvers.parts.task import Task, open_goals

NEAR = 0.5  # of the time left for a goal: no solver cuts one short before that
BOOK_NAME = {core: own for own, core in CORE_GOAL.items()}


def divide_part(task: Task, progress: Progress) -> PartResult:
    """Divide one part. Deterministic unless its time limit cuts a goal short, which a finding then says, or a
    stop is asked for.

    Raises InputError: a figure too large to be exact; goals that the solver asked for does not count.
    """
    part = task.slice.build()
    limits, told = Limits(task.seconds, task.seed), _InBookNames(progress)
    solver, why = _solver(part.problem, task.solver)
    if solver == "large":
        from cmopt.solvers.large import solve_large

        solved = solve_large(part.problem, limits, told, task.gap)
        result = _by_the_clock(solved.result, task)
        return _named(task, part, result, solved.holders, why, solved.duals)
    from cmopt.solvers.cpsat import CpSat

    result = _by_the_clock(CpSat().solve(part.problem, limits, told), task)
    return _named(task, part, result, _numbers(part.problem, result), why)


def _by_the_clock(result: Result, task: Task) -> Result:
    """With a notice where the time limit may have decided the result: then another machine may find another."""
    if task.seconds is None or not may_be_cut(result, task.seconds):
        return result
    notice = finding("part-clock", CLOCK, task.slice.name, "notice", seconds=f"{task.seconds:g}")
    return dataclasses.replace(result, findings=(*result.findings, notice))


def may_be_cut(result: Result, limit: float) -> bool:
    """Whether the start, or any goal, took `NEAR` or more of the time that was left for it."""
    left = limit
    for seconds in (
        result.seconds - sum(g.seconds for g in result.goals),
        *(g.seconds for g in result.goals),
    ):
        if seconds >= NEAR * left:
            return True
        left -= seconds
    return False


def _solver(problem: Problem, asked: str) -> tuple[str, Message]:
    from cmopt.solvers.choose import choose_for

    if asked == "auto":
        chosen, why = choose_for(problem)
        return chosen.name, why
    return asked, Message(N_("asked for"))


Holders = Sequence[int | None]


def _numbers(problem: Problem, result: Result) -> Holders | None:
    """Manager numbers by account."""
    if result.allocation is None:
        return None
    held, number = result.allocation.holder, problem.manager_number
    holders = (held[account] for account in problem.accounts)
    return [None if holder is None else number[holder] for holder in holders]


def _named(
    task: Task,
    part: BookPart,
    result: Result,
    holders: Holders | None,
    why: Message,
    duals: tuple[Duals, ...] = (),
) -> PartResult:
    """The result with positions for numbers and the book's names for goals."""
    goals = tuple(dataclasses.replace(g, name=BOOK_NAME.get(g.name, g.name)) for g in result.goals)
    positions = None
    if holders is not None:
        staff = np.append(part.staff, NOBODY)
        positions = staff[[len(part.staff) if i is None else i for i in holders]]
    return PartResult(
        name=part.name,
        branches=part.branches,
        managers=len(part.staff),
        clients=part.clients,
        settled=part.settled,
        holder=positions,
        result=dataclasses.replace(
            result, allocation=None, goals=goals if positions is not None else open_goals(task.goals)
        ),
        why=why,
        duals=duals,
    )


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


CLOCK = N_("its time limit ({seconds} s) was near or reached: on another machine it may be divided otherwise")
