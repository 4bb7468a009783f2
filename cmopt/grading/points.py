"""The points of one part of the total, with the steps they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import UNIT, show_fixed
from cmopt.domain.grade import Beside
from cmopt.domain.roster import Mark, Staff
from cmopt.domain.scheme import Grading, Part, PointsRule
from cmopt.errors import Finding, Message
from cmopt.grading.assess import ItemPoints, item_points
from cmopt.grading.figures import Record, rounded


@dataclass(frozen=True, slots=True)
class Points:
    """`points` after the cap, `uncapped` before it (fixed-point); `steps` as (zh title, en title, sum).

    `counted`: what the part adds to the total (its points, or its weight of the full marks).
    """

    points: int
    uncapped: int
    steps: tuple[tuple[str, str, str], ...]
    weighted: int | None = None

    @property
    def counted(self) -> int:
        return self.points if self.weighted is None else self.weighted


@dataclass(frozen=True)
class Total:
    """One person's points: by part and by item, and what the tables had to say besides."""

    parts: tuple[Points, ...]
    items: Mapping[str, int]
    faults: tuple[Finding, ...] = ()
    notes: tuple[Message, ...] = ()
    absent: bool = False
    quarters: Mapping[str, int | None] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()

    @property
    def points(self) -> int:
        return sum(p.counted for p in self.parts)


def total_points(staff: Staff, grading: Grading, year: str | None) -> Total:
    """All parts of one person in one year. With faults the points mean nothing."""
    record = Record(staff, grading, year)
    said = {i.key: item_points(i, record) for i in grading.all_items if not i.by_column}
    parts = tuple(part_points(staff, p, said, grading.full_marks) for p in grading.parts)
    items = {i.key: s for i in grading.items if isinstance(s := staff.scores.get(i.key), int)}
    every = said.values()
    return Total(
        parts,
        items | {key: got.points for key, got in said.items()},
        tuple(f for got in every for f in got.faults),
        tuple(n for got in every for n in got.notes),
        any(got.absent for got in every)
        or any(staff.scores.get(i.key) is Mark.ABSENT for i in grading.items),
        _quarters(said, grading),
        {
            i.measure: got.figure
            for i in grading.all_items
            if i.measure is not None and i.figure == "value" and (got := said[i.key]).figure is not None
        },
        tuple(b for got in every for b in got.beside),
    )


def part_points(
    staff: Staff, part: Part, said: Mapping[str, ItemPoints] | None = None, full_marks: int = 100 * UNIT
) -> Points:
    """What `staff` gets for `part`; `said`: the points of its items that read other tables than the staff's.

    An absent item counts 0 (whether that is allowed was decided before).
    """
    uncapped, steps = _by_rules(staff, part) if part.rules else _by_items(staff, part, said or {})
    points = min(uncapped, part.max)
    if part.weight is None:
        return Points(points, uncapped, steps)
    return Points(
        points, uncapped, steps, rounded(Fraction(points * part.weight * full_marks, part.max * WHOLE))
    )


def _by_items(
    staff: Staff, part: Part, said: Mapping[str, ItemPoints]
) -> tuple[int, tuple[tuple[str, str, str], ...]]:
    total = Fraction(0)
    steps: list[tuple[str, str, str]] = []
    for item in part.all_items:
        score = staff.scores.get(item.key)
        points = score if isinstance(score, int) else 0
        how = ""
        if not item.by_column and item.key in said:
            points, how = said[item.key].points, said[item.key].how
        share = Fraction(1) if item.weight is None else Fraction(part.max * item.weight, item.max * WHOLE)
        total += points * share
        shown = show_fixed(points) + (f"={how}" if how else "")
        if item.weight is not None:
            shown = f"{shown}, {show_fixed(item.weight * 10_000)}%"
        steps.append((item.title.zh, item.title.en, shown))
    return rounded(total), tuple(steps) if part.items else ()


def _by_rules(staff: Staff, part: Part) -> tuple[int, tuple[tuple[str, str, str], ...]]:
    total = 0
    steps: list[tuple[str, str, str]] = []
    for rule in part.rules:
        for years, once in _sources(staff, rule):
            full = years // UNIT
            times = full // rule.every
            got = once + rule.per * times
            if got:
                total += got
                steps.append((rule.title.zh, rule.title.en, _sum(once, rule, full, times)))
    return total, tuple(steps)


def _sources(staff: Staff, rule: PointsRule) -> list[tuple[int, int]]:
    """(years in millionths, points given once) for each post or column the rule speaks of.

    A post held twice (say in two branches) gives its `points` once; its years are added up before they are
    counted in full years.
    """
    if rule.post is not None:
        held = [p.years for p in staff.posts if p.post == rule.post]
        return [(sum(held), rule.points)] if held else []
    years = staff.bank_years if rule.column == "bank_years" else staff.finance_years
    return [(years, rule.points)] if years is not None else []


def _sum(once: int, rule: PointsRule, full: int, times: int) -> str:
    """``4+1×3=7``, ``1×INT(22/3)=7``: points once, points per, times (in a spreadsheet's notation)."""
    got = show_fixed(once + rule.per * times)
    if not times:
        return got
    counted = f"INT({full}/{rule.every})" if rule.every > 1 else str(times)
    per = f"{show_fixed(rule.per)}×{counted}"
    return f"{show_fixed(once)}+{per}={got}" if once else f"{per}={got}"


def _quarters(said: Mapping[str, ItemPoints], grading: Grading) -> dict[str, int | None]:
    """Period -> what the quarterly items of the scores table add to the total in that quarter."""
    found: dict[str, Fraction | None] = {}
    for part in grading.parts:
        whole = Fraction(1)
        if part.weight is not None:
            whole = Fraction(part.weight * grading.full_marks, part.max * WHOLE)
        for item in part.all_items:
            share = Fraction(1) if item.weight is None else Fraction(part.max * item.weight, item.max * WHOLE)
            for period, points in (said[item.key].quarters if item.key in said else {}).items():
                before = found.get(period, Fraction(0))
                missing = points is None or before is None
                found[period] = None if missing else (before or 0) + (points or 0) * share * whole
    return {period: None if value is None else rounded(value) for period, value in found.items()}
