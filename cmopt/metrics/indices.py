"""Indices of inequality of a list of amounts, one function each, by their standard names.

All take any sequence of finite numbers (one a person) and answer a float, or None where the index is
not defined; never inf or NaN. Sums are exact (integers stay integers, floats become fractions), so that
every index is the same for the same amounts in another unit or another order.

Not defined (None) for all of them: no amounts, or an amount that is inf or NaN. Where shares are
formed (all but `spread`) also: a negative amount, or a total of 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

Number = int | float | Fraction
Exact = int | Fraction


def gini(values: Sequence[Number]) -> float | None:
    """Gini coefficient: 0 = all equal, (n - 1)/n = one holds everything. None: see the module.

    G = sum_i (2i - n - 1) x_(i) / (n sum x), x sorted upwards, i = 1..n.
    Source: C. Gini, Variabilità e mutabilità (1912); this form in A. Sen, On Economic Inequality (1973).
    """
    x = _shares_base(values)
    if x is None:
        return None
    n = len(x)
    weighted = sum((2 * i - n - 1) * v for i, v in enumerate(sorted(x), 1))
    return ratio(weighted, n * sum(x))


def jain(values: Sequence[Number]) -> float | None:
    """Jain's fairness index: 1 = all equal, 1/n = one holds everything. None: see the module.

    J = (sum x)^2 / (n sum x^2).
    Source: R. Jain, D. Chiu, W. Hawe, A Quantitative Measure of Fairness and Discrimination,
    DEC-TR-301 (1984).
    """
    x = _shares_base(values)
    return None if x is None else ratio(sum(x) ** 2, len(x) * sum(v * v for v in x))


def theil(values: Sequence[Number]) -> float | None:
    """Theil's T: 0 = all equal, ln n = one holds everything. None: see the module.

    T = (1/n) sum (x/mean) ln(x/mean), with 0 ln 0 = 0.
    Source: H. Theil, Economics and Information Theory (1967).
    """
    x = _shares_base(values)
    if x is None:
        return None
    total, n = sum(x), len(x)
    relative = [v for v in (ratio(n * value, total) for value in x) if v]
    return max(0.0, math.fsum(v * math.log(v) for v in relative) / n)


def coefficient_of_variation(values: Sequence[Number]) -> float | None:
    """Standard deviation (of the population) over mean: 0 = all equal, sqrt(n - 1) = one holds everything.

    None: see the module. Source: K. Pearson, Philosophical Transactions A 187 (1896).
    """
    x = _shares_base(values)
    if x is None:
        return None
    total = sum(x)
    squared = ratio(len(x) * sum(v * v for v in x) - total**2, total**2)
    return None if squared is None else math.sqrt(squared)


def range_ratio(values: Sequence[Number]) -> float | None:
    """(max - min) / mean, the relative range: 0 = all equal, n = one holds everything. None: see the module.

    Source: F. Cowell, Measuring Inequality (3rd ed. 2011), ch. 2, "relative range". (Max over min is not
    used: it is undefined as soon as one person holds nothing.)
    """
    x = _shares_base(values)
    return None if x is None else ratio(len(x) * (max(x) - min(x)), sum(x))


def max_mean(values: Sequence[Number]) -> float | None:
    """max / mean: 1 = all equal, n = one holds everything. None: see the module.

    Source: the load imbalance factor of scheduling, O. Pearce et al., Quantifying the Effectiveness of
    Load Balance Algorithms, ICS '12 (there max/mean - 1).
    """
    x = _shares_base(values)
    return None if x is None else ratio(len(x) * max(x), sum(x))


def herfindahl(values: Sequence[Number]) -> float | None:
    """Herfindahl-Hirschman index of the shares, in [1/n, 1]: 1/n = all equal, 1 = one holds everything.

    None: see the module. Source: A. Hirschman, National Power and the Structure of Foreign Trade (1945);
    O. Herfindahl, Concentration in the Steel Industry (1950).
    """
    x = _shares_base(values)
    return None if x is None else ratio(sum(v * v for v in x), sum(x) ** 2)


def spread(values: Sequence[Number]) -> float | None:
    """max - min, in the unit of the amounts; negative amounts and a total of 0 are allowed. None: no amounts.

    Source: the range; the balance goal of models/README.md minimises it.
    """
    x = exact(values)
    return None if not x else ratio(max(x) - min(x), 1)


INDICES: Mapping[str, Callable[[Sequence[Number]], float | None]] = {
    "gini": gini,
    "jain": jain,
    "theil": theil,
    "cv": coefficient_of_variation,
    "range_ratio": range_ratio,
    "max_mean": max_mean,
    "herfindahl": herfindahl,
    "spread": spread,
}
"""The metric's key in fairness.csv -> its function. Only `spread` has a unit."""


def lorenz_curve(values: Sequence[Number]) -> tuple[tuple[float, float], ...] | None:
    """The points (share of people, share of the total they hold), poorest first, from (0, 0) to (1, 1).

    None: see the module. Source: M. Lorenz, Publications of the American Statistical Association 9 (1905).
    """
    x = _shares_base(values)
    if x is None:
        return None
    total, n = sum(x), len(x)
    points, held = [(0.0, 0.0)], 0 * total
    for i, value in enumerate(sorted(x), 1):
        held += value
        points.append((i / n, float(Fraction(held) / Fraction(total))))
    return tuple(points)


def exact(values: Sequence[Number]) -> list[Exact] | None:
    """The amounts as integers or fractions; None where one of them is inf or NaN."""
    found: list[Exact] = []
    for value in values:
        if isinstance(value, float):
            if not math.isfinite(value):
                return None
            found.append(Fraction(value))
        else:
            found.append(value)
    return found


def ratio(above: Exact, below: Exact) -> float | None:
    """above / below, correctly rounded; None for a zero divisor or where it leaves the range of floats."""
    if below == 0:
        return None
    try:
        return float(above / below)
    except OverflowError:
        return None


def _shares_base(values: Sequence[Number]) -> list[Exact] | None:
    """The exact amounts where shares of their total can be formed, otherwise None."""
    x = exact(values)
    if not x or min(x) < 0 or sum(x) == 0:
        return None
    return x
