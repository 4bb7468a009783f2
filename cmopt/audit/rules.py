"""The hard rules, one function each: what they say, checked on the finished division."""

from __future__ import annotations

from collections.abc import Callable

from cmopt.audit.limits import limits_kept
from cmopt.audit.places import places_as_needed
from cmopt.audit.rungs import tiers_of_rungs
from cmopt.audit.view import View
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_


def only_divided_accounts(seen: View) -> list[Finding]:
    return [
        finding("audit-stray", N_("{client} is not one of the accounts to be divided"), client=client)
        for client in seen.stray
    ]


def only_who_may(seen: View) -> list[Finding]:
    """Every holder, backups too, is of a tier the segment is open to (or let in by a link), not recused."""
    found = []
    for client_id in seen.holder:
        client, segment = seen.given.accounts[client_id]
        for staff_id in seen.people(client_id):
            if staff_id not in seen.given.grades:
                found.append(
                    finding(
                        "audit-unknown",
                        N_("{client} is given to {staff}, who is not on the roster"),
                        client=client_id,
                        staff=staff_id,
                    )
                )
            elif not seen.given.may_hold(staff_id, client, segment):
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
    """Caps without a price; the others cost in the goal `penalty`."""
    found = []
    for cap in seen.given.scheme.at_most:
        if cap.price is not None:
            continue
        for staff_id in sorted(seen.held):
            held = [h.client.client_id for h in seen.counted(staff_id, cap.segments)]
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
    for team in seen.given.scheme.teams:
        if not seen.given.team_accounts[team.key]:
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
            own = sum(h.lead and h.segment.key in team.segments for h in seen.held[staff_id])
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
            barred = [h.client.client_id for h in seen.counted(staff_id, team.exclusive_of)]
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
    """Whoever an account is pinned to is among its managers."""
    return [
        finding(
            "audit-pin",
            N_("{client} is pinned to {staff} but given to {other}"),
            client=link.client_id,
            staff=link.staff_id,
            other=Listed(seen.people(link.client_id) or ["-"]),
        )
        for link in seen.given.case.links
        if link.rule == "pin"
        and link.client_id in seen.holder
        and link.staff_id not in seen.people(link.client_id)
    ]


def incumbents_kept(seen: View) -> list[Finding]:
    """Where the scheme makes incumbency a rule; of several managers the incumbent is the lead."""
    if seen.given.scheme.incumbency.mode != "rule":
        return []
    return [
        finding(
            "audit-incumbent",
            N_("{staff} is the eligible incumbent of {client} and must keep it"),
            staff=keeper,
            client=client_id,
        )
        for client_id, (client, segment) in seen.given.accounts.items()
        if (keeper := seen.given.eligible_incumbent(client, segment)) is not None
        and seen.holder[client_id] != keeper
    ]


RULES: tuple[Callable[[View], list[Finding]], ...] = (
    only_divided_accounts,
    tiers_of_rungs,
    only_who_may,
    places_as_needed,
    at_most_so_many,
    limits_kept,
    teams_as_declared,
    pins_kept,
    incumbents_kept,
)
