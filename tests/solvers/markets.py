"""Tiny banks with bids, and a count of blocking pairs that shares no code with solver or metric.

`blocking` tries, for every manager and every open thing they have not, every set of things they could give up
for it. A thing is an account outside the teams (its id) or the seats of a team (``team:`` and its key).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from typing import Any

from tiny_cases import Bank, Shape, tiny_bank

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.draw import draw_number
from cmopt.domain.roster import Roster


def market(rng: Random, shape: Shape, one_each: bool = False) -> Bank:
    """A tiny bank where managers bid. With `one_each` nobody may hold more than one of all that is divided, and
    all are seniors of equal rank, who may hold anything: the draw orders them at each account anew."""
    bank = with_bids(tiny_bank(rng, shape), rng)
    if not one_each:
        return bank
    equals = tuple(replace(s, tier="senior", rank=None, scores={}) for s in bank.case.roster)
    open_to_all = tuple(s.model_copy(update={"tiers": ("senior",)}) for s in bank.scheme.segments)
    divided = tuple(s.key for s in bank.scheme.segments if s.divide)
    only = {"key": "one", "title": {"zh": "一户", "en": "one"}, "segments": divided, "k": 1}
    scheme = type(bank.scheme).model_validate(
        {**dumped(bank), "segments": open_to_all, "at_most": [only], "teams": []}
    )
    return Bank(replace(bank.case, roster=Roster(equals)), scheme, bank.seed)


def dumped(bank: Bank) -> dict[str, Any]:
    """The scheme's parts as they are held."""
    scheme = bank.scheme
    return {name: getattr(scheme, name) for name in type(scheme).model_fields}


def with_bids(bank: Bank, rng: Random) -> Bank:
    """Anybody bids for anything divided, now and then twice in the same place."""
    links = dict(bank.case.link_of)
    accounts = [c.client_id for c in bank.case.clients if (s := bank.scheme.segment_of(c)) and s.divide]
    for staff in bank.case.roster:
        liked = rng.sample(accounts, k=rng.randint(0, len(accounts)))
        for place, client_id in enumerate(liked, 1):
            pair = staff.staff_id, client_id
            links[pair] = replace(links.get(pair, Link(*pair)), bid=max(1, place - (rng.random() < 0.1)))
    return Bank(replace(bank.case, links=tuple(links.values())), bank.scheme, bank.seed)


def rebid(bank: Bank, staff_id: str, places: Mapping[str, int]) -> Bank:
    """The same bank, with other bids of one person."""
    links = {p: replace(k, bid=None) if p[0] == staff_id else k for p, k in bank.case.link_of.items()}
    for client_id, place in places.items():
        pair = staff_id, client_id
        links[pair] = replace(links.get(pair, Link(*pair)), bid=place)
    return Bank(replace(bank.case, links=tuple(links.values())), bank.scheme, bank.seed)


