"""The allocator that stands beside the proof: incumbents first, then merit, one account at a time."""

from __future__ import annotations

import time

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.solvers.score import Holders, score


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
        phases = tuple(Phase(n, SENSE[n], v, None, False, 0.0) for n, v in values.items())
        return Result(Status.FEASIBLE, self.name, seconds, phases, problem.allocation(list(holders)))


def greedy_holders(problem: Problem) -> list[int | None]:
    """Manager by account; see `broken` for whether it keeps every rule.

    Pins; then eligible incumbents, the largest balance first (the team's too, where incumbency is a rule);
    then the team's open seats and its accounts; then the open accounts, the highest level and largest
    balance first, each to the best-ranked manager who may hold it and has room, in the own branch first
    among equals in rank; ids break what ties are left. Where incumbents leave too few for a team's seats,
    the teams are seated before the incumbents of the other accounts.
    """
    holders = _by_precedence(problem, teams_first=False)
    if problem.teams and broken(problem, holders):
        seated = _by_precedence(problem, teams_first=True)
        if not broken(problem, seated):
            return seated
    return holders


def _by_precedence(problem: Problem, teams_first: bool) -> list[int | None]:
    state = _State(problem)
    for i, j in problem.pins:
        state.give(i, j)
    by_size = sorted(range(len(problem.accounts)), key=lambda j: (-problem.level[j], -problem.balance[j], j))
    loans = [j for j in by_size if j not in state.team_of]
    if teams_first and not problem.keep_is_rule:
        state.seat_teams()
    for j in by_size if problem.keep_is_rule else loans:
        keeper = problem.keeper[j]
        if keeper is not None:
            state.give(keeper, j)
    state.seat_teams()
    for j in loans:
        for i in sorted(
            problem.may_hold[j], key=lambda i: (_place(problem, i), bool(problem.outside[i, j]), i)
        ):
            if state.give(i, j):
                break
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

    def give(self, i: int, j: int) -> bool:
        """Give account j to manager i if it is still free and no rule is broken."""
        if self.holders[j] is not None or not self.problem.eligible[i, j] or not self._room(i, j):
            return False
        self.holders[j] = i
        self.held[i].add(j)
        if j in self.team_of:
            self.seats[self.team_of[j]].add(i)
        return True

    def _room(self, i: int, j: int) -> bool:
        for cap in self.problem.caps:
            if j in cap.accounts and len(self.held[i] & set(cap.accounts)) >= cap.k:
                return False
        for t, team in enumerate(self.problem.teams):
            if j in team.excluded and i in self.seats[t]:
                return False
            full = len(self.seats[t]) >= team.size or self.held[i] & set(team.excluded)
            if j in team.accounts and i not in self.seats[t] and full:
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


def broken(problem: Problem, holders: Holders) -> bool:
    """Whether a hard rule is broken: a pin not kept, a cap, a team's size, least or exclusion."""
    held: list[set[int]] = [set() for _ in problem.managers]
    for j, i in enumerate(holders):
        if i is not None:
            if not problem.eligible[i, j]:
                return True
            held[i].add(j)
    if any(holders[j] != i for i, j in problem.pins):
        return True
    if problem.keep_is_rule and any(k is not None and holders[j] != k for j, k in enumerate(problem.keeper)):
        return True
    if any(len(h & set(c.accounts)) > c.k for c in problem.caps for h in held):
        return True
    for team in problem.teams:
        counts = [len(h & set(team.accounts)) for h in held]
        seated = [i for i, n in enumerate(counts) if n]
        if len(seated) != team.size or any(counts[i] < team.least for i in seated):
            return True
        if any(held[i] & set(team.excluded) for i in seated):
            return True
    return False
