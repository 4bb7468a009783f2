"""The linear relaxation of some rows: duals to bound and to guide by. Floats, used as hints only.

No number of this file is part of a proof: `bound` counts again in integers whatever multipliers it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmopt.solvers.linear.rows import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Relaxed:
    """An optimum of the relaxation: columns, and a dual value by row (at least 0 where `least` binds)."""

    columns: Floats
    duals: Floats


def relax(rows: Rows, seconds: float) -> Relaxed | None:
    """By GLOP; None where it finds no optimum in time."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")  # type: ignore[no-untyped-call]
    if solver is None or seconds <= 0:
        return None
    solver.set_time_limit(max(1, int(min(seconds, 1e6) * 1000)))
    infinity = solver.infinity()
    columns = [
        solver.NumVar(low, high, "")
        for low, high in zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)
    ]
    constraints = []
    for row in rows.rows:
        constraint = solver.RowConstraint(
            -infinity if row.least is None else float(row.least),
            infinity if row.most is None else float(row.most),
            "",
        )
        for column, coefficient in zip(row.columns.tolist(), row.coefficients.tolist(), strict=True):
            constraint.SetCoefficient(columns[column], float(coefficient))
        constraints.append(constraint)
    objective = solver.Objective()
    for column, value in zip(columns, rows.cost.tolist(), strict=True):
        if value:
            objective.SetCoefficient(column, float(value))
    objective.SetMinimization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    return Relaxed(
        np.array([c.solution_value() for c in columns]), np.array([c.dual_value() for c in constraints])
    )
