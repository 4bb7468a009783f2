"""The hard rules. Each has an independent twin in `cmopt.audit`."""

from __future__ import annotations

from cmopt.solvers.cpsat.model import DivisionModel


def add_rules(model: DivisionModel) -> None:
    add_pins(model)
    add_kept_incumbents(model)
    add_caps(model)
    add_teams(model)


def add_pins(model: DivisionModel) -> None:
    """A pinned pair is in the division; a pin on a pair that may not be makes it infeasible."""
    for i, j in model.problem.pins:
        if (i, j) in model.hold:
            model.cp.add(model.hold[i, j] == 1)
        else:
            model.cp.add_bool_or([])


def add_kept_incumbents(model: DivisionModel) -> None:
    """Where the scheme makes incumbency a rule: every eligible incumbent keeps the account."""
    if model.problem.keep_is_rule:
        for j, i in enumerate(model.problem.keeper):
            if i is not None:
                model.cp.add(model.hold[i, j] == 1)


def add_caps(model: DivisionModel) -> None:
    """At most k of a cap's accounts a manager."""
    for cap in model.problem.caps:
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
        exclusive = any(c.k == 1 and set(team.excluded) <= set(c.accounts) for c in problem.caps)
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
