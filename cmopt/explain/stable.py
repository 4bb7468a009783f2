"""Reasons for a division by bids: no goal decided anything in it, so none is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cmopt.domain.allocation import Line
from cmopt.domain.clients import Case
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme, Team
from cmopt.errors import Listed, Message, Worded
from cmopt.explain.backups import is_pinned
from cmopt.explain.causes import no_shortage
from cmopt.i18n import N_


def by_bids(
    lines: Sequence[Line], case: Case, scheme: Scheme, problem: Problem, place: Callable[[str], Message]
) -> tuple[Line, ...]:
    """The lines of a stable division (one a place, in order) with what bids and ranks decided in the place of
    what goals did. `place`: a manager's tier and rank in words. Pins, incumbents who stay, and shortages of
    people are told as they are."""
    teller = _Teller(case, scheme, problem, place)
    return tuple(replace(line, reason=teller.reason(line, j)) for j, line in enumerate(lines))


@dataclass(frozen=True)
class _Teller:
    case: Case
    scheme: Scheme
    problem: Problem
    place: Callable[[str], Message]

    def reason(self, line: Line, j: int) -> Message:
        if line.staff_id is None:
            return self._left_out(line, j) if line.reason == no_shortage(self.problem, j) else line.reason
        client = self.case.client_by_id[line.client_id]
        pinned = is_pinned(self.problem, self.problem.manager_number[line.staff_id], client)
        told = {"staff": line.staff_id, "place": self.place(line.staff_id)}
        if line.is_backup:
            return line.reason if pinned else self._backup(line, told)
        if line.outcome == "kept":
            return line.reason
        opened = _opened(line.reason.params["opened"])
        if pinned:
            return Message(line.reason.text, {"opened": opened, "given": line.reason.params["given"]})
        team = self.scheme.team_of(line.segment)
        given = self._given(line, told) if team is None else self._on_team(line.staff_id, team, told)
        return Message(N_("{opened}; {given}"), {"opened": opened, "given": given})

    def _given(self, line: Line, told: dict[str, object]) -> Message:
        text = N_(
            "by the bids, given to {staff} ({place}, {bid}): everybody ranked higher who may hold it has no "
            "room for it beside what they keep, what the rules hold them to, and what they put before it"
        )
        return Message(text, {**told, "bid": self._bid(line.staff_id, [line.client_id])})

    def _on_team(self, holder: str, team: Team, told: dict[str, object]) -> Message:
        accounts = [
            c for c, s in zip(self.problem.accounts, self.problem.segment, strict=True) if s in team.segments
        ]
        own = [c for c in accounts if self.case.client_by_id[c].incumbent == holder]
        seat = Message(
            N_("on the {team} as the incumbent of {clients}"), {"team": team.title, "clients": Listed(own)}
        )
        if not own:
            seat = Message(
                N_("on the {team} by the bids ({bid})"),
                {"team": team.title, "bid": self._bid(holder, accounts)},
            )
        text = N_(
            "given to {staff} ({place}), {seat}; within the team: own accounts first, then bids in the order "
            "of rank, then to who holds least"
        )
        return Message(text, {**told, "seat": seat})

    def _backup(self, line: Line, told: dict[str, object]) -> Message:
        text = N_(
            "backup: {staff} ({place}, {bid}); places beside a lead go by bids and rank, one each in a round"
        )
        return Message(text, {**told, "bid": self._bid(line.staff_id, [line.client_id])})

    def _bid(self, staff_id: str | None, accounts: Sequence[str]) -> Worded:
        """The best place of their bids for `accounts`."""
        links = [self.case.link_of.get((staff_id or "", c)) for c in accounts]
        bids = [k.bid for k in links if k is not None and k.bid is not None and k.rule != "forbid"]
        if not bids:
            return Message(N_("no bid"))
        return Message(N_("bid number {n}"), {"n": min(bids)})

    def _left_out(self, line: Line, j: int) -> Message:
        told = {"m": len(self.problem.may_hold[j])}
        team = self.scheme.team_of(line.segment)
        if team is not None:
            return Message(N_("no member of the {team} has room for it"), {"team": team.title})
        if j in self.problem.backups:
            return Message(
                N_("too few of the {m} who may hold it have room for it beside what they hold"), told
            )
        text = N_(
            "given to none of the {m} who may hold it: all of them have no room for it beside what they keep, "
            "what the rules hold them to, and what they put before it"
        )
        return Message(text, told)


def _opened(said: Message) -> Message:
    """Why the account was open, where goals are named: bids or a seat that had to be filled."""
    why = said.params.get("why")
    if not isinstance(why, Message) or "goals" not in why.text:
        return said
    if "who" in why.params:
        text = N_(
            "the {size} seats of the {team} went to {who}: who served it first, in the order of rank, then by "
            "the bids"
        )
        return Message(said.text, {**said.params, "why": Message(text, why.params)})
    text = N_("a team could not have been filled without them, or what they keep comes before it")
    return Message(said.text, {**said.params, "why": Message(text)})
