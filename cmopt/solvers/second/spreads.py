"""Spreads as rows, in steps: high >= every member's load >= low, and whole steps >= high - low.

The loads go into the rows multiplied by resolution / scale, so that one is one step of the goal; rows are
exact integers, multiplied by the scale. Steps are counted upwards from the exact difference; an engine is
given the last row a hundred-thousandth of a step looser, so that no rounding can cut a division off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmopt.domain.problem import Problem, Spread
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.milp import Sum

LOOSER = 1e-5


def balance(division: Division) -> Sum:
    """The whole goal."""
    return rest_steps(division) + team_steps(division)


def rest_steps(division: Division) -> Sum:
    """The groups of those on no team (of everybody, where teams are not set apart)."""
    problem = division.problem
    teams = range(len(problem.teams)) if problem.teams_apart else range(0)
    of_teams = {j for t in teams for j in problem.teams[t].accounts}
    accounts = [j for j in range(len(problem.accounts)) if j not in of_teams]
    total = Sum()
    for number, spread in enumerate(problem.spreads):
        inside = {}
        for i in spread.members:
            seats = [division.seat[t, i] for t in teams if (t, i) in division.seat]
            inside[i] = Sum(((v, -1) for v in seats), 1)
        group = _Group(division, spread, f"{number}_rest", accounts, inside)
        total += group.steps() * spread.weight
    return total


def team_steps(division: Division) -> Sum:
    """The groups of the teams' members, where teams are set apart."""
    problem = division.problem
    total = Sum()
    if not problem.teams_apart:
        return total
    everything = list(range(len(problem.accounts)))
    for number, spread in enumerate(problem.spreads):
        for t in range(len(problem.teams)):
            inside = {i: Sum.of([division.seat[t, i]]) for i in spread.members if (t, i) in division.seat}
            group = _Group(division, spread, f"{number}_team_{t}", everything, inside)
            total += group.steps() * spread.weight
    return total


@dataclass
class _Group:
    """Some of a tier's managers: inside[i] is 1 where i belongs to the group (at most 1, or below 0)."""

    division: Division
    spread: Spread
    name: str
    accounts: list[int]  # what a member of this group can hold
    inside: dict[int, Sum]

    def steps(self) -> Sum:
        """weight 0, or nobody to compare: nothing."""
        if not self.spread.weight or len(self.inside) < 2:
            return Sum()
        problem, milp, scale = self.division.problem, self.division.milp, self.spread.scale
        times = problem.resolution
        base = dict(zip(self.spread.members, self.spread.base, strict=True))
        reach = {i: self._reach(i, self.accounts) for i in self.inside}
        low_end = min(base[i] + reach[i][0] for i in self.inside)
        high_end = max(base[i] + reach[i][1] for i in self.inside)
        floor, roof = times * low_end // scale, -(-times * high_end // scale)
        high = milp.variable(f"high_{self.name}", floor, roof, integer=False)
        low = milp.variable(f"low_{self.name}", floor, roof, integer=False)
        steps = milp.variable(f"steps_{self.name}", 0, -(-times * (high_end - low_end) // scale))
        milp.add(f"steps_{self.name}", Sum([(steps, 1), (high, -1), (low, 1)]), least=0, slack=LOOSER)
        scaled_high, scaled_low = Sum([(high, scale)]), Sum([(low, scale)])
        milp.add(f"floor_{self.name}", scaled_high, least=times * low_end, unit=scale)
        milp.add(f"roof_{self.name}", scaled_low, most=times * high_end, unit=scale)
        for i, inside in self.inside.items():
            carried = self._carried(i) + base[i]
            away = inside * -1 + 1
            least, most = self._outside(i)
            over = scaled_high - carried * times + away * (times * max(0, base[i] + most - low_end))
            under = scaled_low - carried * times - away * (times * max(0, high_end - base[i] - least))
            milp.add(f"high_{self.name}_{i}", over, least=0, unit=scale)
            milp.add(f"low_{self.name}_{i}", under, most=0, unit=scale)
        for j in self.accounts:
            if self._sure(j):
                self._cut(j, base, scaled_high, scaled_low, low_end, high_end)
        return Sum.of([steps])

    def _cut(self, j: int, base: dict[int, int], high: Sum, low: Sum, low_end: int, high_end: int) -> None:
        """Whoever of the group holds account j carries it; far tighter in fractions than the other rows."""
        milp, times, scale = self.division.milp, self.division.problem.resolution, self.spread.scale
        over, under = high - times * low_end, low - times * high_end
        for i in self.inside:
            variable = self.division.hold.get((i, j))
            if variable is not None:
                least, most = self._reach(i, self.accounts, holding=j)
                own = base[i] + self.spread.of(i, j)
                over -= Sum([(variable, times * max(0, own + least - low_end))])
                under += Sum([(variable, times * max(0, high_end - own - most))])
        milp.add(f"high_{self.name}_of_{j}", over, least=0, unit=scale)
        milp.add(f"low_{self.name}_of_{j}", under, most=0, unit=scale)

    def _sure(self, j: int) -> bool:
        """Whether everybody who may hold account j belongs to the group if they do."""
        problem = self.division.problem
        for i, inside in self.inside.items():
            if (i, j) in self.division.hold and inside.terms:
                teams = [problem.teams[t] for (t, k) in self.division.seat if k == i]
                if inside.constant != 1:  # on one team
                    return j in self._team(i)
                if not all(j in t.excluded for t in teams):
                    return False
        return True

    def _team(self, i: int) -> tuple[int, ...]:
        """The accounts of the team whose seat makes i belong to the group."""
        (seat,) = self.inside[i].terms
        (t,) = (t for (t, k), v in self.division.seat.items() if k == i and v == seat)
        return self.division.problem.teams[t].accounts

    def _carried(self, i: int) -> Sum:
        pairs = ((self.division.hold.get((i, j)), self.spread.of(i, j)) for j in self.accounts)
        return Sum((v, load) for v, load in pairs if v is not None and load)

    def _outside(self, i: int) -> tuple[int, int]:
        """Least and most load of the group's accounts that i carries without belonging to the group."""
        problem = self.division.problem
        if not self.inside[i].terms:
            return 0, 0
        teams = [t for (t, k) in self.division.seat if k == i]
        if self.inside[i].constant == 1:  # away: on some team
            open_to = {j for t in teams for j in self.accounts if j not in problem.teams[t].excluded}
        else:  # away: not on this one
            open_to = set(self.accounts) - set(self._team(i))
        return self._reach(i, sorted(open_to))

    def _reach(self, i: int, accounts: Sequence[int], holding: int | None = None) -> tuple[int, int]:
        """Least and most that i can carry of `accounts`, beside `holding`, within the caps."""
        loads = {j: self.spread.of(i, j) for j in accounts if j != holding and (i, j) in self.division.hold}
        least = -_most_within(self.division.problem, {j: -v for j, v in loads.items() if v < 0}, holding)
        most = _most_within(self.division.problem, {j: v for j, v in loads.items() if v > 0}, holding)
        return least, most


def _most_within(problem: Problem, loads: dict[int, int], holding: int | None) -> int:
    """An upper bound of what one manager can add up of positive `loads`: of each cap its largest."""
    left, total = dict(loads), 0
    for cap in problem.hard_caps:
        inside = sorted((left.pop(j) for j in cap.accounts if j in left), reverse=True)
        total += sum(inside[: cap.k - (holding in cap.accounts)])
    return total + sum(left.values())
