"""Build the Problem of a key-account division."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cmopt.domain.clients import Case
from cmopt.domain.draw import draw_numbers
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Bools, Cap, Ints, Pair, Problem, TeamSeats
from cmopt.domain.roster import Staff
from cmopt.domain.scheme import Scheme, Segment, Team
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.problem.eligibility import may_hold
from cmopt.problem.loads import Loads
from cmopt.problem.places import Place, divided, numbers, places_of
from cmopt.problem.sizes import LARGEST_TOTAL, too_large

__all__ = ["build_problem", "divided"]


def build_problem(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], seed: int, with_book: bool = False
) -> Problem:
    """The divided accounts of `case` and everybody who may hold one or is compared with those who do.

    with_book: the rest of the book is divided too, so that there may be no such account. Raises InputError when
    there is nothing to divide, nobody to hold it, or a figure too large to be exact.
    """
    places = places_of(case, scheme)
    managers = _managers(case, scheme, grades, [p.segment for p in places])
    _refuse(scheme, places, managers, with_book)
    number = {s.staff_id: i for i, s in enumerate(managers)}
    eligible = _eligible(case, grades, managers, places)
    incumbent = [None if p.is_backup else number.get(p.client.incumbent or "") for p in places]
    keeper = tuple(i if i is not None and eligible[i, j] else None for j, i in enumerate(incumbent))
    loads = Loads(case, scheme, grades, managers, places, eligible)
    wanted = {g.name for g in scheme.goals}
    problem = Problem(
        managers=tuple(s.staff_id for s in managers),
        accounts=tuple(p.client.client_id for p in places),
        tier=tuple(grades[s.staff_id].tier or "" for s in managers),
        rank=tuple(grades[s.staff_id].rank for s in managers),
        segment=tuple(p.segment.key for p in places),
        balance=tuple(0 if p.is_backup else p.client.balance for p in places),
        level=tuple(0 if p.is_backup else p.segment.level for p in places),
        incumbent=tuple(incumbent),
        keeper=keeper,
        keep_is_rule=scheme.incumbency.mode == "rule",
        eligible=eligible,
        outside=_outside(scheme, managers, places),
        draw=_draw(seed, managers, places, eligible),
        pins=_pins(case, number, places),
        caps=tuple(
            Cap(a.key, numbers(places, a.segments, scheme.backups.in_caps), a.k, a.price)
            for a in scheme.at_most
        ),
        teams=tuple(_team(scheme, team, places, managers) for team in scheme.teams),
        spreads=loads.spreads(),
        resolution=scheme.balance.resolution,
        teams_apart=scheme.balance.teams_apart,
        goals=scheme.goals,
        same=_same(places),
        limits=loads.limits(),
        fit=_figures(case, "fit", scheme.links.fit_absent, number, places) if wanted & FIT else None,
        cost=_figures(case, "cost", scheme.links.cost_absent, number, places) if "cost" in wanted else None,
        bid=_bids(case, number, places, keeper) if "bids" in wanted else None,
        totals=loads.totals(),
        bids=_as_written(case, number, places),
    )
    if faults := too_large(problem, scheme):
        raise InputError(faults)
    return problem


FIT = {"fit", "worst_served"}


def _managers(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], segments: Iterable[Segment]
) -> list[Staff]:
    """Managers of a tier that is compared, limited or may hold a divided segment; whoever a link lets in."""
    tiers = set(scheme.balance.tiers).union(
        *(s.tiers for s in segments), *(m.tiers for m in scheme.limits), *(g.tiers for g in scheme.goals)
    )
    linked = {k.staff_id for k in case.links if k.rule in ("allow", "pin")}
    return [
        s
        for s in case.roster
        if (tier := grades[s.staff_id].tier) is not None and (tier in tiers or s.staff_id in linked)
    ]


def _refuse(scheme: Scheme, places: Sequence[Place], managers: Sequence[Staff], with_book: bool) -> None:
    faults: list[Finding] = []
    if not places and not with_book:
        faults.append(finding("no-accounts", N_("no client falls into a divided segment: nothing to divide")))
    if not managers:
        faults.append(finding("no-managers", N_("nobody reached a tier that may hold an account")))
    for place in places:
        client, team = place.client, scheme.team_of(place.segment.key)
        if client.managers_needed < 1 or (client.managers_needed > 1 and team is not None):
            text = N_(
                "client {client} of {segment} asks for {n} managers; an account of a team takes exactly one"
            )
            if client.managers_needed < 1:
                text = N_("client {client} of {segment} asks for {n} managers; it must be 1 or more")
            if not place.is_backup:
                faults.append(
                    finding(
                        "managers-needed",
                        text,
                        client=client.client_id,
                        segment=place.segment.title,
                        n=client.managers_needed,
                    )
                )
    if sum(abs(p.client.balance) for p in places if not p.is_backup) > LARGEST_TOTAL:
        text = N_(
            "the balances of the divided accounts are too large to be added up exactly; use a larger unit"
        )
        faults.append(finding("too-large", text))
    if faults:
        raise InputError(faults)


def _eligible(
    case: Case, grades: Mapping[str, Grade], managers: Sequence[Staff], places: Sequence[Place]
) -> Bools:
    """By tier first, then once more where a link says something."""
    eligible = np.zeros((len(managers), len(places)), dtype=np.bool_)
    by_segment: dict[str, Bools] = {}
    for j, place in enumerate(places):
        segment = place.segment
        if segment.key not in by_segment:
            by_segment[segment.key] = np.array(
                [may_hold(grades[s.staff_id], segment, None) is None for s in managers], dtype=np.bool_
            )
        eligible[:, j] = by_segment[segment.key]
    number = {s.staff_id: i for i, s in enumerate(managers)}
    of_client = _places_by_client(places)
    for link in case.links:
        i = number.get(link.staff_id)
        if i is not None:
            for j in of_client.get(link.client_id, ()):
                eligible[i, j] = may_hold(grades[link.staff_id], places[j].segment, link) is None
    eligible.setflags(write=False)
    return eligible


def _outside(scheme: Scheme, managers: Sequence[Staff], places: Sequence[Place]) -> Bools:
    within = np.array([p.segment.key in scheme.jurisdiction for p in places], dtype=np.bool_)
    if not within.any():
        return np.zeros((len(managers), len(places)), dtype=np.bool_)
    theirs = np.array([m.branch or "" for m in managers])
    own = np.array([p.client.branch or "" for p in places])
    outside: Bools = within[None, :] & (theirs[:, None] != own[None, :])
    return outside


def _draw(seed: int, managers: Sequence[Staff], places: Sequence[Place], eligible: Bools) -> Ints:
    """The backups of an account are alike: they share one number by pair."""
    staff = [s.staff_id for s in managers]
    clients = [p.client.client_id for p in places]
    backup = np.array([p.is_backup for p in places], dtype=np.bool_)
    draw = draw_numbers(seed, "division", staff, clients, eligible & ~backup)
    if backup.any():
        draw += draw_numbers(seed, "backup", staff, clients, eligible & backup)
    return draw


def _figures(case: Case, name: str, absent: int, number: Mapping[str, int], places: Sequence[Place]) -> Ints:
    """[i, j] -> the links table's `fit` or `cost` of the pair, in millionths."""
    of_client = _places_by_client(places)
    values = [
        ((number[link.staff_id], j), value)
        for link in case.links
        if (value := getattr(link, name)) is not None and link.staff_id in number
        for j in of_client.get(link.client_id, ())
    ]
    _refuse_pairs(name, absent, values, len(places))
    figures = np.full((len(number), len(places)), absent, dtype=np.int64)
    for pair, value in values:
        figures[pair] = value
    return figures


