"""Stable competition: managers' bids and clients' merit order decide, by deferred acceptance.

models/README.md, section 7, has the definitions and what is proven of the outcome.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.errors import Finding, finding
from cmopt.i18n import N_
from cmopt.solvers.acceptance import Quota, deferred_acceptance
from cmopt.solvers.greedy import broken
from cmopt.solvers.holdings import Holdings
from cmopt.solvers.market import (
    Market,
    Undecided,
    merit_place,
    preference,
    refuse_mixed_caps,
    refuse_together,
)
from cmopt.solvers.score import score
from cmopt.solvers.sharing import share_out


class Stable:
    """The division in which nobody has a justified claim by their bids, or none and the reason."""

    name = "stable"

    def solve(self, problem: Problem, limits: Limits, progress: Progress | None = None) -> Result:
        """Nothing is proven of the goals, which decide nothing here. Status unknown, with a finding, where the
        rules are not of a kind that deferred acceptance settles, or where what it gives breaks a hard rule."""
        begun = time.perf_counter()
        (progress or NullProgress()).phase("stable", 1, 1)
        try:
            holders = stable_holders(problem)
        except Undecided as undecided:
            return self._none(undecided.finding, begun)
        if broken(problem, holders):
            text = N_(
                "the division by bids breaks a hard rule: a pin, incumbency as a rule, a limit, or the least "
                "accounts of a team's member; use the exact solver"
            )
            return self._none(finding("stable-rule", text), begun)
        seconds = time.perf_counter() - begun
        values = score(problem, holders)
        phases = tuple(Phase(n, SENSE[n], v, None, False, 0.0) for n, v in values.items())
        return Result(Status.FEASIBLE, self.name, seconds, phases, problem.allocation(holders))

    def _none(self, why: Finding, begun: float) -> Result:
        seconds = time.perf_counter() - begun
        return Result(Status.UNKNOWN, self.name, seconds, (), None, findings=(why,))


def stable_holders(problem: Problem) -> list[int | None]:
    """Manager by place. Raises Undecided.

    First pins and incumbents; then the market for the open accounts and seats; then each team's accounts among
    its members; then the backups. Where the market leaves a team short, the last in rank of those who may sit
    are bound to its seats, one more each time, and everything starts again: first who has nothing to give up
    for it, then incumbents.
    """
    refuse_together(problem)
    refuse_mixed_caps(problem)
    bound: dict[int, int] = {}
    while True:
        own = _kept(problem, bound)
        short = _trade(own)
        if short is None:
            break
        _bind_one(own, short, bound)
    for t in range(len(problem.teams)):
        share_out(own, t)
    _give_backups(own)
    return own.holders


# --- what is not open --------------------------------------------------------------------------------


def _kept(problem: Problem, bound: Mapping[int, int]) -> Holdings:
    """Pins; who is bound to a team; eligible incumbents, the highest level and largest balance first (the
    team's too where incumbency is a rule); then the seats of who served a team."""
    own = Holdings(problem)
    for i, j in problem.pins:
        any(own.give(i, k) for k in problem.places.get(j, (j,)))
    for i, t in bound.items():
        own.seats[t].add(i)
    for j in sorted(range(len(problem.accounts)), key=lambda j: (-problem.level[j], -problem.balance[j], j)):
        keeper = problem.keeper[j]
        if keeper is not None and (problem.keep_is_rule or j not in own.team_of):
            own.give(keeper, j)
    for t, team in enumerate(problem.teams):
        for i in sorted(range(len(problem.managers)), key=lambda i: (*merit_place(problem, i), i)):
            if team.served[i] and own.may_sit(i, t):
                own.seats[t].add(i)
    return own


# --- the open market ---------------------------------------------------------------------------------


def _trade(own: Holdings) -> int | None:
    """Give out open accounts and seats; the first team that is left short, or None."""
    n = len(own.problem.accounts)
    for thing, people in Market(own).cleared().items():
        for i in people:
            if thing < n:
                own.put(i, thing)
            else:
                own.seats[thing - n].add(i)
    short = (t for t, team in enumerate(own.problem.teams) if len(own.seats[t]) < team.size)
    return next(short, None)


def _bind_one(own: Holdings, t: int, bound: dict[int, int]) -> None:
    """Bind one more manager to team t. Raises Undecided where nobody is left."""
    problem = own.problem
    team = problem.teams[t]
    before = _kept(problem, bound)
    pinned = {i for i, j in problem.pins if j in team.excluded}
    free, keepers = [], []
    for i in range(len(problem.managers)):
        if i in bound or i in pinned or i in before.seats[t] or not before.able(i, t):
            continue
        if before.may_sit(i, t):
            free.append(i)
        elif not problem.keep_is_rule and not any(i in members for members in before.seats):
            keepers.append(i)
    if not (free or keepers):
        text = N_(
            "the team {team} has {n} members of {size}: nobody else may have a seat beside what they hold"
        )
        raise Undecided(finding("stable-seats", text, team=team.key, n=len(own.seats[t]), size=team.size))
    bound[max(free or keepers, key=lambda i: (*merit_place(problem, i), i))] = t


# --- backups -----------------------------------------------------------------------------------------


def _give_backups(own: Holdings) -> None:
    """Places beside a lead, by the same preferences and priorities, in rounds of at most one each, so that not
    all of them fall to the best ranked."""
    while True:
        market = _BackupMarket(own)
        given = [(i, account) for account, people in market.cleared().items() for i in people]
        for i, account in given:
            any(own.give(i, j) for j in own.problem.places[account])
        if not given:
            return


class _BackupMarket(Market):
    """Each account with places left beside its lead is a thing, called by its lead's place."""

    def __init__(self, own: Holdings) -> None:
        super().__init__(own)
        self.left = {
            lead: [j for j in places if own.holders[j] is None]
            for lead, places in self.problem.places.items()
            if own.holders[lead] is not None
        }
        self.open = [lead for lead, left in self.left.items() if left]

    def cleared(self) -> dict[int, tuple[int, ...]]:
        orders = {i: self.wanted(i) for i in range(len(self.problem.managers))}
        quotas: Mapping[int, Sequence[Quota]] = {
            i: [Quota(frozenset(order), 1)] for i, order in orders.items()
        }
        places = {lead: len(self.left[lead]) for lead in self.open}
        return deferred_acceptance(orders, quotas, places, self.priority)

    def wanted(self, i: int) -> list[int]:
        able = [lead for lead in self.open if self.own.room(i, self.left[lead][0])]
        return sorted(able, key=lambda x: preference(self.problem, i, x))
