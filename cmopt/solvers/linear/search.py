"""CP-SAT on some of the columns, the others as they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from cmopt.domain.problem import Bools, Ints
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.run import Ending, run_once
from cmopt.solvers.linear.rows import Rows

PARAMETERS = {"linearization_level": 2, "cp_model_probing_level": 0, "symmetry_level": 0, "cut_level": 1}
LOWEST, HIGHEST = -(2**62), 2**62


@dataclass(frozen=True)
class Found:
    """How a search of a part ended; `x` the columns of its best solution, all of them, None without one."""

    ending: Ending
    x: Ints | None


class Searches:
    """Searches of parts of the same rows, whatever the bounds of their columns are meanwhile."""

    def __init__(self, rows: Rows) -> None:
        self._rows_at: list[list[int]] = [[] for _ in rows.cost]
        for r, row in enumerate(rows.rows):
            for column in row.columns.tolist():
                self._rows_at[column].append(r)

    def search(
        self, rows: Rows, x: Ints, free: Bools, effort: float, seconds: float, progress: Progress, known: bool
    ) -> Found:
        """The least cost with the columns outside `free` as in `x`, within a deterministic `effort`.

        known: x is a solution; it is given as a hint, and only solutions that are no worse are looked for.
        """
        cp = cp_model.CpModel()
        columns = np.flatnonzero(free).tolist()
        variable = {}
        for c in columns:
            low, high = min(int(rows.lower[c]), int(x[c])), max(int(rows.upper[c]), int(x[c]))
            if not known:
                low, high = int(rows.lower[c]), int(rows.upper[c])
            variable[c] = cp.new_bool_var("") if (low, high) == (0, 1) else cp.new_int_var(low, high, "")
            if known:
                cp.add_hint(variable[c], int(x[c]))
        least: int | None
        most: int | None
        for r in sorted({r for c in columns for r in self._rows_at[c]}):
            row = rows.rows[r]
            inside = free[row.columns]
            own, k = row.columns[inside].tolist(), row.coefficients[inside].tolist()
            rest = int((row.coefficients[~inside] * x[row.columns[~inside]]).sum())
            least = None if row.least is None else row.least - rest
            most = None if row.most is None else row.most - rest
            expr = cp_model.LinearExpr.weighted_sum([variable[c] for c in own], k)
            cp.add_linear_constraint(
                expr, LOWEST if least is None else least, HIGHEST if most is None else most
            )
        cost = cp_model.LinearExpr.weighted_sum([variable[c] for c in columns], rows.cost[columns].tolist())
        if known:
            cp.add(cost <= int(rows.cost[columns] @ x[columns]))
        cp.minimize(cost)
        solve = run_once(cp, seconds, progress, PARAMETERS, effort)
        if solve.values is None:
            return Found(solve.ending, None)
        better = x.copy()
        for c in columns:
            better[c] = solve.values(variable[c])
        return Found(solve.ending, better)
