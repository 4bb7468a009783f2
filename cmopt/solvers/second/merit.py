"""Justified envy as rows: one 0/1 quantity for every pair (a, b) with a ranked above b."""

from __future__ import annotations

from cmopt.domain.problem import Problem
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.milp import Sum


def merit(division: Division) -> Sum:
    """The number of pairs: envy >= (b holds something open of level >= v) - (what a holds of level >= v)."""
    problem, milp = division.problem, division.milp
    counted: list[int] = []
    levels = _levels(problem)
    has = {(i, v): _has(division, i, v) for i in range(len(problem.managers)) for v in levels}
    for a in range(len(problem.managers)):
        for b in range(len(problem.managers)):
            if not problem.ranks_before(a, b):
                continue
            rows = [(v, got) for v in levels for got in _open_things(division, a, b, v)]
            if rows:
                envy = milp.variable(f"envy_{a}_{b}", integer=False)
                counted.append(envy)
                for v, got in rows:
                    total = Sum.of([envy]) - Sum.of(got) + has[a, v]
                    milp.add(f"envy_{a}_{b}", total, least=0)
    return Sum.of(counted)


def _levels(problem: Problem) -> list[int]:
    return sorted({v for v in (*problem.level, *(t.level for t in problem.teams)) if v > 0})


def _loans(problem: Problem) -> list[int]:
    """The accounts that count by their own level; those of a team count as a seat."""
    of_teams = {j for t in problem.teams for j in t.accounts}
    return [j for j in range(len(problem.accounts)) if j not in of_teams]


def _has(division: Division, a: int, v: int) -> Sum:
    """How many things of level >= v manager a holds: zero if and only if a's level is below v."""
    problem = division.problem
    own = division.held(a, [j for j in _loans(problem) if problem.level[j] >= v])
    seats = [
        division.seat[t, a]
        for t, team in enumerate(problem.teams)
        if (t, a) in division.seat and team.level >= v
    ]
    return own + Sum.of(seats)


def _open_things(division: Division, a: int, b: int, v: int) -> list[list[int]]:
    """What b may hold of level >= v that was not b's and that a is eligible for, in lists of which b holds at
    most one: one row each."""
    problem = division.problem
    left = [
        j
        for j in _loans(problem)
        if problem.level[j] >= v
        and (b, j) in division.hold
        and (a, j) in division.hold
        and problem.incumbent[j] != b
    ]
    seats = {
        t: division.seat[t, b]
        for t, team in enumerate(problem.teams)
        if team.level >= v and (t, b) in division.seat and (t, a) in division.seat and not team.served[b]
    }
    lists = []
    for cap in problem.hard_caps:
        inside = [j for j in left if cap.k == 1 and j in cap.accounts]
        if inside:
            left = [j for j in left if j not in inside]
            got = [division.hold[b, j] for j in inside]
            joined = [t for t in seats if set(inside) <= set(problem.teams[t].excluded)][:1]
            lists.append(got + [seats.pop(t) for t in joined])
    lists += [[division.hold[b, j]] for j in left]
    return lists + [[seat] for seat in seats.values()]
