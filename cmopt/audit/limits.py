"""Limits: what each person or group carries of a measure, and by how much it lies beyond what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from cmopt.audit.given import Given
from cmopt.audit.view import View
from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import show_fixed
from cmopt.domain.scheme import Limit
from cmopt.errors import Finding, Message, finding
from cmopt.i18n import N_


def limits_kept(seen: View) -> list[Finding]:
    """Limits without a price; the others cost in the goal `penalty`."""
    return [
        beyond.said(limit)
        for limit in seen.given.scheme.limits
        if limit.price is None
        for beyond in beyonds(seen, limit)
    ]


def price_of_limits(seen: View) -> int:
    """Of each limit with a price: the price of every begun step that a unit lies beyond one of its ends."""
    return sum(
        limit.price * ceil(Fraction(beyond.by, limit.step))
        for limit in seen.given.scheme.limits
        if limit.price is not None
        for beyond in beyonds(seen, limit)
    )


@dataclass(frozen=True)
class Beyond:
    """One unit that carries `total` and so lies `by` (> 0) beyond the `end` that it has; all in millionths."""

    unit: object
    kind: str  # least, most or within
    total: int
    end: Fraction
    by: Fraction

    def said(self, limit: Limit) -> Finding:
        text, code, end = {
            "least": (BELOW, "audit-limit-least", show_fixed(int(self.end))),
            "most": (ABOVE, "audit-limit-most", show_fixed(int(self.end))),
            "within": (APART, "audit-limit-within", show_fixed(round(self.end), 2)),
        }[self.kind]
        total = show_fixed(self.total)
        return finding(code, text, who=self.unit, total=total, what=limit.title, end=end)


BELOW = N_('{who}: {total} in all; the limit "{what}" asks for at least {end}')
ABOVE = N_('{who}: {total} in all; the limit "{what}" allows no more than {end}')
APART = N_('{who}: {total} in all; the limit "{what}" keeps it nearer to the mean, which is {end}')


def beyonds(seen: View, limit: Limit) -> Iterator[Beyond]:
    """Every unit beyond an end of the limit, in the order of the units."""
    units = _units(seen.given, limit)
    totals = [_total(seen, limit, people) for _, people in units]
    mean = Fraction(sum(totals), len(totals)) if totals else Fraction(0)
    for (name, people), total in zip(units, totals, strict=True):
        if limit.except_teams and people[0] in seen.seated:
            continue
        least = _own(seen.given, limit.least, limit.least_column, people[0])
        most = _own(seen.given, limit.most, limit.most_column, people[0])
        if least is not None and total < least:
            yield Beyond(name, "least", total, Fraction(least), Fraction(least - total))
        if most is not None and total > most:
            yield Beyond(name, "most", total, Fraction(most), Fraction(total - most))
        if limit.within is not None:
            by = abs(total - mean) - Fraction(limit.within, WHOLE) * mean
            if by > 0:
                yield Beyond(name, "within", total, mean, by)


def _total(seen: View, limit: Limit, people: Sequence[str]) -> int:
    measure = None if limit.measure is None else seen.given.scheme.measure_by_key[limit.measure]
    base = seen.given.base[limit.measure] if limit.base else {}
    return sum(base.get(i, 0) + seen.load(measure, i, limit.segments) for i in people)


def _own(given: Given, everybody: int | None, column: str | None, staff_id: str) -> int | None:
    """The person's own figure in a column of the staff table, else what holds for everybody."""
    own = None if column is None else given.case.roster.by_id[staff_id].measures.get(column)
    return everybody if own is None else own


def _units(given: Given, limit: Limit) -> list[tuple[object, list[str]]]:
    """Whose totals are limited: (name, managers), none of them empty."""
    branch = given.branch
    scope = [i for i in given.managers(limit.tiers) if not limit.branches or branch[i] in limit.branches]
    if limit.per == "person":
        return [(i, [i]) for i in scope]
    if limit.per == "all":
        return [(Message(N_("all of them together")), scope)] if scope else []
    if limit.per == "tier":
        titles = {t.key: t.title for t in given.scheme.grading.tiers}
        return _together(scope, lambda i: given.tier(i) or "", lambda key: titles[key])
    return _together(scope, lambda i: branch[i], lambda key: key)


def _together(
    scope: Sequence[str], key: Callable[[str], str], name: Callable[[str], Any]
) -> list[tuple[object, list[str]]]:
    return [(name(k), [i for i in scope if key(i) == k]) for k in sorted({key(i) for i in scope})]
