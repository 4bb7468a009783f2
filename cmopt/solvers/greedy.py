"""The allocator that stands beside the proof: incumbents first, then merit, one account at a time."""

from __future__ import annotations

import time

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.solvers.broken import broken
from cmopt.solvers.score import levels, score

__all__ = ["Greedy", "broken", "greedy_holders"]


class Greedy:
    """The division by fixed precedence, or none where precedence alone cannot keep every hard rule."""

    name = "greedy"

    def solve(self, problem: Problem, limits: Limits, progress: Progress | None = None) -> Result:
        """Nothing is proven, no bound is known. Status unknown, no division, if a rule would be broken."""
        begun = time.perf_counter()
        (progress or NullProgress()).phase("greedy", 1, 1)
        holders = greedy_holders(problem)
        seconds = time.perf_counter() - begun
        if broken(problem, holders):
            return Result(Status.UNKNOWN, self.name, seconds, (), None)
        values = score(problem, holders)
        phases = tuple(
            Phase(n, SENSE[n], v, None, False, 0.0, levels(problem, n, holders)) for n, v in values.items()
        )
        return Result(Status.FEASIBLE, self.name, seconds, phases, problem.allocation(list(holders)))


def greedy_holders(problem: Problem) -> list[int | None]:
    """Manager by account; see `broken` for whether it keeps every rule.

    Pins; then eligible incumbents, the largest balance first (the team's too, where incumbency is a rule);
    then the team's open seats and its accounts; then the open accounts, the highest level and largest
    balance first, leads before backups, each to the best-ranked manager who may hold it and has room, in the
    own branch first among equals in rank; ids break what ties are left. Where that breaks a rule, it tries
    again: the teams seated before the incumbents of the other accounts, then also with whoever is short of a
    limit's least before anybody else.
    """
    holders: list[int | None] = []
    for teams_first, short_first in ((False, False), (True, False), (False, True), (True, True)):
        if (teams_first and not problem.teams) or (short_first and not problem.limits):
            continue
        tried = _by_precedence(problem, teams_first, short_first)
        if not broken(problem, tried):
            return tried
        holders = holders or tried
    return holders


def _by_precedence(problem: Problem, teams_first: bool, short_first: bool) -> list[int | None]:
    state = _State(problem)
    state.keep_pins()
    by_size = sorted(
        range(len(problem.accounts)),
        key=lambda j: (j in problem.backups, -problem.level[j], -problem.balance[j], j),
    )
    loans = [j for j in by_size if j not in state.team_of]
    if teams_first and not problem.keep_is_rule:
        state.seat_teams()
    for j in by_size if problem.keep_is_rule else loans:
        keeper = problem.keeper[j]
        if keeper is not None:
            state.give(keeper, j) or (problem.keep_is_rule and state.give(keeper, j, at_a_price=True))
    state.seat_teams()
    places = [_place(problem, i) for i in range(len(problem.managers))]
    for at_a_price in (False, True):
        for j in loans:
            if state.holders[j] is not None:
                continue
            able = sorted(problem.may_hold[j], key=lambda i: (places[i], bool(problem.outside[i, j]), i))
            if short_first:
                able.sort(key=lambda i: not state.is_short(i, j))
            any(state.give(i, j, at_a_price) for i in able)
    return state.holders


def _place(problem: Problem, i: int) -> tuple[bool, int]:
    rank = problem.rank[i]
    return (rank is None, rank or 0)


