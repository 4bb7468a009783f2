"""The exact solver against every division there is, through the whole path: case, scheme, grading, problem,
solver, audit. Each family of cases must also have gone down the paths it is meant for.

CMOPT_BRUTE_FORCE_CASES=10000 tries so many cases in all, new ones each time; the share of each family stays.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from brute_force import Optimum, fit, optimum
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tiny_cases import Bank, Shape, tiny_bank
from wider_families import WIDER_FAMILIES, Family

from cmopt.audit import audit_division, check_record
from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat

ASKED = int(os.environ.get("CMOPT_BRUTE_FORCE_CASES", "0"))


FAMILIES = (
    Family("anything", Shape(), 100, {"optimal": 0.5, "infeasible": 0.05, "chained": 0.1, "balance": 0.2}),
    Family(
        "annual",
        Shape(team=True, apart=True, usual_goals=True, caps="one"),
        90,
        {"optimal": 0.5, "flow": 0.3, "envy by flow": 0.1, "Chosen": 0.1, "rest": 0.1, "Searched": 0.02},
    ),
    Family(
        "annual, little to start from",
        Shape(team=True, apart=True, usual_goals=True, caps="one", incumbents=0.2, accounts=(3, 5)),
        40,
        {"optimal": 0.5, "flow": 0.3, "Chosen": 0.1, "rest": 0.1},
    ),
    Family(
        "annual, by the general way",
        Shape(team=True, apart=True, usual_goals=True, caps="one"),
        60,
        {"optimal": 0.5, "team_ways": 0.15, "keeping": 0.5, "fix_kept": 0.15, "add_shares": 0.05},
        general=True,
    ),
    Family(
        "annual, the team's accounts searched",
        Shape(team=True, apart=True, usual_goals=True, caps="one"),
        40,
        {"optimal": 0.5, "flow": 0.3, "Searched": 0.2, "rest": 0.1},
        searched=True,
    ),
    Family(
        "annual, priced by the relaxation",
        Shape(team=True, apart=True, usual_goals=True, caps="one", incumbents=0.2, accounts=(3, 5)),
        60,
        {"optimal": 0.5, "flow": 0.3, "Chosen": 0.1, "rest": 0.1, "priced": 0.2},
        priced=True,
    ),
    Family(
        "priced by the relaxation, balance giving back",
        Shape(team=True, apart=True, usual_goals=True, caps="one", balance_gives=True, accounts=(3, 5)),
        30,
        {"optimal": 0.5, "priced": 0.1, "rest": 0.1},
        priced=True,
    ),
    Family(
        "a team that may hold more",
        Shape(team=True, apart=False, usual_goals=True),
        60,
        {"optimal": 0.5, "no keeping": 0.15, "no team_ways": 0.2},
    ),
    Family(
        "a team that may hold more, one account elsewhere",
        Shape(team=True, apart=False, usual_goals=True, caps="one"),
        60,
        {"optimal": 0.5, "spread_of_singles": 0.2, "keeping": 0.5},
        general=True,
    ),
    Family(
        "two teams",
        Shape(team=True, trust_team=True),
        50,
        {"optimal": 0.4, "no keeping": 0.5, "no team_ways": 0.1},
    ),
    Family("overlapping caps", Shape(caps="overlapping"), 40, {"optimal": 0.5, "no keeping": 0.3}),
    Family("negative figures", Shape(negative=True), 60, {"optimal": 0.5, "left out gladly": 0.01}),
    Family("ranks shared", Shape(given=True), 40, {"optimal": 0.4}),
    Family("tolerances", Shape(tolerances=True), 80, {"optimal": 0.5, "given back": 0.05}),
    Family(
        "tolerances, annual",
        Shape(tolerances=True, team=True, apart=True, usual_goals=True, caps="one"),
        40,
        {"optimal": 0.5, "team_ways": 0.05},
    ),
    Family(
        "balance first",
        Shape(team=True, apart=False, balance_first=True, accounts=(3, 5)),
        60,
        {"optimal": 0.5, "no team_ways": 0.2},
    ),
    Family(
        "balance first, giving back",
        Shape(team=True, apart=True, balance_first=True, balance_gives=True, accounts=(3, 5)),
        60,
        {"optimal": 0.5, "add_shares": 0.2, "given back": 0.02},
    ),
    *WIDER_FAMILIES,
)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_agrees_with_every_division_there_is(family: Family) -> None:
    cases = family.cases
    if ASKED:
        cases = ASKED * cases // sum(f.cases for f in FAMILIES)
    paths: Counter[str] = Counter()

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=not ASKED,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**48))  # a seed: drawn choice by choice, most cases would be nearly empty
    def agree(seed: int) -> None:
        bank = fit(tiny_bank(Random(seed), family.shape), family.shape.most)
        note(repr(bank))
        paths["cases"] += 1
        with watched(paths), forced(family):
            _agree(bank, paths)

    agree()
    if cases < family.cases:
        return
    least = {path: max(1, int(share * cases)) for path, share in family.paths.items()}
    assert {p: paths[p] for p, n in least.items() if paths[p] < n} == {}, (least, paths)


def test_an_overdrawn_account_is_left_out_where_balance_comes_first() -> None:
    """With the balance left out as the first goal, leaving out a negative balance is better than nothing."""
    scheme = load_scheme("annual", {"goals": '[{ name = "coverage_balance" }, { name = "draw" }]'})
    case = Case(
        Roster((Staff("E1", "员工 1", "A", tier="senior", rank=1),)),
        (
            Client("C1", "样例企业 1", "A", "deposit", -5 * UNIT, key_deposit=True),
            Client("C2", "样例企业 2", "A", "loan", 1000 * UNIT),
        ),
    )
    scheme = scheme.model_copy(update={"teams": ()})
    bank = Bank(case, scheme, 1)
    best = optimum(bank)
    assert best is not None
    assert best.bounds["coverage_balance"] == -5 * UNIT
    _agree(bank, Counter())


def test_there_are_a_thousand_cases() -> None:
    assert sum(f.cases for f in FAMILIES) >= 1000


def _agree(bank: Bank, paths: Counter[str]) -> None:
    try:
        problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
    except InputError as error:
        paths[error.findings[0].code] += 1
        assert error.findings[0].code in ("no-managers", "pin-no-manager", "goal-nobody")
        return
    best = optimum(bank)
    result = CpSat().solve(problem, Limits(None))
    if best is None:
        paths["infeasible"] += 1
        assert result.status is Status.INFEASIBLE
        assert (result.allocation, result.goals) == (None, ())
        return
    paths["optimal"] += 1
    assert result.status is Status.OPTIMAL
    assert [(g.name, g.bound, g.proven, g.levels) for g in result.goals] == [
        (n, b, True, best.levels.get(n)) for n, b in best.bounds.items()
    ]
    _within_tolerances(bank, best, result, paths)
    assert result.allocation is not None
    audit = audit_division(bank.case, bank.scheme, bank.grades, result.allocation, bank.seed)
    assert audit.clean, audit.breaches
    assert {g.name: g.value for g in result.goals} == dict(audit.goals)
    assert check_record(bank.scheme, audit, result.status, result.goals) == []


def _within_tolerances(bank: Bank, best: Optimum, result: Result, paths: Counter[str]) -> None:
    """The final division is one of those left: at every bound, or off it by no more than the tolerance."""
    assert result.allocation is not None
    backups = {c: set(who) for c, who in result.allocation.backups.items() if who}
    assert (dict(result.allocation.holder), backups) in [
        (dict(seen.holder), {c: set(who) for c, who in seen.backups.items()}) for seen in best.divisions
    ]
    paths["backups"] += bool(backups)
    for goal, phase in zip(bank.scheme.goals, result.goals, strict=True):
        assert phase.value is not None
        over = abs(phase.value - best.bounds[goal.name])
        assert over <= goal.allowance(best.bounds[goal.name])
        paths["given back"] += over > 0
    for what in best.decided:
        paths[f"{what} decide" if what == "limits" else f"{what} decides"] += 1
    paths["penalty paid"] += best.bounds.get("penalty", 0) > 0
    if best.bounds.get("coverage_balance", 0) < 0:
        paths["left out gladly"] += 1


@contextmanager
def watched(paths: Counter[str]) -> Iterator[None]:
    """Counts which of the solver's special paths are taken."""
    from cmopt.solvers.cpsat import balance, matching_search, matching_state, solver, spreads, state

    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (state, "keeping"),
            (state, "fix_kept"),
            (solver, "chained"),
            (solver, "prove_balance"),
            (balance, "team_ways"),
            (balance, "add_shares"),
            (spreads, "spread_of_singles"),
        ):
            patch.setattr(module, name, _counting(getattr(module, name), name, paths))
        search = matching_search.MatchingSearch
        for name, path in (
            ("_prove_sum", "flow"),
            ("_without_other_envy", "envy by flow"),
            ("_search_merit", "envy by search"),
            ("_search_sum", "sum by search"),
            ("_prove_rest", "rest"),
            ("_count_near", "priced"),
        ):
            patch.setattr(search, name, _reached(getattr(search, name), path, paths))
        for team in (matching_state.Chosen, matching_state.Searched):
            patch.setattr(team, "__init__", _made(team.__init__, team.__name__, paths))
        yield


