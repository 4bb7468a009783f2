"""What managers carry in a division, and by how much limits are overstepped; exact integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmopt.domain.declared import WHOLE
from cmopt.domain.problem import LoadLimit, Problem, Spread, Totals

Holders = Sequence[int | None]


def by_member(loads: Spread | Totals, holders: Holders) -> dict[int, int]:
    """Manager number -> base and divided accounts together, in the unit of `loads`."""
    carried = dict(zip(loads.members, loads.base, strict=True))
    for j, i in enumerate(holders):
        if i is not None and i in carried:
            carried[i] += loads.of(i, j)
    return carried


def by_unit(limit: LoadLimit, holders: Holders) -> list[int]:
    """The total of each unit, in millionths."""
    unit_of = {i: u for u, unit in enumerate(limit.units) for i in unit}
    totals = list(limit.base)
    for j, i in enumerate(holders):
        if i is not None and i in unit_of:
            totals[unit_of[i]] += limit.of(i, j)
    return totals


def excesses(problem: Problem, limit: LoadLimit, holders: Holders) -> Iterator[tuple[int, int]]:
    """By how much each unit oversteps each of its ends, as a positive numerator and the denominator.

    Beyond `within` = p the denominator is 10,000 n: the distance from the mean is a fraction.
    """
    totals = by_unit(limit, holders)
    free = seated(problem, holders) if limit.except_teams else set[int]()
    whole, n = sum(totals), len(totals)
    for u, total in enumerate(totals):
        if free.intersection(limit.units[u]):
            continue
        least, most = limit.least[u], limit.most[u]
        if least is not None and total < least:
            yield least - total, 1
        if most is not None and total > most:
            yield total - most, 1
        if limit.within is not None:
            beyond = WHOLE * abs(n * total - whole) - limit.within * whole
            if beyond > 0:
                yield beyond, WHOLE * n


def worst_first(problem: Problem, goal: str, holders: Holders) -> tuple[int, ...]:
    """The levels of leximin (upwards) or leximax (downwards), in millionths."""
    totals = problem.totals[goal]
    return tuple(sorted(by_member(totals, holders).values(), reverse=goal == "leximax")[: totals.levels])


def seated(problem: Problem, holders: Holders) -> set[int]:
    """Whoever has a seat on a team."""
    return {i for t in problem.teams for j in t.accounts if (i := holders[j]) is not None}
