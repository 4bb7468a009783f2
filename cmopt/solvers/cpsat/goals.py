"""The goals as linear expressions. Each has an independent twin in `cmopt.audit`.

`express(model, name)` adds what the goal needs to the model and returns its expression. For an
expression that is only bounded on its worse side (merit, balance, deviation, penalty, worst_served), its
optimum is the goal's value. leximin and leximax have several: see `leximin`.
"""

from __future__ import annotations

from collections.abc import Callable

from cmopt.domain.problem import Ints, Problem
from cmopt.solvers import score
from cmopt.solvers.cpsat.deviation import deviation
from cmopt.solvers.cpsat.merit import merit
from cmopt.solvers.cpsat.model import DivisionModel, Expr, weighted
from cmopt.solvers.cpsat.penalty import penalty
from cmopt.solvers.cpsat.spreads import balance


def express(model: DivisionModel, name: str) -> Expr:
    return EXPRESS[name](model)


def coverage(model: DivisionModel) -> Expr:
    return sum(model.out)


def coverage_balance(model: DivisionModel) -> Expr:
    return sum(b * o for b, o in zip(model.problem.balance, model.out, strict=True))


def continuity(model: DivisionModel) -> Expr:
    return sum(model.hold[i, j] for j, i in enumerate(model.problem.keeper) if i is not None)


def continuity_balance(model: DivisionModel) -> Expr:
    balance = model.problem.balance
    return sum(balance[j] * model.hold[i, j] for j, i in enumerate(model.problem.keeper) if i is not None)


def fit(model: DivisionModel) -> Expr:
    return pair_sum(model, model.problem.fit)


def cost(model: DivisionModel) -> Expr:
    return pair_sum(model, model.problem.cost)


def bids(model: DivisionModel) -> Expr:
    return pair_sum(model, model.problem.bid)


def handovers(model: DivisionModel) -> Expr:
    return pair_sum(model, model.problem.handover)


def tier_preference(model: DivisionModel) -> Expr:
    return pair_sum(model, model.problem.tier_place)


def jurisdiction(model: DivisionModel) -> Expr:
    return sum(literal for (i, j), literal in model.hold.items() if model.problem.outside[i, j])


def draw(model: DivisionModel) -> Expr:
    return pair_sum(model, model.problem.draw)


def pair_sum(model: DivisionModel, figures: Ints | None) -> Expr:
    """Sum of figures[i, j] over the pairs in the division."""
    assert figures is not None
    rows = figures.tolist()
    wanted = [(literal, rows[i][j]) for (i, j), literal in model.hold.items() if rows[i][j]]
    return weighted([literal for literal, _ in wanted], [figure for _, figure in wanted])


def worst_served(model: DivisionModel) -> Expr:
    """The largest `least` that no account's total fit is below."""
    problem = model.problem
    assert problem.fit is not None
    figures = problem.fit.tolist()
    low, high = fit_reach(problem)
    least = model.cp.new_int_var(low, high, "worst_served")
    for lead in sorted(set(range(len(problem.accounts))) - problem.backups):
        pairs = [(i, j) for j in problem.places.get(lead, (lead,)) for i in problem.may_hold[j]]
        total = weighted([model.hold[p] for p in pairs], [figures[i][j] for i, j in pairs])
        model.cp.add(total >= least)
    return model.derive(least, lambda holders: score.worst_served(problem, holders))


def fit_reach(problem: Problem) -> tuple[int, int]:
    """The least and the largest that `worst_served` can be, each place by itself."""
    assert problem.fit is not None
    low, high = [], []
    for lead in sorted(set(range(len(problem.accounts))) - problem.backups):
        places = problem.places.get(lead, (lead,))
        figures = [[int(problem.fit[i, j]) for i in problem.may_hold[j]] for j in places]
        low.append(sum(min(0, *f, 0) for f in figures))
        high.append(sum(max(0, *f, 0) for f in figures))
    return min(low), min(high)


EXPRESS: dict[str, Callable[[DivisionModel], Expr]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "deviation": deviation,
    "fit": fit,
    "worst_served": worst_served,
    "cost": cost,
    "bids": bids,
    "penalty": penalty,
    "jurisdiction": jurisdiction,
    "handovers": handovers,
    "tier_preference": tier_preference,
    "draw": draw,
}
