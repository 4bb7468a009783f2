"""The hard rules. Each has an independent twin in `cmopt.audit`."""

from __future__ import annotations

import math
from itertools import pairwise

from cmopt.domain.problem import LoadLimit
from cmopt.solvers.cpsat.band import Band
from cmopt.solvers.cpsat.loads import reach, terms
from cmopt.solvers.cpsat.model import DivisionModel, Expr, weighted


def add_rules(model: DivisionModel) -> None:
    add_places(model)
    add_together(model)
    add_pins(model)
    add_kept_incumbents(model)
    add_caps(model)
    add_teams(model)
    add_limits(model)


def add_places(model: DivisionModel) -> None:
    """Different people on the places of one account, and a backup only behind a lead.

    The backups of an account are alike, so they stand in the order of the managers' numbers, the empty last.
    """
    problem = model.problem
    for places in problem.same:
        for i in problem.may_hold[places[0]]:
            model.cp.add_at_most_one(model.held(i, places))
        lead, backups = places[0], places[1:]
        for j in backups:
            model.cp.add_implication(model.out[lead], model.out[j])
        for first, second in pairwise(backups):
            model.cp.add(_number_of_holder(model, first) <= _number_of_holder(model, second))


def add_together(model: DivisionModel) -> None:
    """Accounts that belong together have the same manager, or are all left out."""
    for first, *others in model.problem.together:
        able = {i for j in (first, *others) for i in model.problem.may_hold[j]}
        for j in others:
            model.cp.add(model.out[j] == model.out[first])
            for i in sorted(able):
                model.cp.add(sum(model.held(i, (j,))) == sum(model.held(i, (first,))))


def _number_of_holder(model: DivisionModel, j: int) -> Expr:
    able = model.problem.may_hold[j]
    nobody = len(model.problem.managers)
    return weighted([*(model.hold[i, j] for i in able), model.out[j]], [*able, nobody])


def add_pins(model: DivisionModel) -> None:
    """A pinned pair is in the division, on any place of the account; a pin on a pair that may not be makes it
    infeasible."""
    for i, j in model.problem.pins:
        model.cp.add_bool_or(model.held(i, model.problem.places.get(j, (j,))))


def add_kept_incumbents(model: DivisionModel) -> None:
    """Where the scheme makes incumbency a rule: every eligible incumbent keeps the account."""
    if model.problem.keep_is_rule:
        for j, i in enumerate(model.problem.keeper):
            if i is not None:
                model.cp.add(model.hold[i, j] == 1)


def add_caps(model: DivisionModel) -> None:
    """At most k of a cap's accounts a manager."""
    for cap in model.problem.hard_caps:
        for i in range(len(model.problem.managers)):
            held = model.held(i, cap.accounts)
            if cap.k == 1 and len(held) > 1:
                model.cp.add_at_most_one(held)
            elif len(held) > cap.k:
                model.cp.add(sum(held) <= cap.k)


def add_teams(model: DivisionModel) -> None:
    """Exactly `size` members, each with at least `least` of the accounts and none of the excluded ones."""
    problem = model.problem
    for t, team in enumerate(problem.teams):
        seats = [literal for (u, _), literal in model.seat.items() if u == t]
        model.cp.add(sum(seats) == team.size)
        exclusive = any(c.k == 1 and set(team.excluded) <= set(c.accounts) for c in problem.hard_caps)
        for i in range(len(problem.managers)):
            if (t, i) not in model.seat:
                continue
            seat = model.seat[t, i]
            held = model.held(i, team.accounts)
            for literal in held:
                model.cp.add_implication(literal, seat)
            if team.least == 1:
                model.cp.add_bool_or([*held, seat.Not()])
            else:
                model.cp.add(sum(held) >= team.least * seat)
            excluded = model.held(i, team.excluded)
            if exclusive:
                model.cp.add_at_most_one([*excluded, seat])
            else:
                for literal in excluded:
                    model.cp.add_implication(literal, seat.Not())


def add_limits(model: DivisionModel) -> None:
    """What each unit may carry: its least, its most, and how far from the mean of all."""
    for limit in model.problem.limits:
        if limit.price is None:
            for u in range(len(limit.units)):
                _add_ends(model, limit, u)
            if limit.within is not None:
                band = Band(model, limit)
                for u in range(len(limit.units)):
                    above, below = band.beyond(u)
                    model.cp.add(above <= 0)
                    model.cp.add(below <= 0)


def _add_ends(model: DivisionModel, limit: LoadLimit, u: int) -> None:
    least, most = limit.least[u], limit.most[u]
    low, high = (limit.base[u] + end for end in reach(model.problem, limit, limit.units[u]))
    if (least is None or low >= least) and (most is None or high <= most):
        return
    literals, figures = terms(model, limit, limit.units[u])
    unit = math.gcd(*figures) or 1
    total = weighted(literals, [f // unit for f in figures])
    bottom = -((limit.base[u] - (low if least is None else least)) // unit)
    top = ((high if most is None else most) - limit.base[u]) // unit
    row = (
        model.cp.add(total >= bottom) if most is None else model.cp.add_linear_constraint(total, bottom, top)
    )
    if limit.except_teams:
        row.only_enforce_if([seat.Not() for (_, i), seat in model.seat.items() if i in limit.units[u]])
