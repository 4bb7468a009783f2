"""What is done with files alone: compare and verify runs, write a template or an invented case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmopt.domain.clients import Case
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_, Lang
from cmopt.intake.schemes import parse_scheme, read_scheme_text

if TYPE_CHECKING:
    from cmopt.domain.book_findings import Tell
    from cmopt.store.comparison import Comparison


def compare(folders: Sequence[Path], out: Path | None) -> Comparison:
    """Runs side by side; with `out`, written there as CSV."""
    from cmopt.store.comparison import compare_runs, write_comparison

    found = compare_runs(folders)
    if out is not None:
        write_comparison(found, out)
    return found


def verify(
    folder: Path, solve: bool = False, seconds: float | None = None, tell: Tell | None = None
) -> tuple[Finding, ...]:
    """Every breach in a run folder, from its files alone, in the order they were met; empty if it stands.

    `solve` also solves the problem again and holds every proof against what comes out; of the book as many
    parts as `seconds` allow (None: 600), each told to `tell` with what was done again of it.
    """
    from cmopt.store.prove_book import SECONDS
    from cmopt.store.verify import verify_run

    return verify_run(folder, solve, SECONDS if seconds is None else seconds, tell)


def proofs_repeated(folder: Path) -> tuple[int, int]:
    """Of how many goals `verify(folder, solve=True)` repeats the proof, and how many there are.

    For a record that stands; goals behind one that is not proven are not repeated.
    """
    import json

    from cmopt.store.prove import repeatable

    goals = json.loads((folder / "result.json").read_text(encoding="utf-8-sig"))["goals"]
    return repeatable([bool(goal["proven"]) for goal in goals]), len(goals)


def write_template(scheme: str, out: Path, lang: Lang) -> tuple[Finding, ...]:
    """Write the input workbook that a scheme wants; notices on it. InputError where there is such a file.

    A shipped scheme may still have unfilled figures; a notice says so.
    """
    from cmopt.intake.template import write_template as write
    from cmopt.intake.unfilled import scheme_for_template
    from cmopt.store.folder import new_file

    if out.suffix.lower() != ".xlsx":
        raise InputError(finding("template-name", N_("name a file that ends in .xlsx"), str(out)))
    declared, notices = scheme_for_template(scheme)
    with new_file(out) as draft:
        write(draft, declared, lang)
    return notices


def synth(out: Path, scheme: str, lang: Lang, **options: Any) -> Case:
    """Invent a case and write it as a folder of CSV files or as a workbook (`out` ends in .xlsx).

    InputError where there is such a file, or a folder with anything in it.
    """
    from cmopt.intake.write import write_case
    from cmopt.store.folder import new_file, whole_folder
    from cmopt.synth import SynthOptions, synth_case

    declared = parse_scheme(read_scheme_text(scheme))
    case = synth_case(SynthOptions(lang=lang, **options), declared)
    with new_file(out) if out.suffix.lower() == ".xlsx" else whole_folder(out, marker=None) as draft:
        write_case(case, declared, draft, lang)
    return case
