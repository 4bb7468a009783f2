"""Build the Problem of a key-account division."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from cmopt.domain.clients import Case, Client
from cmopt.domain.draw import draw_number
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Bools, Cap, Ints, Problem, Spread, TeamSeats
from cmopt.domain.roster import Staff
from cmopt.domain.scheme import Measure, Scheme, Segment
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.problem.eligibility import may_hold

# CP-SAT's integers are 64 bits wide and its sums must stay well inside; see docs/how-it-works.md.
LARGEST_SUM = 2**60
LARGEST_TOTAL = 2**52  # of balances, in millionths: the solver reports bounds as doubles


def build_problem(case: Case, scheme: Scheme, grades: Mapping[str, Grade], seed: int) -> Problem:
    """The divided accounts of `case` and everybody who may hold one or is compared with those who do.

    Raises InputError when there is nothing to divide, nobody to hold it, or a figure too large to be exact.
    """
    accounts = divided(case, scheme)
    managers = _managers(case, scheme, grades, [s for _, s in accounts])
    _refuse(accounts, managers)
    number = {s.staff_id: i for i, s in enumerate(managers)}
    eligible = _eligible(case, grades, managers, accounts)
    incumbent = tuple(None if c.incumbent is None else number.get(c.incumbent) for c, _ in accounts)
    clients = [c for c, _ in accounts]
    return Problem(
        managers=tuple(s.staff_id for s in managers),
        accounts=tuple(c.client_id for c in clients),
        tier=tuple(grades[s.staff_id].tier or "" for s in managers),
        rank=tuple(grades[s.staff_id].rank for s in managers),
        segment=tuple(s.key for _, s in accounts),
        balance=tuple(c.balance for c in clients),
        level=tuple(s.level for _, s in accounts),
        incumbent=incumbent,
        keeper=tuple(i if i is not None and eligible[i, j] else None for j, i in enumerate(incumbent)),
        keep_is_rule=scheme.incumbency.mode == "rule",
        eligible=eligible,
        outside=_outside(scheme, managers, accounts),
        draw=_draw(seed, managers, clients, eligible),
        pins=_pins(case, number, clients),
        caps=tuple(Cap(a.key, _numbers(accounts, a.segments), a.k) for a in scheme.at_most),
        teams=tuple(_team(scheme, k, accounts, managers) for k in range(len(scheme.teams))),
        spreads=_spreads(case, scheme, grades, managers, accounts),
        resolution=scheme.balance.resolution,
        teams_apart=scheme.balance.teams_apart,
        goals=scheme.goals,
    )


def divided(case: Case, scheme: Scheme) -> list[tuple[Client, Segment]]:
    """The clients whose segment is divided in the key-account run, in id order."""
    found = []
    for client in case.clients:
        segment = scheme.segment_of(client)
        if segment is not None and segment.divide:
            found.append((client, segment))
    return found


def _managers(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], segments: Sequence[Segment]
) -> list[Staff]:
    """Managers of a tier that is compared or may hold a divided segment, and whoever a link lets in."""
    tiers = set(scheme.balance.tiers).union(*(s.tiers for s in segments))
    linked = {k.staff_id for k in case.links if k.rule in ("allow", "pin")}
    return [
        s
        for s in case.roster
        if (tier := grades[s.staff_id].tier) is not None and (tier in tiers or s.staff_id in linked)
    ]


def _refuse(accounts: Sequence[tuple[Client, Segment]], managers: Sequence[Staff]) -> None:
    faults: list[Finding] = []
    if not accounts:
        faults.append(finding("no-accounts", N_("no client falls into a divided segment: nothing to divide")))
    if not managers:
        faults.append(finding("no-managers", N_("nobody reached a tier that may hold an account")))
    for client, segment in accounts:
        if client.managers_needed != 1:
            faults.append(
                finding(
                    "managers-needed",
                    N_("client {client} of {segment} asks for {n} managers; key accounts take exactly one"),
                    client=client.client_id,
                    segment=segment.title,
                    n=client.managers_needed,
                )
            )
    if sum(abs(client.balance) for client, _ in accounts) > LARGEST_TOTAL:
        text = N_(
            "the balances of the divided accounts are too large to be added up exactly; use a larger unit"
        )
        faults.append(finding("too-large", text))
    if faults:
        raise InputError(faults)


def _eligible(
    case: Case,
    grades: Mapping[str, Grade],
    managers: Sequence[Staff],
    accounts: Sequence[tuple[Client, Segment]],
) -> Bools:
    eligible = np.zeros((len(managers), len(accounts)), dtype=np.bool_)
    for i, staff in enumerate(managers):
        for j, (client, segment) in enumerate(accounts):
            link = case.link_of.get((staff.staff_id, client.client_id))
            eligible[i, j] = may_hold(grades[staff.staff_id], segment, link) is None
    eligible.setflags(write=False)
    return eligible


def _outside(scheme: Scheme, managers: Sequence[Staff], accounts: Sequence[tuple[Client, Segment]]) -> Bools:
    within = [s.key in scheme.jurisdiction for _, s in accounts]
    return np.array(
        [[w and m.branch != c.branch for (c, _), w in zip(accounts, within, strict=True)] for m in managers],
        dtype=np.bool_,
    )


def _draw(seed: int, managers: Sequence[Staff], clients: Sequence[Client], eligible: Bools) -> Ints:
    draw = np.zeros((len(managers), len(clients)), dtype=np.int64)
    for i, j in zip(*np.nonzero(eligible), strict=True):
        draw[i, j] = draw_number(seed, "division", managers[i].staff_id, clients[j].client_id)
    return draw


def _pins(case: Case, number: Mapping[str, int], clients: Sequence[Client]) -> tuple[tuple[int, int], ...]:
    """Pinned pairs of divided accounts. A pin on somebody who is no manager at all is refused by name."""
    account = {c.client_id: j for j, c in enumerate(clients)}
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


def _numbers(accounts: Sequence[tuple[Client, Segment]], segments: Sequence[str]) -> tuple[int, ...]:
    return tuple(j for j, (_, s) in enumerate(accounts) if s.key in segments)


def _team(
    scheme: Scheme, k: int, accounts: Sequence[tuple[Client, Segment]], managers: Sequence[Staff]
) -> TeamSeats:
    team = scheme.teams[k]
    numbers = _numbers(accounts, team.segments)
    served = {accounts[j][0].incumbent for j in numbers}
    return TeamSeats(
        key=team.key,
        accounts=numbers,
        size=team.size if numbers else 0,
        least=team.least,
        excluded=_numbers(accounts, team.exclusive_of),
        level=team.level,
        served=tuple(m.staff_id in served for m in managers),
    )


def _spreads(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    managers: Sequence[Staff],
    accounts: Sequence[tuple[Client, Segment]],
) -> tuple[Spread, ...]:
    faults: list[Finding] = []
    spreads = []
    for weighed in scheme.balance.measures:
        measure = scheme.measure_by_key[weighed.measure]
        base = _base_loads(case, scheme, measure, {c.client_id for c, _ in accounts})
        loads = [measure.of(c) for c, _ in accounts]
        for tier in scheme.balance.tiers:
            members = tuple(i for i, m in enumerate(managers) if grades[m.staff_id].tier == tier)
            if not members:
                continue
            member_base = [base.get(managers[i].staff_id, 0) for i in members]
            largest = max(
                (v for v, (_, s) in zip(loads, accounts, strict=True) if tier in s.tiers), default=0
            )
            scale = max(1, max(member_base) + largest)
            unit = math.gcd(scale, *member_base, *loads) or 1
            spread = Spread(
                tier=tier,
                measure=measure.key,
                weight=weighed.weight,
                scale=scale // unit,
                members=members,
                base=tuple(b // unit for b in member_base),
                load=tuple(v // unit for v in loads),
            )
            if _largest_sum(spread, scheme.balance.resolution) >= LARGEST_SUM:
                faults.append(
                    finding(
                        "too-large",
                        N_("{measure} of tier {tier} is too large to be added up exactly; use a larger unit"),
                        measure=measure.title,
                        tier=tier,
                    )
                )
            spreads.append(spread)
    if faults:
        raise InputError(faults)
    return tuple(spreads)


def _base_loads(case: Case, scheme: Scheme, measure: Measure, divided_ids: set[str]) -> dict[str, int]:
    """What each member of staff already holds of `measure`, the divided accounts apart."""
    if scheme.balance.base_load == "none":
        return {}
    base: dict[str, int] = {}
    for client in case.clients:
        if client.incumbent is not None and client.client_id not in divided_ids:
            base[client.incumbent] = base.get(client.incumbent, 0) + measure.of(client)
    return base


def _largest_sum(spread: Spread, resolution: int) -> int:
    most = max(abs(b) for b in spread.base) + sum(abs(v) for v in spread.load)
    return max(most, spread.scale) * max(resolution, 1) * max(spread.weight, 1) * 4
