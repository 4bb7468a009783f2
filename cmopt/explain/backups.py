"""Why somebody is backup of an account, as far as the data show it."""

from __future__ import annotations

from cmopt.domain.clients import Client
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme
from cmopt.errors import Message
from cmopt.i18n import N_


def backup_reason(
    client: Client, scheme: Scheme, problem: Problem, j: int, i: int, lead: str, place: Message
) -> Message:
    """Why manager i (`place`: tier and rank in words) has place j, a backup's, behind `lead`."""
    staff = problem.managers[i]
    told = {"lead": lead, "staff": staff, "place": place}
    if is_pinned(problem, i, client):
        text = N_("backup of {lead}: {staff} ({place}), pinned as one of its {n} managers")
        return Message(text, {**told, "n": managers_needed(problem, j)})
    if client.incumbent == staff:
        return Message(N_("backup of {lead}: {staff} ({place}), who held it before"), told)
    if _only_drawn(scheme, problem, j):
        text = N_("backup of {lead}: {staff} ({place}); nothing but the draw tells those who may be apart")
        return Message(text, told)
    text = N_("backup of {lead}: {staff} ({place}); among those who may be, the goals decided in their order")
    return Message(text, told)


def managers_needed(problem: Problem, j: int) -> int:
    """How many managers the account of place j needs."""
    return next((len(places) for places in problem.same if j in places), 1)


def is_pinned(problem: Problem, i: int, client: Client) -> bool:
    """Whether manager i must be one of the client's managers."""
    return any(a == i and problem.accounts[k] == client.client_id for a, k in problem.pins)


def _only_drawn(scheme: Scheme, problem: Problem, j: int) -> bool:
    """Whether no rule and no goal but the draw looks at who is backup here."""
    able = list(problem.may_hold[j])
    figures = [f[able, j] for f in (problem.fit, problem.cost) if f is not None]
    abroad = any(g.name == "jurisdiction" for g in scheme.goals) and problem.segment[j] in scheme.jurisdiction
    return (
        scheme.backups.share == 0
        and not abroad
        and not any(j in cap.accounts for cap in problem.caps)
        and not any(j in team.excluded for team in problem.teams)
        and all((f == f[0]).all() for f in figures if len(f))
    )
