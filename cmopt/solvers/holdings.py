"""Who holds what so far, and whether one more account keeps every rule but the limits."""

from __future__ import annotations

from cmopt.domain.problem import Problem


class Holdings:
    """`holders`: manager by place. `held`: places by manager. `seats`: members by team. Caps with a price
    count like the others."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.holders: list[int | None] = [None] * len(problem.accounts)
        self.held: list[set[int]] = [set() for _ in problem.managers]
        self.seats: list[set[int]] = [set() for _ in problem.teams]
        self.team_of = {j: t for t, team in enumerate(problem.teams) for j in team.accounts}
        self.others = {j: tuple(k for k in same if k != j) for same in problem.same for j in same}

    def give(self, i: int, j: int) -> bool:
        """Give place j to manager i, with a seat if it is a team's; False where no room is left for it."""
        if not self.room(i, j):
            return False
        self.put(i, j)
        return True

    def put(self, i: int, j: int) -> None:
        """Place j to manager i, from whoever had it, without asking."""
        before = self.holders[j]
        if before is not None:
            self.held[before].remove(j)
        self.holders[j] = i
        self.held[i].add(j)
        if j in self.team_of:
            self.seats[self.team_of[j]].add(i)

    def room(self, i: int, j: int) -> bool:
        """Whether place j is free and manager i may take it beside all they hold."""
        problem, held = self.problem, self.held[i]
        if self.holders[j] is not None or not problem.eligible[i, j]:
            return False
        if any(k in held for k in self.others.get(j, ())):
            return False
        if any(j in c.accounts and len(held & set(c.accounts)) >= c.k for c in problem.caps):
            return False
        if any(i in self.seats[t] and j in team.excluded for t, team in enumerate(problem.teams)):
            return False
        t = self.team_of.get(j)
        return t is None or i in self.seats[t] or self.may_sit(i, t)

    def may_sit(self, i: int, t: int) -> bool:
        """Whether a seat of team t is free and manager i may take it beside all they hold."""
        team = self.problem.teams[t]
        if i in self.seats[t] or len(self.seats[t]) >= team.size or not self.able(i, t):
            return False
        if self.held[i] & set(team.excluded):
            return False
        on = [u for u, members in enumerate(self.seats) if i in members]
        return not any(
            set(team.accounts) & set(other.excluded) or set(other.accounts) & set(team.excluded)
            for other in (self.problem.teams[u] for u in on)
        )

    def able(self, i: int, t: int) -> bool:
        """Whether manager i may hold as many of the team's accounts as a member must."""
        team = self.problem.teams[t]
        return sum(bool(self.problem.eligible[i, j]) for j in team.accounts) >= team.least
