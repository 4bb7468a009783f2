"""The division as the audit looks at it: plain dictionaries by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme, Segment, Team


@dataclass(frozen=True)
class View:
    """`accounts`: the divided clients with their segments. `holder`: who holds which of them (None: nobody).
    `stray`: what the allocation names besides. `members`: the team's key -> who holds any of its accounts."""

    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    accounts: Mapping[str, tuple[Client, Segment]]
    holder: Mapping[str, str | None]
    stray: tuple[str, ...]
    members: Mapping[str, frozenset[str]]

    def holdings(self, staff_id: str) -> list[tuple[Client, Segment]]:
        return [self.accounts[c] for c, s in self.holder.items() if s == staff_id]

    def tier(self, staff_id: str) -> str | None:
        grade = self.grades.get(staff_id)
        return None if grade is None else grade.tier

    def may_hold(self, staff_id: str, client: Client, segment: Segment) -> bool:
        """Tier and links alone: a recusal bars, an allow opens, otherwise the tier decides."""
        tier = self.tier(staff_id)
        link = self.case.link_of.get((staff_id, client.client_id))
        rule = None if link is None else link.rule
        if tier is None or rule == "forbid":
            return False
        return rule == "allow" or tier in segment.tiers

    def eligible_incumbent(self, client: Client, segment: Segment) -> str | None:
        who = client.incumbent
        return who if who is not None and self.may_hold(who, client, segment) else None

    def team_accounts(self, team: Team) -> list[tuple[Client, Segment]]:
        return [(c, s) for c, s in self.accounts.values() if s.key in team.segments]


def view(case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation) -> View:
    accounts: dict[str, tuple[Client, Segment]] = {}
    for client in case.clients:
        segment = scheme.segment_of(client)
        if segment is not None and segment.divide:
            accounts[client.client_id] = (client, segment)
    holder = {c: allocation.holder.get(c) for c in accounts}
    members = {
        team.key: frozenset(
            s for c, s in holder.items() if s is not None and accounts[c][1].key in team.segments
        )
        for team in scheme.teams
    }
    stray = tuple(c for c in sorted(allocation.holder) if c not in accounts)
    return View(case, scheme, grades, accounts, holder, stray, members)
