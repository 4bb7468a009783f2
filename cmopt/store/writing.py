"""A run's folder, written whole or not at all: tables, record, inputs, manifest, and the reports if asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.allocation import Line
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.result import Result
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding
from cmopt.i18n import Lang
from cmopt.reports.tables import attempt_json, result_json, write_grades, write_tables
from cmopt.store.folder import whole_folder
from cmopt.store.manifest import Origin, keep_inputs, write_json, write_manifest

if TYPE_CHECKING:
    from cmopt.plots.apart import Draw
    from cmopt.store.journal import Journal


@contextmanager
def drawing(charts: bool, own_process: bool) -> Iterator[Draw | None]:
    """How charts are drawn: by a process of their own that starts now, or here; None where none are wanted."""
    if not charts:
        yield None
    elif own_process:
        from cmopt.plots.apart import drawing_apart

        with drawing_apart() as draw:
            yield draw
    else:
        from cmopt.plots import write_charts

        yield lambda *what: lambda: write_charts(*what)


def write_run(
    run: Run,
    rival: Run | None,
    origin: Origin,
    out: Path,
    report: bool = True,
    draw: Draw | None = None,
    meanwhile: Callable[[], None] = lambda: None,
    unfinished: Journal | None = None,
    allocation: Callable[[Path, Run], Path] | None = None,
) -> None:
    """Write the folder of a run; `rival` is the division shown beside it in the reports. With `report`,
    `meanwhile` is done while the charts are drawn. `unfinished`: what it takes to go on with it. `allocation`
    writes allocation.csv of a large book."""
    with whole_folder(out) as folder:
        write_tables(run, folder, origin.lang, book_lines_of(run), allocation)
        _write_record(run, folder, origin.lang)
        if unfinished is not None:
            unfinished.copy_to(folder)
        if report:
            _write_reports(run, rival, folder, origin.lang, draw, meanwhile)
        keep_inputs(origin, folder)
        write_manifest(run.result, origin, run.seed, run.notes, folder)


def book_lines_of(run: Run) -> Iterable[Line]:
    """The lines of the book in id order, made anew each time they are gone through; none without a book."""
    if run.book is None or run.result.allocation is None:
        return ()
    from cmopt.explain.book import book_lines

    return book_lines(run.case, run.scheme, run.grades, run.result.allocation, run.book, run.seed)


def _write_record(run: Run, folder: Path, lang: Lang) -> None:
    """result.json; of a book also bounds.json."""
    record = result_json(run, lang)
    if run.book is not None:
        from cmopt.store.book_files import BOUNDS, book_json, write_bounds

        record["book"] = book_json(run.book, lang)
        write_bounds(run.book, folder / BOUNDS)
    write_json(folder / "result.json", record)


def write_attempt(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    result: Result,
    reasons: Sequence[Finding],
    origin: Origin,
    seed: int,
    notes: Sequence[Finding],
    out: Path,
) -> None:
    """The record of a run without a division: the grades, the status, what stood in the way."""
    with whole_folder(out) as folder:
        write_grades(case, scheme, grades, folder, origin.lang)
        write_json(folder / "result.json", attempt_json(result, scheme, reasons, origin.lang))
        keep_inputs(origin, folder)
        write_manifest(result, origin, seed, notes, folder)


def write_grading(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    origin: Origin,
    seed: int,
    notes: Sequence[Finding],
    out: Path,
) -> None:
    """The record of grading alone: grades.csv, the inputs, a manifest."""
    with whole_folder(out) as folder:
        write_grades(case, scheme, grades, folder, origin.lang)
        keep_inputs(origin, folder)
        write_manifest(None, origin, seed, notes, folder)


def _write_reports(
    run: Run, rival: Run | None, folder: Path, lang: Lang, draw: Draw | None, meanwhile: Callable[[], None]
) -> None:
    """Workbook, charts and page, of a book also the handover plan; `meanwhile` while the charts are drawn."""
    drawn = draw(run, rival, folder / "charts", lang) if draw is not None else list
    from cmopt.reports.html import write_html
    from cmopt.reports.workbook import write_workbook

    write_workbook(run, rival, folder / "allocation.xlsx", lang)
    if run.book is not None:
        from cmopt.reports.handover_files import write_handover
        from cmopt.reports.writers import writers

        with writers(len(run.book.clients)) as each:
            write_handover(run, folder, lang, book_lines_of(run), each)
    meanwhile()
    write_html(run, rival, folder / "report.html", lang, drawn())
