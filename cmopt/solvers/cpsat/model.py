"""The CP-SAT model of a division: decision variables, and how a division is read or given as a hint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from cmopt.domain.problem import Problem

Holders = list[int | None]
Expr = Any  # a linear expression of CP-SAT, or an int


@dataclass
class DivisionModel:
    """`hold[i, j]`: manager i holds account j. `out[j]`: nobody does. `seat[t, i]`: i is on team t.

    `derived` are the auxiliary variables with the rule that computes their value from a division, so
    that a hint is always complete.
    """

    problem: Problem
    cp: cp_model.CpModel
    hold: dict[tuple[int, int], Expr]
    out: list[Expr]
    seat: dict[tuple[int, int], Expr]
    derived: list[tuple[Expr, Callable[[Holders], int]]] = field(default_factory=list)
    single: dict[int, tuple[Expr, dict[int, Expr]]] = field(default_factory=dict)  # see `singles`

    @classmethod
    def of(cls, problem: Problem) -> DivisionModel:
        """Variables and `exactly one manager, or left out` for every account; no other rule yet."""
        cp = cp_model.CpModel()
        hold = {
            (i, j): cp.new_bool_var(f"hold_{i}_{j}")
            for j in range(len(problem.accounts))
            for i in problem.may_hold[j]
        }
        out = [cp.new_bool_var(f"out_{j}") for j in range(len(problem.accounts))]
        for j in range(len(problem.accounts)):
            cp.add_exactly_one([*(hold[i, j] for i in problem.may_hold[j]), out[j]])
        seat = {
            (t, i): cp.new_bool_var(f"seat_{t}_{i}")
            for t, team in enumerate(problem.teams)
            for i in sorted({i for j in team.accounts for i in problem.may_hold[j]})
        }
        return cls(problem, cp, hold, out, seat)

    def held(self, i: int, accounts: Sequence[int]) -> list[Expr]:
        """The literals of manager i over `accounts`."""
        return [self.hold[i, j] for j in accounts if (i, j) in self.hold]

    def derive(self, variable: Expr, value: Callable[[Holders], int]) -> Expr:
        self.derived.append((variable, value))
        return variable

    def hint(self, holders: Holders) -> None:
        """Give a division as a complete hint, every auxiliary variable included."""
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        holders = backups_in_order(self.problem, holders)
        seated = [{holders[j] for j in team.accounts} for team in self.problem.teams]
        given = {v.index: int(holders[j] == i) for (i, j), v in self.hold.items()}
        given |= {v.index: int(holders[j] is None) for j, v in enumerate(self.out)}
        given |= {v.index: int(i in seated[t]) for (t, i), v in self.seat.items()}
        given |= {v.index: value(holders) for v, value in self.derived}
        hint = self.cp.proto.solution_hint  # at once: one by one takes seconds for 100,000 variables
        hint.vars.extend(list(given))
        hint.values.extend(list(given.values()))

    def read(self, value: Callable[[Expr], int]) -> Holders:
        """The division in a solution; `value` gives a variable's value."""
        holders: Holders = [None] * len(self.problem.accounts)
        for (i, j), literal in self.hold.items():
            if value(literal):
                holders[j] = i
        return holders


def backups_in_order(problem: Problem, holders: Holders) -> Holders:
    """The same division with the backups of each account by number: the one order that the rules let them
    stand in."""
    ordered = list(holders)
    for places in problem.same:
        who = sorted(i for j in places[1:] if (i := holders[j]) is not None)
        for n, j in enumerate(places[1:]):
            ordered[j] = who[n] if n < len(who) else None
    return ordered


def weighted(literals: Sequence[Expr], figures: Sequence[int]) -> Expr:
    """The sum of figure times literal, built at once: 0 for none."""
    return cp_model.LinearExpr.weighted_sum(literals, figures) if literals else 0
