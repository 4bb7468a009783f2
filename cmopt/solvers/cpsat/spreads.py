"""The balance goal as a linear expression; its minimum is the goal's value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cmopt.domain.problem import Problem, Spread
from cmopt.solvers.cpsat.loads import reach
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.singles import are_single, spread_of_singles
from cmopt.solvers.totals import by_member


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
    if team is None and are_single(problem):
        return spread_of_singles(model, spread)
    bottom, top = _ends_of_all(problem, spread)
    high = cp.new_int_var(bottom, top, f"high_{name}")
    under = cp.new_int_var(-top, -bottom, f"low_{name}")
    low = -under  # a search tries the least value of a variable first: here as of `high` the one to be wished
    q = cp.new_int_var(0, -(-problem.resolution * (top - bottom) // spread.scale), f"q_{name}")
    for i, base in zip(spread.members, spread.base, strict=True):
        load = base + sum(spread.of(i, j) * model.hold[i, j] for j in problem.may_get[i])
        inside = when_inside(model, i, team)
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
    model.derive(under, lambda h: -ends(h)[0])
    model.derive(q, lambda h: -(-problem.resolution * (ends(h)[1] - ends(h)[0]) // spread.scale))
    return q


def _ends_of_all(problem: Problem, spread: Spread) -> tuple[int, int]:
    """The least and the most that a member can carry."""
    reached = [
        (base + low, base + high)
        for i, base in zip(spread.members, spread.base, strict=True)
        for low, high in (reach(problem, spread, (i,)),)
    ]
    return min(low for low, _ in reached), max(high for _, high in reached)


def _cut(model: DivisionModel, spread: Spread, team: int | None, high: Expr, low: Expr) -> None:
    """What each account alone says of its group: its one holder's load lies between low and high.

    Implied by the constraints manager by manager, but far tighter when accounts are shared out in fractions.
    """
    problem = model.problem
    lightest, heaviest = _by_account(spread)
    if min(lightest) < 0 or (team is None and not problem.teams_apart):
        return
    of_team = {j: t for t, seats in enumerate(problem.teams) for j in seats.accounts}
    base = dict(zip(spread.members, spread.base, strict=True))
    floor, ceiling = min(spread.base), max(spread.base) + sum(heaviest)
    for j, literals in _who_may(model).items():
        if of_team.get(j) != team or (team is None and any(j not in t.excluded for t in problem.teams)):
            continue  # a holder who may be on a team besides is not of this group for certain
        load = sum((base[i] + spread.of(i, j)) * literal for i, literal in literals if i in base)
        elsewhere = sum(literal for i, literal in literals if i not in base) + model.out[j]
        model.cp.add(high >= load + floor * elsewhere)
        if _alone(problem, j):
            model.cp.add(low <= load + ceiling * elsewhere)


def _by_account(spread: Spread) -> tuple[list[int], list[int]]:
    """The least and the largest load of each account, whoever holds it."""
    lightest, heaviest = list(spread.load), list(spread.load)
    for (_, j), load in spread.pair.items():
        lightest[j], heaviest[j] = min(lightest[j], load), max(heaviest[j], load)
    return lightest, heaviest


def _who_may(model: DivisionModel) -> dict[int, list[tuple[int, Expr]]]:
    return {
        j: [(i, model.hold[i, j]) for i in problem_managers]
        for j, problem_managers in enumerate(model.problem.may_hold)
    }


def _alone(problem: Problem, j: int) -> bool:
    """Whether the rules let the holder of account j hold no other divided account."""
    everything = set(range(len(problem.accounts)))
    seated = {k for t in problem.teams if j in t.excluded for k in t.accounts}
    capped = {k for c in problem.hard_caps if c.k == 1 and j in c.accounts for k in c.accounts}
    return everything <= seated | capped


def when_inside(model: DivisionModel, i: int, team: int | None) -> Any:
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
        load = by_member(spread, holders)
        if team is not None:
            group = [v for i, v in load.items() if i in seated[team]]
        else:
            group = [v for i, v in load.items() if not any(i in s for s in seated)]
        return (min(group), max(group)) if group else (spread.base[0], spread.base[0])

    return ends
