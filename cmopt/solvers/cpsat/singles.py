"""Spreads of those who hold one account at most: the ends of a spread as chains of literals.

Where one cap of one covers all accounts outside the team, whoever is on no team carries exactly base + load of
one account, or base alone. So `high` is one literal for each load that can be the largest, implied by
single pairs, and `low` likewise; for a linear relaxation that is far tighter than sums of loads, manager by
manager. A pair of somebody who may be a member, and hold the account besides, counts only off the team: a
literal of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from cmopt.domain.problem import Problem, Spread
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.totals import by_member

MOST_PAIRS = 20_000  # pairs of all spreads; with more the literals would be too many

# Turns of a search: these models are tight, so that the relaxation of the whole and probing are worth their
# time. Measured; see docs/how-it-works.md.
TURNS: tuple[dict[str, Any], ...] = (
    {"linearization_level": 2, "inprocessing_dtime_ratio": 0.0, "hint_conflict_limit": 0},
    {"linearization_level": 2, "cp_model_probing_level": 0},
    {"linearization_level": 1},
    {"linearization_level": 1, "cp_model_probing_level": 0},
)

Loaded = list[tuple[int, Expr]]  # (load, literal) of things of which at most one can be


def are_single(problem: Problem) -> bool:
    """Whether those on no team hold one account at most, members are compared apart; not for too many pairs."""
    if len(problem.teams) > 1 or (problem.teams and not problem.teams_apart):
        return False
    if sum(len(problem.may_get[i]) for s in problem.spreads for i in s.members) > MOST_PAIRS:
        return False
    in_team = {j for t in problem.teams for j in t.accounts}
    others = set(range(len(problem.accounts))) - in_team
    return any(c.k == 1 and others <= set(c.accounts) for c in problem.hard_caps)


def spread_of_singles(model: DivisionModel, spread: Spread) -> Expr:
    """q of those of the spread's tier who are on no team: scale * q >= resolution * (high - low)."""
    problem, cp = model.problem, model.cp
    groups: list[Loaded] = []
    columns: dict[int, Loaded] = {}
    for i, base in zip(spread.members, spread.base, strict=True):
        idle, alone = _off_team(model, i)
        row: Loaded = [(base, idle)]
        for j, literal in alone.items():
            row.append((base + spread.of(i, j), literal))
            columns.setdefault(j, []).append(row[-1])
        groups.append(row)
    groups += columns.values()
    loads = sorted({load for group in groups for load, _ in group})
    high = _end(model, spread, loads, groups, 1)
    low = _end(model, spread, loads[::-1], groups, -1)
    q = cp.new_int_var(0, -(-problem.resolution * (loads[-1] - loads[0]) // spread.scale), "")
    cp.add(spread.scale * q >= problem.resolution * (high - low))

    def steps(holders: Holders) -> int:
        group = _group(problem, spread, holders) or [0]
        return -(-problem.resolution * (max(group) - min(group)) // spread.scale)

    return model.derive(q, steps)


def _end(model: DivisionModel, spread: Spread, steps: list[int], groups: list[Loaded], outwards: int) -> Expr:
    """One end, as a sum: from steps[0] outwards, a literal for each further step that it is at or beyond."""
    reached: dict[int, Expr] = {}
    total: Expr = steps[0]
    last = None
    for near, step in pairwise(steps):
        literal = model.cp.new_bool_var("")
        model.derive(literal, _is_at(model.problem, spread, step, outwards))
        if last is not None:
            model.cp.add_implication(literal, last)
        reached[step] = last = literal
        total += (step - near) * literal
    for group in groups:
        outside = sorted(((v * outwards, n) for n, (v, _) in enumerate(group) if v in reached), reverse=True)
        so_far: list[Expr] = []
        for place, (v, n) in enumerate(outside):
            so_far.append(group[n][1])
            if place + 1 == len(outside) or outside[place + 1][0] != v:
                model.cp.add_at_most_one([*so_far, reached[v * outwards].Not()])
    return total


def _is_at(problem: Problem, spread: Spread, step: int, outwards: int) -> Callable[[Holders], int]:
    return lambda h: int(any((v - step) * outwards >= 0 for v in _group(problem, spread, h)))


def _group(problem: Problem, spread: Spread, holders: Holders) -> list[int]:
    """The loads of those on no team."""
    seated = {holders[j] for t in problem.teams for j in t.accounts}
    return [v for i, v in by_member(spread, holders).items() if i not in seated]


def _off_team(model: DivisionModel, i: int) -> tuple[Expr, dict[int, Expr]]:
    """(on no team and without an account, account -> on no team and its holder) for manager i."""
    if i in model.single:
        return model.single[i]
    problem, cp = model.problem, model.cp
    team = problem.teams[0] if problem.teams else None
    seat = model.seat.get((0, i))
    idle = model.derive(cp.new_bool_var(""), lambda holders: int(i not in holders))
    alone = {}
    for j in problem.may_get[i]:
        if team is not None and j in team.accounts:
            continue
        alone[j] = model.hold[i, j]
        if team is not None and seat is not None and j not in team.excluded:
            alone[j] = model.derive(cp.new_bool_var(""), _is_alone(i, j, team.accounts))
            cp.add_implication(alone[j], model.hold[i, j])
            cp.add_bool_or([alone[j], model.hold[i, j].Not(), seat])
    cp.add_exactly_one([idle, *alone.values(), *([] if seat is None else [seat])])
    model.single[i] = idle, alone
    return model.single[i]


def _is_alone(i: int, j: int, of_team: Sequence[int]) -> Callable[[Holders], int]:
    return lambda holders: int(holders[j] == i and all(holders[k] != i for k in of_team))
