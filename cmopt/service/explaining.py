"""Why a client of a run went where it went, and what another manager would mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.why import Explained
from cmopt.errors import InputError

if TYPE_CHECKING:
    from cmopt.domain.scheme import Scheme


def explain(folder: Path, client_id: str, staff_id: str | None = None) -> tuple[Explained, Scheme]:
    """The line of a client in a run's folder, with what giving it to `staff_id` alone would break or change;
    without, of everybody who may hold it. And the scheme, for its names.

    Raises InputError: not a run, or its files were changed; the client has no line; nobody of this name; they
    hold it already.
    """
    from cmopt.explain import explain_lines
    from cmopt.explain.why_book import why_book
    from cmopt.explain.why_key import why_key
    from cmopt.problem import build_problem
    from cmopt.store.book_files import RECORD
    from cmopt.store.manifest import check_run_folder, read_json
    from cmopt.store.reading import changed_files, read_divisions, read_given, read_manifest

    check_run_folder(folder)
    manifest = read_manifest(folder)
    if changed := changed_files(manifest, folder):
        raise InputError(changed)
    given = read_given(manifest, folder)
    record = read_json(folder / RECORD)
    key, book = read_divisions(given, record, folder)
    if book is not None and client_id not in key.holder:
        told = (given.case, given.scheme, given.grades, key, book, given.seed)
        return why_book(*told, client_id, staff_id), given.scheme
    problem = build_problem(given.case, given.scheme, given.grades, given.seed, book is not None)
    solver = str(record.get("solver"))
    lines = explain_lines(given.case, given.scheme, given.grades, problem, key, solver)
    found = why_key(given.case, given.scheme, given.grades, problem, key, lines, client_id, staff_id)
    return found, given.scheme
