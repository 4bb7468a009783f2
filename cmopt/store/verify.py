"""Verify a run from its files alone: read its inputs again, grade again, audit again, compare every table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, get_args

from cmopt.audit import audit_division, check_record
from cmopt.domain.book_findings import Tell
from cmopt.domain.book_result import BookResult
from cmopt.domain.draw import commitment
from cmopt.domain.findings import Audit
from cmopt.domain.problem import Problem
from cmopt.domain.result import Certificate, Phase, Result, Status
from cmopt.domain.run import Run
from cmopt.errors import Finding, InputError, finding
from cmopt.explain import explain_lines
from cmopt.i18n import N_, Lang
from cmopt.metrics import fairness, portfolios
from cmopt.metrics.handover_plan import plan_of
from cmopt.problem import build_problem
from cmopt.reports.handover_files import FLOWS, handover_table
from cmopt.reports.tables import (
    allocation_rows,
    fairness_table,
    portfolios_table,
    read_rows,
    result_json,
)
from cmopt.store.folder import MANIFEST
from cmopt.store.manifest import check_run_folder, read_json
from cmopt.store.prove import prove_again
from cmopt.store.prove_book import SECONDS, prove_book_again
from cmopt.store.reading import (
    ALLOCATION,
    WRONG_FIELD,
    Given,
    changed_files,
    read_divisions,
    read_given,
    read_manifest,
)
from cmopt.store.verify_book import check_book
from cmopt.store.writing import book_lines_of

RECORD = "result.json"
PARAMETERS = N_("the parameters are not those of the scheme: who filled what, or a figure, was changed")


def verify_run(
    folder: Path, solve: bool = False, seconds: float = SECONDS, tell: Tell | None = None
) -> tuple[Finding, ...]:
    """Every breach, in this order: files changed since the manifest was written, the seed, rules broken,
    goals not as recorded, tables not as recomputed. Empty where the record stands.

    The manifest's hashes show a change by somebody who did not rewrite the manifest; the recount shows the
    others, as far as anything follows from the inputs: what a goal's value is, not that no better one
    exists (`solve` proves that again, the parts of the book within `seconds` and told to `tell` one by one;
    the book's bounds are counted again from their multipliers in any case), and not the workbook, the page and
    the charts, which have their hashes only. Raises InputError where the folder cannot be read as a run at all.
    """
    check_run_folder(folder)
    manifest = read_manifest(folder)
    found = [*changed_files(manifest, folder), *_seed(manifest)]
    if found:
        return tuple(found)
    given = read_given(manifest, folder)
    if manifest.get("parameters", {}) != given.scheme.filled_parameters:
        return (finding("verify-parameters", PARAMETERS, MANIFEST),)
    if not (folder / RECORD).exists() and manifest["solver"]["used"] is None:
        return tuple(_tables({"grades.csv": given.grades_table()}, folder))  # the record of grading alone
    record = read_json(folder / RECORD)
    status, phases = _recorded(record)
    if not (folder / ALLOCATION).exists():
        return (*_attempt(given, status, phases), *_tables({"grades.csv": given.grades_table()}, folder))
    found = _division(given, record, status, phases, folder)
    if solve and not found:
        found = _proven_again(given, record, phases, folder, seconds, tell)
    return tuple(found)


def _division(
    given: Given,
    record: Mapping[str, Any],
    status: Status,
    phases: tuple[Phase, ...],
    folder: Path,
) -> list[Finding]:
    """The rules and the goals; then, where they stand, all else."""
    solver = str(record.get("solver"))
    case, scheme, grades, seed = given.case, given.scheme, given.grades, given.seed
    allocation, book = read_divisions(given, record, folder)
    audit = audit_division(case, scheme, grades, allocation, seed)
    found = [*audit.breaches, *check_record(scheme, audit, status, phases)]
    if book is not None:
        found += check_book(case, scheme, grades, allocation, book, seed, record)
    problem = build_problem(case, scheme, grades, seed, book is not None)
    if status not in (Status.OPTIMAL, Status.FEASIBLE, Status.CANCELLED):
        found.append(finding("verify-status", N_("the status says that there is no division"), RECORD))
    if set(allocation.holder) != set(problem.accounts):
        found.append(finding("verify-rows", ROWS, ALLOCATION))
    elif not audit.breaches and (book is None or not found):
        result = Result(status, solver, 0.0, phases, allocation)
        found += _recounted(given, record, problem, result, book, folder)
    return found


def _proven_again(
    given: Given,
    record: Mapping[str, Any],
    phases: tuple[Phase, ...],
    folder: Path,
    seconds: float,
    tell: Tell | None,
) -> list[Finding]:
    """What of a record that stands does not bear being solved again: of the key accounts, then of the book."""
    case, scheme, grades, seed = given.case, given.scheme, given.grades, given.seed
    allocation, book = read_divisions(given, record, folder)
    problem = build_problem(case, scheme, grades, seed, book is not None)
    found = (
        []
        if not problem.accounts
        else prove_again(problem, phases, allocation, record.get("certificate") == "cross-checked")
    )
    if book is not None:
        found += prove_book_again(case, scheme, grades, allocation, book, seed, seconds, tell)
    return found


def _recounted(
    given: Given,
    record: Mapping[str, Any],
    problem: Problem,
    result: Result,
    book: BookResult | None,
    folder: Path,
) -> list[Finding]:
    """What else result.json says, and every table row by row, for a division that keeps the rules."""
    case, scheme, grades = given.case, given.scheme, given.grades
    allocation = result.allocation
    assert allocation is not None
    held = portfolios(case, scheme, grades, allocation, book)
    run = Run(
        case_name=given.case_name,
        case=case,
        scheme=scheme,
        grades=grades,
        result=result,
        lines=explain_lines(case, scheme, grades, problem, allocation, result.solver),
        portfolios=held,
        fairness=fairness(case, scheme, grades, held, allocation, result.solver),
        audit=Audit((), {}),
        seed=given.seed,
        book=book,
    )
    tables = {
        ALLOCATION: allocation_rows(run, given.lang, book_lines_of(run)),
        "grades.csv": given.grades_table(),
        "portfolios.csv": portfolios_table(run),
        "fairness.csv": fairness_table(run),
    }
    if (folder / FLOWS).exists():
        tables[FLOWS] = handover_table(run, plan_of(run))
    return [*_record(record, run, given.lang), *_tables(tables, folder)]


def _record(record: Mapping[str, Any], run: Run, lang: Lang) -> list[Finding]:
    """What result.json says besides the goals."""
    found = []
    again = result_json(run, lang)
    if any(record.get(key) != again.get(key) for key in ("unassigned", "backups_missing")):
        text = N_("the accounts left out are not those recorded")
        found.append(finding("verify-unassigned", text, RECORD))
    said, proven = record.get("certificate"), run.result.status is Status.OPTIMAL
    if said in ("bounded", "cross-checked") and not proven:
        text = N_("the certificate says {said}, but not every goal is proven")
        found.append(finding("verify-certificate", text, RECORD, said=said))
    return found


def _attempt(given: Given, status: Status, phases: tuple[Phase, ...]) -> list[Finding]:
    """A run without a division: it must claim none, and "infeasible" must be so."""
    if status in (Status.OPTIMAL, Status.FEASIBLE) or any(p.value is not None or p.proven for p in phases):
        return [finding("verify-missing", N_("the file is missing"), ALLOCATION)]
    if status is Status.INFEASIBLE:
        from cmopt.solvers.cpsat import is_feasible

        if is_feasible(build_problem(given.case, given.scheme, given.grades, given.seed)):
            text = N_("the status says that no division keeps the rules, but there is one")
            return [finding("verify-status", text, RECORD)]
    return []


def _seed(manifest: Mapping[str, Any]) -> list[Finding]:
    if commitment(manifest["tie_seed"]) != manifest.get("tie_commitment"):
        return [finding("verify-seed", N_("the seed does not fit its commitment"), MANIFEST)]
    return []


# --- the record and the tables -----------------------------------------------------------------------


def _recorded(record: Mapping[str, Any]) -> tuple[Status, tuple[Phase, ...]]:
    try:
        phases = tuple(
            Phase(
                name=_kind(g, "name", str),
                sense=_kind(g, "sense", str),
                value=_kind(g, "value", int, type(None)),
                bound=_kind(g, "bound", int, type(None)),
                proven=_kind(g, "proven", bool),
                seconds=_kind(g, "seconds", float, int, type(None)) or 0.0,
                levels=_levels(g),
            )
            for g in _kind(record, "goals", list)
        )
        if record.get("certificate") not in (None, *get_args(Certificate)):
            raise ValueError("certificate")
        return Status(_kind(record, "status", str)), phases
    except (KeyError, TypeError, ValueError) as error:
        what = str(error).strip("'")
        raise InputError(finding("run-record", WRONG_FIELD, RECORD, what=what)) from None


def _kind(entry: Any, key: str, *kinds: type) -> Any:
    """``entry[key]``, which must be of exactly one of `kinds` (a bool is no int); TypeError naming the key."""
    if not isinstance(entry, dict) or type(entry.get(key)) not in kinds:
        raise TypeError(key)
    return entry[key]


def _levels(entry: Any) -> tuple[int, ...] | None:
    """The totals of leximin and leximax from the worst-off on, where the entry has any."""
    levels = entry.get("levels")
    if levels is None:
        return None
    if not isinstance(levels, list) or any(type(v) is not int for v in levels):
        raise TypeError("levels")
    return tuple(levels)


def _tables(tables: Mapping[str, Iterable[list[str]]], folder: Path) -> list[Finding]:
    found = []
    for name, expected in tables.items():
        for number, (row, should) in enumerate(zip_longest(read_rows(folder / name), expected), start=1):
            if row is None or should is None:
                found.append(finding("verify-rows", ROWS, name))
                break
            if row != should:
                text = N_("this row is not what the inputs give")
                found.append(finding("verify-row", text, f"{name}:{number}"))
                break
    return found


ROWS = N_("rows are missing or added")
