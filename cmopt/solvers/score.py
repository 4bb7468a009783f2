"""The value of each goal for a division, as the solvers count it.

The audit has its own, independent counting; tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cmopt.domain.problem import Problem
from cmopt.domain.result import SENSE

Holders = Sequence[int | None]


def score(problem: Problem, holders: Holders) -> dict[str, int]:
    """Goal name -> value, for the scheme's goals in priority order. holders[j] = manager or None."""
    return {g.name: COUNT[g.name](problem, holders) for g in problem.goals}


def key(problem: Problem, holders: Holders) -> tuple[int, ...]:
    """The goal vector with every goal to be minimised, so that smaller is better."""
    return tuple(v if SENSE[n] == "min" else -v for n, v in score(problem, holders).items())


def coverage(problem: Problem, holders: Holders) -> int:
    return sum(i is None for i in holders)


def coverage_balance(problem: Problem, holders: Holders) -> int:
    return sum(b for b, i in zip(problem.balance, holders, strict=True) if i is None)


def continuity(problem: Problem, holders: Holders) -> int:
    return sum(i is not None and i == k for i, k in zip(holders, problem.keeper, strict=True))


def continuity_balance(problem: Problem, holders: Holders) -> int:
    kept = zip(problem.balance, holders, problem.keeper, strict=True)
    return sum(b for b, i, k in kept if i is not None and i == k)


def merit(problem: Problem, holders: Holders) -> int:
    """Ordered pairs (a, b) with justified envy; see models/README.md."""
    m = len(problem.managers)
    own = [0] * m
    for j, i in enumerate(holders):
        if i is not None and not _team_account(problem, j):
            own[i] = max(own[i], problem.level[j])
    seated = [_seated(holders, t.accounts) for t in problem.teams]
    for team, seats in zip(problem.teams, seated, strict=True):
        for i in seats:
            own[i] = max(own[i], team.level)
    pairs = set()
    for j, b in enumerate(holders):
        if b is None or b == problem.incumbent[j]:
            continue
        for a in problem.may_hold[j]:
            if problem.ranks_before(a, b) and problem.level[j] > own[a] and not _team_account(problem, j):
                pairs.add((a, b))
    for team, seats in zip(problem.teams, seated, strict=True):
        seatable = {i for j in team.accounts for i in problem.may_hold[j]}
        for b in seats:
            if not team.served[b]:
                pairs |= {(a, b) for a in seatable if problem.ranks_before(a, b) and team.level > own[a]}
    return len(pairs)


def balance(problem: Problem, holders: Holders) -> int:
    """Weighted spreads in units of the resolution; see models/README.md."""
    total = 0
    seats = [_seated(holders, t.accounts) for t in problem.teams] if problem.teams_apart else []
    for spread in problem.spreads:
        load = dict(zip(spread.members, spread.base, strict=True))
        for j, i in enumerate(holders):
            if i in load:
                load[i] += spread.load[j]
        groups = [[v for i, v in load.items() if i in s] for s in seats]
        groups.append([v for i, v in load.items() if not any(i in s for s in seats)])
        for group in groups:
            if group:
                spanned = max(group) - min(group)
                total += spread.weight * -(-problem.resolution * spanned // spread.scale)
    return total


def jurisdiction(problem: Problem, holders: Holders) -> int:
    return sum(i is not None and bool(problem.outside[i, j]) for j, i in enumerate(holders))


def draw(problem: Problem, holders: Holders) -> int:
    return sum(int(problem.draw[i, j]) for j, i in enumerate(holders) if i is not None)


COUNT: dict[str, Callable[[Problem, Holders], int]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "jurisdiction": jurisdiction,
    "draw": draw,
}


def _seated(holders: Holders, accounts: Sequence[int]) -> set[int]:
    return {i for j in accounts if (i := holders[j]) is not None}


def _team_account(problem: Problem, j: int) -> bool:
    return any(j in t.accounts for t in problem.teams)
