"""Blocking pairs: would somebody rather have had an open account or seat, and had the better claim to it?

Written from the definition in models/README.md, section 7, and from nothing a solver uses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from cmopt.domain.allocation import Allocation
from cmopt.domain.client_figures import in_segments
from cmopt.domain.clients import Case, Client
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme, Segment, Team


def blocking_pairs(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation
) -> frozenset[tuple[str, str]]:
    """The pairs (manager, account or team) that block the division with respect to the managers' bids.

    Manager a and an open account j outside the teams that a may hold and does not: j has no manager, or one
    who ranks behind a; and a has room for j once they give up what of theirs is open and what they like less
    than j. With a team in the place of j, its seats: one is empty, or an open one is held by somebody who ranks
    behind a. Nobody gives up what is not open. A seat is given up only if somebody else has room for it. Room:
    the caps (those with a price too) and what the teams exclude. Equal ranks are no claim, whoever has no rank
    stands behind whoever has one; limits and backups are not looked at.

    Source: pairwise stability of D. Gale, L. Shapley, American Mathematical Monthly 69 (1962), with quotas.
    """
    division = _Division(case, scheme, grades, allocation)
    found = set()
    for a in division.managers:
        for thing in division.claimed(a):
            if division.has(a, thing) or not division.may(a, thing):
                continue
            if division.has_room(a, thing):
                found.add((a, thing.key))
    return frozenset(found)


@dataclass(frozen=True)
class _Thing:
    """An account outside the teams, or (`team`) a team's seats. clients: the account, the team's accounts."""

    key: str
    level: int
    clients: tuple[Client, ...]
    segment: Segment | None
    team: Team | None = None


@dataclass(frozen=True)
class _Division:
    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    allocation: Allocation

    @cached_property
    def managers(self) -> list[str]:
        return sorted(s for s, g in self.grades.items() if g.tier is not None)

    @cached_property
    def things(self) -> list[_Thing]:
        by_team: dict[str, list[Client]] = {}
        found = []
        keys = [s.key for s in self.scheme.segments if s.divide]
        for client, segment in in_segments(self.scheme, self.case.clients, keys):
            team = self.scheme.team_of(segment.key)
            if team is None:
                found.append(_Thing(client.client_id, segment.level, (client,), segment))
            else:
                by_team.setdefault(team.key, []).append(client)
        for team in self.scheme.teams:
            if team.key in by_team:
                found.append(_Thing(team.key, team.level, tuple(by_team[team.key]), None, team))
        return found

    # --- who has what ---

    @cached_property
    def holders(self) -> dict[str, frozenset[str]]:
        """Thing -> who has it."""
        return {t.key: self.allocation.holders_of(c.client_id for c in t.clients) for t in self.things}

    @cached_property
    def of(self) -> dict[str, list[_Thing]]:
        found: dict[str, list[_Thing]] = {}
        for thing in self.things:
            for a in self.holders[thing.key]:
                found.setdefault(a, []).append(thing)
        return found

    def has(self, a: str, thing: _Thing) -> bool:
        return a in self.holders[thing.key]

    def is_open(self, holder: str, thing: _Thing) -> bool:
        """Whether `holder` was given it, and did not keep it or have it by a pin."""
        links = [self.case.link_of.get((holder, c.client_id)) for c in thing.clients]
        if any(link is not None and link.rule == "pin" for link in links):
            return False
        if thing.team is not None:
            return all(c.incumbent != holder for c in thing.clients)
        return thing.clients[0].incumbent != holder or not self._may_hold(holder, thing.clients[0])

    # --- who may, wants and comes first ---

    def may(self, a: str, thing: _Thing) -> bool:
        """Of a team: as many of its accounts as a member must have."""
        able = sum(self._may_hold(a, c) for c in thing.clients)
        return able >= (1 if thing.team is None else thing.team.least)

    def _may_hold(self, a: str, client: Client) -> bool:
        link, segment = self.case.link_of.get((a, client.client_id)), self.scheme.segment_of(client)
        tier = self.grades[a].tier if a in self.grades else None
        if tier is None or segment is None or (link is not None and link.rule == "forbid"):
            return False
        return (link is not None and link.rule == "allow") or tier in segment.tiers

    def likes(self, a: str, thing: _Thing) -> tuple[bool, int, int, bool, int, str]:
        """Sorts the better before the worse: bids; else level, seats first, balance, id."""
        bids = [
            link.bid
            for c in thing.clients
            if (link := self.case.link_of.get((a, c.client_id))) is not None
            and link.bid is not None
            and self._may_hold(a, c)
        ]
        balance = 0 if thing.team is not None else thing.clients[0].balance
        return (not bids, min(bids, default=0), -thing.level, thing.team is None, -balance, thing.key)

    def claimed(self, a: str) -> list[_Thing]:
        """What lacks somebody, or is open and held by somebody who ranks behind a."""
        first = bisect_right(self._by_worst, self._place(a), key=lambda found: found[0])
        return [thing for _, thing in self._by_worst[first:]]

    @cached_property
    def _by_worst(self) -> list[tuple[tuple[int, int], _Thing]]:
        """(the place of whoever ranks last among its open holders, thing), upwards; where nobody's is open,
        not there; last what lacks somebody, which everybody claims."""
        found = []
        for thing in self.things:
            holders = self.holders[thing.key]
            places = [self._place(b) for b in holders if self.is_open(b, thing)]
            if len(holders) < (1 if thing.team is None else thing.team.size):
                places.append((2, 0))
            if places:
                found.append((max(places), thing))
        return sorted(found, key=lambda one: (one[0], one[1].key))

    def _place(self, a: str) -> tuple[int, int]:
        """Sorts whoever ranks better first, and whoever has no rank behind all who have one."""
        rank = self.grades[a].rank if a in self.grades else None
        return (1, 0) if rank is None else (0, rank)

    # --- room ---

    def has_room(self, a: str, thing: _Thing) -> bool:
        """Once a gives up what is open and liked less; seats only where that is needed and possible."""
        if not self.scheme.at_most and not self.scheme.teams:
            return True
        own = self.of.get(a, [])
        kept = [h for h in own if not self.is_open(a, h) or self.likes(a, h) < self.likes(a, thing)]
        seats = [h for h in own if h not in kept and h.team is not None]
        if self._fits([*kept, *seats, thing]):
            return True
        kept += [h for h in seats if not self._replaceable(a, h)]
        return self._fits([*kept, thing])

    def _replaceable(self, a: str, seats: _Thing) -> bool:
        """Whether somebody who has no seat on the team has room for one beside all they hold."""
        return any(
            c != a
            and not self.has(c, seats)
            and self.may(c, seats)
            and self._fits([*self.of.get(c, []), seats])
            for c in self.managers
        )

    def _fits(self, things: Iterable[_Thing]) -> bool:
        """Whether nobody's caps or teams forbid to have all these at once."""
        held = list(things)
        segments = [t.segment.key for t in held if t.segment is not None]
        teams = [t.team for t in held if t.team is not None]
        if any(sum(s in cap.segments for s in segments) > cap.k for cap in self.scheme.at_most):
            return False
        within = {*segments, *(s for team in teams for s in team.segments)}
        return not any(within & set(team.exclusive_of) for team in teams)
