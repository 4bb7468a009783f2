"""The value of each goal for a division, as the solvers count it.

The audit has its own, independent counting; tests hold the two against each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.problem import Ints, Problem, Spread
from cmopt.domain.result import SENSE
from cmopt.solvers.totals import Holders, by_member, excesses, worst_first

__all__ = ["COUNT", "Holders", "cost", "key", "levels", "score"]


def score(problem: Problem, holders: Holders) -> dict[str, int]:
    """Goal name -> value, for the scheme's goals in priority order. holders[j] = manager or None."""
    return {g.name: COUNT[g.name](problem, holders) for g in problem.goals}


def key(problem: Problem, holders: Holders) -> tuple[int, ...]:
    """The goal vector with every goal to be minimised, so that smaller is better; of leximin and leximax
    every level."""
    return tuple(v for g in problem.goals for v in cost(problem, g.name, holders))


def cost(problem: Problem, goal: str, holders: Holders) -> tuple[int, ...]:
    """What one goal counts, to be minimised: one number, or the levels of leximin or leximax in order."""
    values = levels(problem, goal, holders) or (COUNT[goal](problem, holders),)
    return values if SENSE[goal] == "min" else tuple(-v for v in values)


def levels(problem: Problem, goal: str, holders: Holders) -> tuple[int, ...] | None:
    """The levels of leximin or leximax, the worst-off first, in millionths; None for any other goal."""
    return worst_first(problem, goal, holders) if goal in LEXICOGRAPHIC else None


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
    for spread, groups in _groups(problem, holders):
        for group in groups:
            spanned = max(group) - min(group)
            total += spread.weight * -(-problem.resolution * spanned // spread.scale)
    return total


def deviation(problem: Problem, holders: Holders) -> int:
    """Weighted sums of the distances from the group's mean, in units of the resolution."""
    total = 0
    for spread, groups in _groups(problem, holders):
        for group in groups:
            n, whole = len(group), sum(group)
            apart = sum(abs(n * v - whole) for v in group)
            total += spread.weight * -(-problem.resolution * apart // (n * spread.scale))
    return total


def _groups(problem: Problem, holders: Holders) -> Iterator[tuple[Spread, list[list[int]]]]:
    """Of each spread the loads by group that has a member: those on each team, those on none."""
    seats = [_seated(holders, t.accounts) for t in problem.teams] if problem.teams_apart else []
    for spread in problem.spreads:
        load = by_member(spread, holders)
        groups = [[v for i, v in load.items() if i in s] for s in seats]
        groups.append([v for i, v in load.items() if not any(i in s for s in seats)])
        yield spread, [g for g in groups if g]


def fit(problem: Problem, holders: Holders) -> int:
    return _sum(problem.fit, holders)


def pair_cost(problem: Problem, holders: Holders) -> int:
    return _sum(problem.cost, holders)


def bids(problem: Problem, holders: Holders) -> int:
    return _sum(problem.bid, holders)


def handovers(problem: Problem, holders: Holders) -> int:
    return _sum(problem.handover, holders)


def tier_preference(problem: Problem, holders: Holders) -> int:
    return _sum(problem.tier_place, holders)


def worst_served(problem: Problem, holders: Holders) -> int:
    """The least total fit of an account, its places together."""
    assert problem.fit is not None
    of_account: dict[str, int] = dict.fromkeys(problem.accounts, 0)
    for j, i in enumerate(holders):
        if i is not None:
            of_account[problem.accounts[j]] += int(problem.fit[i, j])
    return min(of_account.values())


def penalty(problem: Problem, holders: Holders) -> int:
    """The price of the soft rules that are not kept."""
    total = 0
    for cap in problem.caps:
        if cap.price is not None:
            counts = Counter(i for j in cap.accounts if (i := holders[j]) is not None)
            total += cap.price * sum(max(0, n - cap.k) for n in counts.values())
    for limit in problem.limits:
        if limit.price is not None:
            for over, unit in excesses(problem, limit, holders):
                total += limit.price * -(-over // (unit * limit.step))
    return total


def leximin(problem: Problem, holders: Holders) -> int:
    return worst_first(problem, "leximin", holders)[0]


def leximax(problem: Problem, holders: Holders) -> int:
    return worst_first(problem, "leximax", holders)[0]


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
    "deviation": deviation,
    "leximin": leximin,
    "leximax": leximax,
    "fit": fit,
    "worst_served": worst_served,
    "cost": pair_cost,
    "bids": bids,
    "penalty": penalty,
    "jurisdiction": jurisdiction,
    "handovers": handovers,
    "tier_preference": tier_preference,
    "draw": draw,
}


def _sum(figures: Ints | None, holders: Holders) -> int:
    assert figures is not None
    return sum(int(figures[i, j]) for j, i in enumerate(holders) if i is not None)


def _seated(holders: Holders, accounts: Sequence[int]) -> set[int]:
    return {i for j in accounts if (i := holders[j]) is not None}


def _team_account(problem: Problem, j: int) -> bool:
    return any(j in t.accounts for t in problem.teams)
