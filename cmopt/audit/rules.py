"""The hard rules, one function each: what they say, checked on the finished division."""

from __future__ import annotations

from collections.abc import Callable

from cmopt.audit.view import View
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_


def only_divided_accounts(seen: View) -> list[Finding]:
    return [
        finding("audit-stray", N_("{client} is not one of the accounts to be divided"), client=client)
        for client in seen.stray
    ]


def only_who_may(seen: View) -> list[Finding]:
    """Every holder is a manager of a tier the segment is open to (or let in by a link), not recused."""
    found = []
    for client_id, staff_id in seen.holder.items():
        if staff_id is None:
            continue
        client, segment = seen.accounts[client_id]
        if staff_id not in seen.grades:
            found.append(
                finding(
                    "audit-unknown",
                    N_("{client} is given to {staff}, who is not on the roster"),
                    client=client_id,
                    staff=staff_id,
                )
            )
        elif not seen.may_hold(staff_id, client, segment):
            found.append(
                finding(
                    "audit-eligibility",
                    N_("{client} ({segment}) is given to {staff}, who may not hold it"),
                    client=client_id,
                    segment=segment.title,
                    staff=staff_id,
                )
            )
    return found


def at_most_so_many(seen: View) -> list[Finding]:
    found = []
    holders = sorted({s for s in seen.holder.values() if s is not None})
    for cap in seen.scheme.at_most:
        for staff_id in holders:
            held = [c.client_id for c, s in seen.holdings(staff_id) if s.key in cap.segments]
            if len(held) > cap.k:
                found.append(
                    finding(
                        "audit-at-most",
                        N_('{staff} holds {n} ({clients}); the rule "{what}" allows no more than {k}'),
                        staff=staff_id,
                        n=len(held),
                        what=cap.title,
                        k=cap.k,
                        clients=Listed(held),
                    )
                )
    return found


def teams_as_declared(seen: View) -> list[Finding]:
    """Exactly `size` members, each with at least `least` accounts and none of the excluded segments."""
    found = []
    for team in seen.scheme.teams:
        if not seen.team_accounts(team):
            continue
        members = seen.members[team.key]
        if len(members) != team.size:
            found.append(
                finding(
                    "audit-team-size",
                    N_("{team} has {n} members; the scheme says {size}"),
                    team=team.title,
                    n=len(members),
                    size=team.size,
                )
            )
        for staff_id in sorted(members):
            held = seen.holdings(staff_id)
            own = sum(s.key in team.segments for _, s in held)
            if own < team.least:
                found.append(
                    finding(
                        "audit-team-least",
                        N_("{staff} of {team} holds {n} of its accounts; the scheme says at least {least}"),
                        staff=staff_id,
                        team=team.title,
                        n=own,
                        least=team.least,
                    )
                )
            barred = [c.client_id for c, s in held if s.key in team.exclusive_of]
            if barred:
                found.append(
                    finding(
                        "audit-team-exclusive",
                        N_("{staff} of {team} also holds {clients}, which its members may not"),
                        staff=staff_id,
                        team=team.title,
                        clients=Listed(barred),
                    )
                )
    return found


def pins_kept(seen: View) -> list[Finding]:
    return [
        finding(
            "audit-pin",
            N_("{client} is pinned to {staff} but given to {other}"),
            client=link.client_id,
            staff=link.staff_id,
            other=seen.holder[link.client_id] or "-",
        )
        for link in seen.case.links
        if link.rule == "pin"
        and link.client_id in seen.holder
        and seen.holder[link.client_id] != link.staff_id
    ]


def incumbents_kept(seen: View) -> list[Finding]:
    """Where the scheme makes incumbency a rule."""
    if seen.scheme.incumbency.mode != "rule":
        return []
    return [
        finding(
            "audit-incumbent",
            N_("{staff} is the eligible incumbent of {client} and must keep it"),
            staff=keeper,
            client=client_id,
        )
        for client_id, (client, segment) in seen.accounts.items()
        if (keeper := seen.eligible_incumbent(client, segment)) is not None
        and seen.holder[client_id] != keeper
    ]


RULES: tuple[Callable[[View], list[Finding]], ...] = (
    only_divided_accounts,
    only_who_may,
    at_most_so_many,
    teams_as_declared,
    pins_kept,
    incumbents_kept,
)