@dataclass
class Market:
    """One bank, and who has what in a division of it."""

    bank: Bank
    allocation: Allocation
    draws: bool = True  # equal ranks are parted by the draw; False: they are no claim

    def __post_init__(self) -> None:
        case, scheme = self.bank.case, self.bank.scheme
        self.clients: dict[str, list[Client]] = {}
        for client in case.clients:
            segment = scheme.segment_of(client)
            if segment is not None and segment.divide:
                team = scheme.team_of(segment.key)
                key = client.client_id if team is None else f"team:{team.key}"
                self.clients.setdefault(key, []).append(client)
        self.managers = [s for s, g in sorted(self.bank.grades.items()) if g.tier is not None]
        self.has = {
            a: frozenset(
                t for t, cs in self.clients.items() if any(self._holder(c.client_id) == a for c in cs)
            )
            for a in self.managers
        }

    def _holder(self, client_id: str) -> str | None:
        return self.allocation.holder[client_id]

    def _link(self, a: str, client: Client) -> Link:
        return self.bank.case.link_of.get((a, client.client_id)) or Link(a, client.client_id)

    def _eligible(self, a: str, client: Client) -> bool:
        segment, rule = self.bank.scheme.segment_of(client), self._link(a, client).rule
        assert segment is not None
        return rule != "forbid" and (rule == "allow" or self.bank.grades[a].tier in segment.tiers)

    def may(self, a: str, thing: str) -> bool:
        least = self._team(thing).least if thing.startswith("team:") else 1
        return sum(self._eligible(a, c) for c in self.clients[thing]) >= least

    def _team(self, thing: str) -> Any:
        return next(t for t in self.bank.scheme.teams if f"team:{t.key}" == thing)

    def closed(self, a: str, thing: str) -> bool:
        """Whether what a has of it is a's by a pin or as before."""
        cs = self.clients[thing]
        if any(self._link(a, c).rule == "pin" for c in cs):
            return True
        if thing.startswith("team:"):
            return any(c.incumbent == a for c in cs)
        return cs[0].incumbent == a and self._eligible(a, cs[0])

    def prefers(self, a: str, thing: str) -> tuple[Any, ...]:
        cs = self.clients[thing]
        bids = sorted(k.bid for c in cs if self._eligible(a, c) and (k := self._link(a, c)).bid is not None)
        if thing.startswith("team:"):
            level, rest = self._team(thing).level, (0, 0, thing)
        else:
            segment = self.bank.scheme.segment_of(cs[0])
            assert segment is not None
            level, rest = segment.level, (1, -cs[0].balance, thing)
        return ((0, bids[0]) if bids else (1, 0), -level, *rest)

    def comes_at(self, thing: str, a: str) -> tuple[Any, ...]:
        rank = self.bank.grades[a].rank
        draws = [
            draw_number(self.bank.seed, "division", a, c.client_id)
            for c in self.clients[thing]
            if self._eligible(a, c)
        ]
        return (rank is None, rank or 0, min(draws, default=0) if self.draws else 0)

    def allowed(self, things: Iterable[str]) -> bool:
        """Every cap, and what teams exclude."""
        scheme, having = self.bank.scheme, list(things)
        segments = {t: {getattr(scheme.segment_of(c), "key", "") for c in self.clients[t]} for t in having}
        accounts = [t for t in having if not t.startswith("team:")]
        for cap in scheme.at_most:
            if sum(bool(segments[t] & set(cap.segments)) for t in accounts) > cap.k:
                return False
        return not any(
            segments[other] & set(self._team(seat).exclusive_of)
            for seat in having
            if seat.startswith("team:")
            for other in having
            if other != seat
        )

    def claim(self, a: str, thing: str) -> bool:
        has = [b for b in self.managers if thing in self.has[b]]
        if len(has) < (self._team(thing).size if thing.startswith("team:") else 1):
            return True
        return any(
            not self.closed(b, thing) and self.comes_at(thing, a) < self.comes_at(thing, b) for b in has
        )

    def can_give_up(self, a: str, thing: str) -> bool:
        if not thing.startswith("team:"):
            return True
        others = [c for c in self.managers if c != a and thing not in self.has[c] and self.may(c, thing)]
        return any(self.allowed({*self.has[c], thing}) for c in others)

    def blocking(self) -> set[tuple[str, str]]:
        found = set()
        for a in self.managers:
            for thing in self.clients:
                if thing in self.has[a] or not self.may(a, thing) or not self.claim(a, thing):
                    continue
                less = [
                    t
                    for t in sorted(self.has[a])
                    if not self.closed(a, t)
                    and self.prefers(a, t) > self.prefers(a, thing)
                    and self.can_give_up(a, t)
                ]
                given_up = (set(d) for n in range(len(less) + 1) for d in combinations(less, n))
                if any(self.allowed(self.has[a] - d | {thing}) for d in given_up):
                    found.add((a, thing))
        return found


def blocking(bank: Bank, allocation: Allocation, draws: bool = True) -> set[tuple[str, str]]:
    return Market(bank, allocation, draws).blocking()


def reordered(bank: Bank, rng: Random) -> Bank:
    """The same rows in another order."""
    case = bank.case
    staff, clients, links = list(case.roster), list(case.clients), list(case.links)
    for rows in (staff, clients, links):
        rng.shuffle(rows)  # type: ignore[arg-type]
    return Bank(Case(type(case.roster)(tuple(staff)), tuple(clients), tuple(links)), bank.scheme, bank.seed)
