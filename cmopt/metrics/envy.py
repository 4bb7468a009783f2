"""Justified envies: who ranked better had a claim to what somebody ranked lower was given?

Written from the plan's words (choose the better ranked for open accounts), and from nothing a solver uses.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.domain.allocation import Allocation
from cmopt.domain.client_figures import in_segments
from cmopt.domain.clients import Case, Client
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme, Segment, Team


def justified_envies(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation
) -> frozenset[tuple[str, str]]:
    """The ordered pairs (a, b) of managers in which a envies b with reason.

    a is ranked better than b, and b holds something open, that a may hold, of a level above a's own.
    An account is open unless b was its incumbent already (with a tier that allows it). A team seat is
    open if b was incumbent of none of the team's accounts; who may hold one of the accounts may sit. The
    level of a manager is the highest level of the segments and teams they hold an account of (0 without).
    Only managers with a rank take part.

    Source: justified envy of D. Gale, L. Shapley (1962) and A. Abdulkadiroğlu, T. Sönmez, School Choice,
    American Economic Review 93 (2003), with the exam's ranking as the priority and levels as the preference.
    """
    held = _held(case, scheme, allocation)
    level: dict[str, int] = {}
    for staff_id, _, segment, team in held:
        worth = team.level if team is not None else segment.level
        level[staff_id] = max(level.get(staff_id, 0), worth)
    managers = sorted(
        (grade.rank, staff_id)
        for staff_id, grade in grades.items()
        if grade.tier is not None and grade.rank is not None
    )
    rank = {staff_id: place for place, staff_id in managers}

    envies: set[tuple[str, str]] = set()
    for b, clients, worth in _open_holdings(case, scheme, grades, held):
        for place, a in managers:
            if b in rank and place >= rank[b]:
                break
            if worth > level.get(a, 0) and any(_may_hold(case, grades[a], c, s) for c, s in clients):
                envies.add((a, b))
    return frozenset(envies)


Held = list[tuple[str, Client, Segment, Team | None]]


def _held(case: Case, scheme: Scheme, allocation: Allocation) -> Held:
    found: Held = []
    for client_id in sorted(allocation.holder):
        staff_id = allocation.holder[client_id]
        client = case.client_by_id.get(client_id)
        segment = scheme.segment_of(client) if client is not None else None
        if staff_id is not None and client is not None and segment is not None:
            found.append((staff_id, client, segment, scheme.team_of(segment.key)))
    return found


def _open_holdings(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], held: Held
) -> list[tuple[str, list[tuple[Client, Segment]], int]]:
    """(holder, accounts that give a claim, level): an open account alone, an open seat by all its team's."""
    found = []
    for staff_id, client, segment, team in held:
        grade = grades.get(staff_id)
        kept = client.incumbent == staff_id and grade is not None and _may_hold(case, grade, client, segment)
        if team is None and segment.level > 0 and not kept:
            found.append((staff_id, [(client, segment)], segment.level))
    for team in scheme.teams:
        accounts = in_segments(scheme, case.clients, team.segments)
        served = {c.incumbent for c, _ in accounts}
        seated = sorted({staff_id for staff_id, _, _, of in held if of is not None and of.key == team.key})
        found.extend((staff_id, accounts, team.level) for staff_id in seated if staff_id not in served)
    return found


def _may_hold(case: Case, grade: Grade, client: Client, segment: Segment) -> bool:
    """A recusal bars; otherwise an `allow` link or a tier of the segment opens the account to a manager."""
    link = case.link_of.get((grade.staff_id, client.client_id))
    if grade.tier is None or (link is not None and link.rule == "forbid"):
        return False
    return (link is not None and link.rule == "allow") or grade.tier in segment.tiers
