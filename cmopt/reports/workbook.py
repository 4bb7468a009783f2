"""allocation.xlsx: what planners hand to the branches."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cmopt.domain.allocation import left_out
from cmopt.domain.draw import commitment
from cmopt.domain.result import Phase
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, Lang
from cmopt.reports import sheet_charts, sheets
from cmopt.reports.book import HEAD, LINE, PALE, Book, Cell, Column, Kind, lines_needed, sheet_names
from cmopt.reports.book_sheets import add_book_sheets
from cmopt.reports.files import replacing
from cmopt.reports.soft import SOFT_HEADS, has_soft_rules, soft_rows
from cmopt.reports.summary import is_exact, outcome_sentences, solvers_title
from cmopt.reports.terms import SHARES
from cmopt.reports.view import (
    Names,
    as_number,
    is_headline,
    leads,
    rival_value,
    scorecard,
    segments_divided,
)
from cmopt.reports.wording import (
    certificate_title,
    goal_in_millionths,
    goal_meaning,
    goal_title,
    goal_unit,
    group_title,
    measure_title,
    metric_meaning,
    metric_title,
    outcome_title,
    proof_words,
    role_title,
    segment_title,
    severity_title,
    show_metric,
    solver_title,
    status_title,
    unit_title,
    with_note,
)

Sheet = Callable[[Book, Any, Run, Run | None], None]


def write_workbook(run: Run, rival: Run | None, path: Path, lang: Lang) -> None:
    """Write the run as a workbook in `lang`, with the rival's figures beside it where there is a rival.

    The same runs give the same bytes. Raises OSError when the file cannot be written; an older one is
    then still intact.
    """
    from xlsxwriter.exceptions import FileCreateError

    with replacing(path) as draft:
        book = Book(draft, lang, run.scheme.title.render(lang))
        for key, name in sheet_names(lang).items():
            SHEETS[key](book, book.sheet(name), run, rival)
        add_book_sheets(book, run)
        try:
            book.file.close()
        except FileCreateError as error:
            raise error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error)) from None


def _summary(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """What was decided, how good it is, and what needs attention, on the first sheet people see."""
    widths = [5.0, 25.0, 18.0, 18.0, 18.0, 38.0, 60.0]
    for c, width in enumerate(widths):
        sheet.set_column(c, c, width)
    sheet.freeze_panes(1, 0)
    book.text(sheet, 0, 0, run.scheme.title.render(book.lang), bold=True, font_size=16, font_color=HEAD)
    sheet.set_row(0, 30)
    row = 1
    for sentence in outcome_sentences(run, rival, book.lang):
        book.paragraph(sheet, row, len(widths) - 1, sentence, sum(widths) * 0.95, font_size=11)
        row += 1
    row = _facts(book, sheet, row + 1, run)
    row = _goals(book, sheet, row + 1, run, rival, widths)
    row = _book_goals(book, sheet, row + 1, run)
    row = _segments(book, sheet, row + 1, run)
    row = _scorecard(book, sheet, row + 1, run, rival)
    row = _soft_rules(book, sheet, row + 1, run)
    row = _left_out(book, sheet, row + 1, run)
    _notes(book, sheet, row + 1, run)


def _facts(book: Book, sheet: Any, row: int, run: Run) -> int:
    lang = book.lang
    facts = [
        (N_("Case"), run.case_name),
        (N_("Status"), status_title(run.result.status, lang)),
        (N_("Solver"), solvers_title(run, lang)),
        (N_("Certificate"), certificate_title(run.result.certificate, lang)),
        (N_("Seconds"), f"{run.result.seconds:.1f}"),
        (N_("Draw seed"), str(run.seed)),
        (N_("Commitment (SHA-256)"), commitment(run.seed)),
    ]
    for title, fact in facts:
        book.text(sheet, row, 1, book.t(title), bold=True)
        book.text(sheet, row, 2, fact)
        row += 1
    return row


def _goals(book: Book, sheet: Any, row: int, run: Run, rival: Run | None, widths: list[float]) -> int:
    _heading(book, sheet, row, book.t(N_("Goals, in order of priority")))
    theirs = _rival_title(book, rival)
    titles = [
        N_("Goal"),
        N_("This division"),
        theirs,
        N_("Best possible"),
        N_("What is proven"),
        N_("What it means"),
    ]
    columns = [Column("#", "center"), *(Column(book.t(t), "wrap") for t in titles)]
    exact = is_exact(run)
    rows: list[list[Cell]] = []
    for number, goal in enumerate(run.result.goals, start=1):
        proof, meaning = proof_words(goal, book.lang, exact, run.scheme), goal_meaning(goal.name, book.lang)
        rows.append([number, goal_title(goal.name, book.lang, run.scheme), None, None, None, proof, meaning])
    end = book.table(sheet, row + 1, columns, rows, whole_sheet=False)
    for n, goal in enumerate(run.result.goals):
        at = row + 2 + n
        for c, value in ((2, goal.value), (3, rival_value(rival, goal.name)), (4, goal.bound)):
            _goal_number(book, sheet, at, c, goal, value, run.scheme, odd=n % 2 == 1)
        high = max(lines_needed(str(rows[n][c]), widths[c]) for c in (5, 6))
        sheet.set_row(at, 15.5 * high + 4)
    return end


def _book_goals(book: Book, sheet: Any, row: int, run: Run) -> int:
    """The goals of the rest of the book over all parts; nothing where no book was divided."""
    if run.book is None:
        return row - 1
    _heading(book, sheet, row, book.t(N_("The rest of the book")))
    titles = [N_("Goal"), N_("Value"), N_("Bound"), N_("Parts proven"), N_("What it means")]
    kinds: list[Kind] = ["text", "right", "right", "right", "text"]
    columns = [Column("#", "center"), *(Column(book.t(t), k) for t, k in zip(titles, kinds, strict=True))]
    rows: list[list[Cell]] = []
    for number, goal in enumerate(run.book.goals, start=1):
        proven = sum(p.result.goals[number - 1].proven for p in run.book.parts)
        told = f"{proven}/{len(run.book.parts)}"
        title, meaning = goal_title(goal.name, book.lang, run.scheme), goal_meaning(goal.name, book.lang)
        rows.append([number, title, None, None, told, meaning])
    end = book.table(sheet, row + 1, columns, rows, whole_sheet=False)
    for n, goal in enumerate(run.book.goals):
        for c, value in ((2, goal.value), (3, goal.bound)):
            _goal_number(book, sheet, row + 2 + n, c, goal, value, run.scheme, odd=n % 2 == 1)
    return end


def _goal_number(
    book: Book, sheet: Any, row: int, column: int, goal: Phase, value: int | None, scheme: Scheme, odd: bool
) -> None:
    """A goal's value as a number whose format carries the unit."""
    unit, fixed = goal_unit(goal.name, scheme), goal_in_millionths(goal.name)
    said = unit_title(unit, book.lang)
    form = "#,##0.00" if unit == "money" else "#,##0.00####" if fixed else "#,##0"
    if said:
        one = unit_title(unit, book.lang, one=True)
        form = f'[=1]{form}" {one}";{form}" {said}"'
    look: dict[str, Any] = {"num_format": form, "align": "right", "indent": 1}
    look |= {"bottom": 1, "bottom_color": LINE, "bold": column == 2}
    if odd:
        look["bg_color"] = PALE
    style = book.style(**look)
    shown: Cell = as_number(value) if fixed else value
    if shown is None:
        sheet.write_string(row, column, "—", style)
    elif isinstance(shown, int) and abs(shown) >= 10**15:
        sheet.write_string(row, column, f"{shown:,}", style)
    else:
        sheet.write_number(row, column, shown, style)


