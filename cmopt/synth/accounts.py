"""The key accounts: large and medium loans and key deposits, and who holds them so far.

Some incumbents stay eligible, some lost their eligibility (failed, junior, one tier too low), some hold two
of the loans, one holds a large loan and a key deposit, some accounts have nobody responsible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from cmopt.domain.clients import Client
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Roster
from cmopt.domain.scheme import Scheme, Segment
from cmopt.i18n import N_, tr
from cmopt.synth.options import SynthOptions, key_segments, numbered, stream

TODAY = date(2025, 12, 31)  # the invented year's end
QUALITY_WEIGHTS = (80, 11, 5, 3, 1)  # of key loans, 正常 to 损失


def key_accounts(
    options: SynthOptions,
    scheme: Scheme,
    branches: Sequence[str],
    roster: Roster,
    grades: Mapping[str, Grade],
) -> tuple[Client, ...]:
    """`options.large` + `medium` loans and `key_deposits`, with branch, incumbent and figures."""
    rng = stream(options, "accounts")
    made = _loans(rng, options, scheme) + _deposits(rng, options, scheme)
    ids = numbered("C", len(made) + options.clients, 5)
    accounts = [replace(c, client_id=i, name=c.name.format(n=i[1:])) for i, c in zip(ids, made, strict=False)]
    holders = draw_incumbents(rng, accounts, scheme, roster, grades)
    accounts = [_placed(rng, c, holders.get(c.client_id), roster, branches) for c in accounts]
    return tuple(_grouped(rng, accounts, options))


# --- figures -----------------------------------------------------------------------------------------


def _loans(rng: Random, options: SynthOptions, scheme: Scheme) -> list[Client]:
    """Loans of the two highest divided segments; each segment's lower limit is met exactly by one of them."""
    segments = key_segments(scheme)
    tail = rng.uniform(0.9, 1.9)  # heavier or lighter for the whole case
    amounts: list[int] = []
    for name, count in (("large", options.large), ("medium", options.medium)):
        segment = segments[name]
        if segment is not None:
            amounts += _amounts(rng, segment, count, tail)
    name = tr(N_("Sample company {n}"), options.lang)
    loans = [
        Client("", name, "", "loan", a, quality=rng.choices((1, 2, 3, 4, 5), QUALITY_WEIGHTS)[0])
        for a in amounts
    ]
    rng.shuffle(loans)
    return [_judged(rng, c, rng.uniform(0.03, 0.055)) for c in loans]


