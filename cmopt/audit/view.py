"""The division as the audit looks at it: plain dictionaries by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from cmopt.audit.given import Given
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Client
from cmopt.domain.scheme import Measure, Segment


class Held(NamedTuple):
    """One place of an account that somebody holds: its manager's or lead's, or a backup's."""

    client: Client
    segment: Segment
    lead: bool


@dataclass(frozen=True)
class View:
    """`holder`: divided account -> its manager or lead (None: nobody); `backups`: account -> its backups, where
    it has any. `stray`: what the allocation names besides the divided accounts."""

    given: Given
    holder: Mapping[str, str | None]
    backups: Mapping[str, tuple[str, ...]]
    stray: tuple[str, ...] = ()

    @cached_property
    def held(self) -> dict[str, list[Held]]:
        """staff_id -> the places they hold; staff without any are not in it."""
        found: dict[str, list[Held]] = {}
        for client_id, who in self.holder.items():
            client, segment = self.given.accounts[client_id]
            if who is not None:
                found.setdefault(who, []).append(Held(client, segment, True))
            for backup in self.backups.get(client_id, ()):
                found.setdefault(backup, []).append(Held(client, segment, False))
        return found

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """Team key -> who holds any of its accounts."""
        found: dict[str, set[str]] = {t.key: set() for t in self.given.scheme.teams}
        for client_id, who in self.holder.items():
            team = self.given.team_of.get(self.given.accounts[client_id][1].key)
            if team is not None and who is not None:
                found[team.key].add(who)
        return {key: frozenset(who) for key, who in found.items()}

    @cached_property
    def seated(self) -> frozenset[str]:
        """Whoever has a seat on any team."""
        return frozenset[str]().union(*self.members.values())

    def people(self, client_id: str) -> list[str]:
        """All managers of an account, the lead first."""
        lead = self.holder[client_id]
        return [*([] if lead is None else [lead]), *self.backups.get(client_id, ())]

    def counted(self, staff_id: str, segments: tuple[str, ...]) -> list[Held]:
        """What they hold of these segments, as caps count it: backups only where the scheme says so."""
        in_caps = self.given.scheme.backups.in_caps
        held = self.held.get(staff_id, ())
        return [h for h in held if h.segment.key in segments and (h.lead or in_caps)]

    def load(self, measure: Measure | None, staff_id: str, segments: tuple[str, ...] = ()) -> int:
        """What their divided accounts weigh (of these segments, or of all), in millionths."""
        return sum(
            self.given.load(measure, h.client, staff_id, h.lead)
            for h in self.held.get(staff_id, ())
            if not segments or h.segment.key in segments
        )


def view(given: Given, allocation: Allocation) -> View:
    holder = {c: allocation.holder.get(c) for c in given.accounts}
    backups = {c: tuple(who) for c, who in allocation.backups.items() if c in given.accounts and who}
    stray = sorted({*allocation.holder, *allocation.backups} - set(given.accounts))
    return View(given, holder, backups, tuple(stray))
