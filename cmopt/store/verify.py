"""Verify a run from its files alone: read its inputs again, grade again, audit again, compare every table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmopt.audit import audit_division, check_record
from cmopt.domain.allocation import Allocation
from cmopt.domain.draw import commitment
from cmopt.domain.findings import Audit
from cmopt.domain.result import Phase, Result, Status
from cmopt.domain.run import Run
from cmopt.errors import Finding, InputError, finding
from cmopt.grading import grade
from cmopt.i18n import N_
from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import parse_scheme
from cmopt.metrics import fairness, portfolios
from cmopt.reports.tables import (
    fairness_table,
    grades_table,
    portfolios_table,
    read_allocation,
    read_table,
)
from cmopt.store.folder import MANIFEST, hashes_below
from cmopt.store.manifest import FORMAT, read_json

WITHOUT_DIVISION = (Status.INFEASIBLE, Status.UNKNOWN, Status.CANCELLED)


def verify_run(folder: Path) -> tuple[Finding, ...]:
    """Every breach, in this order: files changed since the manifest was written, the seed, rules broken,
    goals not as recorded, tables not as recomputed. Empty where the record stands.

    The manifest's hashes show a change by somebody who did not rewrite the manifest; the recount shows the
    others. Raises InputError where the folder cannot be read as a run at all.
    """
    manifest = read_json(folder / MANIFEST)
    if manifest.get("format") != FORMAT:
        raise InputError(
            finding(
                "run-format",
                N_("this run has format {found}; this version reads format {known}"),
                MANIFEST,
                found=manifest.get("format"),
                known=FORMAT,
            )
        )
    found = [*_changed(manifest, folder), *_seed(manifest)]
    if found:
        return tuple(found)
    seed, lang = int(manifest["tie_seed"]), manifest.get("lang", "en")
    scheme = parse_scheme(
        (folder / "inputs" / "scheme.toml").read_text(encoding="utf-8"), manifest.get("overrides", {})
    )
    case = require_case(read_case(_case_path(folder), scheme))
    grades = grade(case.roster, scheme, seed)
    record = read_json(folder / "result.json")
    if record.get("status") in WITHOUT_DIVISION and not (folder / "allocation.csv").exists():
        expected = {"grades.csv": grades_table(case, scheme, grades, lang)}
        return tuple(_tables(expected, folder))
    allocation = Allocation(read_allocation(folder / "allocation.csv"))
    audit = audit_division(case, scheme, grades, allocation, seed)
    status, phases = _recorded(record)
    found = [*audit.breaches, *check_record(scheme, audit, status, phases)]
    found += _unassigned(record, allocation)
    held = portfolios(case, scheme, grades, allocation)
    again = Run(
        case_name=manifest["case"],
        case=case,
        scheme=scheme,
        grades=grades,
        result=Result(status, str(record.get("solver")), 0.0, phases, allocation),
        lines=(),
        portfolios=held,
        fairness=fairness(case, scheme, grades, held, allocation, str(record.get("solver"))),
        audit=Audit((), {}),
        seed=seed,
    )
    expected = {
        "grades.csv": grades_table(case, scheme, grades, lang),
        "portfolios.csv": portfolios_table(again),
        "fairness.csv": fairness_table(again),
    }
    return (*found, *_tables(expected, folder))


def _changed(manifest: Mapping[str, Any], folder: Path) -> list[Finding]:
    promised: dict[str, str] = {**manifest.get("inputs", {}), **manifest.get("outputs", {})}
    there = hashes_below(folder)
    found = []
    for name in sorted(promised.keys() | there.keys()):
        if name not in there:
            found.append(finding("verify-missing", N_("the file is missing"), name))
        elif name not in promised:
            found.append(finding("verify-added", N_("the file is not in the manifest"), name))
        elif promised[name] != there[name]:
            found.append(finding("verify-changed", N_("the file was changed after the run"), name))
    return found


def _seed(manifest: Mapping[str, Any]) -> list[Finding]:
    seed = manifest.get("tie_seed")
    if not isinstance(seed, int) or commitment(seed) != manifest.get("tie_commitment"):
        return [finding("verify-seed", N_("the seed does not fit its commitment"), MANIFEST)]
    return []


def _case_path(folder: Path) -> Path:
    """The kept case: the workbook if that is what was read, else the folder of CSV files."""
    case = folder / "inputs" / "case"
    files = sorted(case.iterdir())
    alone = len(files) == 1 and files[0].suffix.lower() in (".xlsx", ".xlsm")
    return files[0] if alone else case


def _recorded(record: Mapping[str, Any]) -> tuple[Status, tuple[Phase, ...]]:
    try:
        phases = tuple(
            Phase(g["name"], g["sense"], g["value"], g["bound"], g["proven"], g["seconds"])
            for g in record["goals"]
        )
        return Status(record["status"]), phases
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            finding("run-record", N_("a field is missing or wrong: {what}"), "result.json", what=str(error))
        ) from None


def _unassigned(record: Mapping[str, Any], allocation: Allocation) -> list[Finding]:
    said = sorted(u.get("client_id") for u in record.get("unassigned", []))
    left = sorted(c for c, s in allocation.holder.items() if s is None)
    if said != left:
        return [
            finding("verify-unassigned", N_("the accounts left out are not those recorded"), "result.json")
        ]
    return []


def _tables(tables: Mapping[str, list[list[str]]], folder: Path) -> list[Finding]:
    found = []
    for name, expected in tables.items():
        there = read_table(folder / name)
        for number, (row, should) in enumerate(zip(there, expected, strict=False), start=1):
            if row != should:
                found.append(
                    finding("verify-row", N_("this row is not what the inputs give"), f"{name}:{number}")
                )
                break
        else:
            if len(there) != len(expected):
                found.append(finding("verify-rows", N_("rows are missing or added"), name))
    return found
