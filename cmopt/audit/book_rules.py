"""The rules of the book, checked on a part's finished division."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cmopt.audit.book_columns import NONE, Bools, Ints
from cmopt.audit.book_given import DEVELOPER, HEAD, MAKER, PIN, ROTATION
from cmopt.audit.book_loads import Beyond, Limited
from cmopt.audit.book_part import Part
from cmopt.audit.limits import ABOVE, APART, BELOW
from cmopt.domain.fixed import show_fixed
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_


def broken_rules(part: Part, people: Ints) -> list[Finding]:
    """people: of each client of the part the position of its manager in the roster, NONE: left out."""
    there = (people >= NONE) & (people < len(part.given.columns.staff_ids))
    known = np.where(there, people, NONE)
    return [*_strangers(part, people, there), *(f for rule in RULES for f in rule(part, known))]


def _strangers(part: Part, people: Ints, there: Bools) -> list[Finding]:
    text = N_("{client} is given to nobody on the roster (position {n})")
    return [
        finding("book-unknown", text, client=_client(part, j), n=int(people[j]))
        for j in np.flatnonzero(~there).tolist()
    ]


def only_managers(part: Part, people: Ints) -> list[Finding]:
    """Every holder has a tier."""
    wrong = (people != NONE) & (part.given.columns.staff_tier[people] == NONE)
    text = N_("{client} is given to {staff}, who is no client manager")
    return _about("book-no-manager", text, part, people, wrong)


def segments_tiers(part: Part, people: Ints) -> list[Finding]:
    """The holder's tier may hold the segment, unless a link lets them in."""
    given, columns = part.given, part.given.columns
    tier = np.where(people != NONE, columns.staff_tier[people], NONE)
    wrong = (tier != NONE) & (given.place[columns.segment[part.clients], tier] == NONE)
    text = N_("{client} ({segment}) is given to {staff}, whose tier may not hold it")
    return [
        finding(
            "book-tier",
            text,
            client=_client(part, j),
            segment=given.scheme.segments[int(columns.segment[part.clients[j]])].title,
            staff=_staff(part, people[j]),
        )
        for j in np.flatnonzero(wrong & ~_let_in(part, people)).tolist()
    ]


def own_region(part: Part, people: Ints) -> list[Finding]:
    """The holder works in the client's branch or region, unless a link lets them in."""
    given, clients = part.given, part.given.case.clients
    region = given.region[clients.branch_code[part.clients]]
    wrong = (people != NONE) & (given.region[clients.staff_branch_code[people]] != region)
    text = N_("{client} of {branch} is given to {staff} of {other}, which is outside its jurisdiction")
    return [
        finding(
            "book-jurisdiction",
            text,
            client=_client(part, j),
            branch=clients.branches[int(clients.branch_code[part.clients[j]])],
            staff=_staff(part, people[j]),
            other=clients.branches[int(clients.staff_branch_code[people[j]])],
        )
        for j in np.flatnonzero(wrong & ~_let_in(part, people)).tolist()
    ]


def team_members(part: Part, people: Ints) -> list[Finding]:
    """Where the scheme says so, members of a central team take no clients of the book."""
    wrong = (people != NONE) & ~part.given.takes[people] & ~_let_in(part, people)
    text = N_("{client} is given to {staff}, a member of a central team, who takes no other clients")
    return _about("book-team-member", text, part, people, wrong)


def recusals(part: Part, people: Ints) -> list[Finding]:
    """Nobody holds a client from which they are recused, but by a pin."""
    said, opened = part.given.said.where(part.clients, people)
    wrong = said & (opened == 0)
    return _about(
        "book-recused", N_("{client} is given to {staff}, who is recused from it"), part, people, wrong
    )


def pins(part: Part, people: Ints) -> list[Finding]:
    text = N_("{client} is pinned to {staff} but given to {other}")
    return _not_as_named("book-pin", text, part, people, PIN)


def makers(part: Part, people: Ints) -> list[Finding]:
    text = N_("{client} is a problem loan of {staff}, who made it, but given to {other}")
    return _not_as_named("book-maker", text, part, people, MAKER)


