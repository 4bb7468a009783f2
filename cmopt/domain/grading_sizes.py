"""Figures of business of the size a scheme speaks of, for examples and invented cases.

The scheme's targets, steps and needs say which figures matter (`GradingNeeds.aims`); a level from 0 (weak) to 1
(strong) is spread over them, so that the weak miss even the least of them and the strong reach the most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import Aim, FigureKind, GradingNeeds, Unit

BASE: dict[str, int] = {"money": 500 * UNIT, "count": 20 * UNIT, "points": 80 * UNIT, "percent": 60 * UNIT}
STEP: dict[str, int] = {"money": UNIT // 100, "count": UNIT, "points": UNIT // 10, "percent": UNIT // 10}
LEAST, MOST = 0.6, 1.3  # of the lowest and of the highest size that the scheme speaks of
COST = 0.25  # of the figures that it is taken off, together


def figures_at(needs: GradingNeeds, level: Callable[[str], float]) -> dict[tuple[str, str | None], int]:
    """(measure, period) -> figure in millionths, for every line of the results table that the scheme needs.

    `level(measure)`: 0 to 1, asked once a line. The periods of the year before are such that growth is of the
    size the scheme speaks of, too.
    """
    years = sorted({p[:4] for p in needs.periods_of["results"] if p})
    found: dict[tuple[str, str | None], int] = {}
    for line in sorted(needs.result_lines, key=lambda n: n.period or "", reverse=True):  # this year first
        measure, unit = line.measure, line.unit
        if line.period is None or not years or line.period[:4] == years[-1]:
            now = _value(needs, measure, unit, level(measure), quarterly=_quarterly(line.period))
            found[measure, line.period] = now
        else:
            after = f"{int(line.period[:4]) + 1:04}{line.period[4:]}"
            now = found.get((measure, after), BASE[unit])
            before = _before(needs, measure, now, level(measure), _quarterly(line.period))
            found[measure, line.period] = _round(before, unit)
    return found


def _value(needs: GradingNeeds, measure: str, unit: Unit, level: float, *, quarterly: bool) -> int:
    aims = _sizes(needs, measure, "value", quarterly) or _sizes(needs, measure, "value", not quarterly)
    if not aims:
        return _round(round(BASE[unit] * (0.5 + level)), unit)
    return _round(_spread(aims, level), unit)


def _before(needs: GradingNeeds, measure: str, now: int, level: float, quarterly: bool) -> int:
    """The figure of the year before from which this year's has grown as the level says."""
    grown = _sizes(needs, measure, "growth", quarterly) or _sizes(needs, measure, "growth", not quarterly)
    if grown:
        return now - _spread(grown, level)
    rates = _sizes(needs, measure, "growth_rate", quarterly) or _sizes(
        needs, measure, "growth_rate", not quarterly
    )
    rate = _spread(rates, level) if rates else round(20 * UNIT * level)
    return now * 100 * UNIT // max(100 * UNIT + rate, UNIT)


def _sizes(needs: GradingNeeds, measure: str, figure: FigureKind, quarterly: bool) -> list[int]:
    """The sizes of one line of the measure that the scheme speaks of, as far as it is one of their terms."""
    return [
        _share(aim, measure)
        for aim in needs.aims
        if measure in aim.terms and aim.figure == figure and aim.quarterly == quarterly
    ]


def _share(aim: Aim, measure: str) -> int:
    """What one term brings to a figure made of several: even shares, costs a quarter of them."""
    coefficient = aim.terms[measure]
    if aim.figure == "growth_rate":
        return aim.size
    gains = sum(c > 0 for c in aim.terms.values()) or 1
    costs = sum(c < 0 for c in aim.terms.values())
    if coefficient > 0:
        over = 1 / (1 - COST) if costs else 1.0
        return round(aim.size * UNIT / coefficient * over / gains)
    return round(aim.size * UNIT / -coefficient * COST / (1 - COST) / costs) if coefficient else 0


def _spread(sizes: Sequence[int], level: float) -> int:
    low, high = min(sizes), max(sizes)
    low, high = round(low * LEAST), round(high * MOST)
    return low + round((high - low) * level)


def _round(figure: int, unit: str) -> int:
    return round(figure / STEP[unit]) * STEP[unit]


def _quarterly(period: str | None) -> bool:
    return period is not None and "Q" in period
