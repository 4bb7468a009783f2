"""Recusals, pins and bids between managers and key accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

from cmopt.domain.clients import Client, Link
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.synth.options import SynthOptions, stream

MOST_BIDS = 5  # of one manager
MOST_EACH = 2  # recusals of one manager, and on one account: few enough for a division to exist


def synth_links(
    options: SynthOptions,
    scheme: Scheme,
    accounts: Sequence[Client],
    grades: Mapping[str, Grade],
) -> tuple[Link, ...]:
    """`options.recusals` links that forbid an eligible manager, `options.pins` that fix one, and bids.

    The first recusals: one of the best ranked on the largest loan nobody eligible holds, an eligible
    incumbent on their own account, two on key deposits; the rest anywhere. Fewer, where every manager and
    every account already has two. `options.bids` managers bid for up to five accounts each that they may hold
    and are not recused from or pinned to, and that no eligible incumbent of a loan holds, the larger more
    often; fewer, where fewer may hold any.
    """
    rng = stream(options, "links")
    eligible = _eligible_pairs(scheme, accounts, grades)
    forbidden = _recusals(rng, options.recusals, eligible, accounts)
    pinned = _pins(rng, options.pins, eligible, accounts, forbidden)
    bids = _bids(stream(options, "bids"), options.bids, eligible, accounts, {*forbidden, *pinned})
    return tuple(
        [Link(s, c, rule="forbid") for s, c in forbidden]
        + [Link(s, c, rule="pin") for s, c in pinned]
        + [Link(s, c, bid=place) for (s, c), place in bids]
    )


Pair = tuple[str, str]  # staff_id, client_id


def _eligible_pairs(
    scheme: Scheme, accounts: Sequence[Client], grades: Mapping[str, Grade]
) -> dict[str, list[str]]:
    """client_id -> the staff whose tier allows it, best rank first."""
    ranked = sorted(grades.values(), key=lambda g: (g.rank is None, g.rank or 0, g.staff_id))
    allowed: dict[str, list[str]] = {}
    for client in accounts:
        segment = scheme.segment_of(client)
        tiers = segment.tiers if segment is not None else ()
        allowed[client.client_id] = [g.staff_id for g in ranked if g.tier in tiers]
    return allowed


def _recusals(
    rng: Random, wanted: int, eligible: Mapping[str, list[str]], accounts: Sequence[Client]
) -> list[Pair]:
    chosen: list[Pair] = []
    managers: Counter[str] = Counter()
    on: Counter[str] = Counter()

    def forbid(pairs: list[Pair]) -> None:
        free = [p for p in pairs if managers[p[0]] < MOST_EACH and on[p[1]] < MOST_EACH and p not in chosen]
        if free and len(chosen) < wanted:
            staff_id, client_id = rng.choice(free)
            chosen.append((staff_id, client_id))
            managers[staff_id] += 1
            on[client_id] += 1

    loans = [c for c in accounts if c.kind == "loan"]
    open_loans = [c for c in loans if c.incumbent not in eligible[c.client_id]]
    largest = sorted(open_loans, key=lambda c: (-c.balance, c.client_id))[:1]
    forbid([(s, c.client_id) for c in largest for s in eligible[c.client_id][:3]])
    kept = [c for c in loans if c.incumbent in eligible[c.client_id]]
    forbid([(c.incumbent, c.client_id) for c in kept if c.incumbent is not None])
    deposits = [(s, c.client_id) for c in accounts if c.kind == "deposit" for s in eligible[c.client_id]]
    forbid(deposits)
    forbid(deposits)
    everywhere = [(s, c) for c, staff in sorted(eligible.items()) for s in staff]
    for _ in range(wanted - len(chosen)):
        forbid(everywhere)
    return chosen


def _pins(
    rng: Random,
    wanted: int,
    eligible: Mapping[str, list[str]],
    accounts: Sequence[Client],
    forbidden: Sequence[Pair],
) -> list[Pair]:
    """Loans pinned to different managers: to the incumbent where eligible, else to the lowest ranked free."""
    pinned: list[Pair] = []
    taken: set[str] = set()
    loans = [c for c in accounts if c.kind == "loan"]
    for client in rng.sample(loans, k=min(wanted, len(loans))):
        free = [
            s for s in eligible[client.client_id] if s not in taken and (s, client.client_id) not in forbidden
        ]
        if free:
            holder = client.incumbent if client.incumbent in free else free[-1]
            pinned.append((holder or free[-1], client.client_id))
            taken.add(pinned[-1][0])
    return pinned


def _bids(
    rng: Random,
    wanted: int,
    eligible: Mapping[str, list[str]],
    accounts: Sequence[Client],
    taken: set[Pair],
) -> list[tuple[Pair, int]]:
    """Each pair with the place of the bid, 1 = first choice. Nobody bids where an incumbent will stay."""
    may: dict[str, list[Client]] = {}
    for client in accounts:
        able = eligible[client.client_id]
        stays = client.kind == "loan" and client.incumbent in able
        for staff_id in able:
            if (staff_id, client.client_id) not in taken and not stays:
                may.setdefault(staff_id, []).append(client)
    bidders = rng.sample(sorted(may), k=min(wanted, len(may)))
    found = []
    for staff_id in sorted(bidders):
        chances = {c.client_id: rng.random() * (c.balance + 1) for c in may[staff_id]}
        liked = sorted(chances, key=lambda c: (-chances[c], c))[: rng.randint(1, MOST_BIDS)]
        found += [((staff_id, client_id), place) for place, client_id in enumerate(liked, 1)]
    return found