def _segments(book: Book, sheet: Any, row: int, run: Run) -> int:
    """How the accounts of each segment fared."""
    _heading(book, sheet, row, book.t(N_("What was divided")))
    outcomes = ("kept", "moved", "new", "unassigned")
    names = Names(run.case)
    titles = [N_("Segment"), N_("Accounts"), N_("Balance (10k CNY)"), N_("Managers"), N_("Outcome")]
    kinds: list[Kind] = ["text", "int", "money", "int", "text"]
    columns = [Column(""), *(Column(book.t(t), kind) for t, kind in zip(titles, kinds, strict=True))]
    rows: list[list[Cell]] = []
    for segment, accounts in segments_divided(run):
        lines = [x for x in leads(run) if x.segment == segment]
        told = [(outcome_title(o, book.lang), sum(x.outcome == o for x in lines)) for o in outcomes]
        total = sum(names.balance(x.client_id) or 0 for x in lines)
        holders = len({x.staff_id for x in lines if x.staff_id is not None})
        title = segment_title(segment, run.scheme, book.lang)
        shown = " · ".join(f"{o} {n}" for o, n in told if n)
        rows.append([None, title, accounts, as_number(total), holders, shown])
    return book.table(sheet, row + 1, columns, rows, whole_sheet=False)


def _scorecard(book: Book, sheet: Any, row: int, run: Run, rival: Run | None) -> int:
    """The headline figures; all of them are on the fairness sheet."""
    _heading(book, sheet, row, book.t(N_("Scorecard (all figures: sheet “fairness”)")))
    titles = [N_("Metric"), N_("Before"), N_("After"), _rival_title(book, rival)]
    titles += [N_("Group and measure"), N_("How to read it")]
    kinds: list[Kind] = ["text", "right", "right", "right", "text", "wrap"]
    columns = [Column(""), *(Column(book.t(t), kind) for t, kind in zip(titles, kinds, strict=True))]
    rows: list[list[Cell]] = []
    figures: list[tuple[str, list[float | None]]] = []
    explained: set[str] = set()
    for f in scorecard(run, rival):
        if is_headline(f, run.scheme):
            about = (
                group_title(f.group, run.scheme, book.lang),
                measure_title(f.measure, run.scheme, book.lang),
            )
            figures.append((f.metric, [f.before, f.after, f.rival]))
            about_text = " · ".join(a for a in about if a)
            title = metric_title(f.metric, book.lang)
            meaning = "" if f.metric in explained else metric_meaning(f.metric, book.lang)
            explained.add(f.metric)
            rows.append([None, title, None, None, None, about_text, meaning])
    end = book.table(sheet, row + 1, columns, rows, whole_sheet=False)
    for n, (metric, values) in enumerate(figures):
        for c, value in enumerate(values, start=2):
            _figure(book, sheet, row + 2 + n, c, metric, value, odd=n % 2 == 1)
    return end