def _made(init: Any, path: str, paths: Counter[str]) -> Any:
    def counted(*args: Any) -> None:
        init(*args)
        paths[path] += 1

    return counted


def _reached(method: Any, path: str, paths: Counter[str]) -> Any:
    def counted(*args: Any) -> Any:
        answer = method(*args)
        paths[path] += bool(answer)
        return answer

    return counted


@contextmanager
def forced(family: Family) -> Iterator[None]:
    """Where a family is meant for a way that its cases seldom need."""
    from cmopt.solvers.cpsat import (
        matching_balance,
        matching_prices,
        matching_search,
        matching_ways,
        team_ways,
    )

    with pytest.MonkeyPatch.context() as patch:
        if family.general:
            patch.setattr(matching_search, "matching", lambda problem: None)
        if family.searched:
            patch.setattr(matching_ways, "rough_choices", lambda *args: None)
        if family.priced:
            patch.setattr(matching_ways, "WAYS_AT_ONCE", -1)
            patch.setattr(matching_ways, "MANY_PAIRS", -1)
            patch.setattr(matching_balance, "NEAR", 10**9)
            patch.setattr(matching_prices, "COLUMNS", 1)  # seatings join the program one by one
            patch.setattr(team_ways, "FEW_SEATINGS", 0)  # few as they are, by the tree
        yield


def _counting(function: Any, name: str, paths: Counter[str]) -> Any:
    def counted(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        if name == "chained":
            paths["chained"] += len(answer) > 1
        elif name == "prove_balance":
            paths["balance"] += 1
        else:
            paths[f"no {name}" if answer is None and name != "fix_kept" else name] += 1
        return answer

    return counted


def test_a_case_on_which_symmetry_detection_ended_the_process() -> None:
    """CP-SAT 9.15 checks something in presolve that is not so: with symmetry_level 2 this case aborts."""
    family = next(f for f in FAMILIES if f.name == "deviation")
    bank = fit(tiny_bank(Random(1000097), family.shape), family.shape.most)
    _agree(bank, Counter())


def test_priced_without_a_team() -> None:
    """No seats to price: the bound is that of the rest."""
    family = next(f for f in FAMILIES if f.priced)
    bank = fit(tiny_bank(Random(7330), family.shape), family.shape.most)
    with forced(family):
        _agree(bank, Counter())
