"""Check a case; grade its staff."""

from __future__ import annotations

from pathlib import Path

from cmopt.domain.grade import Grade
from cmopt.errors import InputError, finding
from cmopt.grading import grade
from cmopt.i18n import N_
from cmopt.intake.case import Intake, read_case
from cmopt.intake.schemes import parse_scheme, read_scheme_text
from cmopt.service.layers import undivided_book
from cmopt.service.order import Loaded, Order, load


def check(order: Order) -> Intake:
    """Read and check a case; every finding is in the answer. SchemeError if the scheme itself is wrong."""
    from cmopt.problem import build_problem
    from cmopt.problem.fit import fit_notes, refuse_mixed_tiers
    from cmopt.problem.forecast import forecast

    scheme = parse_scheme(read_scheme_text(order.scheme), order.overrides)
    intake = read_case(order.case, scheme)
    if intake.case is None:
        return intake
    try:
        refuse_mixed_tiers(intake.case)
        graded = grade(intake.case.roster, scheme, order.seed)
        of_book = undivided_book(intake.case, scheme)
        problem = build_problem(intake.case, scheme, graded, order.seed, with_book=bool(of_book))
    except InputError as error:
        return Intake(None, (*intake.findings, *error.findings), intake.sources)
    notes = (
        *fit_notes(intake.case, scheme),
        *forecast(problem, scheme),
        *(of_book if problem.accounts else [finding("no-key-accounts", NO_KEY_ACCOUNTS, severity="notice")]),
    )
    return Intake(intake.case, (*intake.findings, *notes), intake.sources)


def grade_case(order: Order, out: Path | None) -> tuple[Loaded, dict[str, Grade]]:
    """Grade everybody; with `out`, write grades.csv and a manifest there (never in the place of a division)."""
    if out is not None:
        from cmopt.store.folder import check_place

        check_place(out)
        if (out / "result.json").exists():
            text = N_("the folder holds a division; name another one for the grades alone")
            raise InputError(finding("out-division", text, str(out)))
    loaded = load(order)
    grades = grade(loaded.case.roster, loaded.scheme, order.seed)
    if out is not None:
        from cmopt.store.writing import write_grading

        write_grading(loaded.case, loaded.scheme, grades, loaded.origin, order.seed, loaded.notes, out)
    return loaded, grades


NO_KEY_ACCOUNTS = N_("no client falls into a divided segment: only --book has anything to divide")
