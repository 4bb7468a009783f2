"""How large the figures of a model can become: what is too large to be exact is refused before solving.

CP-SAT's integers are 64 bits wide: whatever is added up in one row of a model stays below `LARGEST_SUM`, each
term by itself at its largest. Values of goals stay below `LARGEST_VALUE`, which a double and JSON hold exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cmopt.domain.declared import WHOLE
from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.problem import LoadLimit, Problem, Spread, Totals
from cmopt.domain.scheme import Scheme, Title
from cmopt.errors import Finding, finding
from cmopt.i18n import N_

LARGEST_SUM = 2**60
LARGEST_VALUE = 2**53
LARGEST_TOTAL = 2**52  # of balances, in millionths: the solver reports bounds as doubles


def too_large(problem: Problem, scheme: Scheme, titles: Mapping[str, Title] | None = None) -> list[Finding]:
    """Every spread, limit, price and total whose figures could add up to more than is exact, by name.

    titles: of the problem's limits by key (none: the scheme's limits).
    """
    named = {m.key: m.title for m in scheme.limits} if titles is None else titles
    return [
        *_spreads(problem, scheme),
        *_limits(problem, named),
        *_prices(problem, named),
        *_totals(problem, scheme),
    ]


def _spreads(problem: Problem, scheme: Scheme) -> Iterator[Finding]:
    wanted = {g.name for g in problem.goals}
    too_many = _too_many([_value(problem, s) for s in problem.spreads])
    for n, spread in enumerate(problem.spreads):
        sums = [count(problem, spread) for goal, count in _SUMS.items() if goal in wanted]
        if max(sums, default=0) >= LARGEST_SUM or n in too_many:
            text = N_("{measure} of tier {tier} is too large to be added up exactly; use a larger unit")
            title = scheme.measure_by_key[spread.measure].title
            yield finding("too-large", text, measure=title, tier=spread.tier)


def _limits(problem: Problem, titles: Mapping[str, Title]) -> Iterator[Finding]:
    for limit in problem.limits:
        if _sum_in_limit(problem, limit) >= LARGEST_SUM:
            text = N_("the limit {title} is too large to be added up exactly; use a larger unit")
            yield finding("too-large", text, title=titles[limit.key])


def _prices(problem: Problem, titles: Mapping[str, Title]) -> Iterator[Finding]:
    soft = [m for m in problem.limits if m.price is not None]
    for n in _too_many([_most_price(problem, m) for m in soft]):
        text = N_("the price of {title} can add up to more than is exact; use a longer step or a lower price")
        yield finding("too-large", text, title=titles[soft[n].key])


def _totals(problem: Problem, scheme: Scheme) -> Iterator[Finding]:
    for goal in problem.goals:
        if goal.name in LEXICOGRAPHIC and goal.measure is not None and goal.name in problem.totals:
            totals = problem.totals[goal.name]
            if _largest(totals.base) + _divided(problem, totals, totals.members) >= LARGEST_VALUE:
                text = N_("{measure} is too large for the totals of {goal} to be exact; use a larger unit")
                title = scheme.measure_by_key[goal.measure].title
                yield finding("too-large", text, measure=title, goal=goal.name)


# --- how large ---------------------------------------------------------------------------------------


def _sum_in_balance(problem: Problem, spread: Spread) -> int:
    """The largest sum in the models of `balance` for one spread."""
    most = _largest(spread.base) + _divided(problem, spread, spread.members)
    return max(most, spread.scale) * max(problem.resolution, 1) * max(spread.weight, 1) * 4


def _sum_in_deviation(problem: Problem, spread: Spread) -> int:
    """The largest sum in the model of `deviation` for one spread of n members: n times the load of each of
    them and the total, and their excesses over the mean, once in loads and once in steps."""
    n, divided = len(spread.members), _divided(problem, spread, spread.members)
    each, whole = _largest(spread.base) + divided, _whole(spread.base) + divided
    common = math.gcd(spread.scale, 2 * problem.resolution)
    return max(6 * n * n * each, n * (6 * problem.resolution * whole + spread.scale) // common)


_SUMS = {"balance": _sum_in_balance, "deviation": _sum_in_deviation}


def _value(problem: Problem, spread: Spread) -> int:
    """What one spread can count at the most, in `balance` or in `deviation`, over all its groups."""
    whole = _whole(spread.base) + _divided(problem, spread, spread.members)
    groups = 1 + len(problem.teams)
    return spread.weight * (2 * problem.resolution * whole // spread.scale + groups)


def _sum_in_limit(problem: Problem, limit: LoadLimit) -> int:
    """The largest sum in the rows of one limit, hard or soft."""
    ends = [abs(v) for v in (*limit.least, *limit.most) if v is not None]
    unit = math.gcd(*limit.base, *limit.load, *limit.pair.values(), *ends, limit.step) or 1
    most = _all_of_limit(problem, limit) + max(ends, default=0)
    band = 1 if limit.within is None else WHOLE * (len(limit.units) + 1) + limit.within
    return 4 * band * most // unit


def _most_price(problem: Problem, limit: LoadLimit) -> int:
    """What one soft limit can cost at the most."""
    whole = _all_of_limit(problem, limit)
    beyond = [whole + abs(v) for v in (*limit.least, *limit.most) if v is not None]
    if limit.within is not None:
        beyond += [2 * whole + limit.within * whole // WHOLE] * len(limit.units)
    return (limit.price or 0) * sum(excess // limit.step + 1 for excess in beyond)


def _all_of_limit(problem: Problem, limit: LoadLimit) -> int:
    return _whole(limit.base) + _divided(problem, limit, [i for unit in limit.units for i in unit])


def _divided(problem: Problem, loads: Spread | LoadLimit | Totals, members: Sequence[int]) -> int:
    """All that may fall to `members`, each place at its largest."""
    within_reach = set(np.flatnonzero(problem.eligible[list(members)].any(axis=0)).tolist())
    by_place = [abs(v) if j in within_reach else 0 for j, v in enumerate(loads.load)]
    for (i, j), v in loads.pair.items():
        if problem.eligible[i, j]:
            by_place[j] = max(by_place[j], abs(v))
    return sum(by_place)


def _largest(figures: Sequence[int]) -> int:
    return max(abs(v) for v in figures)


def _whole(figures: Sequence[int]) -> int:
    return sum(abs(v) for v in figures)


def _too_many(values: Sequence[int]) -> list[int]:
    """The numbers of those values that make their sum too large: [] if it is not."""
    if sum(values) < LARGEST_VALUE:
        return []
    return [n for n, value in enumerate(values) if value * len(values) >= LARGEST_VALUE]
