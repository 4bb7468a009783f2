"""F57: figures that just fit are counted exactly and solved; one step more is refused before solving."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from audit_bank import SEED, case, goal_list, limited, loan, scheme, staff

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Status
from cmopt.domain.scheme import Scheme
from cmopt.errors import InputError
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.cpsat.goals import express
from cmopt.solvers.cpsat.model import DivisionModel
from cmopt.solvers.cpsat.rules import add_rules
from cmopt.solvers.score import cost, key

FINE = "1000000"


def built(of: Case, under: Scheme) -> Problem:
    return build_problem(of, under, grade(of.roster, under, SEED), SEED)


def refused(of: Case, under: Scheme) -> set[str]:
    with pytest.raises(InputError) as caught:
        built(of, under)
    assert all(f.message.render("zh") for f in caught.value.findings)
    return {f.code for f in caught.value.findings}


def solved_right(problem: Problem) -> None:
    """Its rows cannot overflow; it is proven, and as good as the best of every division there is."""
    assert largest_row(problem) < 2**61
    result = CpSat().solve(problem, Limits(60))
    assert result.status is Status.OPTIMAL
    tried = (list(h) for h in product(*([None, *able] for able in problem.may_hold)))
    best = min(key(problem, h) for h in tried if not broken(problem, h))
    assert result.allocation is not None
    holders = [
        None if (who := result.allocation.holder[c]) is None else problem.manager_number[who]
        for c in problem.accounts
    ]
    assert key(problem, holders) == best
    for goal in result.goals:
        assert goal.bound == goal.value
        assert abs(cost(problem, goal.name, holders)[0]) == abs(goal.value or 0)


def largest_row(problem: Problem) -> int:
    """What a row of the model can add up to at the most, each term by itself at its largest."""
    model = DivisionModel.of(problem)
    add_rules(model)
    for goal in problem.goals:
        if goal.name not in problem.totals:
            express(model, goal.name)
    variables = model.cp.proto.variables
    largest = 0
    for row in model.cp.proto.constraints:
        if row.has_linear():
            terms = zip(row.linear.vars, row.linear.coeffs, strict=True)
            largest = max(largest, sum(abs(c) * max(map(abs, variables[v].domain)) for v, c in terms))
    return largest


def uneven(wan: int) -> tuple[Client, ...]:
    """Two loans whose greatest common unit is a millionth."""
    first, second = loan("C1", wan), loan("C2", 2 * wan)
    return replace(first, balance=first.balance + 1), replace(second, balance=second.balance + 3)


@pytest.mark.parametrize("goal", ["balance", "deviation"])
def test_spreads_at_the_edge(goal: str) -> None:
    """The largest size of loans that is accepted is solved right; half as much again is refused."""
    under = scheme(goals=goal_list(f"coverage {goal} draw"), balance__resolution=FINE)
    size, step = 1000, 1
    while _fits(size * 2 * step, under):
        step *= 2
    largest = size * step
    assert 10**4 < largest < 10**8
    at_edge = built(case(*uneven(largest), people=staff("S1 S2 S3 S4")), under)
    assert largest_row(at_edge) > 2**54
    solved_right(at_edge)
    assert refused(case(*uneven(largest * 3), people=staff("S1 S2 S3 S4")), under) == {"too-large"}


def _fits(wan: int, under: Scheme) -> bool:
    try:
        built(case(*uneven(wan), people=staff("S1 S2 S3 S4")), under)
    except InputError as error:
        assert {f.code for f in error.findings} == {"too-large"}
        return False
    return True


def test_deviation_has_the_larger_products() -> None:
    """The same figures may do for balance and be too large for deviation."""
    spread, deviates = (
        scheme(goals=goal_list(f"coverage {goal} draw"), balance__resolution=FINE)
        for goal in ("balance", "deviation")
    )
    size = 1000
    while _fits(size, deviates):
        size *= 2
    assert _fits(size, spread)


def test_what_nobody_of_a_tier_may_hold_is_no_load_of_theirs() -> None:
    """Large loans of seniors do not make the figures of the intermediate too large."""
    under = scheme(balance__resolution=FINE)
    problem = built(case(loan("C1", 10**9), loan("C2", 3 * 10**9 + 1)), under)
    loads = {s.tier: s.load for s in problem.spreads if s.measure == "loan_balance"}
    assert loads["senior"] == (10**9, 3 * 10**9 + 1)
    assert loads["intermediate"] == (0, 0)


@pytest.mark.parametrize("name", ["leximin", "leximax"])
def test_totals_at_the_edge(name: str) -> None:
    """2^53 millionths are 9,007,199,254.74 万元; the balances themselves may be half of that."""
    goals = f'[{{ name = "coverage" }}, {{ name = "{name}", measure = "loan_balance" }}, {{ name = "draw" }}]'
    under = scheme(goals=goals)
    large = [Client("D1", "D1", "A", "loan", 400 * 10**6, incumbent="S1")]
    people = staff("S1 S2 S3")
    fits = (loan("C1", 10**9), loan("C2", 2 * 10**9), *large)
    solved_right(built(case(*fits, people=people), under))
    several = [loan(f"C{n}", 2 * 10**9, managers_needed=4) for n in (1, 2)]
    assert refused(case(*several, people=people), scheme(goals=goals, backups__share='"100%"')) == {
        "too-large"
    }


SOFT = 'tiers = ["senior"], measure = "loan_balance", most = 0, price = {price}, step = {step}'


def test_prices_at_the_edge() -> None:
    """3,000 万元 above the most cost 3 * 10^9 steps of a millionth: at 10^6 a step 3 * 10^15, of 9 * 10^15."""
    people = staff("S1 S2")
    bank = case(loan("C1", 1000), loan("C2", 1500), people=people)
    fits = limited(SOFT.format(price=10**6, step="0.000001"), goals="coverage penalty draw")
    solved_right(built(bank, fits))
    more = case(loan("C1", 1000), loan("C2", 3600), people=people)
    assert refused(more, fits) == {"too-large"}
    solved_right(
        built(more, limited(SOFT.format(price=10**5, step="0.000001"), goals="coverage penalty draw"))
    )


def test_a_band_at_the_edge() -> None:
    """Ten thousand times the totals of everybody, in millionths."""
    band = 'tiers = ["senior"], measure = "loan_balance", within = "{within}"{more}'
    people = staff("S1 S2 S3")
    for more in ("", ", price = 3, step = 10000.000001"):
        goals = "coverage penalty draw" if more else "coverage draw"
        under = limited(band.format(within="150%", more=more), goals=goals)
        solved_right(built(case(*uneven(10**6), people=people), under))
        assert refused(case(*uneven(10**7 * 5), people=people), under) == {"too-large"}


@pytest.mark.parametrize("column", ["fit", "cost"])
def test_figures_of_pairs_at_the_edge(column: str) -> None:
    """2^52 millionths together, each account at its largest."""
    under = scheme(goals=goal_list(f"{column} draw"))
    people = staff("S1 S2")
    most = 2**52

    def bank(*figures: int) -> Case:
        links = tuple(
            Link(f"S{n + 1}", f"C{n + 1}", **{column: figure})  # type: ignore[arg-type]
            for n, figure in enumerate(figures)
        )
        return case(loan("C1", 1000), loan("C2", 1500), links=links, people=people)

    solved_right(built(bank(most - 7, 7), under))
    solved_right(built(bank(7 - most, -7), under))
    assert refused(bank(most - 7, 8), under) == {"too-large"}
    assert refused(bank(2**70, 0), under) == {"too-large"}
    absent = scheme(goals=goal_list(f"{column} draw"), **{f"links__{column}_absent": "1" + "0" * 15})
    assert refused(bank(1, 1), absent) == {"too-large"}


def test_bids_at_the_edge() -> None:
    under = scheme(goals=goal_list("bids draw"))

    def bank(bid: int) -> Case:
        links = (Link("S1", "C1", bid=1), Link("S2", "C2", bid=bid))
        return case(loan("C1", 1000), loan("C2", 1500), links=links, people=staff("S1 S2"))

    solved_right(built(bank(2**51 - 1), under))
    assert refused(bank(2**51), under) == {"too-large"}
    assert refused(bank(2**70), under) == {"too-large"}
