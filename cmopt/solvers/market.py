"""The market of the stable solver: what is open, who wants it in which order, who comes first at it.

An account without a manager is a thing with one place, the open seats of a team are one thing with as many
places. Things are numbered: account j is j, the seats of team t are n + t.
"""

from __future__ import annotations

from cmopt.domain.problem import Problem
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_
from cmopt.solvers.acceptance import Quota, deferred_acceptance, laminar, needed
from cmopt.solvers.holdings import Holdings


class Undecided(Exception):
    """Deferred acceptance has no answer here; `finding` says why."""

    def __init__(self, what: Finding) -> None:
        super().__init__(str(what))
        self.finding = what


class Market:
    """What is still open once pins and incumbents are settled in `own`."""

    def __init__(self, own: Holdings) -> None:
        self.own, self.problem = own, own.problem
        self.n = len(self.problem.accounts)
        self.open = [
            j
            for j, i in enumerate(own.holders)
            if i is None and j not in self.problem.backups and j not in own.team_of
        ]

    def cleared(self) -> dict[int, tuple[int, ...]]:
        """Open account, or team's seats -> the managers who get it. Raises Undecided."""
        orders = {i: self.wanted(i) for i in range(len(self.problem.managers))}
        quotas = {i: self.quotas(i, things) for i, things in orders.items()}
        places = dict.fromkeys(self.open, 1)
        for t, team in enumerate(self.problem.teams):
            places[self.n + t] = max(0, team.size - len(self.own.seats[t]))
        return deferred_acceptance(orders, quotas, places, self.priority)

    def wanted(self, i: int) -> list[int]:
        """What manager i may take beside what they keep, best first."""
        things = [j for j in self.open if self.own.room(i, j)]
        things += [self.n + t for t in range(len(self.problem.teams)) if self.own.may_sit(i, t)]
        return sorted(things, key=lambda x: preference(self.problem, i, x))

    def priority(self, thing: int, i: int) -> tuple[bool, int, int, int]:
        """By rank, whoever has none last; equal ranks by the draw's number, of a seat the least among the
        team's accounts."""
        problem = self.problem
        accounts = (thing,) if thing < self.n else problem.teams[thing - self.n].accounts
        draw = min(int(problem.draw[i, j]) for j in accounts if problem.eligible[i, j])
        return (*merit_place(problem, i), draw, i)

    def quotas(self, i: int, wanted: list[int]) -> list[Quota]:
        """What manager i may take together. Raises Undecided where that is no simple set of quotas."""
        problem, own, things = self.problem, self.own, frozenset(wanted)
        found = []
        for cap in problem.caps:
            left = cap.k - len(own.held[i] & set(cap.accounts))
            found.append(Quota(things & frozenset(cap.accounts), left))
        for t, team in enumerate(problem.teams):
            seat = self.n + t
            apart = things & self.barred(t)
            if seat not in things or not apart:
                continue
            if len(apart) > 1 and not any(q.k <= 1 and apart <= q.things for q in found):
                text = N_(
                    "the bids cannot be settled by deferred acceptance: {staff} may have either a seat on the "
                    "team {team} or several accounts at once; cap those accounts at one, or use the exact "
                    "solver"
                )
                raise Undecided(finding("stable-exclusive", text, staff=problem.managers[i], team=team.key))
            found.append(Quota(apart | {seat}, 1))
        found = needed(found)
        if not laminar(found):
            text = N_(
                "the bids cannot be settled by deferred acceptance: the caps and teams that bind {staff} "
                "overlap, so that one choice depends on another; use the exact solver"
            )
            raise Undecided(finding("stable-overlap", text, staff=problem.managers[i]))
        return found

    def barred(self, t: int) -> frozenset[int]:
        """What goes with no seat on team t: accounts, and seats on teams that hold such."""
        problem = self.problem
        team = problem.teams[t]
        seats = {
            self.n + u
            for u, other in enumerate(problem.teams)
            if u != t
            and (set(other.accounts) & set(team.excluded) or set(team.accounts) & set(other.excluded))
        }
        return frozenset(team.excluded) | seats


def refuse_together(problem: Problem) -> None:
    """Raises Undecided where accounts belong together: whoever wants one of them would have to take all."""
    if problem.together:
        named = Listed([problem.accounts[j] for j in problem.together[0]])
        text = N_(
            "the bids cannot be settled by deferred acceptance: {accounts} must have the same manager; use the "
            "exact solver"
        )
        raise Undecided(finding("stable-together", text, accounts=named))


def refuse_mixed_caps(problem: Problem) -> None:
    """Raises Undecided where a cap counts a team's accounts together with others that a member may hold: how
    much of it a seat uses up is not known before the team's accounts are shared out."""
    for team in problem.teams:
        for cap in problem.caps:
            counted, own = set(cap.accounts), set(team.accounts)
            if counted & own and counted - own - set(team.excluded):
                text = N_(
                    "the bids cannot be settled by deferred acceptance: the cap {cap} counts accounts of the "
                    "team {team} together with others; use the exact solver"
                )
                raise Undecided(finding("stable-cap", text, cap=cap.key, team=team.key))


def preference(problem: Problem, i: int, thing: int) -> tuple[bool, int, int, bool, int, int]:
    """Sorts the better before the worse for manager i: bids in their order; then what they did not bid for:
    the higher level, seats before accounts, the larger balance, the id.

    The bid for a seat is the best of those for the team's accounts that they may hold.
    """
    n = len(problem.accounts)
    if thing >= n:
        team = problem.teams[thing - n]
        made = [b for j in team.accounts if problem.eligible[i, j] and (b := problem.bids.get((i, j)))]
        return (not made, min(made, default=0), -team.level, False, 0, thing)
    bid = problem.bids.get((i, thing))
    return (bid is None, bid or 0, -problem.level[thing], True, -problem.balance[thing], thing)


def merit_place(problem: Problem, i: int) -> tuple[bool, int]:
    """Sorts by rank, whoever has none last."""
    rank = problem.rank[i]
    return (rank is None, rank or 0)
