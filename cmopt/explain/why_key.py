"""Why not me, for a key account: the rule that bars somebody by name, or what each goal would lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case
from cmopt.domain.goals import SENSE
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme
from cmopt.domain.why import Effect, Explained, WhyNot
from cmopt.errors import InputError, Listed, Message, finding
from cmopt.explain.room import Room, holders_by_place
from cmopt.i18n import N_
from cmopt.problem.eligibility import may_hold
from cmopt.solvers.broken import broken
from cmopt.solvers.score import score

Holders = Sequence[int | None]


def why_key(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    problem: Problem,
    allocation: Allocation,
    lines: Sequence[Line],
    client_id: str,
    staff_id: str | None,
) -> Explained:
    """The line of a key account (of its lead), and what giving it to `staff_id` (None: to each of the others
    who may hold it, the best first) would do, all else as it is.

    Raises InputError: not a key account; nobody of this name; they hold it.
    """
    line = next((x for x in lines if x.client_id == client_id and not x.is_backup), None)
    if line is None:
        text = N_("{client} is not divided in this run")
        raise InputError(finding("explain-undivided", text, client=client_id))
    asking = _Asking(case, scheme, grades, problem, holders_by_place(problem, allocation))
    j = problem.accounts.index(client_id)
    if staff_id is not None:
        return Explained(line, (asking.them(j, staff_id),))
    others = [i for i in sorted(problem.may_hold[j]) if i != asking.holders[j]]
    found = [asking.moved(j, i) for i in others]
    found.sort(key=lambda w: (len(w.breaks), [e.worse for e in w.effects], w.staff_id))
    return Explained(line, tuple(found))


class _Asking:
    def __init__(
        self, case: Case, scheme: Scheme, grades: Mapping[str, Grade], problem: Problem, holders: Holders
    ) -> None:
        self.case, self.scheme, self.grades = case, scheme, grades
        self.problem, self.holders = problem, holders
        self.room = Room(problem, scheme, holders)
        self.now = score(problem, holders)

    def them(self, j: int, staff_id: str) -> WhyNot:
        if staff_id not in self.case.roster.by_id:
            text = N_("there is nobody with the staff id {staff}")
            raise InputError(finding("explain-nobody", text, "--staff", staff=staff_id))
        i = self.problem.manager_number.get(staff_id)
        if i is not None and i == self.holders[j]:
            raise InputError(finding("explain-holder", N_("{staff} holds it"), "--staff", staff=staff_id))
        if i is not None and i in self.problem.may_hold[j]:
            return self.moved(j, i)
        segment = self.scheme.segment_by_key[self.problem.segment[j]]
        link = self.case.link_of.get((staff_id, self.problem.accounts[j]))
        why = may_hold(self.grades[staff_id], segment, link)
        return WhyNot(staff_id, why or Message(N_("a rule names somebody else")))

    def moved(self, j: int, i: int) -> WhyNot:
        """What giving account j to manager i would break and change."""
        moved = list(self.holders)
        moved[j] = i
        then = score(self.problem, moved)
        effects = tuple(
            Effect(g, (then[g] - self.now[g]) * (1 if SENSE[g] == "min" else -1)) for g in self.now
        )
        breaks = tuple(self._breaks(j, i, moved))
        if not breaks and broken(self.problem, moved):
            breaks = (Message(N_("another hard rule would be broken")),)
        return WhyNot(self.problem.managers[i], None, breaks, effects)

    def _breaks(self, j: int, i: int, moved: Holders) -> list[Message]:
        problem, found = self.problem, list[Message]()
        pinned = [p for p, k in problem.pins if k == j and p != i]
        if pinned and j not in problem.places:
            found.append(Message(N_("pinned to {staff}"), {"staff": problem.managers[pinned[0]]}))
        keeper = problem.keeper[j]
        if problem.keep_is_rule and keeper is not None and keeper != i:
            text = N_("{staff}, its incumbent, may hold it and keeps it")
            found.append(Message(text, {"staff": problem.managers[keeper]}))
        lacking = self.room.lacking(i, j)
        if lacking is not None:
            held = [problem.accounts[k] for k in self.room.held.get(i, ())]
            text = N_("{staff} holds {clients}; {why}")
            told = {"staff": problem.managers[i], "clients": Listed(held), "why": lacking}
            found.append(Message(text, told) if held else lacking)
        for team, declared in zip(problem.teams, self.scheme.teams, strict=True):
            members = {h for k in team.accounts if (h := moved[k]) is not None}
            told = {"team": declared.title, "n": len(members), "size": team.size}
            if len(members) != team.size:
                found.append(Message(N_("the {team} would have {n} members instead of {size}"), told))
            if any(moved[k] in members for k in team.excluded):
                found.append(
                    Message(N_("a member of the {team} would hold an account that none of them may"), told)
                )
        return found
