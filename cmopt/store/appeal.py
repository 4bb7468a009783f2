"""An appeal on disk: both records of grading, who is affected, and the fact with its reason and hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cmopt.domain.appeal import Appeal
from cmopt.domain.clients import Case
from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import parse_scheme
from cmopt.reports.tables import Table, grades_table, guarded, read_table, write_csv
from cmopt.store.folder import MANIFEST, hashes_below, sha256_of, whole_folder
from cmopt.store.manifest import Origin, check_run_folder, read_json, write_json
from cmopt.store.writing import write_grading

GRADES = "grades.csv"


@dataclass(frozen=True)
class Kept:
    """A case under its scheme as one of the two records keeps it."""

    case: Case
    scheme: Scheme
    notes: tuple[Finding, ...]
    origin: Origin


SHOWN = ("total", "rank", "qualified", "tier", "rung", "probation", "route")


def write_appeal(found: Appeal, before: Kept, after: Kept, seed: int, record: Path | None, out: Path) -> None:
    """Write the folder of an appeal (see `cmopt.service.appeals`). `record`: the run folder appealed against.

    Raises InputError where the grades of that record do not come out again.
    """
    if record is not None:
        _same_grades(found, before, record)
    with whole_folder(out, marker="appeal.json") as folder:
        for name, loaded, grades in (("before", before, found.before), ("after", after, found.after)):
            given = (loaded.case, loaded.scheme, grades, loaded.origin, seed, loaded.notes)
            write_grading(*given, folder / name)
        write_csv(folder / "appeal.csv", appeal_table(found, before))
        write_json(folder / "appeal.json", _record(found, record, folder))


def appeal_table(found: Appeal, before: Kept) -> Table:
    """Old and new grade side by side: the appellant first, then everybody else whose grade changes."""
    heads = [f"{name}_{when}" for name in SHOWN for when in ("before", "after")]
    rows = [["staff_id", "name", "branch", "who", *heads]]
    for staff_id in found.changed:
        person = before.case.roster.by_id[staff_id]
        pairs = zip(_cells(found.before[staff_id]), _cells(found.after[staff_id]), strict=True)
        who = "appellant" if staff_id == found.staff_id else "other"
        own = [guarded(text) for text in (staff_id, person.name, person.branch)]
        rows.append([*own, who, *(cell for pair in pairs for cell in pair)])
    return rows


def _cells(grade: Grade) -> list[str]:
    return [
        show_fixed(grade.total),
        "" if grade.rank is None else str(grade.rank),
        "true" if grade.qualified else "false",
        guarded(grade.tier or ""),
        guarded(grade.rung or ""),
        "true" if grade.probation else "false",
        grade.route,
    ]


def _record(found: Appeal, record: Path | None, folder: Path) -> dict[str, Any]:
    """appeal.json: what was asked, against which record, and the hashes of all of it."""
    original = None
    if record is not None:
        hashes = {name: sha256_of(record / name) for name in (MANIFEST, GRADES)}
        original = {"folder": record.name, **hashes}
    own = found.staff_id
    return {
        "format": 1,
        "staff_id": own,
        "reason": found.reason,
        "corrections": [{"fact": c.fact, "before": c.before, "after": c.after} for c in found.corrections],
        "original": original,
        "before": dict(zip(SHOWN, _cells(found.before[own]), strict=True)),
        "after": dict(zip(SHOWN, _cells(found.after[own]), strict=True)),
        "others_changed": [i for i in found.changed if i != own],
        "files": hashes_below(folder),
        "manifests": {name: sha256_of(folder / name / MANIFEST) for name in ("before", "after")},
        "decided_utc": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


# --- the record appealed against -----------------------------------------------------------------------


def read_original(folder: Path) -> tuple[Kept, int]:
    """What a run folder was made of, unchanged since, and its seed. InputError where it is not so."""
    check_run_folder(folder)
    manifest = read_json(folder / MANIFEST)
    kept = hashes_below(folder)
    said = {**manifest.get("inputs", {}), **manifest.get("outputs", {})}
    changed = [name for name, digest in said.items() if kept.get(name) != digest]
    if changed:
        text = N_(
            "the file was changed or removed since the record was made: no appeal against it is possible"
        )
        raise InputError([finding("appeal-changed", text, name) for name in changed])
    scheme_text = (folder / "inputs" / "scheme.toml").read_text(encoding="utf-8")
    scheme = parse_scheme(scheme_text, manifest["overrides"])
    case = folder / "inputs" / "case"
    files = sorted(case.iterdir())
    if len(files) == 1 and files[0].suffix.lower() in (".xlsx", ".xlsm"):
        case = files[0]
    intake = read_case(case, scheme)
    origin = Origin(
        case=case,
        files={s.name: s.sha256 for s in intake.sources},
        scheme=scheme.name,
        scheme_text=scheme_text,
        overrides=manifest["overrides"],
        lang=manifest["lang"],
        begun=datetime.now(UTC),
        solver_asked=manifest["solver"]["asked"],
        time_limit=None,
        parameters=scheme.filled_parameters,
    )
    return Kept(require_case(intake), scheme, intake.findings, origin), manifest["tie_seed"]


def _same_grades(found: Appeal, before: Kept, record: Path) -> None:
    again = grades_table(before.case, before.scheme, found.before, before.origin.lang)
    if _plain(read_table(record / GRADES)) != _plain(again):
        text = N_("the grades of this record do not come out again; see what cmopt verify says of it")
        raise InputError(finding("appeal-record", text, f"{record.name}/{GRADES}"))


def _plain(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(row) for row in rows]