def developers(part: Part, people: Ints) -> list[Finding]:
    text = N_("{client} was brought in by {staff}, who keeps it, but given to {other}")
    return _not_as_named("book-developer", text, part, people, DEVELOPER)


def heads(part: Part, people: Ints) -> list[Finding]:
    """Problem loans of a branch with a head who may hold them go to the head."""
    given, clients = part.given, part.given.case.clients
    head = given.heads[people]
    head = head & (clients.staff_branch_code[people] == clients.branch_code[part.clients])
    wrong = (part.settled == HEAD) & (people != NONE) & ~head
    text = N_("{client} is a problem loan, which goes to the branch head, but given to {staff}")
    return _about("book-head", text, part, people, wrong)


def rotation(part: Part, people: Ints) -> list[Finding]:
    """Whoever has held a loan for too long does not keep it."""
    incumbent = part.given.case.clients.incumbent[part.clients]
    wrong = (part.settled == ROTATION) & (people == incumbent)
    text = N_("{client} stays with {staff}, who has held it longer than rotation allows")
    return _about("book-rotation", text, part, people, wrong)


def groups(part: Part, people: Ints) -> list[Finding]:
    """Companies that stay together have one manager, or are all left out."""
    found = []
    for members in part.together:
        held = np.unique(people[members])
        if len(held) > 1:
            names = [_staff(part, i) if i >= 0 else "-" for i in held.tolist()]
            text = N_("companies of one group ({clients}) are given to several managers: {staff}")
            told = [_client(part, j) for j in members.tolist()]
            found.append(finding("book-group", text, clients=Listed(told), staff=Listed(names)))
    return found


def limits(part: Part, people: Ints) -> list[Finding]:
    """Limits without a price; bands and the others cost in the goal `bands`."""
    numbers = part.number(people)
    return [
        _said(part, limit, beyond)
        for limit in part.limits
        if limit.price is None
        for beyond in limit.beyond(limit.carried(part, numbers))
    ]


RULES: tuple[Callable[[Part, Ints], list[Finding]], ...] = (
    only_managers,
    segments_tiers,
    own_region,
    team_members,
    recusals,
    pins,
    heads,
    makers,
    developers,
    rotation,
    groups,
    limits,
)


def _said(part: Part, limit: Limited, beyond: Beyond) -> Finding:
    who = Listed([part.manager_ids[i] for i in limit.units[beyond.unit]])
    text, code, end = {
        "least": (BELOW, "book-limit-least", show_fixed(int(beyond.end))),
        "most": (ABOVE, "book-limit-most", show_fixed(int(beyond.end))),
        "within": (APART, "book-limit-within", show_fixed(round(beyond.end), 2)),
    }[beyond.kind]
    return finding(code, text, who=who, total=show_fixed(beyond.total), what=limit.title, end=end)


def _not_as_named(code: str, text: str, part: Part, people: Ints, rule: int) -> list[Finding]:
    """Clients that a rule settles on somebody and that somebody else holds; a pin's also where left out."""
    named = part.eligible.named[part.clients]
    wrong = (part.settled == rule) & (people != named)
    if rule != PIN:
        wrong &= people != NONE
    return [
        finding(
            code,
            text,
            client=_client(part, j),
            staff=_staff(part, named[j]),
            other=_staff(part, people[j]) if people[j] != NONE else "-",
        )
        for j in np.flatnonzero(wrong).tolist()
    ]


def _about(code: str, text: str, part: Part, people: Ints, wrong: Bools) -> list[Finding]:
    return [
        finding(code, text, client=_client(part, j), staff=_staff(part, people[j]))
        for j in np.flatnonzero(wrong).tolist()
    ]


def _let_in(part: Part, people: Ints) -> Bools:
    """Where a pin or an allow link opens the pair."""
    given = part.given
    opened = given.opened.where(part.clients, people)[0]
    return np.asarray(opened & (people != NONE))


def _client(part: Part, j: int) -> str:
    return part.given.case.clients.ids[int(part.clients[j])]


def _staff(part: Part, person: int) -> str:
    return part.given.columns.staff_ids[int(person)]
