"""Justified envies, counted again; models/README.md, 5.5."""

from __future__ import annotations

from collections.abc import Callable

from cmopt.audit.view import View

Claim = tuple[int, Callable[[str], bool]]  # a level, and who may hold what has it


def merit(seen: View, _seed: int) -> int:
    """Ordered pairs (a, b), a ranked better, where b has something open, which a may hold, of a level above
    everything that a has. A backup's place has level 0: it is neither open nor worth anything."""
    worth, claims = _lead_places(seen)
    for team in seen.given.scheme.teams:
        accounts = seen.given.team_accounts[team.key]
        served = {c.incumbent for c, _ in accounts}
        for staff_id in seen.members[team.key] - served:
            may = lambda a, held=accounts: any(seen.given.may_hold(a, c, s) for c, s in held)  # noqa: E731
            claims.setdefault(staff_id, []).append((team.level, may))
    ranks = {i: g.rank for i, g in seen.given.grades.items() if g.tier is not None and g.rank is not None}
    return sum(
        1
        for b, open_to in claims.items()
        for a, rank in ranks.items()
        if (b not in ranks or rank < ranks[b])
        and any(level > worth.get(a, 0) and may(a) for level, may in open_to)
    )


def _lead_places(seen: View) -> tuple[dict[str, int], dict[str, list[Claim]]]:
    """What everybody's accounts are worth, and those that were not theirs before, the teams' apart."""
    worth: dict[str, int] = {}
    claims: dict[str, list[Claim]] = {}
    for client_id, staff_id in seen.holder.items():
        if staff_id is None:
            continue
        client, segment = seen.given.accounts[client_id]
        team = seen.given.team_of.get(segment.key)
        level = segment.level if team is None else team.level
        worth[staff_id] = max(worth.get(staff_id, 0), level)
        if team is None and client.incumbent != staff_id:
            may = lambda a, c=client, s=segment: seen.given.may_hold(a, c, s)  # noqa: E731
            claims.setdefault(staff_id, []).append((level, may))
    return worth, claims