class _State:
    """Who holds what so far, and whether one more account keeps every rule."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.holders: list[int | None] = [None] * len(problem.accounts)
        self.team_of = {j: t for t, team in enumerate(problem.teams) for j in team.accounts}
        self.seats: list[set[int]] = [set() for _ in problem.teams]
        self.held: list[set[int]] = [set() for _ in problem.managers]
        self.excluded = [frozenset(team.excluded) for team in problem.teams]
        self.capped = [(cap, frozenset(cap.accounts)) for cap in problem.caps]
        self.siblings = {j: places for places in problem.same for j in places}
        self.group_of = {j: group for group in problem.together for j in group}
        self.limited = [
            (limit, {i: u for u, unit in enumerate(limit.units) for i in unit}, list(limit.base))
            for limit in problem.limits
        ]

    def give(self, i: int, j: int, at_a_price: bool = False) -> bool:
        """Give account j, and all that belong together with it, to manager i if they are still free and no
        rule is broken, nor (unless `at_a_price`) a soft one overstepped."""
        given: list[int] = []
        for k in self.group_of.get(j, (j,)):
            if not self._give_one(i, k, at_a_price):
                for back in reversed(given):
                    self._take_back(i, back)
                return False
            given.append(k)
        return True

    def _give_one(self, i: int, j: int, at_a_price: bool) -> bool:
        if self.holders[j] is not None or not self.problem.eligible[i, j]:
            return False
        if not (self._room(i, j, at_a_price) and self._fits(i, j, at_a_price)):
            return False
        self.holders[j] = i
        self.held[i].add(j)
        if j in self.team_of:
            self.seats[self.team_of[j]].add(i)
        for limit, unit_of, totals in self.limited:
            if i in unit_of:
                totals[unit_of[i]] += limit.of(i, j)
        return True

    def _take_back(self, i: int, j: int) -> None:
        self.holders[j] = None
        self.held[i].discard(j)
        if j in self.team_of and not self.held[i] & set(self.problem.teams[self.team_of[j]].accounts):
            self.seats[self.team_of[j]].discard(i)
        for limit, unit_of, totals in self.limited:
            if i in unit_of:
                totals[unit_of[i]] -= limit.of(i, j)

    def keep_pins(self) -> None:
        """A pin on an account with several places takes the lead, unless the incumbent can keep it."""
        for i, j in self.problem.pins:
            places = self.problem.places.get(j, (j,))
            keeper = self.problem.keeper[j]
            if len(places) > 1 and keeper is not None and (keeper, j) not in self.problem.pins:
                self.give(keeper, j, at_a_price=True)
            any(self.give(i, k, at_a_price=True) for k in places)

    def is_short(self, i: int, j: int) -> bool:
        """Whether manager i still lacks something that account j brings to reach the least of a limit."""
        for limit, unit_of, totals in self.limited:
            least = None if i not in unit_of else limit.least[unit_of[i]]
            if least is not None and totals[unit_of[i]] < least and limit.of(i, j) > 0:
                return True
        return False

    def _room(self, i: int, j: int, at_a_price: bool) -> bool:
        """Caps, teams, and the places of one account."""
        for cap, accounts in self.capped:
            soft = at_a_price and cap.price is not None
            if j in accounts and not soft and len(self.held[i] & accounts) >= cap.k:
                return False
        for t, team in enumerate(self.problem.teams):
            if j in self.excluded[t] and i in self.seats[t]:
                return False
            full = len(self.seats[t]) >= team.size or self.held[i] & self.excluded[t]
            if self.team_of.get(j) == t and i not in self.seats[t] and full:
                return False
        places = self.siblings.get(j, ())
        lead_missing = j in self.problem.backups and self.holders[places[0]] is None
        return not lead_missing and all(self.holders[k] != i for k in places)

    def _fits(self, i: int, j: int, at_a_price: bool) -> bool:
        """Whether the account brings no unit above the most of a limit."""
        for limit, unit_of, totals in self.limited:
            if i not in unit_of or (at_a_price and limit.price is not None):
                continue
            most, load = limit.most[unit_of[i]], limit.of(i, j)
            if most is None or load <= 0 or totals[unit_of[i]] + load <= most:
                continue
            if not (limit.except_teams and (j in self.team_of or any(i in s for s in self.seats))):
                return False
        return True

    def seat_teams(self) -> None:
        """Fill each team's seats (who served its accounts first, then by rank) and hand out its accounts."""
        for t, team in enumerate(self.problem.teams):
            order = sorted(
                {i for j in team.accounts for i in self.problem.may_hold[j]},
                key=lambda i, team=team: (not team.served[i], _place(self.problem, i), i),  # type: ignore[misc]
            )
            members = [i for i in order if i in self.seats[t] or not self.held[i] & set(team.excluded)]
            seated = sorted(self.seats[t]) + [i for i in members if i not in self.seats[t]]
            seated = seated[: max(team.size, len(self.seats[t]))]
            self._hand_out(team.accounts, seated, team.least)

    def _hand_out(self, accounts: tuple[int, ...], seated: list[int], least: int) -> None:
        """Each member's least first (own accounts first, then those no other member held, the largest first),
        the rest to its own incumbent or to who holds least."""
        keeper = self.problem.keeper
        left = sorted(accounts, key=lambda j: (-self.problem.balance[j], j))
        for n in range(least):
            for i in seated:
                if len(self.held[i] & set(accounts)) > n:
                    continue
                own_first = sorted(
                    left,
                    key=lambda j, i=i: (keeper[j] != i, keeper[j] in seated, left.index(j)),  # type: ignore[misc]
                )
                for j in own_first:
                    if self.give(i, j):
                        left.remove(j)
                        break
        for j in left:
            own = keeper[j]
            if own in seated and self.give(own, j):
                continue
            light = sorted(seated, key=lambda i: (sum(self.problem.balance[k] for k in self.held[i]), i))
            for i in light:
                if self.give(i, j):
                    break
