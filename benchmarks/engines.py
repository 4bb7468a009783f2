"""The two solvers the baselines run on, behind the few calls that `plain_model.py` makes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from plain_model import Engine, Terms, Var

Hint = Sequence[tuple[Var, int]]


@dataclass(frozen=True)
class Answer:
    """How one search ended. `value` reads a variable; it and `bound` are None without a solution."""

    optimal: bool
    infeasible: bool
    bound: float | None
    value: Callable[[Var], float] | None


class TooLarge(ValueError):
    """The model's sums do not fit into the solver's integers."""


class SolvingEngine(Engine, Protocol):
    def solve(self, terms: Terms, minimise: bool, seconds: float, hint: Hint | None) -> Answer: ...


class CpSatEngine:
    """CP-SAT with its default parameters and so many workers."""

    def __init__(self, workers: int) -> None:
        from ortools.sat.python import cp_model

        self.sat = cp_model
        self.workers = workers
        self.model = cp_model.CpModel()

    def boolean(self) -> Var:
        return self.model.new_bool_var("")

    def integer(self, most: int) -> Var:
        return self.model.new_int_var(0, most, "")

    def amount(self, least: int, most: int) -> Var:
        return self.model.new_int_var(least, most, "")

    def add(self, terms: Terms, least: int | None, most: int | None) -> None:
        self._add(terms, least, most)

    def add_if(self, on: list[Var], off: list[Var], terms: Terms, most: int) -> None:
        self._add(terms, None, most).only_enforce_if([*on, *(x.Not() for x in off)])

    def solve(self, terms: Terms, minimise: bool, seconds: float, hint: Hint | None) -> Answer:
        (self.model.minimize if minimise else self.model.maximize)(self._sum(terms))
        self.model.clear_hints()
        for variable, value in hint or ():
            self.model.add_hint(variable, value)
        solver = self.sat.CpSolver()
        solver.parameters.num_workers = self.workers
        solver.parameters.max_time_in_seconds = seconds
        status = solver.solve(self.model)
        if status == self.sat.MODEL_INVALID:
            raise TooLarge(self.model.validate() or "found out in presolve")
        found = status in (self.sat.OPTIMAL, self.sat.FEASIBLE)
        return Answer(
            optimal=status == self.sat.OPTIMAL,
            infeasible=status == self.sat.INFEASIBLE,
            bound=solver.best_objective_bound if found else None,
            value=solver.value if found else None,
        )

    def _add(self, terms: Terms, least: int | None, most: int | None) -> Any:
        total = self._sum(terms)
        if least is None:
            return self.model.add(total <= most)
        if most is None:
            return self.model.add(total >= least)
        return self.model.add_linear_constraint(total, least, most)

    def _sum(self, terms: Terms) -> Any:
        return self.sat.LinearExpr.weighted_sum([x for _, x in terms], [c for c, _ in terms])


class HighsEngine:
    """HiGHS through MathOpt, with its own choice of threads: loads are continuous, conditions by the smallest M
    that the bounds allow.

    Amounts are held in units of their largest value, and rows with amounts divided by their largest
    coefficient, because the solver's tolerances are absolute.
    """

    def __init__(self) -> None:
        from ortools.math_opt.python import mathopt

        self.mathopt = mathopt
        self.model = mathopt.Model()
        self.unit: dict[Var, int] = {}  # of the amounts

    def boolean(self) -> Var:
        return self.model.add_binary_variable()

    def integer(self, most: int) -> Var:
        return self.model.add_integer_variable(lb=0, ub=most)

    def amount(self, least: int, most: int) -> Var:
        unit = max(abs(least), abs(most), 1)
        variable = self.model.add_variable(lb=least / unit, ub=most / unit)
        self.unit[variable] = unit
        return variable

    def add(self, terms: Terms, least: int | None, most: int | None) -> None:
        row = [(c * self.unit.get(x, 1), x) for c, x in terms]
        by = max(abs(c) for c, _ in row) if any(x in self.unit for _, x in row) else 1
        self.model.add_linear_constraint(
            lb=float("-inf") if least is None else least / by,
            ub=float("inf") if most is None else most / by,
            expr=self.mathopt.fast_sum(c / by * x for c, x in row),
        )

    def add_if(self, on: list[Var], off: list[Var], terms: Terms, most: int) -> None:
        largest = sum(max(c * self._low(x), c * self._high(x)) for c, x in terms)
        big = max(0, round(largest) - most)
        self.add([*terms, *((big, x) for x in on), *((-big, x) for x in off)], None, most + big * len(on))

    def solve(self, terms: Terms, minimise: bool, seconds: float, hint: Hint | None) -> Answer:
        total = self.mathopt.fast_sum(c * x for c, x in terms)
        (self.model.minimize if minimise else self.model.maximize)(total)
        start = {x: value / self.unit.get(x, 1) for x, value in hint or ()}
        begun = time.perf_counter()
        try:
            result = self._solve(seconds, start)
        except Exception:  # it refuses a start now and then ("kError"); MathOpt raises no type of its own
            if not start:
                raise
            result = self._solve(max(0.0, seconds - (time.perf_counter() - begun)), {})
        reason, reasons = result.termination.reason, self.mathopt.TerminationReason
        found = result.has_primal_feasible_solution()
        values = result.variable_values() if found else {}
        return Answer(
            optimal=reason == reasons.OPTIMAL,
            infeasible=reason in (reasons.INFEASIBLE, reasons.INFEASIBLE_OR_UNBOUNDED),
            bound=result.best_objective_bound() if found else None,
            value=values.__getitem__ if found else None,
        )

    def _solve(self, seconds: float, start: dict[Var, float]) -> Any:
        hints = [self.mathopt.SolutionHint(variable_values=start)] if start else []
        return self.mathopt.solve(
            self.model,
            self.mathopt.SolverType.HIGHS,
            params=self.mathopt.SolveParameters(
                time_limit=timedelta(seconds=seconds), relative_gap_tolerance=0.0, absolute_gap_tolerance=0.0
            ),
            model_params=self.mathopt.ModelSolveParameters(solution_hints=hints),
        )

    def _low(self, variable: Var) -> float:
        return float(variable.lower_bound) * self.unit.get(variable, 1)

    def _high(self, variable: Var) -> float:
        return float(variable.upper_bound) * self.unit.get(variable, 1)
