"""A few invented rows, valid under any scheme: what the template shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.grading_sizes import figures_at
from cmopt.domain.roster import (
    Assessed,
    CertificateHeld,
    Mark,
    Outturn,
    PostHeld,
    Roster,
    Score,
    Staff,
    Standing,
)
from cmopt.domain.scheme import Grading, Scheme
from cmopt.intake.columns import TABLES
from cmopt.intake.gradingbuild import in_order


def example_case(scheme: Scheme) -> Case:
    """A few invented rows that are valid under `scheme`: of those it grades, one person with every line of the
    further tables that the scheme asks for."""
    posts = tuple(PostHeld(p.key, 3 * UNIT) for p in scheme.grading.posts[:1])
    own = {c: 0 for m in scheme.limits if (c := m.least_column) is not None}
    own |= {c: 5000 * UNIT for m in scheme.limits if (c := m.most_column) is not None}
    staff: tuple[Staff, ...] = (
        Staff(
            "0001", "员工 001", "样例支行 01", "客户经理", True, True, 12 * UNIT, 350 * UNIT,
            _scores(scheme, 80), posts, measures=own,
        ),
        Staff("0002", "员工 002", "样例支行 02", "信贷员", True, False, 6 * UNIT, None, _scores(scheme, 70)),
        Staff("0003", "员工 003", "样例支行 02", "柜员", True, False, 3 * UNIT, None, _scores(scheme, None)),
    )  # fmt: skip
    if needs_of(scheme).columns:
        staff = _with_lines(staff, scheme)
    since = date(2020, 3, 1)
    further = {m.column: 10 * UNIT for m in scheme.measures if m.column not in _CLIENT_COLUMNS}
    clients = (
        Client(
            "C0001", "样例企业 001", "样例支行 01", "loan", 1200 * UNIT, incumbent="0001", developer="0001",
            quality=1, difficulty=3 * UNIT, revenue=36 * UNIT, group="样例集团", held_since=since,
            measures=further,
        ),
        Client(
            "C0002", "样例企业 002", "样例支行 02", "loan", 650_500_000, quality=2, difficulty=2 * UNIT,
            revenue=18_250_000, measures=further,
        ),
        Client(
            "C0003", "样例机构 003", "样例支行 01", "deposit", 3000 * UNIT, True, "0002", "0002",
            difficulty=UNIT, revenue=24 * UNIT, held_since=since, measures=further,
        ),
    )  # fmt: skip
    goals = {g.name for g in scheme.goals}
    bid = 1 if "bids" in goals else None
    fit = 4 * UNIT if goals & {"fit", "worst_served"} else None
    cost = 2 * UNIT if "cost" in goals else None
    links = (Link("0002", "C0001", "forbid"), Link("0001", "C0002", "allow", bid, fit, cost))
    return Case(Roster(staff), clients, links)


def _scores(scheme: Scheme, per_cent: int | None) -> dict[str, Score]:
    return {
        i.key: Mark.ABSENT if per_cent is None else i.max * per_cent // (100 * UNIT // 10) * UNIT // 10
        for i in scheme.grading.items
    }


def _with_lines(staff: Sequence[Staff], scheme: Scheme) -> tuple[Staff, ...]:
    """The first person with every line, the second a trainee, the third not registered."""
    needs, grading = needs_of(scheme), scheme.grading
    complete, trainee, outside = staff
    year = "2025" if grading.period is None else grading.period.year
    levels = [n.key for n in needs.education]
    complete = replace(
        complete,
        education=levels[len(levels) // 2] if "education" in needs.columns else None,
        bank_years=8 * UNIT if "bank_years" in needs.columns else None,
        serious_breach=False if "serious_breach" in needs.columns else None,
        assessed=in_order(
            Assessed(
                n.item,
                n.source,
                n.period,
                n.max * 8 // 10,
                "样例材料 001" if n.evidence or not n.scored else None,
            )
            for n in needs.score_lines
            if not n.optional
        ),
        results=in_order(
            Outturn(measure, period, value)
            for (measure, period), value in figures_at(needs, lambda _: 0.8).items()
        ),
        certificates=in_order(
            CertificateHeld(n.key, date(2020, 1, 1))
            for n in needs.certificates
            if "certificates" in needs.tables
        ),
        standings=(Standing(str(int(year) - 1), _lowest(grading)),) if "standings" in needs.tables else (),
    )
    return (
        complete,
        replace(trainee, position="trainee", registered=False, scores={}),
        replace(outside, registered=False, scores={}),
    )


def _lowest(grading: Grading) -> str:
    """The lowest step of the ladder that score or rank leads to."""
    open_to_all = [r.key for r in grading.rungs if not r.by_route]
    return (open_to_all or [t.key for t in grading.tiers])[-1]


_CLIENT_COLUMNS = frozenset(c.key for c in TABLES["clients"].columns)
