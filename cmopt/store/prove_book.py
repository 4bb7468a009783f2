"""The parts of the book solved again from the run's own inputs, and held against what the record claims.

Whatever comes out may differ where a goal is not proven; but no division solved again may beat a recorded
bound, and no bound proven again may beat a recorded value: one of the two would be false. Goals are compared
from the first on, as long as both have the same values: what comes after another value was asked another
question.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from cmopt.domain.allocation import Allocation
from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_findings import PartProof, Tell
from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.clients import Case
from cmopt.domain.goals import SENSE
from cmopt.domain.grade import Grade
from cmopt.domain.progress import NullProgress
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Message
from cmopt.i18n import N_
from cmopt.problem.book import BookPlan, plan_book
from cmopt.solvers.parts.machine import suitable
from cmopt.solvers.parts.pool import Here, Processes
from cmopt.solvers.parts.running import Telling, run_parts
from cmopt.solvers.parts.task import Task
from cmopt.solvers.parts.work import divide_part

SECONDS = 600.0
LONGER = 3.0  # times as long as it took the first time, and some seconds more, for one part
MORE = 10.0


def prove_book_again(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
    seconds: float = SECONDS,
    tell: Tell | None = None,
) -> list[Finding]:
    """Every bound and value of the book that does not bear being solved again; `tell` gets each part's proofs,
    in the order of the parts.

    seconds: for all parts together; those with bounds by search alone come first. A part that was not reached,
    or a bound not found again in time, is no breach: it is told.
    """
    plan = plan_book(case, scheme, grades, key, seed)
    solved = _solved_again(plan, book, seed, seconds)
    found = []
    for part in book.parts:
        again = solved.get(part.name)
        repeated: list[str] = []
        if again is not None and again.holder is not None:
            wrong, repeated = _held_against(part, again)
            found += wrong
        if tell is not None:
            tell(_proof(part, again is not None, repeated))
    return found


def _solved_again(plan: BookPlan, book: BookResult, seed: int, seconds: float) -> dict[str, PartResult]:
    """Parts by name, as far as the time goes; each by the solver that divided it."""
    number = {name: n for n, name in enumerate(plan.names)}
    todo = [p for p in book.parts if p.holder is not None and p.name in number]
    goals = tuple(g.name for g in plan.book.goals)

    def task(part: PartResult) -> Task:
        limit = min(seconds, LONGER * part.result.seconds + MORE)
        return Task(plan.slice(number[part.name]), part.result.solver, goals, plan.book.gap, limit, seed)

    sizes = [(len(p.clients), p.managers) for p in todo]
    largest = max((c * m for c, m in sizes), default=0)
    first = [c * m + (largest + 1) * _by_search(p) for (c, m), p in zip(sizes, todo, strict=True)]
    telling = Telling(_Until(seconds), {p.name: len(p.clients) for p in todo})
    places = suitable(sizes)
    pool = Here(telling.goal, telling.progress.stop_asked) if places == 1 else Processes(places)
    try:
        return run_parts([partial(task, p) for p in todo], first, divide_part, pool, lambda _: None, telling)
    finally:
        pool.close(at_once=True)


def _by_search(part: PartResult) -> bool:
    """Whether some bound of it rests on a solver's word alone."""
    with_multipliers = _with_multipliers(part)
    return any(g.bound is not None and g.name not in with_multipliers for g in part.result.goals)


class _Until(NullProgress):
    """Asks to stop when the time is up."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def stop_asked(self) -> bool:
        return time.monotonic() >= self._end


def _held_against(part: PartResult, again: PartResult) -> tuple[list[Finding], list[str]]:
    """What cannot both be true, and the goals whose bound was found again, or a stronger one."""
    found: list[Finding] = []
    repeated: list[str] = []
    for said, other in zip(part.result.goals, again.result.goals, strict=True):
        name = said.name
        if _beats(name, other.value, said.bound):
            beaten = {"goal": name, "said": said.bound, "value": other.value}
            found.append(Finding("prove-bound", Message(BEATEN, beaten), part.name))
        if _beats(name, said.value, other.bound):
            beyond = {"goal": name, "said": said.value, "bound": other.bound}
            found.append(Finding("prove-value", Message(BEYOND, beyond), part.name))
        if said.bound is not None and other.bound is not None and not _beats(name, other.bound, said.bound):
            repeated.append(name)
        if said.value != other.value:
            break
    return found, repeated


def _beats(goal: str, value: int | None, bound: int | None) -> bool:
    """Whether a value is better than a bound allows (or a bound weaker than another)."""
    if value is None or bound is None:
        return False
    return value < bound if SENSE[goal] == "min" else value > bound


def _proof(part: PartResult, solved: bool, repeated: list[str]) -> PartProof:
    rest = [g for g in part.result.goals if g.name not in repeated]
    told = _with_multipliers(part)
    return PartProof(
        part.name,
        solved,
        tuple(repeated),
        tuple(g.name for g in rest if g.name in told),
        tuple(g.name for g in rest if g.bound is not None and g.name not in told),
    )


def _with_multipliers(part: PartResult) -> set[str]:
    """The book's names of the goals whose bound anybody can count."""
    told = {d.goal for d in part.duals if d.searched is None}
    return {g.name for g in part.result.goals if CORE_GOAL.get(g.name, g.name) in told}


BEATEN = N_("goal {goal}: the record says no division beats {said}; solved again, there is one with {value}")
BEYOND = N_("goal {goal}: the record says {said}; solved again, no division beats {bound}")
