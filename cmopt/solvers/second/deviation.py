"""The distances from the mean as rows, for groups whose size is the same in every division."""

from __future__ import annotations

from cmopt.domain.problem import Problem, Spread
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.milp import Sum
from cmopt.solvers.second.spreads import LOOSER


def countable(problem: Problem) -> bool:
    """Whether every group is always of the same size and what its members carry is linear: nobody is set
    apart in a team, or there is one team whose members hold nothing else, each tier's seats being fixed."""
    if not problem.teams_apart or not problem.teams or not any(t.size for t in problem.teams):
        return True
    if len(problem.teams) != 1:
        return False
    team = problem.teams[0]
    if not set(range(len(problem.accounts))) - set(team.accounts) <= set(team.excluded):
        return False
    people = {i for j in team.accounts for i in problem.may_hold[j]}
    return all(people <= set(s.members) or people.isdisjoint(s.members) for s in problem.spreads)


def deviation(division: Division) -> Sum:
    """The goal; only where it is `countable`."""
    problem = division.problem
    total = Sum()
    teams = [t for t, team in enumerate(problem.teams) if problem.teams_apart and team.size]
    of_team = {j for t in teams for j in problem.teams[t].accounts}
    rest = [j for j in range(len(problem.accounts)) if j not in of_team]
    for number, spread in enumerate(problem.spreads):
        seats = {i: v for (t, i), v in division.seat.items() if t in teams and i in spread.members}
        loads = _loads(division, spread, rest)
        base = dict(zip(spread.members, spread.base, strict=True))
        away = {i: Sum([(seats[i], 1)]) if i in seats else Sum() for i in loads}
        off = {i: loads[i] + base[i] - away[i] * base[i] for i in loads}
        seated = problem.teams[teams[0]].size if seats else 0
        total += _steps(division, spread, f"{number}_rest", off, away, len(loads) - seated)
        if seats:
            brought = _loads(division, spread, sorted(of_team))
            on = {i: brought[i] + Sum([(seat, base[i])]) for i, seat in seats.items()}
            absent = {i: Sum([(seat, -1)], 1) for i, seat in seats.items()}
            total += _steps(division, spread, f"{number}_team", on, absent, seated)
    return total


def _loads(division: Division, spread: Spread, accounts: list[int]) -> dict[int, Sum]:
    loads = {}
    for i in spread.members:
        pairs = ((division.hold.get((i, j)), spread.of(i, j)) for j in accounts)
        loads[i] = Sum((v, load) for v, load in pairs if v is not None and load)
    return loads


def _steps(
    division: Division, spread: Spread, name: str, carried: dict[int, Sum], away: dict[int, Sum], n: int
) -> Sum:
    """weight * ceil(resolution * sum of |n * W - total| / (n * scale)); who is away counts nothing."""
    milp, times = division.milp, division.problem.resolution
    if not spread.weight or n < 2:
        return Sum()
    whole, size = sum(carried.values(), Sum()), n * spread.scale
    distances = Sum()
    for i, load in carried.items():
        over, under = (load * n - whole) * times, (whole - load * n) * times
        reach = max(0, milp.most(over), milp.most(under))
        distance = milp.variable(f"distance_{name}_{i}", 0, -(-reach // size), integer=False)
        for side in (over, under):
            row = side - Sum([(distance, size)]) - away[i] * max(0, milp.most(side))
            milp.add(f"distance_{name}_{i}", row, most=0, unit=size)
        distances += Sum([(distance, 1)])
    steps = milp.variable(f"deviation_{name}", 0, milp.most(distances))
    milp.add(f"deviation_{name}", Sum([(steps, 1)]) - distances, least=0, slack=LOOSER)
    return Sum([(steps, spread.weight)])
