"""A CP-SAT model as rows of integers: least <= sum of coefficients times columns <= most.

Clauses and constraints with enforcement literals become rows too, so that the rows mean exactly what the model
means. Where a model has a constraint of another kind there are no rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints

Term = tuple[int, int]  # column, coefficient


@dataclass(frozen=True)
class Row:
    """None: open on that side."""

    columns: Ints
    coefficients: Ints
    least: int | None
    most: int | None


@dataclass(frozen=True)
class Rows:
    """Minimise cost . x + offset over integers lower <= x <= upper that keep every row."""

    cost: Ints
    offset: int
    lower: Ints
    upper: Ints
    rows: tuple[Row, ...]

    def value(self, x: Ints) -> int:
        return int(self.cost @ x) + self.offset

    def step(self) -> int:
        """What every difference of two values is a multiple of."""
        return gcd(*(abs(v) for v in self.cost.tolist())) or 1


def read_rows(proto: Any) -> Rows | None:
    """The rows of a model with an objective to be minimised; None where something is not linear.

    proto: CpModelProto. Columns are its variables, in its order.
    """
    lower, upper = [], []
    for variable in proto.variables:
        if len(variable.domain) != 2:
            return None
        lower.append(variable.domain[0])
        upper.append(variable.domain[1])
    ends = (lower, upper)
    rows: list[Row] = []
    for constraint in proto.constraints:
        found = _rows_of(constraint, ends)
        if found is None:
            return None
        rows += found
    cost = np.zeros(len(lower), dtype=np.int64)
    for column, coefficient in zip(proto.objective.vars, proto.objective.coeffs, strict=True):
        sign = 1 if column >= 0 else -1
        cost[column if column >= 0 else -column - 1] += sign * coefficient
    return _settled(Rows(cost, round(proto.objective.offset), np.array(lower), np.array(upper), tuple(rows)))


def _rows_of(constraint: Any, ends: tuple[list[int], list[int]]) -> list[Row] | None:
    enforced = list(constraint.enforcement_literal)
    if constraint.has_linear():
        linear = constraint.linear
        if len(linear.domain) != 2:
            return None
        terms = [_term(v, k) for v, k in zip(linear.vars, linear.coeffs, strict=True)]
        least, most = linear.domain[0], linear.domain[1]
        return _enforced(terms, least, most, enforced, ends)
    if constraint.has_exactly_one() and not enforced:
        return [_clause(list(constraint.exactly_one.literals), 1, 1)]
    if constraint.has_at_most_one() and not enforced:
        return [_clause(list(constraint.at_most_one.literals), None, 1)]
    if constraint.has_bool_or():
        return [_clause([*constraint.bool_or.literals, *(-e - 1 for e in enforced)], 1, None)]
    if constraint.has_bool_and():
        nots = [-e - 1 for e in enforced]
        return [_clause([literal, *nots], 1, None) for literal in constraint.bool_and.literals]
    return None


def _term(reference: int, coefficient: int) -> Term:
    """A negative reference to a variable means its opposite in value."""
    return (reference, coefficient) if reference >= 0 else (-reference - 1, -coefficient)


def _clause(literals: Sequence[int], least: int | None, most: int | None) -> Row:
    """A negative literal counts 1 - x."""
    terms = [(v, 1) if v >= 0 else (-v - 1, -1) for v in literals]
    negative = sum(v < 0 for v in literals)
    return _row(terms, None if least is None else least - negative, None if most is None else most - negative)


def _enforced(
    terms: list[Term], least: int, most: int, enforced: list[int], ends: tuple[list[int], list[int]]
) -> list[Row]:
    """Two-sided without enforcement; else each side gives way as soon as an enforcement literal is false."""
    lower, upper = ends
    low = sum(min(k * lower[v], k * upper[v]) for v, k in terms)
    high = sum(max(k * lower[v], k * upper[v]) for v, k in terms)
    if not enforced:
        return [_row(terms, least if least > low else None, most if most < high else None)]
    found = []
    if least > low:
        found.append(_row(*_giving_way(terms, enforced, least, low - least), None))
    if most < high:
        more, end = _giving_way(terms, enforced, most, high - most)
        found.append(_row(more, None, end))
    return found


def _giving_way(terms: list[Term], enforced: list[int], end: int, way: int) -> tuple[list[Term], int]:
    """The terms and the end of one side that moves by `way` for every enforcement literal that is false."""
    more = [(e, way) if e >= 0 else (-e - 1, -way) for e in enforced]
    return [*terms, *more], end + way * sum(e >= 0 for e in enforced)


def _row(terms: Sequence[Term], least: int | None, most: int | None) -> Row:
    together: dict[int, int] = {}
    for column, coefficient in terms:
        together[column] = together.get(column, 0) + coefficient
    kept = {c: k for c, k in together.items() if k}
    unit = gcd(*kept.values()) or 1
    return Row(
        np.fromiter(kept, np.int64, len(kept)),
        np.array([k // unit for k in kept.values()], dtype=np.int64),
        None if least is None else -(-least // unit),
        None if most is None else most // unit,
    )


def _settled(rows: Rows) -> Rows:
    """Rows of one column, and rows that leave no choice at all, become bounds of their columns."""
    lower, upper = rows.lower.copy(), rows.upper.copy()
    left: list[Row] = []
    for row in rows.rows:
        k, c = row.coefficients, row.columns
        low = int(np.where(k > 0, k * lower[c], k * upper[c]).sum())
        high = int(np.where(k > 0, k * upper[c], k * lower[c]).sum())
        if row.most is not None and row.most == low and high > low:
            upper[c] = np.where(k > 0, lower[c], upper[c])
            lower[c] = np.where(k > 0, lower[c], upper[c])
        elif row.least is not None and row.least == high and high > low:
            lower[c] = np.where(k > 0, upper[c], lower[c])
            upper[c] = np.where(k > 0, upper[c], lower[c])
        elif (row.least is None or row.least <= low) and (row.most is None or row.most >= high):
            continue
        left.append(row)
    return Rows(rows.cost, rows.offset, lower, upper, tuple(left))
