"""What is given whatever the division: who is a manager, which accounts there are, what everything weighs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmopt.audit.book_columns import NONE, Columns, totals
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Measure, Scheme, Segment, Team


@dataclass(frozen=True)
class Given:
    """Case, scheme and grades, and what follows from them alone. Loads are in millionths of their unit."""

    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]

    @cached_property
    def accounts(self) -> dict[str, tuple[Client, Segment]]:
        """The divided clients with their segments, by id."""
        found = {}
        for j in self._divided:
            client, segment = self.case.clients[j], self.scheme.segments[self.columns.segment[j]]
            found[client.client_id] = (client, segment)
        return found

    @cached_property
    def columns(self) -> Columns:
        return Columns(self.case, self.scheme, self.grades)

    @cached_property
    def _divided(self) -> list[int]:
        """Positions of the divided clients."""
        numbers = [n for n, s in enumerate(self.scheme.segments) if s.divide]
        return [int(j) for j in np.flatnonzero(np.isin(self.columns.segment, numbers))]

    @cached_property
    def team_of(self) -> dict[str, Team]:
        """Segment key -> the team that holds it."""
        return {key: team for team in self.scheme.teams for key in team.segments}

    @cached_property
    def team_accounts(self) -> dict[str, list[tuple[Client, Segment]]]:
        """Team key -> the accounts it holds."""
        return {
            t.key: [(c, s) for c, s in self.accounts.values() if s.key in t.segments]
            for t in self.scheme.teams
        }

    @cached_property
    def branch(self) -> dict[str, str]:
        return {s.staff_id: s.branch for s in self.case.roster}

    def places(self, client_id: str) -> int:
        """How many managers the account takes: a lead, and backups from the second on."""
        client, segment = self.accounts[client_id]
        return 1 if segment.key in self.team_of else max(1, client.managers_needed)

    def tier(self, staff_id: str) -> str | None:
        grade = self.grades.get(staff_id)
        return None if grade is None else grade.tier

    def managers(self, tiers: Iterable[str]) -> list[str]:
        """Everybody of these tiers, in id order."""
        wanted = set(tiers)
        return [s.staff_id for s in self.case.roster if self.tier(s.staff_id) in wanted]

    def may_hold(self, staff_id: str, client: Client, segment: Segment) -> bool:
        """Tier and links alone: a recusal bars, an allow opens, otherwise the tier decides."""
        tier = self.tier(staff_id)
        link = self.link(staff_id, client)
        rule = None if link is None else link.rule
        if tier is None or rule == "forbid":
            return False
        return rule == "allow" or tier in segment.tiers

    def eligible_incumbent(self, client: Client, segment: Segment) -> str | None:
        who = client.incumbent
        return who if who is not None and self.may_hold(who, client, segment) else None

    @cached_property
    def linked(self) -> dict[str, list[str]]:
        """client_id -> the staff of whom the links table says something."""
        found: dict[str, list[str]] = {}
        for link in self.case.links:
            found.setdefault(link.client_id, []).append(link.staff_id)
        return found

    def link(self, staff_id: str, client: Client) -> Link | None:
        return self.case.link_of.get((staff_id, client.client_id))

    # --- loads ---

    def load(self, measure: Measure | None, client: Client, staff_id: str | None, lead: bool) -> int:
        """What a place of `client` weighs on `staff_id` (None: in general); with no measure: 1."""
        whole = UNIT if measure is None else self._figure(measure, client, staff_id)
        return whole if lead else whole * self.scheme.backups.share // WHOLE

    def _figure(self, measure: Measure, client: Client, staff_id: str | None) -> int:
        """The pair's figure in the measure's column, else the client's, else what a blank counts; 0 for clients
        that the measure leaves out."""
        if measure.kind not in (None, client.kind):
            return 0
        if measure.quality_at_least is not None and (client.quality or 1) < measure.quality_at_least:
            return 0
        link = None if staff_id is None else self.link(staff_id, client)
        if link is not None and measure.column in link.measures:
            return link.measures[measure.column]
        own = client.column(measure.column)
        return measure.absent if own is None else own

    @cached_property
    def base(self) -> dict[str | None, dict[str, int]]:
        """Measure key (None: accounts) -> staff_id -> what they hold besides the divided accounts."""
        columns, everybody = self.columns, self.columns.staff_ids
        holder = self.case.clients.incumbent.copy()
        holder[self._divided] = NONE
        found: dict[str | None, dict[str, int]] = {}
        for measure in (None, *self.scheme.measures):
            own, figures = columns.pair_loads(measure).where(np.arange(len(holder)), holder)
            each = np.where(own, figures, columns.loads(measure))
            held = dict(zip(everybody, totals(holder, each, len(everybody)), strict=True))
            found[None if measure is None else measure.key] = held
        return found

    @cached_property
    def largest_bid(self) -> int:
        """0 where nobody bid for anything."""
        return max((k.bid for k in self.case.links if k.bid is not None), default=0)
