"""The exact and the large solver on the same mid-size parts; whether a clock may have decided a part."""

from __future__ import annotations

import pytest
from large_books import book

from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress
from cmopt.domain.result import Phase, Result, Status
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.large import solve_large
from cmopt.solvers.parts.work import may_be_cut


@pytest.mark.parametrize(
    ("clients", "managers", "goals"),
    [
        (60, 5, ("coverage", "handovers")),
        (90, 6, ("coverage", "handovers", "continuity")),
        (60, 5, ("coverage", "penalty")),
        (70, 5, ("coverage", "penalty", "handovers")),
    ],
)
def test_neither_beats_the_bound_of_the_other(clients: int, managers: int, goals: tuple[str, ...]) -> None:
    problem = book(clients, managers, 7, goals, within=1500, largest=0.1, loads=2)
    large = solve_large(problem, Limits(None), NullProgress()).result
    exact = CpSat().solve(problem, Limits(10.0))
    for mine, other in zip(large.goals, exact.goals, strict=True):
        assert mine.value is not None and other.value is not None
        assert mine.bound is not None and other.bound is not None
        sign = 1 if mine.sense == "min" else -1
        assert sign * mine.value >= sign * other.bound
        assert sign * other.value >= sign * mine.bound
        near = 10_000 * abs(mine.value - mine.bound) <= 50 * abs(mine.bound)
        assert near or not mine.proven
        if mine.value != other.value:
            break


@pytest.mark.parametrize(
    ("whole", "goals", "cut"),
    [(1.0, (0.2, 0.3), False), (6.0, (1.0, 5.0), True), (7.0, (1.0, 1.0), True), (0.0, (), False)],
)
def test_a_result_that_may_hang_on_the_clock(whole: float, goals: tuple[float, ...], cut: bool) -> None:
    """Of 10 seconds; what is not spent on a goal was spent before the first."""
    phases = tuple(Phase("coverage", "min", 0, 0, True, s) for s in goals)
    result = Result(Status.FEASIBLE, "large", whole, phases, None)
    assert may_be_cut(result, 10.0) == cut
    assert may_be_cut(result, 0.0)
