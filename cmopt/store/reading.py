"""A run's folder read back: its manifest, its inputs read and graded again, both layers of its division."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import BookResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, finding
from cmopt.grading import grade
from cmopt.i18n import LANGS, N_, Lang
from cmopt.intake.case import read_case, require_case
from cmopt.intake.edits import merge_edits, read_edits
from cmopt.intake.schemes import parse_scheme
from cmopt.reports.tables import grades_table, read_allocation
from cmopt.store.folder import MANIFEST, hashes_below
from cmopt.store.manifest import EDITS, FORMAT, read_json
from cmopt.store.verify_book import recorded_book

ALLOCATION = "allocation.csv"


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, every field that is read later of the right kind."""
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
    texts = ("inputs", "outputs", "overrides")
    wrong = [k for k in texts if not _is_texts(manifest.get(k))]
    wrong += [] if isinstance(manifest.get("case"), str) else ["case"]
    wrong += [] if type(manifest.get("tie_seed")) is int else ["tie_seed"]
    wrong += [] if manifest.get("lang") in LANGS else ["lang"]
    solver = manifest.get("solver")
    wrong += [] if isinstance(solver, dict) and "used" in solver else ["solver"]
    if wrong:
        raise InputError([finding("run-record", WRONG_FIELD, MANIFEST, what=k) for k in wrong])
    return manifest


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())


def changed_files(manifest: Mapping[str, Any], folder: Path) -> list[Finding]:
    """Files that are not as the manifest promises."""
    promised: dict[str, str] = {**manifest["inputs"], **manifest["outputs"]}
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


@dataclass(frozen=True)
class Given:
    """What a run starts from, read and graded again."""

    case_name: str
    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    seed: int
    lang: Lang

    def grades_table(self) -> list[list[str]]:
        return grades_table(self.case, self.scheme, self.grades, self.lang)


def read_given(manifest: Mapping[str, Any], folder: Path) -> Given:
    """Case and scheme of a run, graded again. Raises InputError: not readable."""
    scheme_file = folder / "inputs" / "scheme.toml"
    try:
        text = scheme_file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise InputError(finding("run-file", MISSING, "inputs/scheme.toml")) from None
    scheme = parse_scheme(text, manifest["overrides"])
    case = _edited(require_case(read_case(_case_path(folder), scheme)), folder / "inputs" / EDITS)
    grades = grade(case.roster, scheme, manifest["tie_seed"])
    return Given(manifest["case"], case, scheme, grades, manifest["tie_seed"], manifest["lang"])


def _edited(case: Case, edits: Path) -> Case:
    """The case with the branches' edits that the run was given, where there are any."""
    if not edits.is_dir():
        return case
    found = read_edits([edits], case)
    if found.errors:
        raise InputError(found.errors)
    return merge_edits(case, found.links)


def read_divisions(
    given: Given, record: Mapping[str, Any], folder: Path
) -> tuple[Allocation, BookResult | None]:
    """The key accounts' division and, where the record has one, that of the rest of the book."""
    if "book" in record:
        return recorded_book(folder, given.case, given.scheme, given.grades)
    return read_allocation(folder / ALLOCATION), None


def _case_path(folder: Path) -> Path:
    """The kept case: the workbook if that is what was read, else the folder of CSV files."""
    case = folder / "inputs" / "case"
    files = sorted(case.iterdir()) if case.is_dir() else []
    alone = len(files) == 1 and files[0].suffix.lower() in (".xlsx", ".xlsm")
    return files[0] if alone else case


MISSING = N_("missing from the run folder")
WRONG_FIELD = N_("a field is missing or wrong: {what}")
