"""HiGHS through OR-Tools MathOpt: one question at a time, put to the same growing model.

Measured on small random programs with rows of coefficients of order 1 and 10**k: up to k = 5 HiGHS never
missed a point in 6,000; with k = 6, the size of its tolerances, it called 4 of 1,200 programs infeasible that
are not; SCIP none. So where a row is more uneven than EVEN, "there is none" counts only if SCIP says it too.
SCIP is also asked where HiGHS gives up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from ortools.math_opt.python.expressions import fast_sum
from ortools.math_opt.python.linear_constraints import LinearConstraint
from ortools.math_opt.python.model import Model
from ortools.math_opt.python.parameters import SolveParameters, SolverType
from ortools.math_opt.python.result import SolveResult, TerminationReason
from ortools.math_opt.python.solve import solve
from ortools.math_opt.python.variables import Variable

from cmopt.solvers.second.milp import Milp, Row, Sum

SEED = 1
EVEN = 10_000  # largest by smallest coefficient of a row
LARGEST = 2**16  # coefficients of a row in doubles are brought down to this


class Ending(StrEnum):
    NONE = "none"  # no point keeps the rows
    FOUND = "found"
    OPEN = "open"  # the time was up
    FAILED = "failed"  # the engine gave up (numerical trouble or an answer that is not clear)


@dataclass(frozen=True, slots=True)
class Answer:
    """`values`: by variable, rounded to whole numbers; only where a point was found."""

    ending: Ending
    values: list[int] | None = None


class Highs:
    """A Milp in doubles."""

    def __init__(self, milp: Milp) -> None:
        self.milp = milp
        self._model = Model()
        self._variables: list[Variable] = []
        self._rows: list[LinearConstraint] = []
        self._uneven = False

    def narrow(self, bounds: Mapping[int, tuple[int, int]]) -> None:
        """Give the engine these bounds of variables, beside those of the program."""
        self._catch_up()
        for variable, (low, high) in bounds.items():
            self._variables[variable].lower_bound = low
            self._variables[variable].upper_bound = high

    def ask(self, questions: Sequence[Row], objective: Sum, seconds: float) -> Answer:
        """A point that keeps every row of the program and `questions`, with the least `objective`."""
        if seconds <= 0:
            return Answer(Ending.OPEN)
        self._catch_up()
        asked = [self._add(row) for row in questions]
        self._minimise(objective)
        until = time.monotonic() + seconds
        try:
            answer = self._answer(self._solved(SolverType.HIGHS, seconds))
            uneven = self._uneven or any(map(_is_uneven, questions))
            if answer.ending is Ending.FAILED or (answer.ending is Ending.NONE and uneven):
                answer = self._answer(self._solved(SolverType.GSCIP, until - time.monotonic()))
        finally:
            for row in asked:
                self._model.delete_linear_constraint(row)
        return answer

    def multipliers(self, objective: Sum, seconds: float) -> list[Fraction] | None:
        """Dual values of the linear relaxation, one for each row of the program as it stands there; None if the
        engine has none. They are a proposal: what they prove is for `exact` to say."""
        if seconds <= 0:
            return None
        self._catch_up()
        unit = self._minimise(objective)
        whole = [v for v in self._variables if v.integer]
        for variable in whole:
            variable.integer = False
        try:
            result = self._solved(SolverType.HIGHS, seconds)
        finally:
            for variable in whole:
                variable.integer = True
        if result is None or not result.solutions or result.solutions[0].dual_solution is None:
            return None
        duals = result.dual_values(self._rows)
        units = (_row_unit(row) for row in self.milp.rows)
        return [
            Fraction(y) * unit / of_row if math.isfinite(y) else Fraction(0)
            for y, of_row in zip(duals, units, strict=True)
        ]

    def _minimise(self, objective: Sum) -> int:
        """Returns the unit that the objective was divided by."""
        unit = _unit(objective.terms.values())
        self._model.minimize(fast_sum([c / unit * self._variables[v] for v, c in objective.terms.items()]))
        return unit

    def _solved(self, engine: SolverType, seconds: float) -> SolveResult | None:
        """None where the engine ends in an error of its own (MathOpt raises many kinds)."""
        limits = SolveParameters(
            time_limit=timedelta(seconds=max(0.0, seconds)), random_seed=SEED, relative_gap_tolerance=0.0
        )
        try:
            return solve(self._model, engine, params=limits)
        except Exception:
            return None

    def _answer(self, result: SolveResult | None) -> Answer:
        if result is None:
            return Answer(Ending.FAILED)
        reason = result.termination.reason
        if reason is TerminationReason.INFEASIBLE:
            return Answer(Ending.NONE)
        if reason in (TerminationReason.OPTIMAL, TerminationReason.FEASIBLE):
            values = result.variable_values(self._variables)
            return Answer(Ending.FOUND, [round(v) for v in values])
        if reason is TerminationReason.NO_SOLUTION_FOUND:
            return Answer(Ending.OPEN)
        return Answer(Ending.FAILED)

    def _catch_up(self) -> None:
        """Whatever the program has grown by since the last question."""
        milp = self.milp
        for number in range(len(self._variables), len(milp.names)):
            self._variables.append(
                self._model.add_variable(
                    lb=milp.lower[number], ub=milp.upper[number], is_integer=milp.integer[number]
                )
            )
        for row in milp.rows[len(self._rows) :]:
            self._rows.append(self._add(row))
            self._uneven |= _is_uneven(row)

    def _add(self, row: Row) -> LinearConstraint:
        unit = _row_unit(row)
        terms = fast_sum([c / unit * self._variables[v] for v, c in row.terms.items()])
        least = -math.inf if row.least is None else row.least / unit - row.slack
        most = math.inf if row.most is None else row.most / unit + row.slack
        return self._model.add_linear_constraint(lb=least, expr=terms, ub=most)


def _is_uneven(row: Row) -> bool:
    sizes = [abs(c) for c in row.terms.values()]
    return bool(sizes) and max(sizes) > EVEN * min(sizes)


def _row_unit(row: Row) -> int:
    return row.unit if row.unit != 1 else _unit(row.terms.values())


def _unit(factors: Iterable[int]) -> int:
    """What a row is divided by: the common divisor, and a power of two that brings it down to LARGEST."""
    whole = list(factors)
    divisor = math.gcd(*whole) or 1
    largest = max((abs(c) for c in whole), default=0) // divisor
    return divisor << max(0, (largest // LARGEST).bit_length())