def _figure(
    book: Book, sheet: Any, row: int, column: int, metric: str, value: float | None, odd: bool
) -> None:
    """A fairness figure as a number that is shown as `show_metric` writes it."""
    look: dict[str, Any] = {"align": "right", "indent": 1, "bottom": 1, "bottom_color": LINE}
    if odd:
        look["bg_color"] = PALE
    if value is None or not math.isfinite(value):
        sheet.write_string(row, column, show_metric(value, metric), book.style(**look))
        return
    form = "#,##0.00" if abs(value) >= 100 else "0.0000"
    if metric in SHARES:
        form = "0.0 %"
    elif value == int(value):
        form = "#,##0"
    sheet.write_number(row, column, value, book.style(**look, num_format=form))


def _soft_rules(book: Book, sheet: Any, row: int, run: Run) -> int:
    """Which soft rules were not kept, by whom, by how much, at what cost; nothing where there are none."""
    if not has_soft_rules(run.scheme):
        return row - 1
    _heading(book, sheet, row, book.t(N_("Soft rules that were not kept")))
    rows = soft_rows(run, book.lang)
    if not rows:
        book.text(sheet, row + 1, 1, book.t(N_("none")))
        return row + 2
    kinds: list[Kind] = ["wrap", "wrap", "right", "right", "right", "text"]
    columns = [Column(""), *(Column(book.t(t), kind) for t, kind in zip(SOFT_HEADS, kinds, strict=True))]
    cells: list[list[Cell]] = [[None, *r.cells] for r in rows]
    return book.table(sheet, row + 1, columns, cells, whole_sheet=False)


def _left_out(book: Book, sheet: Any, row: int, run: Run) -> int:
    _heading(book, sheet, row, book.t(N_("Accounts left out")))
    names = Names(run.case)
    left = left_out(run.lines)
    if not left:
        book.text(sheet, row + 1, 1, book.t(N_("none")))
        return row + 2
    for n, (line, places) in enumerate(left, start=row + 1):
        book.text(sheet, n, 1, line.client_id)
        role = f"{role_title('backup', book.lang)} × {places}" if line.is_backup else ""
        book.text(sheet, n, 2, with_note(names.client(line.client_id), role, book.lang))
        book.text(sheet, n, 3, line.reason.render(book.lang))
    return row + 1 + len(left)


def _notes(book: Book, sheet: Any, row: int, run: Run) -> None:
    _heading(book, sheet, row, book.t(N_("Warnings and decisions")))
    told = [*run.audit.breaches, *run.result.findings, *run.notes]
    if not told:
        book.text(sheet, row + 1, 1, book.t(N_("none")))
    for n, note in enumerate(told, start=row + 1):
        book.text(sheet, n, 1, severity_title(note.severity, book.lang), bold=note.severity == "error")
        book.text(sheet, n, 2, note.render(book.lang))


def _rival_title(book: Book, rival: Run | None) -> str:
    return solver_title(rival.result.solver, book.lang) if rival else N_("Rival")


def _heading(book: Book, sheet: Any, row: int, text: str) -> None:
    book.text(sheet, row, 0, text, bold=True, font_size=12, font_color=HEAD)
    sheet.set_row(row, 24)


SHEETS: dict[str, Sheet] = {
    "summary": _summary,
    "grades": sheets.grades,
    "allocation": sheets.allocation,
    "portfolios": sheets.portfolios,
    "fairness": sheets.fairness,
    "handovers": sheets.handovers,
    "charts": sheet_charts.charts,
}
