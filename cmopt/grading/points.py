"""The points of one part of the exam, with the steps they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from cmopt.domain.fixed import UNIT, show_fixed
from cmopt.domain.roster import Staff
from cmopt.domain.scheme import Part, PointsRule


@dataclass(frozen=True, slots=True)
class Points:
    """`points` after the cap, `uncapped` before it (fixed-point); `steps` as (zh title, en title, sum)."""

    points: int
    uncapped: int
    steps: tuple[tuple[str, str, str], ...]


def part_points(staff: Staff, part: Part) -> Points:
    """What `staff` gets for `part`. An absent item counts 0 (whether that is allowed was decided before)."""
    if part.rules:
        return _by_rules(staff, part)
    scores = [(i, s if isinstance(s := staff.scores.get(i.key), int) else 0) for i in part.score_items]
    total = sum(s for _, s in scores)
    steps = tuple((i.title.zh, i.title.en, show_fixed(s)) for i, s in scores) if part.items else ()
    return Points(min(total, part.max), total, steps)


def _by_rules(staff: Staff, part: Part) -> Points:
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
    return Points(min(total, part.max), total, tuple(steps))


def _sources(staff: Staff, rule: PointsRule) -> list[tuple[int, int]]:
    """(years in millionths, points given once) for each post or column the rule speaks of.

    A post held twice (say in two branches) gives its `points` once; its years are added up before they are
    counted in full years.
    """
    if rule.post is not None:
        held = [p.years for p in staff.posts if p.post == rule.post]
        return [(sum(held), rule.points)] if held else []
    return [(staff.finance_years, rule.points)] if staff.finance_years is not None else []


def _sum(once: int, rule: PointsRule, full: int, times: int) -> str:
    """``4+1×3=7``, ``1×INT(22/3)=7``: points once, points per, times (in a spreadsheet's notation)."""
    got = show_fixed(once + rule.per * times)
    if not times:
        return got
    counted = f"INT({full}/{rule.every})" if rule.every > 1 else str(times)
    per = f"{show_fixed(rule.per)}×{counted}"
    return f"{show_fixed(once)}+{per}={got}" if once else f"{per}={got}"