def _amounts(rng: Random, segment: Segment, count: int, tail: float) -> list[int]:
    low = segment.at_least or 0
    edges = [low] if segment.below is None else [low, segment.below - UNIT // 100]
    drawn: list[int] = []
    while len(drawn) < count:
        if len(drawn) < len(edges) < count:
            drawn.append(edges[len(drawn)])
            continue
        step = UNIT // rng.choice((100, 10_000))
        if segment.below is None:
            times = 1 + 0.2 * rng.random() + 0.8 * (rng.paretovariate(tail) - 1)
            amount = low * (times if times < 8.2 else 1 + 2 * rng.random())
        else:
            amount = low + (segment.below - low) * rng.triangular(0, 1, 0.2)
        amount = round(amount / step) * step
        if amount >= low and (segment.below is None or amount < segment.below):
            drawn.append(amount)
    return drawn


def _deposits(rng: Random, options: SynthOptions, scheme: Scheme) -> list[Client]:
    name = tr(N_("Sample institution {n}"), options.lang)
    middle = rng.uniform(3000, 6000)
    deposits = [
        Client("", name, "", "deposit", round(middle * rng.lognormvariate(0, 0.7) * 100) * UNIT // 100)
        for _ in range(options.key_deposits)
    ]
    return [replace(_judged(rng, c, rng.uniform(0.006, 0.012)), key_deposit=True) for c in deposits]


def _judged(rng: Random, client: Client, rate: float) -> Client:
    hard = rng.choices((1, 2, 3, 4, 5), (8, 20, 34, 26, 12))[0]
    worse = 1 if (client.quality or 1) >= 3 and hard < 5 else 0
    revenue = round(client.balance * rate / UNIT * 100) * UNIT // 100
    return replace(client, difficulty=(hard + worse) * UNIT, revenue=revenue)


# --- incumbents --------------------------------------------------------------------------------------


def draw_incumbents(
    rng: Random, accounts: Sequence[Client], scheme: Scheme, roster: Roster, grades: Mapping[str, Grade]
) -> dict[str, str]:
    """client_id -> staff_id of the incumbent; accounts with nobody responsible are not in it.

    About half of the loans have an eligible incumbent, all different people but for one or two who hold
    two of them; one eligible holder of a large loan also holds a key deposit.
    """
    casting = _Casting(rng, scheme, roster, grades)
    loans = [c for c in accounts if c.kind == "loan"]
    deposits = [c for c in accounts if c.kind == "deposit"]
    holders = casting.share_out(loans, eligible=rng.uniform(0.42, 0.6), unattended=rng.uniform(0.06, 0.14))
    casting.double(holders, loans)
    also = casting.eligible_holder_of_highest(holders, loans)
    keys = casting.share_out(deposits, eligible=rng.uniform(0.4, 0.7), unattended=0.1)
    for client in deposits[:1]:
        if also is not None:
            keys[client.client_id] = also
    return holders | keys


class _Casting:
    """Who may be given which account: eligible people by tier, and those who lost their eligibility."""

    def __init__(self, rng: Random, scheme: Scheme, roster: Roster, grades: Mapping[str, Grade]) -> None:
        self.rng = rng
        self.scheme = scheme
        ranked = sorted(grades.values(), key=lambda g: (g.rank is None, g.rank or 0, g.staff_id))
        self.tier_of = {g.staff_id: g.tier for g in ranked}
        marketing = [i for i in self.tier_of if roster.by_id[i].marketing]
        self.lost = {
            "failed": [i for i in marketing if self.tier_of[i] is None],
            "below": [i for i in marketing if self.tier_of[i] is not None],
        }
        self.used: set[str] = set()

    def tiers_for(self, client: Client) -> tuple[str, ...]:
        segment = self.scheme.segment_of(client)
        return segment.tiers if segment is not None else ()

    def is_eligible(self, staff_id: str, client: Client) -> bool:
        return self.tier_of[staff_id] in self.tiers_for(client)

    def share_out(self, clients: Sequence[Client], eligible: float, unattended: float) -> dict[str, str]:
        """A holder for each client but the unattended ones: eligible for the wanted share, else not."""
        order = self.rng.sample(list(clients), k=len(clients))
        count = round(len(order) * eligible)
        nobody = max(1, round(len(order) * unattended)) if len(order) > 2 else 0
        holders: dict[str, str] = {}
        for n, client in enumerate(order[: len(order) - nobody]):
            holder = self._eligible(client) if n < count else self._not_eligible(client, n)
            if holder is not None:
                holders[client.client_id] = holder
                self.used.add(holder)
        return holders

    def _eligible(self, client: Client) -> str | None:
        """Somebody of the lowest tier allowed, mostly; of a higher one now and then."""
        tiers = self.tiers_for(client)
        lowest = tiers[-1] if self.rng.random() < 0.7 else tiers[0]
        for tier in (lowest, *tiers):
            free = [i for i, t in self.tier_of.items() if t == tier and i not in self.used]
            if free:
                return self.rng.choice(free)
        return None

    def _not_eligible(self, client: Client, n: int) -> str | None:
        """By turns somebody who failed and somebody whose tier is too low."""
        for kind in ("failed", "below") if n % 2 else ("below", "failed"):
            free = [i for i in self.lost[kind] if i not in self.used and not self.is_eligible(i, client)]
            if free:
                return self.rng.choice(free[: max(8, len(free) // 3)])
        return None

    def double(self, holders: dict[str, str], loans: Sequence[Client]) -> None:
        """One or two eligible incumbents get a second loan they are eligible for, from its holder."""
        kept = [c for c in loans if (h := holders.get(c.client_id)) and self.is_eligible(h, c)]
        for _ in range(self.rng.randint(1, 2)):
            if len(kept) < 3:
                return
            first = self.rng.choice(kept)
            also = [c for c in kept if c is not first and self.is_eligible(holders[first.client_id], c)]
            if also:
                second = self.rng.choice(also)
                holders[second.client_id] = holders[first.client_id]
                kept = [c for c in kept if c is not first and c is not second]

    def eligible_holder_of_highest(self, holders: Mapping[str, str], loans: Sequence[Client]) -> str | None:
        """The incumbent of one of the largest loans, if eligible for it."""
        for client in sorted(loans, key=lambda c: (-c.balance, c.client_id)):
            holder = holders.get(client.client_id)
            if holder is not None and self.is_eligible(holder, client):
                return holder
        return None


# --- places and groups -------------------------------------------------------------------------------


def _placed(
    rng: Random, client: Client, holder: str | None, roster: Roster, branches: Sequence[str]
) -> Client:
    """Mostly in the incumbent's branch; since when it is held; a deposit's developer."""
    home = None if holder is None else roster.by_id[holder].branch
    branch = home if home is not None and rng.random() < 0.8 else rng.choice(branches)
    since = None if holder is None else TODAY - timedelta(days=rng.randint(60, 3600))
    developer = None
    if client.kind == "deposit":
        developer = holder if rng.random() < 0.5 else rng.choice(roster.staff).staff_id
    return replace(client, branch=branch, incumbent=holder, held_since=since, developer=developer)


def _grouped(rng: Random, accounts: list[Client], options: SynthOptions) -> list[Client]:
    """Two or three groups of two or three accounts each."""
    places = rng.sample(range(len(accounts)), k=min(len(accounts) // 2, 8))
    name = tr(N_("Sample group {n}"), options.lang)
    for group in range(min(rng.randint(2, 3), len(places) // 2)):
        for place in places[: rng.randint(2, 3)]:
            accounts[place] = replace(accounts[place], group=name.format(n=group + 1))
        places = places[3:]
    return accounts
