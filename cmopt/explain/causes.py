"""Why an account was left out: nobody may hold it, or too few managers for too many accounts.

The arithmetic is stated only where it alone forces somebody out; otherwise the reason says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme, Team, Title
from cmopt.errors import Listed, Message
from cmopt.explain.room import Room, holders_by_place
from cmopt.i18n import N_


def cause_left_out(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    problem: Problem,
    allocation: Allocation,
    j: int,
) -> Message:
    """The arithmetic that leaves place `j` of an account without a manager."""
    if j in problem.backups:
        return _no_backup(problem, allocation, j)
    segment = scheme.segment_by_key[problem.segment[j]]
    tiers = [t.title for t in scheme.grading.tiers if t.key in segment.tiers]
    named = Title(zh="、".join(t.zh for t in tiers), en=" / ".join(t.en for t in tiers))
    if not problem.may_hold[j]:
        in_tier = [i for i, g in grades.items() if g.tier in segment.tiers]
        recused = [
            i
            for i in in_tier
            if (link := case.link_of.get((i, problem.accounts[j]))) is not None and link.rule == "forbid"
        ]
        return Message(
            N_("nobody may hold it: {segment} needs the tier {tiers}; {n} have it, {k} of them recused"),
            {"segment": segment.title, "tiers": named, "n": len(in_tier), "k": len(recused)},
        )
    team = scheme.team_of(segment.key)
    if team is not None:
        return _team_cause(team, problem, allocation, j)
    accounts, managers, barred = _competing(problem, allocation, j)
    each = _places_each(problem, accounts)
    if each is None or len(accounts) <= each * len(managers):
        room = Room(problem, scheme, holders_by_place(problem, allocation))
        return room.forced_out(j, accounts, managers | barred) or no_shortage(problem, j)
    if accounts & problem.backups:
        return _too_few_people(problem, accounts, managers, barred, each, j)
    told = {"n": len(accounts), "m": len(managers), "k": len(barred), "each": each}
    told["missing"] = len(accounts) - each * len(managers)
    short = N_("{n} accounts compete for {m} managers who may hold one: {missing} must be left out")
    if each > 1:
        short = N_(
            "{n} accounts compete for {m} managers who may hold {each} each: {missing} must be left out"
        )
    if barred:
        short = N_(
            "{n} accounts compete for {m} managers who may hold one ({k} more are on a team that holds none "
            "of them): {missing} must be left out"
        )
    if barred and each > 1:
        short = N_(
            "{n} accounts compete for {m} managers who may hold {each} each ({k} more are on a team that "
            "holds none of them): {missing} must be left out"
        )
    return Message(short, told)


def _team_cause(team: Team, problem: Problem, allocation: Allocation, j: int) -> Message:
    """An account of a team: who is on the team may not hold it, or something else came first."""
    seats = next(t for t in problem.teams if j in t.accounts)
    members = sorted(allocation.holders_of(problem.accounts[k] for k in seats.accounts))
    if any(problem.manager_number[m] in problem.may_hold[j] for m in members):
        return no_shortage(problem, j)
    return Message(
        N_("the {n} members of the {team} may not hold it: {who}"),
        {"n": len(members), "team": team.title, "who": Listed(members)},
    )


def no_shortage(problem: Problem, j: int) -> Message:
    if j in problem.backups:
        text = N_(
            "too few of the {m} who may hold it were made its managers: pins, other rules or goals that come "
            "first stood against it, or the division is not proven"
        )
        return Message(text, {"m": len(problem.may_hold[j])})
    return Message(
        N_(
            "given to none of the {m} who may hold it: pins, other rules or goals that come first stood "
            "against it, or the division is not proven"
        ),
        {"m": len(problem.may_hold[j])},
    )


def _no_backup(problem: Problem, allocation: Allocation, j: int) -> Message:
    """Why a backup is missing: there is no lead, there are too few people, or something else came first."""
    if allocation.holder.get(problem.accounts[j]) is None:
        return Message(N_("the account has no lead manager, and so no backup"))
    places = next(p for p in problem.same if j in p)
    told = {"k": len(places), "m": len(problem.may_hold[j])}
    if told["m"] < told["k"]:
        return Message(N_("the account needs {k} managers, and only {m} may hold it"), told)
    accounts, managers, barred = _competing(problem, allocation, j)
    each = _places_each(problem, accounts)
    if each is not None:
        return _too_few_people(problem, accounts, managers, barred, each, j)
    return no_shortage(problem, j)


def _too_few_people(
    problem: Problem, accounts: set[int], managers: set[int], barred: set[int], each: int, j: int
) -> Message:
    """More places, those of backups among them, than the people may hold, whoever of them sits on a team."""
    people = managers | barred
    missing = len(accounts) - each * len(people)
    if missing <= 0:
        return no_shortage(problem, j)
    return Message(
        N_(
            "{n} places, those of backups among them, compete for {m} people who may hold {each} each: "
            "{missing} must stay empty"
        ),
        {"n": len(accounts), "m": len(people), "each": each, "missing": missing},
    )


def _places_each(problem: Problem, accounts: set[int]) -> int | None:
    """How many of `accounts` one manager may hold; None where no hard rule limits it."""
    limits = [cap.k for cap in problem.caps if cap.price is None and accounts <= set(cap.accounts)]
    return min(limits) if limits else None


def _competing(problem: Problem, allocation: Allocation, j: int) -> tuple[set[int], set[int], set[int]]:
    """Accounts and managers reached from account j along `may hold` and `holds` (P. Hall, On Representatives
    of Subsets, 1935): the accounts that nobody but these managers can take, left out or not; the managers;
    and who else may hold one but is barred from it by a seat on a team."""
    free = {k: _not_seated(problem, allocation, k) for k in range(len(problem.accounts))}
    holds: dict[int, list[int]] = {}
    left_out = []
    for k, holder in enumerate(holders_by_place(problem, allocation)):
        if holder is not None:
            holds.setdefault(holder, []).append(k)
        elif free[k]:
            left_out.append(k)
    accounts, managers, queue = {j}, set[int](), [j]
    while queue:
        for i in free[queue.pop()] - managers:
            managers.add(i)
            new = [k for k in holds.get(i, []) if k not in accounts]
            accounts.update(new)
            queue += new
    accounts.update(k for k in left_out if free[k] <= managers)
    barred = {i for k in accounts for i in problem.may_hold[k]} - managers
    return accounts, managers, barred


def _not_seated(problem: Problem, allocation: Allocation, j: int) -> set[int]:
    """Who may hold account j and is on no team whose members may not."""
    seated = {
        problem.manager_number[s]
        for team in problem.teams
        if j in team.excluded
        for s in allocation.holders_of(problem.accounts[k] for k in team.accounts)
    }
    return set(problem.may_hold[j]) - seated
