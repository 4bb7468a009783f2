"""The goals as linear expressions. Each has an independent twin in `cmopt.audit`.

`express(model, name)` adds what the goal needs to the model and returns its expression. For an
expression that is only bounded from below (merit, balance), its minimum is the goal's value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cmopt.domain.problem import Problem, Spread
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders


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


# --- merit -------------------------------------------------------------------------------------------


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
    together = len(accounts) <= 1 or any(c.k == 1 and accounts <= set(c.accounts) for c in problem.caps)
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


# --- balance -----------------------------------------------------------------------------------------


def balance(model: DivisionModel) -> Expr:
    """Sum of weight * q, where scale * q >= resolution * (high - low) for each group of each spread."""
    return balance_of_rest(model) + balance_of_teams(model)


def balance_of_rest(model: DivisionModel) -> Expr:
    """The part of those who are on no team."""
    return sum(
        s.weight * _group(model, s, None, f"{s.tier}_{s.measure}") for s in model.problem.spreads if s.weight
    )


def balance_of_teams(model: DivisionModel) -> Expr:
    """The part of the teams, each within itself; 0 where they are not compared apart."""
    problem = model.problem
    return sum(
        s.weight * _group(model, s, t, f"{s.tier}_{s.measure}_{t}")
        for s in problem.spreads
        for t in (range(len(problem.teams)) if problem.teams_apart else ())
        if s.weight and any((t, i) in model.seat for i in s.members)
    )


def _group(model: DivisionModel, spread: Spread, team: int | None, name: str) -> Expr:
    """q of one group: the members of team `team`, or (None) the tier's managers who are on no team."""
    problem, cp = model.problem, model.cp
    least = [b + sum(min(0, v) for v in spread.load) for b in spread.base]
    most = [b + sum(max(0, v) for v in spread.load) for b in spread.base]
    bottom, top = min(least), max(most)
    high = cp.new_int_var(bottom, top, f"high_{name}")
    low = cp.new_int_var(bottom, top, f"low_{name}")
    q = cp.new_int_var(0, -(-problem.resolution * (top - bottom) // spread.scale), f"q_{name}")
    for i, base in zip(spread.members, spread.base, strict=True):
        load = base + sum(spread.load[j] * model.hold[i, j] for j in problem.may_get[i])
        inside = _inside(model, i, team)
        if inside is None:
            continue
        if inside is True:
            cp.add(high >= load)
            cp.add(low <= load)
        else:
            cp.add(high >= load).only_enforce_if(inside)
            cp.add(low <= load).only_enforce_if(inside)
    _cut(model, spread, team, high, low)
    cp.add(high >= low)
    cp.add(spread.scale * q >= problem.resolution * (high - low))
    ends = _ends(problem, spread, team)
    model.derive(high, lambda h: ends(h)[1])
    model.derive(low, lambda h: ends(h)[0])
    model.derive(q, lambda h: -(-problem.resolution * (ends(h)[1] - ends(h)[0]) // spread.scale))
    return q


def _cut(model: DivisionModel, spread: Spread, team: int | None, high: Expr, low: Expr) -> None:
    """What each account alone says of its group: its one holder's load lies between low and high.

    Implied by the constraints manager by manager, but far tighter when accounts are shared out in fractions.
    """
    problem = model.problem
    if min(spread.load) < 0 or (team is None and not problem.teams_apart):
        return
    of_team = {j: t for t, seats in enumerate(problem.teams) for j in seats.accounts}
    base = dict(zip(spread.members, spread.base, strict=True))
    floor, ceiling = min(spread.base), max(spread.base) + sum(spread.load)
    for j, literals in _by_account(model).items():
        if of_team.get(j) != team or (team is None and any(j not in t.excluded for t in problem.teams)):
            continue  # a holder who may be on a team besides is not of this group for certain
        load = sum((base[i] + spread.load[j]) * literal for i, literal in literals if i in base)
        elsewhere = sum(literal for i, literal in literals if i not in base) + model.out[j]
        model.cp.add(high >= load + floor * elsewhere)
        if _alone(problem, j):
            model.cp.add(low <= load + ceiling * elsewhere)


def _by_account(model: DivisionModel) -> dict[int, list[tuple[int, Expr]]]:
    return {
        j: [(i, model.hold[i, j]) for i in problem_managers]
        for j, problem_managers in enumerate(model.problem.may_hold)
    }


def _alone(problem: Problem, j: int) -> bool:
    """Whether the rules let the holder of account j hold no other divided account."""
    everything = set(range(len(problem.accounts)))
    seated = {k for t in problem.teams if j in t.excluded for k in t.accounts}
    capped = {k for c in problem.caps if c.k == 1 and j in c.accounts for k in c.accounts}
    return everything <= seated | capped


def _inside(model: DivisionModel, i: int, team: int | None) -> Any:
    """When manager i belongs to the group: always (True), never (None), or a list of literals, all true."""
    if not model.problem.teams_apart:
        return True
    if team is not None:
        seat = model.seat.get((team, i))
        return None if seat is None else [seat]
    seats = [literal.Not() for (_, k), literal in model.seat.items() if k == i]
    return seats or True


def _ends(problem: Problem, spread: Spread, team: int | None) -> Callable[[Holders], tuple[int, int]]:
    """(low, high) of the group in a division; of an empty group, (base, base) of the first member."""

    def ends(holders: Holders) -> tuple[int, int]:
        seated = [{holders[j] for j in t.accounts} for t in problem.teams] if problem.teams_apart else []
        load = dict(zip(spread.members, spread.base, strict=True))
        for j, i in enumerate(holders):
            if i is not None and i in load:
                load[i] += spread.load[j]
        if team is not None:
            group = [v for i, v in load.items() if i in seated[team]]
        else:
            group = [v for i, v in load.items() if not any(i in s for s in seated)]
        return (min(group), max(group)) if group else (spread.base[0], spread.base[0])

    return ends


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
