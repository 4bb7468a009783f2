"""What managers carry, as terms or as a variable of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from cmopt.domain.problem import Problem
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders, weighted


class Loads(Protocol):
    """Spread, LoadLimit and Totals alike: what account j counts on manager i."""

    def of(self, i: int, j: int) -> int: ...


def terms(model: DivisionModel, loads: Loads, managers: Sequence[int]) -> tuple[list[Expr], list[int]]:
    """Literals and figures of all that `managers` may be given."""
    literals: list[Expr] = []
    figures: list[int] = []
    for i in managers:
        for j in model.problem.may_get[i]:
            if figure := loads.of(i, j):
                literals.append(model.hold[i, j])
                figures.append(figure)
    return literals, figures


def reach(problem: Problem, loads: Loads, managers: Sequence[int]) -> tuple[int, int]:
    """The least and the most that the accounts can bring them, each account by itself."""
    low: dict[int, int] = {}
    high: dict[int, int] = {}
    for i in managers:
        for j in problem.may_get[i]:
            if figure := loads.of(i, j):
                low[j] = min(low.get(j, 0), figure)
                high[j] = max(high.get(j, 0), figure)
    return sum(low.values()), sum(high.values())


def load_variable(
    model: DivisionModel, loads: Loads, managers: Sequence[int], base: int, name: str, unit: int = 1
) -> Expr:
    """(`base` and all that `managers` hold) / `unit`, which divides every figure: a variable, or a number where
    nothing changes it."""
    low, high = reach(model.problem, loads, managers)
    if low == high:
        return base // unit
    literals, figures = terms(model, loads, managers)
    variable = model.cp.new_int_var((base + low) // unit, (base + high) // unit, name)
    model.cp.add(weighted(literals, [f // unit for f in figures]) + base // unit == variable)
    return model.derive(variable, _carried(loads, frozenset(managers), base, unit))


def _carried(loads: Loads, managers: frozenset[int], base: int, unit: int) -> Callable[[Holders], int]:
    def carried(holders: Holders) -> int:
        return (base + sum(loads.of(i, j) for j, i in enumerate(holders) if i in managers)) // unit

    return carried
