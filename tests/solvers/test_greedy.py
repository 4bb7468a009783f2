"""The greedy division: always an answer, rules kept, never better than the proven one."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from brute_force import fit, optimum
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tiny_cases import Bank, Shape, tiny_bank

from cmopt.audit import audit_division, check_record
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import SENSE, Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.greedy import Greedy

# What the greedy order may fail to do, and says so: fill every seat of a team.

SHAPES = {
    "anything": Shape(),
    "annual": Shape(team=True, apart=True, usual_goals=True, caps="one"),
    "two teams": Shape(team=True, trust_team=True),
    "ranks shared": Shape(given=True),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_keeps_the_rules_where_they_can_be_kept(shape: Shape) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(seed=st.integers(0, 2**48))
    def keeps(seed: int) -> None:
        bank = fit(tiny_bank(Random(seed), shape), shape.most)
        note(repr(bank))
        problem = _problem(bank)
        if problem is None:
            return
        best = optimum(bank)
        result = _solved(bank, problem)
        if result.allocation is None:
            seen["none found" if best else "no division"] += 1
            return
        assert best is not None
        seen["clean"] += 1
        _is_no_better(result, best.bounds)

    keeps()
    assert seen["clean"] >= 20, seen


def _is_no_better(greedy: Result, bounds: dict[str, int]) -> None:
    """In the priority order: where it first differs from the optimum, it is worse."""
    for goal in greedy.goals:
        if goal.value != bounds[goal.name]:
            assert goal.value is not None
            worse = goal.value > bounds[goal.name]
            assert worse == (SENSE[goal.name] == "min"), goal
            return


def _problem(bank: Bank) -> Problem | None:
    try:
        return build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
    except InputError:
        return None


def _solved(bank: Bank, problem: Problem) -> Result:
    """Its answer, honestly labelled: a division that keeps every rule, or none; nothing proven, no bound, and
    the same every time."""
    result = Greedy().solve(problem, Limits(None))
    if result.allocation is None:
        assert (result.status, result.goals) == (Status.UNKNOWN, ())
        return result
    assert result.status is Status.FEASIBLE
    assert [(g.bound, g.proven) for g in result.goals] == [(None, False)] * len(bank.scheme.goals)
    again = Greedy().solve(problem, Limits(0.0))
    assert again.allocation == result.allocation
    audit = audit_division(bank.case, bank.scheme, bank.grades, result.allocation, bank.seed)
    assert audit.clean
    assert check_record(bank.scheme, audit, result.status, result.goals) == []
    return result


def test_a_member_by_pin_leaves_the_others_theirs() -> None:
    """Three seats, three accounts, one of them pinned to the member who was given most: nobody gets two."""
    bank = _annual("E1 E2 E3", pins={"K3": "E1"}, K1="900", K2="800", K3="700")
    result = Greedy().solve(build_problem(bank.case, bank.scheme, bank.grades, 1), Limits(None))
    assert result.allocation is not None
    assert audit_division(bank.case, bank.scheme, bank.grades, result.allocation, 1).clean
    assert result.allocation.holder["K3"] == "E1"


def test_members_keep_their_own_accounts() -> None:
    """The least of a member who was incumbent of none is not taken from what another could keep."""
    bank = _annual("E1 E2 E3", incumbents={"K1": "E2", "K2": "E2"}, K1="900", K2="800", K3="700", K4="600")
    result = Greedy().solve(build_problem(bank.case, bank.scheme, bank.grades, 1), Limits(None))
    assert result.allocation is not None
    assert {c: result.allocation.holder[c] for c in ("K1", "K2")} == {"K1": "E2", "K2": "E2"}
    assert audit_division(bank.case, bank.scheme, bank.grades, result.allocation, 1).clean


def _annual(
    seniors: str, pins: dict[str, str] | None = None, incumbents: dict[str, str] | None = None, **key: str
) -> Bank:
    """Key deposits alone, under the annual plan: a team of three seniors."""
    staff = tuple(Staff(s, s, "A", tier="senior", rank=n) for n, s in enumerate(seniors.split(), 1))
    held = incumbents or {}
    clients = tuple(
        Client(c, c, "A", "deposit", int(wan) * UNIT, key_deposit=True, incumbent=held.get(c))
        for c, wan in key.items()
    )
    links = tuple(Link(s, c, "pin") for c, s in (pins or {}).items())
    return Bank(Case(Roster(staff), clients, links), load_scheme("annual"), 1)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 2**48))
def test_the_exact_division_is_never_behind_the_greedy_one(seed: int) -> None:
    """On banks too large for brute force."""
    bank = tiny_bank(Random(seed), Shape(usual_goals=True, accounts=(6, 12)))
    problem = _problem(bank)
    if problem is None:
        return
    greedy, exact = Greedy().solve(problem, Limits(None)), CpSat().solve(problem, Limits(None))
    if exact.status is Status.INFEASIBLE:
        assert greedy.allocation is None
    elif greedy.allocation is not None:
        _is_no_better(greedy, {g.name: g.bound for g in exact.goals if g.bound is not None})


def test_the_team_is_seated_first_where_incumbents_leave_too_few() -> None:
    """Four seniors, each incumbent of a large loan: three of them must give it up for the team's seats."""
    staff = tuple(Staff(s, s, "A", tier="senior", rank=n) for n, s in enumerate(("E1", "E2", "E3", "E4"), 1))
    loans = tuple(Client(f"L{n}", f"L{n}", "A", "loan", 2000 * UNIT, incumbent=f"E{n}") for n in (1, 2, 3, 4))
    keys = tuple(Client(f"K{n}", f"K{n}", "A", "deposit", 900 * UNIT, key_deposit=True) for n in (1, 2, 3))
    bank = Bank(Case(Roster(staff), (*loans, *keys), ()), load_scheme("annual"), 1)
    result = Greedy().solve(build_problem(bank.case, bank.scheme, bank.grades, 1), Limits(None))
    assert result.allocation is not None
    assert audit_division(bank.case, bank.scheme, bank.grades, result.allocation, 1).clean
    assert all(result.allocation.holder[k.client_id] is not None for k in keys)
