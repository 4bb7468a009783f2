"""Small generalized assignment problems as cases, and their optimum over all divisions there are."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Problem
from cmopt.domain.roster import Roster, Staff
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.broken import broken

SCHEMES = Path(__file__).resolve().parents[2] / "benchmarks" / "external_schemes"
Figures = list[list[int]]


def random_gap(
    seed: int, agents: int, jobs: int, tightness: float = 1.0
) -> tuple[Figures, Figures, list[int]]:
    """(cost, uses, capacity), dear where light, as in the hard published ones."""
    dice = Random(seed)
    uses = [[dice.randint(5, 25) for _ in range(jobs)] for _ in range(agents)]
    cost = [[max(1, 30 - use + dice.randint(-4, 4)) for use in row] for row in uses]
    capacity = [int(tightness * sum(row) / agents) for row in uses]
    return cost, uses, capacity


def gap_problem(cost: Figures, uses: Figures, capacity: list[int]) -> Problem:
    scheme = load_scheme(SCHEMES / "gap.toml")
    staff = [
        Staff(f"M{i:02}", f"员工 {i:03}", "支行", tier="agent", measures={"capacity": c * UNIT})
        for i, c in enumerate(capacity)
    ]
    clients = [Client(f"C{j:03}", f"样例企业 {j:03}", "支行", "loan", UNIT) for j in range(len(cost[0]))]
    links = [
        Link(f"M{i:02}", f"C{j:03}", cost=cost[i][j] * UNIT, measures={"uses": uses[i][j] * UNIT})
        for i in range(len(cost))
        for j in range(len(cost[0]))
    ]
    case = Case(Roster(tuple(staff)), tuple(clients), tuple(links))
    return build_problem(case, scheme, grade(case.roster, scheme, 1), 1)


def partition_problem(loads: list[int], subsets: int) -> Problem:
    """Equal counts, least largest sum; the numbers of `loads` must divide evenly."""
    each = len(loads) // subsets
    settings = {"limits.equal_counts.least": str(each), "limits.equal_counts.most": str(each)}
    scheme = load_scheme(SCHEMES / "partition.toml", settings)
    staff = [Staff(f"M{i:02}", f"员工 {i:03}", "支行", tier="subset") for i in range(subsets)]
    clients = [
        Client(f"C{j:03}", f"样例企业 {j:03}", "支行", "loan", UNIT, measures={"size": v * UNIT})
        for j, v in enumerate(loads)
    ]
    case = Case(Roster(tuple(staff)), tuple(clients))
    return build_problem(case, scheme, grade(case.roster, scheme, 1), 1)


def divisions(problem: Problem) -> list[tuple[int, ...]]:
    """Every division of all accounts that keeps the rules."""
    every = itertools.product(range(len(problem.managers)), repeat=len(problem.accounts))
    return [h for h in every if not broken(problem, h)]
