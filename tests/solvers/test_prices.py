"""Seatings and pairs priced by the relaxation: the same values, bounds and division as without."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from full_cases import ANNUAL, SEED

from cmopt.domain.clients import Case
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Result
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat, matching_ways
from cmopt.solvers.cpsat.matching_balance import MatchingBalance
from cmopt.solvers.cpsat.matching_prices import Prices, Relaxation
from cmopt.synth import SynthOptions, synth_case


@pytest.mark.parametrize(("seed", "keep", "key_deposits"), [(3, 6, 8), (1, 6, 11), (2, 1, 11)])
def test_the_same_with_and_without_prices(
    seed: int, keep: int, key_deposits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = _some_keep(seed, keep, key_deposits)
    plain = CpSat().solve(problem, Limits(None))
    made: list[Prices] = []
    ask: Any = Relaxation.prices

    def kept(*args: Any) -> Prices | None:
        found: Prices | None = ask(*args)
        assert found is not None
        made.append(found)
        return found

    monkeypatch.setattr(matching_ways, "WAYS_AT_ONCE", -1)
    monkeypatch.setattr(matching_ways, "MANY_PAIRS", -1)
    monkeypatch.setattr(Relaxation, "prices", kept)
    near: list[Any] = []
    search: Any = MatchingBalance._balance_near

    def watched(*args: Any) -> Any:
        near.append(search(*args))
        return near[-1]

    monkeypatch.setattr(MatchingBalance, "_balance_near", watched)
    priced = CpSat().solve(problem, Limits(None))
    assert _told(priced) == _told(plain)
    assert priced.allocation == plain.allocation
    assert made
    assert [n is not None for n in near] == [True]


def _some_keep(seed: int, keep: int, key_deposits: int) -> Problem:
    """About one account in `keep` has its incumbent still: with many, few seatings are left."""
    options = SynthOptions(seed=seed, clients=80, staff=90, large=7, medium=7, key_deposits=key_deposits)
    case, dice = synth_case(options, ANNUAL), Random(seed)
    stay = [dice.random() < 1 / keep for _ in case.clients]
    clients = [
        c if kept else replace(c, incumbent=None, held_since=None)
        for c, kept in zip(case.clients, stay, strict=True)
    ]
    case = Case(case.roster, tuple(clients), case.links)
    return build_problem(case, ANNUAL, grade(case.roster, ANNUAL, SEED), SEED)


def _told(result: Result) -> list[tuple[Any, ...]]:
    return [(g.name, g.value, g.bound, g.proven) for g in result.goals]
