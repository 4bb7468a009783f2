"""One line for each place of the divided accounts, with the reason it went where it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cmopt.domain.allocation import Allocation, Line, Role
from cmopt.domain.clients import Case, Client
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme, Segment, Team, Tier
from cmopt.errors import Listed, Message, Worded
from cmopt.explain.backups import backup_reason, is_pinned, managers_needed
from cmopt.explain.causes import cause_left_out
from cmopt.explain.edits import with_edits
from cmopt.explain.room import Room, holders_by_place
from cmopt.explain.stable import by_bids
from cmopt.i18n import N_
from cmopt.problem.eligibility import may_hold


def explain_lines(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    problem: Problem,
    allocation: Allocation,
    solver: str | None = None,
) -> tuple[Line, ...]:
    """Lines in client order, a lead before its backups: who holds it, who held it, what became of it, why.

    `solver`: what made the division; of the stable solver bids are told as reasons, otherwise goals.
    """
    teller = _Teller(case, scheme, grades, problem, allocation)
    lines = tuple(teller.line(j) for j in range(len(problem.accounts)))
    lines = by_bids(lines, case, scheme, problem, teller.place) if solver == "stable" else lines
    return tuple(with_edits(lines, case.links))


class _Teller:
    def __init__(
        self,
        case: Case,
        scheme: Scheme,
        grades: Mapping[str, Grade],
        problem: Problem,
        allocation: Allocation,
    ) -> None:
        self.case, self.scheme, self.grades = case, scheme, grades
        self.problem, self.allocation = problem, allocation
        self.tiers: Mapping[str, Tier] = {t.key: t for t in scheme.grading.tiers}
        self.goals = {g.name for g in scheme.goals}
        self.bid_for = {k.client_id for k in case.links if k.bid is not None and "bids" in self.goals}
        self.holders = holders_by_place(problem, allocation)
        self.room = Room(problem, scheme, self.holders)
        self.anybody_ranked = any(rank is not None for rank in problem.rank)

    def line(self, j: int) -> Line:
        client = self.case.client_by_id[self.problem.accounts[j]]
        segment = self.scheme.segment_by_key[self.problem.segment[j]]
        if j in self.problem.backups:
            return self._backup_line(j, client, segment)
        holder = self.allocation.holder[client.client_id]
        before = client.incumbent
        if holder is None:
            cause = cause_left_out(self.case, self.scheme, self.grades, self.problem, self.allocation, j)
            return Line(client.client_id, None, segment.key, None, before, "unassigned", cause)
        on_team = self.scheme.team_of(segment.key) is not None
        role: Role = "team" if on_team else "lead" if managers_needed(self.problem, j) > 1 else "manager"
        if holder == before:
            return Line(
                client.client_id,
                holder,
                segment.key,
                role,
                before,
                "kept",
                self._kept(j, client, holder, segment),
            )
        outcome = "new" if before is None else "moved"
        reason = Message(
            N_("{opened}; {given}"),
            {
                "opened": self._opened(j, client, segment),
                "given": self._with_bid(j, holder, self._given(j, segment, holder)),
            },
        )
        return Line(
            client.client_id,
            holder,
            segment.key,
            role,
            before,
            "moved" if outcome == "moved" else "new",
            reason,
        )

    def _backup_line(self, j: int, client: Client, segment: Segment) -> Line:
        number = self.holders[j]
        if number is None:
            cause = cause_left_out(self.case, self.scheme, self.grades, self.problem, self.allocation, j)
            return Line(client.client_id, None, segment.key, "backup", None, "unassigned", cause)
        holder = self.problem.managers[number]
        lead = self.allocation.holder[client.client_id]
        reason = backup_reason(client, self.scheme, self.problem, j, number, lead or "", self.place(holder))
        return Line(client.client_id, holder, segment.key, "backup", None, "new", reason)

    def _kept(self, j: int, client: Client, holder: str, segment: Segment) -> Message:
        if managers_needed(self.problem, j) == 1 and is_pinned(
            self.problem, self.problem.manager_number[holder], client
        ):
            return Message(
                N_("stays with its manager: pinned to {staff} ({place})"),
                {"staff": holder, "place": self.place(holder)},
            )
        if self.grades[holder].tier not in segment.tiers:
            return Message(
                N_("stays with its manager (incumbency): {staff} was let in for this client (rule allow)"),
                {"staff": holder},
            )
        told = {"tier": self._tier(holder), "segment": segment.title}
        if self.scheme.incumbency.mode == "goal" and not self.goals & {"continuity", "continuity_balance"}:
            return Message(N_("stays with its manager: the tier {tier} may hold {segment}"), told)
        return Message(N_("stays with its manager (incumbency): the tier {tier} may hold {segment}"), told)

    # --- why it was open ---

    def _opened(self, j: int, client: Client, segment: Segment) -> Message:
        before = client.incumbent
        if before is None:
            return Message(N_("nobody was responsible"))
        if before in self.allocation.backups.get(client.client_id, ()):
            return Message(N_("{staff} hands over the lead and stays as backup"), {"staff": before})
        link = self.case.link_of.get((before, client.client_id))
        why_not = may_hold(self.grades[before], segment, link)
        if why_not is not None:
            return Message(N_("{staff} gives it up: {why}"), {"staff": before, "why": why_not})
        pinned = {i for i, k in self.problem.pins if self.problem.accounts[k] == client.client_id}
        taken = len(pinned - {self.problem.manager_number[before]}) >= managers_needed(self.problem, j)
        why = Message(N_("it is pinned to somebody else")) if taken else self._busy(j, before, segment)
        return Message(N_("{staff} gives it up: {why}"), {"staff": before, "why": why})

    def _busy(self, j: int, staff_id: str, segment: Segment) -> Message:
        """Why an eligible incumbent could not keep it: what they keep instead, a limit, or who has the seats.

        Only what they held before (or a pin gave them) is a cause; what they were newly given is none.
        """
        kept = [
            (c, s)
            for c in self.allocation.held_by.get(staff_id, ())
            if (s := self.scheme.segment_of(self.case.client_by_id[c])) is not None
            and self._was_theirs(staff_id, c)
        ]
        for cap in self.scheme.at_most:
            own = [c for c, s in kept if s.key in cap.segments]
            if cap.price is None and segment.key in cap.segments and len(own) >= cap.k:
                return Message(
                    N_('keeps {clients}; the rule "{cap}" allows no more than {k}'),
                    {"clients": Listed(own), "k": cap.k, "cap": cap.title},
                )
        i, theirs = self.problem.manager_number[staff_id], {c for c, _ in kept}
        places = [k for k in self.room.held.get(i, ()) if self.problem.accounts[k] in theirs]
        if (full := self.room.over_limit(i, j, places)) and self.room.over_limit(i, j):
            return full
        for team in self.scheme.teams:
            on_team = [c for c, s in kept if s.key in team.segments]
            if segment.key in team.exclusive_of and on_team:
                return Message(
                    N_("keeps {clients} on the {team}, whose members hold no such account"),
                    {"clients": Listed(on_team), "team": team.title},
                )
            barred = [c for c, s in kept if s.key in team.exclusive_of]
            if segment.key in team.segments and barred:
                return Message(
                    N_("keeps {clients}, which no member of the {team} may hold"),
                    {"clients": Listed(barred), "team": team.title},
                )
            members = self._members(team)
            if segment.key in team.segments and staff_id not in members:
                return Message(
                    N_("the {size} seats of the {team} went to {who}, as the goals in their order required"),
                    {"size": team.size, "team": team.title, "who": Listed(members)},
                )
        return Message(N_("goals that come before required it, or goals after it decided among equals"))

    def _was_theirs(self, staff_id: str, client_id: str) -> bool:
        number = self.problem.manager_number[staff_id]
        return self.case.client_by_id[client_id].incumbent == staff_id or any(
            i == number and self.problem.accounts[j] == client_id for i, j in self.problem.pins
        )

    def _members(self, team: Team) -> list[str]:
        accounts = [
            c for c, k in zip(self.problem.accounts, self.problem.segment, strict=True) if k in team.segments
        ]
        return sorted(self.allocation.holders_of(accounts))

    # --- why this person ---

    def _given(self, j: int, segment: Segment, holder: str) -> Message:
        problem = self.problem
        b = problem.manager_number[holder]
        place = self.place(holder)
        told = {"staff": holder, "place": place}
        if any(pin == (b, j) for pin in problem.pins):
            if managers_needed(self.problem, j) == 1:
                return Message(N_("pinned to {staff} ({place})"), told)
            text = N_("given to {staff} ({place}), pinned as one of its {n} managers")
            return Message(text, {**told, "n": managers_needed(self.problem, j)})
        team = self.scheme.team_of(segment.key)
        if team is not None:
            return self._given_on_team(team, b, holder, place)
        if claims := self._claiming(j, b, segment.level):
            return self._given_past(j, claims, told)
        if "merit" not in self.goals or segment.level == 0:
            text = N_(
                "given to {staff} ({place}): among those who may hold it, the goals decided in their order"
            )
            return Message(text, told)
        return Message(
            N_(
                "open competition, given to {staff} ({place}): everybody ranked higher who may hold it holds "
                "something worth as much; among equals, the goals after merit decided in their order"
            ),
            told,
        )

    def _given_past(self, j: int, claims: Sequence[int], told: Mapping[str, object]) -> Message:
        """Who ranked better has less, and which of them had no room for it under a hard rule."""
        given = Message(
            N_("open competition, given to {staff} ({place}); ranked higher and holding less: {n} ({who})"),
            {**told, "n": len(claims), "who": self._with_holdings(claims)},
        )
        full = [(a, why) for a in claims if (why := self.room.lacking(a, j)) is not None]
        if not full:
            return given
        said = [
            Message(N_("{staff}: {why}"), {"staff": self.problem.managers[a], "why": why}) for a, why in full
        ]
        return Message(
            N_("{given}; of them {n} had no room for it beside what they hold ({who})"),
            {"given": given, "n": len(full), "who": Listed(said, N_("; "))},
        )

    def _with_bid(self, j: int, holder: str, given: Message) -> Message:
        """With the place of the holder's bid, where bids are a goal and anybody bid for the account."""
        account = self.problem.accounts[j]
        if account not in self.bid_for:
            return given
        link = self.case.link_of.get((holder, account))
        choice = None if link is None else link.bid
        if choice is None:
            return Message(N_("{given}; they did not bid for it"), {"given": given})
        if choice == 1:
            return Message(N_("{given}; it is their first choice"), {"given": given})
        return Message(N_("{given}; it is their choice number {n}"), {"given": given, "n": choice})

    def _given_on_team(self, team: Team, b: int, holder: str, place: Message) -> Message:
        """Why this member sits on the team, who ranked better has less, and how accounts are shared out."""
        number = self.scheme.teams.index(team)
        seats = self.problem.teams[number]
        own = [self.problem.accounts[j] for j in seats.accounts if self._incumbent(j) == holder]
        seat = Message(
            N_("on the {team} as the incumbent of {clients}"), {"team": team.title, "clients": Listed(own)}
        )
        if not own:
            able = {i for j in seats.accounts for i in self.problem.may_hold[j]}
            claims = sorted(a for a in able if self._claims(a, b, team.level))
            seat = Message(N_("on the {team} by open competition"), {"team": team.title})
            if claims:
                seat = Message(
                    N_("on the {team} by open competition; ranked higher and holding less: {n} ({who})"),
                    {"team": team.title, "n": len(claims), "who": self._with_holdings(claims)},
                )
        return Message(
            N_("given to {staff} ({place}), {seat}; within the team, the goals in their order decided"),
            {"staff": holder, "place": place, "seat": seat},
        )

    def _incumbent(self, j: int) -> str | None:
        return self.case.client_by_id[self.problem.accounts[j]].incumbent

    def _with_holdings(self, managers: Sequence[int]) -> Listed:
        """Each manager with the divided accounts they hold instead."""
        told = []
        for a in managers:
            held = self.allocation.held_by.get(self.problem.managers[a], ())
            told.append(f"{self.problem.managers[a]}: {' '.join(held)}" if held else self.problem.managers[a])
        return Listed(told)

    def _claims(self, a: int, b: int, level: int) -> bool:
        return self.problem.ranks_before(a, b) and self._level(a) < level

    def _claiming(self, j: int, b: int, level: int) -> list[int]:
        """Who may hold account j, ranked before b and holds less than its level."""
        if level == 0 or not self.anybody_ranked:
            return []
        able = np.flatnonzero(self.problem.eligible[:, j]).tolist()
        return [a for a in able if self._claims(a, b, level)]

    def _level(self, i: int) -> int:
        worth = 0
        for client_id in self.allocation.held_by.get(self.problem.managers[i], ()):
            segment = self.scheme.segment_of(self.case.client_by_id[client_id])
            if segment is not None:
                team = self.scheme.team_of(segment.key)
                worth = max(worth, segment.level if team is None else team.level)
        return worth

    def place(self, staff_id: str) -> Message:
        rank = self.grades[staff_id].rank
        shared = self.grades[staff_id].route == "given" and self.case.roster.by_id[staff_id].rank is None
        if rank is None or shared:
            return Message(N_("{tier}"), {"tier": self._tier(staff_id)})
        return Message(N_("{tier}, rank {rank}"), {"tier": self._tier(staff_id), "rank": rank})

    def _tier(self, staff_id: str) -> Worded:
        tier = self.grades[staff_id].tier
        return self.tiers[tier].title if tier is not None else Message(N_("no tier"))