def _refuse_pairs(name: str, absent: int, values: Iterable[tuple[Pair, int]], places: int) -> None:
    """Refused: figures of pairs that could add up, one a place, to more than `LARGEST_TOTAL`."""
    largest = [abs(absent)] * places
    for (_, j), value in values:
        largest[j] = max(largest[j], abs(value))
    if sum(largest) > LARGEST_TOTAL:
        text = N_("the figures of {column} are too large to be added up exactly; use a larger unit")
        raise InputError(finding("too-large", text, "links", column=name))


def _bids(
    case: Case, number: Mapping[str, int], places: Sequence[Place], keeper: Sequence[int | None]
) -> Ints:
    """[i, j] -> the place of the manager's bid (1 = first choice), one more than the largest for who bid
    nothing, 0 for backups and for who keeps the account."""
    bids = [(k, k.bid) for k in case.links if k.bid is not None]
    none = 1 + max((value for _, value in bids), default=0)
    _refuse_pairs("bid", none, (), len(places))
    bid = np.full((len(number), len(places)), none, dtype=np.int64)
    of_client = _places_by_client(places)
    for link, value in bids:
        if link.staff_id in number:
            for j in of_client.get(link.client_id, ()):
                bid[number[link.staff_id], j] = value
    for j, place in enumerate(places):
        if place.is_backup:
            bid[:, j] = 0
        kept = keeper[j]
        if kept is not None:
            bid[kept, j] = 0
    return bid


def _as_written(case: Case, number: Mapping[str, int], places: Sequence[Place]) -> dict[tuple[int, int], int]:
    """The managers' bids for divided accounts, by the account's first place."""
    account = {p.client.client_id: j for j, p in enumerate(places) if not p.is_backup}
    return {
        (number[k.staff_id], account[k.client_id]): k.bid
        for k in case.links
        if k.bid is not None and k.staff_id in number and k.client_id in account
    }


def _pins(case: Case, number: Mapping[str, int], places: Sequence[Place]) -> tuple[tuple[int, int], ...]:
    """Pinned pairs of divided accounts (the account's first place). A pin on somebody who is no manager at all
    is refused by name."""
    account = {p.client.client_id: j for j, p in enumerate(places) if not p.is_backup}
    faults, pins = [], []
    for link in case.links:
        if link.rule != "pin" or link.client_id not in account:
            continue
        if link.staff_id not in number:
            faults.append(
                finding(
                    "pin-no-manager",
                    N_("{client} is pinned to {staff}, who is no manager under this plan: remove the pin"),
                    client=link.client_id,
                    staff=link.staff_id,
                )
            )
        else:
            pins.append((number[link.staff_id], account[link.client_id]))
    if faults:
        raise InputError(faults)
    return tuple(pins)


def _team(scheme: Scheme, team: Team, places: list[Place], managers: Sequence[Staff]) -> TeamSeats:
    own = numbers(places, team.segments)
    served = {places[j].client.incumbent for j in own}
    return TeamSeats(
        key=team.key,
        accounts=own,
        size=team.size if own else 0,
        least=team.least,
        excluded=numbers(places, team.exclusive_of, scheme.backups.in_caps),
        level=team.level,
        served=tuple(m.staff_id in served for m in managers),
    )


def _same(places: Sequence[Place]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(js) for js in _places_by_client(places).values() if len(js) > 1)


def _places_by_client(places: Sequence[Place]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for j, place in enumerate(places):
        found.setdefault(place.client.client_id, []).append(j)
    return found
