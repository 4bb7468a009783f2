"""One person's lines of the scores and results tables, looked up by period and folded into a year's figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_parts import Figure, Fold
from cmopt.domain.grading_scheme import Derived, Grading, Period
from cmopt.domain.roster import Assessed, Mark, Staff

QUARTERS = ("Q1", "Q2", "Q3", "Q4")


@dataclass(frozen=True, slots=True)
class Folded:
    """A year's figure in millionths. `value` None: there is none; `gaps`: the periods without a line.

    `refused`: the scheme does not go on without the gaps' lines. `absent`: one of the lines says 缺考.
    """

    value: Fraction | None
    gaps: tuple[str, ...] = ()
    refused: bool = False
    absent: bool = False


class Record:
    """What the tables say of one person about one year. Figures are exact fractions of millionths."""

    def __init__(self, staff: Staff, grading: Grading, year: str | None) -> None:
        self.staff = staff
        self.grading = grading
        self.year = year

    def score(self, item: str, source: str, quarterly: bool, fold: Fold | None) -> Folded:
        """The year's score of one source; an absence counts 0 here (whether it may was the scheme's word)."""
        lines = self._scores.get((item, source), {})
        values = {p: _points(line) for p, line in lines.items()}
        wanted = self.periods(quarterly)
        used = [p for p in wanted if p in lines] or [None] * (not quarterly and None in lines)
        absent = any(lines[p].score is Mark.ABSENT for p in used)
        if not quarterly:
            value = values[used[0]] if used else None
            return Folded(value, () if used else tuple(map(str, wanted[:1])), absent=absent)
        folded = fold_quarters({p: values.get(p) for p in map(str, wanted)}, self.grading.period, fold)
        return Folded(folded.value, folded.gaps, folded.refused, absent)

    def score_lines(self, item: str, source: str, quarterly: bool) -> list[Assessed]:
        """The lines that `score` looks at."""
        lines = self._scores.get((item, source), {})
        wanted: list[str | None] = [p for p in self.periods(quarterly) if p in lines]
        if not wanted and not quarterly and None in lines:
            wanted = [None]
        return [lines[p] for p in wanted]

    def figure(self, key: str, figure: Figure, quarterly: bool, fold: Fold | None) -> Folded:
        """A measure's (or derived) figure of the year, its growth over the year before, or that in per cent."""
        now = self._value(key, self.year, quarterly, fold)
        if figure == "value" or now.value is None:
            return now
        before = self._value(key, _year_before(self.year), quarterly, fold)
        gaps, refused = (*now.gaps, *before.gaps), now.refused or before.refused
        if before.value is None or (figure == "growth_rate" and before.value <= 0):
            return Folded(None, gaps, refused)
        grown = now.value - before.value
        return Folded(grown if figure == "growth" else grown * 100 * UNIT / before.value, gaps, refused)

    def periods(self, quarterly: bool) -> tuple[str | None, ...]:
        """The periods of a year's figure, in order."""
        return _periods(self.year, quarterly)

    # --- within ---

    def _value(self, key: str, year: str | None, quarterly: bool, fold: Fold | None) -> Folded:
        derived = next((d for d in self.grading.derived if d.key == key), None)
        if derived is not None:
            return self._derived(derived, year, quarterly, fold)
        lines = self._results.get(key, {})
        if quarterly:
            of_quarters = {str(p): lines.get(p) for p in _periods(year, True)}
            return fold_quarters(of_quarters, self.grading.period, fold)
        value = lines.get(year)
        if value is None and year == self.year:
            value = lines.get(None)
        return Folded(value, () if value is not None else tuple(map(str, _periods(year, False))))

    def _derived(self, derived: Derived, year: str | None, quarterly: bool, fold: Fold | None) -> Folded:
        """The sum of coefficient times figure; None where one has none and the scheme does not say 0."""
        total = Fraction(0)
        gaps: tuple[str, ...] = ()
        there = False
        for component in derived.components:
            part = self._value(component.measure, year, quarterly, fold)
            gaps += part.gaps
            if part.refused:
                return Folded(None, tuple(dict.fromkeys(gaps)), True)
            if part.value is None and derived.missing == "refuse":
                return Folded(None, tuple(dict.fromkeys(gaps)))
            there = there or part.value is not None
            total += (part.value or 0) * Fraction(component.coefficient, UNIT)
        return Folded(total if there else None, tuple(dict.fromkeys(gaps)))

    @cached_property
    def _scores(self) -> Mapping[tuple[str, str | None], Mapping[str | None, Assessed]]:
        """By (item, source); a line without a source is of the item's only one."""
        only = {i.key: i.sources[0].source for i in self.grading.assessed_items if len(i.sources) == 1}
        found: dict[tuple[str, str | None], dict[str | None, Assessed]] = {}
        for line in self.staff.assessed:
            source = only.get(line.item) if line.source is None else line.source
            found.setdefault((line.item, source), {})[line.period] = line
        return found

    @cached_property
    def _results(self) -> Mapping[str, Mapping[str | None, Fraction]]:
        found: dict[str, dict[str | None, Fraction]] = {}
        for line in self.staff.results:
            found.setdefault(line.measure, {})[line.period] = Fraction(line.value)
        return found


def fold_quarters(
    values: Mapping[str, Fraction | None], period: Period | None, fold: Fold | None = None
) -> Folded:
    """Four quarters' figures as one: their mean, sum, weighted mean, or the last of them.

    A quarter without a line counts as period.missing_quarter says. With no line at all there is no figure.
    """
    assert period is not None  # the scheme was checked for it
    how = fold or period.fold
    quarters = list(values)
    gaps = tuple(p for p in quarters if values[p] is None)
    if len(gaps) == len(quarters):
        return Folded(None, gaps)
    if how == "last":
        gaps = gaps if quarters[-1] in gaps else ()
    if gaps and period.missing_quarter == "refuse":
        return Folded(None, gaps, refused=True)
    fill = Fraction(0) if period.missing_quarter == "zero" else None
    there = {p: v if v is not None else fill for p, v in values.items()}
    return Folded(_folded({p: v for p, v in there.items() if v is not None}, quarters, how, period), gaps)


def _folded(
    there: Mapping[str, Fraction], quarters: Sequence[str], how: Fold, period: Period
) -> Fraction | None:
    """Of the quarters that count; those that do not are stood for by the mean of the others."""
    if how == "last":
        return there[max(there)]
    weight = dict(zip(quarters, period.weights if how == "weighted" else (1,) * len(quarters), strict=True))
    whole = sum(weight[p] for p in there)
    if not whole:
        return None
    mean = sum((v * weight[p] for p, v in there.items()), Fraction(0)) / whole
    return mean * len(quarters) if how == "sum" else mean


def rounded(value: Fraction) -> int:
    """The nearest whole millionth, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _points(line: Assessed) -> Fraction:
    return Fraction(line.score) if isinstance(line.score, int) else Fraction(0)


def _periods(year: str | None, quarterly: bool) -> tuple[str | None, ...]:
    if year is None:
        return (None,)
    return tuple(f"{year}{q}" for q in QUARTERS) if quarterly else (year,)


def _year_before(year: str | None) -> str | None:
    return None if year is None else f"{int(year) - 1:04}"
