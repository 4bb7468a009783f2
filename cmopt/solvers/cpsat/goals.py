"""The goals as linear expressions. Each has an independent twin in `cmopt.audit`.

`express(model, name)` adds what the goal needs to the model and returns its expression. For an
expression that is only bounded from below (merit, balance), its minimum is the goal's value.
"""

from __future__ import annotations

from collections.abc import Callable

from cmopt.solvers.cpsat.merit import merit
from cmopt.solvers.cpsat.model import DivisionModel, Expr
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


def jurisdiction(model: DivisionModel) -> Expr:
    return sum(literal for (i, j), literal in model.hold.items() if model.problem.outside[i, j])


def draw(model: DivisionModel) -> Expr:
    return sum(int(model.problem.draw[i, j]) * literal for (i, j), literal in model.hold.items())


EXPRESS: dict[str, Callable[[DivisionModel], Expr]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "jurisdiction": jurisdiction,
    "draw": draw,
}
