"""Exam scores for the invented staff: natural draws, then the cases a grading must get right.

Scores are drawn round one ability per person, shifted until the wanted share passes, and then touched up by
tenths of a point: ties at every tier boundary, one total exactly at the pass mark and one just below it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Mark, Staff
from cmopt.domain.scheme import Grading, Scheme
from cmopt.grading.points import part_points

TENTH = UNIT // 10
Scores = dict[str, int]  # item key -> fixed-point points


def sit_exam(rng: Random, people: Sequence[Staff], scheme: Scheme) -> list[Staff]:
    """`people` with scores (tenths of a point), absences and the average deposits that test the routes."""
    grading = scheme.grading
    registered = [s for s in people if s.registered]
    absent = {s.staff_id for s in rng.sample(registered, k=max(1, round(len(registered) * 0.03)))}
    sitting = [s for s in registered if s.staff_id not in absent]
    given = {s.staff_id: _points_without_exam(s, grading) for s in sitting}
    scores = _drawn_scores(rng, given, grading)
    _touch_up(rng, scores, given, grading)
    failed = {i for i, got in scores.items() if given[i] + sum(got.values()) < grading.pass_mark}
    marked = [_with_scores(rng, s, scores.get(s.staff_id), s.staff_id in absent, grading) for s in people]
    return route_cases(marked, failed, grading)


def _points_without_exam(staff: Staff, grading: Grading) -> int:
    return sum(part_points(staff, p).points for p in grading.parts if p.rules)


def _drawn_scores(rng: Random, given: dict[str, int], grading: Grading) -> dict[str, Scores]:
    """Scores by which a wanted share of those who sit passes (enough to fill the ranked tiers)."""
    spread = rng.uniform(0.05, 0.09)
    form = {
        i: {item.key: rng.gauss(0, spread) * 0.6 for item in grading.items} | {"": rng.gauss(0, spread)}
        for i in given
    }
    share = rng.uniform(0.48, 0.6)
    places = max(_boundaries(grading), default=0)
    wanted = min(max(round(len(given) * share), places + 4), len(given) - 1)

    def at(level: float) -> dict[str, Scores]:
        return {
            i: {
                item.key: round(_share(level + f[""] + f[item.key]) * (item.max // TENTH)) * TENTH
                for item in grading.items
            }
            for i, f in form.items()
        }

    low, high = 0.0, 2.0
    for _ in range(20):
        level = (low + high) / 2
        passing = sum(given[i] + sum(s.values()) >= grading.pass_mark for i, s in at(level).items())
        low, high = (level, high) if passing < wanted else (low, level)
    return at(high)


def _share(level: float) -> float:
    """The share of an item's points: the level itself, but nobody gets nothing, hardly anybody everything."""
    return min(max(level, 0.1), 0.85) + 0.14 * math.tanh(max(level - 0.85, 0) / 0.14)


def _boundaries(grading: Grading) -> list[int]:
    """The last rank of each ranked tier that has another below it."""
    return [t.rank_to for t in grading.tiers if t.rank_to is not None]


def _touch_up(rng: Random, scores: dict[str, Scores], given: dict[str, int], grading: Grading) -> None:
    """Ties at the tier boundaries (two people, then three), a total at the pass mark and one 0.1 below it."""

    def total(i: str) -> int:
        return given[i] + sum(scores[i].values())

    order = sorted(scores, key=lambda i: (-total(i), i))
    passed = [i for i in order if total(i) >= grading.pass_mark]
    for n, rank in enumerate(_boundaries(grading)):
        for below in passed[rank : rank + 1 + n % 2]:
            if below != passed[-1]:
                above = passed[rank - 1]
                first = grading.tie_order[0] if n % 2 == 0 or rng.random() < 0.5 else ""
                _tie(scores[above], scores[below], total(above) - given[below], first, grading)
    if passed:
        _set_sum(scores[passed[-1]], grading.pass_mark - given[passed[-1]], grading)
    if len(passed) < len(order):
        near = order[len(passed)]
        _set_sum(scores[near], grading.pass_mark - TENTH - given[near], grading)


def _tie(above: Scores, below: Scores, exam: int, first: str, grading: Grading) -> None:
    """Give `below` the exam sum that makes the totals equal; the first tie key equal too, where it can be."""
    if first in below:
        same = below | {first: above[first]}
        if _set_sum(same, exam, grading, keep=first) and same != above:
            below.update(same)
            return
    _set_sum(below, exam, grading)
    if below == above:  # only a draw could part them: move a tenth from one item to another
        give = next((i.key for i in grading.items if below[i.key] > 0), None)
        take = next((i.key for i in grading.items if below[i.key] < i.max and i.key != give), None)
        if give and take:
            below[give] -= TENTH
            below[take] += TENTH


def _set_sum(scores: Scores, wanted: int, grading: Grading, keep: str = "") -> bool:
    """Change items, the last first, until they add up to `wanted`; False, changing none, if they cannot."""
    changed = dict(scores)
    missing = wanted - sum(changed.values())
    if missing % TENTH:
        return False
    for item in reversed(grading.items):
        if item.key != keep:
            was = changed[item.key]
            changed[item.key] = min(max(was + missing, 0), item.max)
            missing -= changed[item.key] - was
    if missing:
        return False
    scores.update(changed)
    return True


def _with_scores(rng: Random, staff: Staff, scores: Scores | None, absent: bool, grading: Grading) -> Staff:
    """Absent people missed the first item, or all of it; who did not register has no scores at all."""
    if scores is not None:
        return replace(staff, scores=scores)
    if not absent:
        return staff
    if rng.random() < 0.5:
        return replace(staff, scores=dict.fromkeys((i.key for i in grading.items), Mark.ABSENT))
    first, *rest = grading.items
    return replace(
        staff, scores={first.key: Mark.ABSENT, **{i.key: i.max * 3 // 4 // TENTH * TENTH for i in rest}}
    )


def route_cases(people: list[Staff], failed: set[str], grading: Grading) -> list[Staff]:
    """Deposits on both sides of each route's mark: reached, just missed, reached by who may not use it."""
    for route in grading.routes:
        mark = route.min_average_deposits
        if mark is None:
            continue
        marketing = [n for n, s in enumerate(people) if s.staff_id in failed and s.marketing]
        others = [n for n, s in enumerate(people) if s.staff_id in failed and not s.marketing]
        outside = [n for n, s in enumerate(people) if not s.registered and s.marketing]
        deposits = [mark, mark + 112_350_000, mark - UNIT // 100, mark + 36_800_000, mark - 14_600_000]
        cases = list(zip(marketing, deposits, strict=False))
        cases += [(n, mark + 45_200_000) for n in others[:1]] + [(n, mark + 88_000_000) for n in outside[:1]]
        for n, average in cases:
            people[n] = replace(people[n], average_deposits=max(average, 0))
    return people
