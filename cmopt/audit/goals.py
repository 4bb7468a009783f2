"""The goals, counted again from the finished division. models/README.md states each formula."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil

from cmopt.audit.view import View
from cmopt.domain.clients import Client
from cmopt.domain.draw import draw_number
from cmopt.domain.scheme import Measure


def coverage(seen: View, _seed: int) -> int:
    return len([c for c, s in seen.holder.items() if s is None])


def coverage_balance(seen: View, _seed: int) -> int:
    return sum(seen.accounts[c][0].balance for c, s in seen.holder.items() if s is None)


def continuity(seen: View, _seed: int) -> int:
    return len(_kept(seen))


def continuity_balance(seen: View, _seed: int) -> int:
    return sum(c.balance for c in _kept(seen))


def _kept(seen: View) -> list[Client]:
    kept = []
    for client_id, (client, segment) in seen.accounts.items():
        keeper = seen.eligible_incumbent(client, segment)
        if keeper is not None and keeper == seen.holder[client_id]:
            kept.append(client)
    return kept


def merit(seen: View, _seed: int) -> int:
    """Justified envies: ordered pairs (a, b), a ranked better, where b has something open, which a may hold, of
    a level above everything that a has."""
    team_of = {key: team for team in seen.scheme.teams for key in team.segments}
    worth: dict[str, int] = {}
    claims: dict[str, list[tuple[int, Callable[[str], bool]]]] = {}
    for client_id, staff_id in seen.holder.items():
        if staff_id is None:
            continue
        client, segment = seen.accounts[client_id]
        team = team_of.get(segment.key)
        level = segment.level if team is None else team.level
        worth[staff_id] = max(worth.get(staff_id, 0), level)
        if team is None and client.incumbent != staff_id:
            claims.setdefault(staff_id, []).append(
                (level, lambda a, c=client, s=segment: seen.may_hold(a, c, s))  # type: ignore[misc]
            )
    for team in seen.scheme.teams:
        accounts = seen.team_accounts(team)
        served = {c.incumbent for c, _ in accounts}
        for staff_id in seen.members[team.key] - served:
            claims.setdefault(staff_id, []).append(
                (team.level, lambda a, held=accounts: any(seen.may_hold(a, c, s) for c, s in held))  # type: ignore[misc]
            )
    ranks = {i: g.rank for i, g in seen.grades.items() if g.tier is not None and g.rank is not None}
    return sum(
        1
        for b, open_to in claims.items()
        for a, rank in ranks.items()
        if (b not in ranks or rank < ranks[b])
        and any(level > worth.get(a, 0) and may(a) for level, may in open_to)
    )


def balance(seen: View, _seed: int) -> int:
    """Sum over tiers and measures of weight * ceil(resolution * spread / scale), group by group."""
    rule = seen.scheme.balance
    total = 0
    for weighed in rule.measures:
        measure = seen.scheme.measure_by_key[weighed.measure]
        base = _base(seen, measure)
        for tier in rule.tiers:
            people = [i for i, g in seen.grades.items() if g.tier == tier]
            if not people:
                continue
            load = {i: base.get(i, 0) + sum(measure.of(c) for c, _ in seen.holdings(i)) for i in people}
            biggest = max((measure.of(c) for c, s in seen.accounts.values() if tier in s.tiers), default=0)
            scale = max(1, max(base.get(i, 0) for i in people) + biggest)
            for group in _groups(seen, people):
                loads = [load[i] for i in group]
                spread = max(loads) - min(loads)
                total += weighed.weight * ceil(Fraction(rule.resolution * spread, scale))
    return total


def _base(seen: View, measure: Measure) -> dict[str, int]:
    base: dict[str, int] = {}
    if seen.scheme.balance.base_load == "incumbent":
        for client in seen.case.clients:
            if client.client_id not in seen.accounts and client.incumbent is not None:
                base[client.incumbent] = base.get(client.incumbent, 0) + measure.of(client)
    return base


def _groups(seen: View, people: list[str]) -> list[list[str]]:
    """The tier's people, team by team and the rest, or all together; no empty group."""
    if not seen.scheme.balance.teams_apart:
        return [people]
    groups = [[i for i in people if i in seen.members[t.key]] for t in seen.scheme.teams]
    on_any = frozenset[str]().union(*seen.members.values()) if seen.members else frozenset[str]()
    return [g for g in (*groups, [i for i in people if i not in on_any]) if g]


def jurisdiction(seen: View, _seed: int) -> int:
    """Accounts of the jurisdiction segments held by somebody of another branch."""
    branch = {s.staff_id: s.branch for s in seen.case.roster}
    return sum(
        1
        for client_id, staff_id in seen.holder.items()
        if staff_id is not None
        and seen.accounts[client_id][1].key in seen.scheme.jurisdiction
        and branch.get(staff_id) != seen.accounts[client_id][0].branch
    )


def draw(seen: View, seed: int) -> int:
    return sum(
        draw_number(seed, "division", staff_id, client_id)
        for client_id, staff_id in seen.holder.items()
        if staff_id is not None
    )


GOALS: dict[str, Callable[[View, int], int]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "jurisdiction": jurisdiction,
    "draw": draw,
}
