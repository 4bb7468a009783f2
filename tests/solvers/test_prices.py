"""Seatings and pairs priced by the relaxation: the same values, bounds and division as without."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from full_cases import ANNUAL, SEED, full_case

from cmopt.domain.clients import Case
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Result
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat, matching_ways
from cmopt.solvers.cpsat.matching_prices import Prices, Relaxation


@pytest.mark.parametrize("seed", range(3))
def test_the_same_with_and_without_prices(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = _hardly_anybody_keeps(seed)
    plain = CpSat().solve(problem, Limits(None))
    made: list[Prices] = []
    keep: Any = Relaxation.prices

    def kept(*args: Any) -> Prices | None:
        found: Prices | None = keep(*args)
        assert found is not None
        made.append(found)
        return found

    monkeypatch.setattr(matching_ways, "WAYS_AT_ONCE", -1)
    monkeypatch.setattr(matching_ways, "MANY_PAIRS", -1)
    monkeypatch.setattr(Relaxation, "prices", kept)
    priced = CpSat().solve(problem, Limits(None))
    assert _told(priced) == _told(plain)
    assert priced.allocation == plain.allocation
    assert made[-1].model.made.possible.sum() > made[-1].narrowed(made[-1].model.made, 1, 0).possible.sum()


def _hardly_anybody_keeps(seed: int) -> Problem:
    """A full-size case where one account in six has its incumbent still."""
    case, dice = full_case(seed), Random(seed)
    keep = [dice.random() < 1 / 6 for _ in case.clients]
    clients = [
        c if kept else replace(c, incumbent=None, held_since=None)
        for c, kept in zip(case.clients, keep, strict=True)
    ]
    case = Case(case.roster, tuple(clients), case.links)
    return build_problem(case, ANNUAL, grade(case.roster, ANNUAL, SEED), SEED)


def _told(result: Result) -> list[tuple[Any, ...]]:
    return [(g.name, g.value, g.bound, g.proven) for g in result.goals]
