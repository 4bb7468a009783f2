"""Why an account was left out: nobody may hold it, or too few managers for too many accounts."""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme, Title
from cmopt.errors import Message
from cmopt.i18n import N_


def cause_left_out(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    problem: Problem,
    allocation: Allocation,
    j: int,
) -> Message:
    """The arithmetic that leaves account `j` without a manager."""
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
    accounts, managers, seated = _competing(problem, allocation, j)
    short = N_("{n} accounts compete for {m} managers who may hold one: {missing} must be left out")
    if seated:
        short = N_(
            "{n} accounts compete for {m} managers who may hold one ({k} more are on a team that holds none "
            "of them): {missing} must be left out"
        )
    missing = max(1, len(accounts) - len(managers))
    return Message(short, {"n": len(accounts), "m": len(managers), "k": len(seated), "missing": missing})


def _competing(problem: Problem, allocation: Allocation, j: int) -> tuple[set[int], set[int], set[int]]:
    """Accounts and managers reached from account j along `may hold` and `holds` (Hall's theorem): the
    accounts that want these managers, the managers, and who is barred by a seat on a team."""
    seated = {
        problem.manager_number[s]
        for team in problem.teams
        if j in team.excluded
        for s in allocation.holders_of(problem.accounts[k] for k in team.accounts)
    }
    holds: dict[int, list[int]] = {}
    for k, client_id in enumerate(problem.accounts):
        staff_id = allocation.holder[client_id]
        if staff_id is not None:
            holds.setdefault(problem.manager_number[staff_id], []).append(k)
    accounts, managers, queue = {j}, set[int](), [j]
    while queue:
        for i in problem.may_hold[queue.pop()]:
            if i in managers or i in seated:
                continue
            managers.add(i)
            new = [k for k in holds.get(i, []) if k not in accounts]
            accounts.update(new)
            queue += new
    barred = {i for k in accounts for i in problem.may_hold[k] if i in seated}
    return accounts, managers, barred
