"""The merit goal as a linear expression; its minimum is the goal's value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmopt.domain.problem import Problem
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders


@dataclass(frozen=True, slots=True)
class _Holding:
    """Something of worth that a manager may hold: an account outside the teams, or a seat on a team."""

    level: int
    literal: Expr
    is_open: bool
    wanted_by: frozenset[int]
    account: int | None = None
    team: int | None = None

    def in_division(self, problem: Problem, i: int, holders: Holders) -> bool:
        if self.account is not None:
            return holders[self.account] == i
        return self.team is not None and any(holders[j] == i for j in problem.teams[self.team].accounts)


def merit(model: DivisionModel) -> Expr:
    """Sum of envy[a, b] >= (b has something open at level L that a may hold) - (a has level L or more)."""
    problem = model.problem
    managers = range(len(problem.managers))
    holdings = [_holdings(model, i) for i in managers]
    levels = sorted({h.level for have in holdings for h in have if h.level > 0})
    enough = {
        (a, v): _any(model, a, [h for h in holdings[a] if h.level >= v]) for a in managers for v in levels
    }
    pairs = []
    for b in managers:
        for a in managers:
            if not problem.ranks_before(a, b):
                continue
            envied = [h for h in holdings[b] if h.level > 0 and h.is_open and a in h.wanted_by]
            if not envied:
                continue
            envy = model.cp.new_bool_var(f"envy_{a}_{b}")
            model.derive(envy, _envy_value(problem, a, b, holdings[a], envied))
            for level in levels:
                for group in _exclusive_groups(problem, [h for h in envied if h.level == level]):
                    model.cp.add(sum(h.literal for h in group) - enough[a, level] <= envy)
            pairs.append(envy)
    return sum(pairs)


def _holdings(model: DivisionModel, i: int) -> list[_Holding]:
    problem = model.problem
    of_team = {j for t in problem.teams for j in t.accounts}
    have = [
        _Holding(
            problem.level[j],
            model.hold[i, j],
            problem.incumbent[j] != i,
            frozenset(problem.may_hold[j]),
            account=j,
        )
        for j in problem.may_get[i]
        if j not in of_team
    ]
    for t, team in enumerate(problem.teams):
        if (t, i) in model.seat:
            seatable = frozenset(k for u, k in model.seat if u == t)
            have.append(_Holding(team.level, model.seat[t, i], not team.served[i], seatable, team=t))
    return have


def _any(model: DivisionModel, i: int, holdings: Sequence[_Holding]) -> Expr:
    """1 where manager i has any of these: their sum if at most one can be, a variable otherwise."""
    literals = [h.literal for h in holdings]
    if not literals:
        return 0
    if _at_most_one(model.problem, holdings):
        return sum(literals)
    either = model.cp.new_bool_var(f"any_{i}_{len(model.derived)}")
    model.cp.add_max_equality(either, literals)
    return model.derive(
        either, lambda holders: int(any(h.in_division(model.problem, i, holders) for h in holdings))
    )


def _at_most_one(problem: Problem, holdings: Sequence[_Holding]) -> bool:
    """Whether the hard rules allow a manager only one of these."""
    accounts = {h.account for h in holdings if h.account is not None}
    teams = {h.team for h in holdings if h.team is not None}
    together = len(accounts) <= 1 or any(c.k == 1 and accounts <= set(c.accounts) for c in problem.hard_caps)
    return together and len(teams) <= 1 and all(accounts <= set(problem.teams[t].excluded) for t in teams)


def _exclusive_groups(problem: Problem, holdings: list[_Holding]) -> list[list[_Holding]]:
    if not holdings:
        return []
    return [holdings] if _at_most_one(problem, holdings) else [[h] for h in holdings]


def _envy_value(
    problem: Problem, a: int, b: int, own: Sequence[_Holding], envied: Sequence[_Holding]
) -> Callable[[Holders], int]:
    def value(holders: Holders) -> int:
        has = max((h.level for h in own if h.in_division(problem, a, holders)), default=0)
        return int(any(h.level > has and h.in_division(problem, b, holders) for h in envied))

    return value
