"""How even the loads are: spreads, deviations, the worst-off. models/README.md, 5.6, 5.13 and 5.14."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil

from cmopt.audit.given import Given
from cmopt.audit.view import View
from cmopt.domain.scheme import Measure


def balance(seen: View, _seed: int) -> int:
    """Sum over tiers and measures of weight * ceil(resolution * spread / scale), group by group."""
    resolution = seen.given.scheme.balance.resolution
    return sum(
        weight * ceil(Fraction(resolution * (max(loads) - min(loads)), scale))
        for weight, scale, loads in _compared(seen)
    )


def deviation(seen: View, _seed: int) -> int:
    """As balance, with the sum of the distances from the group's mean in place of the spread."""
    total = 0
    for weight, scale, loads in _compared(seen):
        mean = Fraction(sum(loads), len(loads))
        apart = sum((abs(load - mean) for load in loads), Fraction(0))
        total += weight * ceil(seen.given.scheme.balance.resolution * apart / scale)
    return total


def _compared(seen: View) -> Iterator[tuple[int, int, list[int]]]:
    """(weight, scale, loads of the group) for each measure, tier and group that has anybody in it."""
    given = seen.given
    rule = given.scheme.balance
    for weighed in rule.measures:
        measure = given.scheme.measure_by_key[weighed.measure]
        base = given.base[measure.key] if rule.base_load == "incumbent" else {}
        for tier in rule.tiers:
            people = given.managers([tier])
            if not people:
                continue
            scale = _scale(given, measure, tier, max(base.get(i, 0) for i in people))
            for group in _groups(seen, people):
                yield weighed.weight, scale, [base.get(i, 0) + seen.load(measure, i) for i in group]


def _scale(given: Given, measure: Measure, tier: str, heaviest_base: int) -> int:
    """The heaviest base load and the heaviest place open to the tier, on whichever of its managers."""
    figures = []
    for client, segment in given.accounts.values():
        if tier not in segment.tiers:
            continue
        linked = [i for i in given.linked.get(client.client_id, ()) if given.tier(i) == tier]
        kinds = (True, False) if given.places(client.client_id) > 1 else (True,)
        figures += [given.load(measure, client, i, lead) for i in (None, *linked) for lead in kinds]
    return max(1, heaviest_base + max(figures, default=0))


def _groups(seen: View, people: list[str]) -> list[list[str]]:
    """The tier's people, team by team and the rest, or all together; no empty group."""
    if not seen.given.scheme.balance.teams_apart:
        return [people]
    groups = [[i for i in people if i in seen.members[t.key]] for t in seen.given.scheme.teams]
    return [g for g in (*groups, [i for i in people if i not in seen.seated]) if g]


# --- the worst-off -----------------------------------------------------------------------------------


def leximin_levels(seen: View) -> tuple[int, ...]:
    """The least loads, upwards."""
    return _levels(seen, "leximin", worst_first=sorted)


def leximax_levels(seen: View) -> tuple[int, ...]:
    """The largest loads, downwards."""
    return _levels(seen, "leximax", worst_first=lambda loads: sorted(loads, reverse=True))


LEVELS: dict[str, Callable[[View], tuple[int, ...]]] = {
    "leximin": leximin_levels,
    "leximax": leximax_levels,
}


def leximin(seen: View, _seed: int) -> int:
    return leximin_levels(seen)[0]


def leximax(seen: View, _seed: int) -> int:
    return leximax_levels(seen)[0]


def _levels(seen: View, name: str, worst_first: Callable[[list[int]], list[int]]) -> tuple[int, ...]:
    """The loads of everybody the goal compares, base load included whatever the balance says."""
    goal = next(g for g in seen.given.scheme.goals if g.name == name)
    assert goal.measure is not None  # a scheme without one is refused
    measure = seen.given.scheme.measure_by_key[goal.measure]
    base = seen.given.base[measure.key]
    people = seen.given.managers(goal.tiers or seen.given.scheme.balance.tiers)
    loads = worst_first([base.get(i, 0) + seen.load(measure, i) for i in people])
    return tuple(loads[: goal.levels])
