"""What the large solver is compared with on branch books: a plain model each for HiGHS and CP-SAT, and greedy.

The plain model has a yes or no for every client and manager, one manager a client, both ends of every band as
hard rows, and the least handover cost as its goal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from book_problems import figures

from cmopt.domain.problem import Problem

Holders = list[int | None]


@dataclass(frozen=True)
class Found:
    """What a solver came to: a manager a client (None: no division), and its bounds of the handover cost and of
    what lies outside the bands."""

    holders: Sequence[int | None] | None
    bound: int | None
    status: str
    least_excess: int | None = None


def solve_highs(problem: Problem, limit: float, threads: int) -> Found:
    from ortools.math_opt.python import mathopt

    model = mathopt.Model()
    n, m = len(problem.accounts), len(problem.managers)
    held = [[model.add_binary_variable() for _ in range(m)] for _ in range(n)]
    for row in held:
        one = model.add_linear_constraint(lb=1, ub=1)
        for x in row:
            one.set_coefficient(x, 1)
    for load, least, most in figures(problem):
        for i in range(m):
            band = model.add_linear_constraint(lb=least, ub=most)
            for j, weight in enumerate(load.tolist()):
                band.set_coefficient(held[j][i], weight)
    cost = _costs(problem)
    model.minimize_linear_objective(
        mathopt.LinearSum(cost[i][j] * held[j][i] for j in range(n) for i in range(m) if cost[i][j])
    )
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=limit))
    answer = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters)
    bound = answer.termination.objective_bounds.dual_bound
    lower = math.ceil(bound - 1e-6 * max(1.0, abs(bound))) if math.isfinite(bound) else None
    status = answer.termination.reason.name.lower()
    if not answer.has_primal_feasible_solution():
        return Found(None, lower, status)
    values = answer.variable_values()
    return Found([max(range(m), key=lambda i: values[row[i]]) for row in held], lower, status)


def solve_cpsat(problem: Problem, limit: float, threads: int) -> Found:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    n, m = len(problem.accounts), len(problem.managers)
    held = [[model.new_bool_var("") for _ in range(m)] for _ in range(n)]
    for row in held:
        model.add_exactly_one(row)
    for load, least, most in figures(problem):
        weights = load.tolist()
        for i in range(m):
            total = cp_model.LinearExpr.weighted_sum([row[i] for row in held], weights)
            model.add_linear_constraint(total, least, most)
    cost = _costs(problem)
    pairs = [(held[j][i], cost[i][j]) for j in range(n) for i in range(m) if cost[i][j]]
    model.minimize(cp_model.LinearExpr.weighted_sum([x for x, _ in pairs], [c for _, c in pairs]))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = threads
    status = solver.solve(model)
    said = solver.status_name(status).lower()
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Found(None, None, said)
    holders = [next(i for i in range(m) if solver.boolean_value(row[i])) for row in held]
    return Found(holders, math.ceil(solver.best_objective_bound - 1e-6), said)


def solve_greedy(problem: Problem, limit: float, threads: int) -> Found:
    from cmopt.solvers.greedy import greedy_holders

    return Found(greedy_holders(problem), None, "greedy")


def solve_large_here(problem: Problem, limit: float, threads: int) -> Found:
    from cmopt.domain.limits import Limits
    from cmopt.domain.progress import NullProgress
    from cmopt.solvers.large import solve_large

    solved = solve_large(problem, Limits(limit), NullProgress(), gap=50)
    goals = {g.name: g for g in solved.result.goals}
    bounds = [goals[name].bound if name in goals else None for name in ("handovers", "penalty")]
    return Found(solved.holders, bounds[0], str(solved.result.status), bounds[1])


SOLVERS = {"cmopt": solve_large_here, "highs": solve_highs, "cpsat": solve_cpsat, "greedy": solve_greedy}


def _costs(problem: Problem) -> list[list[int]]:
    assert problem.handover is not None
    costs: list[list[int]] = problem.handover.tolist()
    return costs
