"""What a level, a rung or the whole ladder needs, and what of it somebody lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cmopt.domain.fixed import show_fixed
from cmopt.domain.grading_ladder import Conditional, NeededResult, Needs
from cmopt.domain.grading_scheme import Grading, Named
from cmopt.domain.roster import Staff
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.grading.assess import figure_title
from cmopt.grading.figures import Folded, Record, rounded
from cmopt.grading.points import Total
from cmopt.i18n import N_


def lacking(
    needs: Sequence[Needs],
    staff: Staff,
    total: Total | None,
    grading: Grading,
    year: str | None,
    faults: list[Finding],
) -> list[Message]:
    """Everything of `needs` that `staff` does not have; [] where all is there. `total` None: not graded.

    Where the scheme refuses quarters without a line, and blank cells, those that a need looks at are appended
    to `faults`; elsewhere a blank counts as not having it.
    """
    record = Record(staff, grading, year)
    found: list[Message] = []
    for need in needs:
        found += _certificates(need, staff, grading)
        found += _results(need, record, grading, faults)
        found += _points(need, total, grading)
        found += _facts(need, staff, grading, faults)
    return list({str(m): m for m in found}.values())


def _certificates(need: Needs, staff: Staff, grading: Grading) -> list[Message]:
    found = []
    for key in need.needs_certificates:
        held = [c for c in staff.certificates if c.certificate == key]
        valid = any(_valid(c.valid_from, c.valid_to, grading.as_of) for c in held)
        if not valid:
            text = N_("the certificate {certificate} is not valid on {day}")
            if not held:
                text = N_("does not hold the certificate {certificate}")
            found.append(
                Message(text, {"certificate": _title(key, grading.certificates), "day": grading.as_of})
            )
    return found


def _valid(begin: date | None, end: date | None, day: date | None) -> bool:
    return day is not None and (begin is None or begin <= day) and (end is None or day <= end)


def _results(need: Needs, record: Record, grading: Grading, faults: list[Finding]) -> list[Message]:
    found = []
    for wanted in need.needs_results:
        said = needed_figure(wanted, record, faults)
        shown = {
            "measure": figure_title(wanted.measure, grading),
            "least": show_fixed(wanted.at_least),
            "value": show_fixed(None if said.value is None else rounded(said.value)),
        }
        if said.value is None:
            text = N_("{measure} has no figure; at least {least} is needed")
            if wanted.figure != "value":
                text = N_("the growth of {measure} has no figure; at least {least} is needed")
            found.append(Message(text, shown))
        elif said.value < wanted.at_least:
            text = N_("{measure} is {value}, below {least}")
            if wanted.figure != "value":
                text = N_("the growth of {measure} is {value}, below {least}")
            found.append(Message(text, shown))
    return found


def needed_figure(wanted: NeededResult, record: Record, faults: list[Finding]) -> Folded:
    """The figure a need looks at; quarters missing where the scheme refuses that are appended to `faults`."""
    said = record.figure(wanted.measure, wanted.figure, wanted.period == "quarters", wanted.fold)
    if said.refused:
        text = N_(
            "{measure} has no figure for {periods} in the results table, and the ladder asks for it: write it, "
            "or let the scheme say what a missing quarter counts (grading.period.missing_quarter)"
        )
        measure = figure_title(wanted.measure, record.grading)
        where = f"staff {record.staff.staff_id}"
        faults.append(finding("result-missing", text, where, measure=measure, periods=Listed(said.gaps)))
    return said


def condition_blank(only: Conditional, staff: Staff, grading: Grading) -> Finding:
    """The fault of somebody without the figure that a condition looks at."""
    text = N_(
        "{what}: {measure} has no figure, and whether it concerns this person depends on it: write it, 0 if "
        "there is none (or let a blank count as concerned: grading.blank_facts)"
    )
    measure = figure_title(only.when.measure, grading)
    return finding("result-missing", text, f"staff {staff.staff_id}", what=only.title, measure=measure)


def _points(need: Needs, total: Total | None, grading: Grading) -> list[Message]:
    if total is None:
        titles = {p.key: p.title for p in grading.parts}
        return [Message(N_("{what}: not stated"), {"what": titles[n.part]}) for n in need.needs_points]
    points = {p.key: (p.title, got.points) for p, got in zip(grading.parts, total.parts, strict=True)}
    text = N_("{part} is {points}, below {least}")
    return [
        Message(
            text,
            {
                "part": points[n.part][0],
                "points": show_fixed(points[n.part][1]),
                "least": show_fixed(n.at_least),
            },
        )
        for n in need.needs_points
        if points[n.part][1] < n.at_least
    ]


def _facts(need: Needs, staff: Staff, grading: Grading, faults: list[Finding]) -> list[Message]:
    """Education, years in banks, breaches: columns of the staff table."""
    found: list[Message] = []
    if need.needs_education is not None:
        ladder = {e.key: n for n, e in enumerate(grading.education_ladder)}
        least = _title(need.needs_education, grading.education_ladder)
        if staff.education is None:
            found += _blank(Message(N_("education")), staff, grading, faults)
        elif ladder.get(staff.education, -1) < ladder[need.needs_education]:
            has = _title(staff.education, grading.education_ladder)
            found.append(Message(N_("education is {has}, below {least}"), {"has": has, "least": least}))
    if need.needs_bank_years is not None:
        if staff.bank_years is None:
            found += _blank(Message(N_("years in banks")), staff, grading, faults)
        elif staff.bank_years < need.needs_bank_years:
            text = N_("{has} years in banks, fewer than {least}")
            shown = {"has": show_fixed(staff.bank_years), "least": show_fixed(need.needs_bank_years)}
            found.append(Message(text, shown))
    if need.needs_no_serious_breach:
        if staff.serious_breach is None:
            found += _blank(Message(N_("serious breach")), staff, grading, faults)
        elif staff.serious_breach:
            found.append(Message(N_("a serious breach is on record")))
    return found


def _blank(what: Message, staff: Staff, grading: Grading, faults: list[Finding]) -> list[Message]:
    if grading.blank_facts == "refuse":
        text = N_(
            "{what} is blank in the staff table, but the scheme asks for it: write it, or let a blank count as "
            "not having it (grading.blank_facts)"
        )
        faults.append(finding("fact-blank", text, f"staff {staff.staff_id}", what=what))
    return [Message(N_("{what}: not stated"), {"what": what})]


def _title(key: str, names: Sequence[Named]) -> object:
    return next((n.title for n in names if n.key == key), key)
