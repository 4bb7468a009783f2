"""The workbook's tables: grades, allocation, portfolios, fairness, handovers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmopt.domain.run import Run
from cmopt.i18n import N_
from cmopt.reports.book import Book, Cell, Column, Kind, put
from cmopt.reports.view import (
    Names,
    accounts_handed_over,
    as_number,
    backups_of,
    best_first,
    by_rank,
    in_order,
    rival_load,
    scorecard,
)
from cmopt.reports.wording import (
    group_title,
    measure_title,
    metric_meaning,
    metric_title,
    outcome_title,
    role_title,
    route_title,
    rung_title,
    segment_title,
    solver_title,
    tier_title,
    unit_title,
    with_note,
)

OUTCOMES = ("kept", "moved", "new", "unassigned")


def grades(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """Everybody, best first, with the rule behind every point."""
    parts = run.scheme.grading.parts
    names = Names(run.case)
    columns = [
        *_columns(
            book,
            [(N_("Rank"), "rank"), (N_("Staff id"), "text"), (N_("Name"), "text"), (N_("Branch"), "text")],
        ),
        *(Column(p.title.render(book.lang), "points") for p in parts),
        *_columns(book, [(N_("Total"), "points"), (N_("Qualified"), "center")]),
        *_columns(book, [(N_("Rung"), "text")] if run.scheme.grading.rungs else []),
        *_columns(book, [(N_("Tier"), "text")]),
        *_columns(
            book, [(N_("Route"), "text"), (N_("Tie"), "wrap"), (N_("Where the points come from"), "wrap")]
        ),
    ]
    columns[-2] = Column(columns[-2].title, "wrap", 30)
    columns[-1] = Column(columns[-1].title, "wrap", 70)
    yes, no = book.t(N_("yes")), book.t(N_("no"))
    rows: list[list[Cell]] = []
    for g in sorted(run.grades.values(), key=best_first):
        row: list[Cell] = [g.rank, g.staff_id, names.staff(g.staff_id), names.branch_of(g.staff_id)]
        row += [as_number(g.parts.get(p.key)) for p in parts]
        row += [as_number(g.total), yes if g.qualified else no]
        row += [rung_title(g.rung, run.scheme, book.lang)] if run.scheme.grading.rungs else []
        row += ["" if g.tier is None else tier_title(g.tier, run.scheme, book.lang)]
        row += [
            route_title(g.route, run.scheme, book.lang),
            g.tie_note.render(book.lang) if g.tie_note else "",
        ]
        row += [book.t(N_("; ")).join(m.render(book.lang) for m in g.trace)]
        rows.append(row)
    book.table(sheet, 0, columns, rows)
    sheet.freeze_panes(1, 3)


def allocation(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """Who holds what, who held it before, and why; a row for each backup, the balance said once an account."""
    lang, names, grades_ = book.lang, Names(run.case), run.grades
    told: list[tuple[str, Kind]] = [
        (N_("Client id"), "text"),
        (N_("Client"), "text"),
        (N_("Segment"), "text"),
        (N_("Branch of the client"), "text"),
        (N_("Balance (10k CNY)"), "money"),
        (N_("Outcome"), "center"),
        (N_("Manager id"), "text"),
        (N_("Manager"), "text"),
        (N_("Tier"), "text"),
        (N_("Rank"), "rank"),
        (N_("Branch of the manager"), "text"),
        (N_("Role"), "text"),
        (N_("Held before by (id)"), "text"),
        (N_("Held before by"), "text"),
        (N_("Reason"), "wrap"),
    ]
    columns = _columns(book, told)
    columns[-1] = Column(columns[-1].title, "wrap", 70)
    rows: list[list[Cell]] = []
    for x in in_order(run):
        grade = grades_.get(x.staff_id) if x.staff_id is not None else None
        row: list[Cell] = [x.client_id, names.client(x.client_id), segment_title(x.segment, run.scheme, lang)]
        row += [
            names.client_branch(x.client_id),
            None if x.is_backup else as_number(names.balance(x.client_id)),
            outcome_title(x.outcome, lang),
        ]
        row += [x.staff_id, names.staff(x.staff_id)]
        row += [tier_title(grade.tier, run.scheme, lang) if grade else "", grade.rank if grade else None]
        row += [names.branch_of(x.staff_id), role_title(x.role, lang), x.previous, names.staff(x.previous)]
        rows.append([*row, x.reason.render(lang)])
    end = book.table(sheet, 0, columns, rows)
    book.colour_outcomes(sheet, 1, end - 1, 5, {o: outcome_title(o, lang) for o in OUTCOMES})
    sheet.freeze_panes(1, 2)


def portfolios(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """What each manager holds before and after, all clients together, the rival's division beside it."""
    lang, names, theirs = book.lang, Names(run.case), rival_load(rival)
    measures = run.scheme.measures
    told: list[tuple[str, Kind]] = [
        (N_("Staff id"), "text"),
        (N_("Name"), "text"),
        (N_("Branch"), "text"),
        (N_("Tier"), "text"),
        (N_("Rank"), "rank"),
        (N_("Team"), "center"),
    ]
    fixed = _columns(book, told)
    when = [book.t(N_("Before")), book.t(N_("After"))]
    if rival:
        when.append(solver_title(rival.result.solver, lang))
    kinds: list[Kind] = ["int", *("money" if m.unit == "money" else "load" for m in measures)]
    columns = [*fixed, *(Column(w, kind, 13 if kind == "money" else 9) for kind in kinds for w in when)]
    rows: list[list[Cell]] = []
    for p in by_rank(run):
        grade, other = run.grades.get(p.staff_id), theirs.get(p.staff_id)
        row: list[Cell] = [p.staff_id, names.staff(p.staff_id), p.branch]
        row += ["" if p.tier is None else tier_title(p.tier, run.scheme, lang), grade.rank if grade else None]
        row += [book.t(N_("team")) if p.on_team else "", p.clients_before, p.clients_after]
        row += [other.clients_after if other else None] if rival else []
        for m in measures:
            row += [as_number(p.before.get(m.key)), as_number(p.after.get(m.key))]
            row += [as_number(other.after.get(m.key)) if other else None] if rival else []
        rows.append(row)
    book.table(sheet, 1, columns, rows)
    titles = [
        book.t(N_("Clients")),
        *(with_note(m.title.render(lang), unit_title(m.unit, lang), lang) for m in measures),
    ]
    _group_heads(book, sheet, len(fixed), len(when), titles)
    for n in range(1, len(measures) + 1):
        _bars(sheet, rows, len(fixed) + n * len(when), len(when))
    sheet.freeze_panes(2, 2)


def fairness(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """Every fairness figure, before, after and for the rival."""
    other = solver_title(rival.result.solver, book.lang) if rival else book.t(N_("Rival"))
    told: list[tuple[str, Kind]] = [
        (N_("Metric"), "text"),
        (N_("Group"), "text"),
        (N_("Measure"), "text"),
        (N_("Before"), "decimal"),
        (N_("After"), "decimal"),
        (other, "decimal"),
        (N_("Change"), "decimal"),
        (N_("How to read it"), "wrap"),
    ]
    columns = _columns(book, told)
    columns[-1] = Column(columns[-1].title, "wrap", 60)
    rows: list[list[Cell]] = []
    for f in scorecard(run, rival):
        change = None if f.before is None or f.after is None else f.after - f.before
        row: list[Cell] = [metric_title(f.metric, book.lang), group_title(f.group, run.scheme, book.lang)]
        row += [measure_title(f.measure, run.scheme, book.lang), f.before, f.after, f.rival, change]
        rows.append([*row, metric_meaning(f.metric, book.lang)])
    book.table(sheet, 0, columns, rows)
    sheet.freeze_panes(1, 3)


def handovers(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """Who hands what to whom, with room for three signatures and the date; backups where there are any."""
    lang, names, backups = book.lang, Names(run.case), backups_of(run)
    told: list[tuple[str, Kind]] = [
        ("#", "center"),
        (N_("Client id"), "text"),
        (N_("Client"), "text"),
        (N_("Segment"), "text"),
        (N_("Balance (10k CNY)"), "money"),
        (N_("From branch"), "text"),
        (N_("Handed over by"), "text"),
        (N_("To branch"), "text"),
        (N_("Taken over by"), "text"),
    ]
    if backups:
        told.append((N_("Backup managers"), "wrap"))
    signed = [N_("Signed: handing over"), N_("Signed: taking over"), N_("Signed: witness"), N_("Date")]
    columns = [*_columns(book, told), *(Column(book.t(s), "sign", 17) for s in signed)]
    nobody = book.t(N_("nobody responsible"))
    rows: list[list[Cell]] = []
    for number, x in enumerate(accounts_handed_over(run), start=1):
        row: list[Cell] = [
            number,
            x.client_id,
            names.client(x.client_id),
            segment_title(x.segment, run.scheme, lang),
        ]
        row += [as_number(names.balance(x.client_id))]
        row += [names.branch_of(x.previous) or names.client_branch(x.client_id)]
        row += [
            _person(book, names, x.previous) or nobody,
            names.branch_of(x.staff_id),
            _person(book, names, x.staff_id),
        ]
        if backups:
            row.append(book.t(N_("; ")).join(_person(book, names, s) for s in backups.get(x.client_id, ())))
        rows.append([*row, None, None, None, None])
    book.table(sheet, 0, columns, rows, row_height=34)
    sheet.freeze_panes(1, 3)


def _person(book: Book, names: Names, staff_id: str | None) -> str:
    return "" if staff_id is None else with_note(names.staff(staff_id), staff_id, book.lang)


def _columns(book: Book, told: Sequence[tuple[str, Kind]]) -> list[Column]:
    return [Column(book.t(title), kind) for title, kind in told]


def _group_heads(book: Book, sheet: Any, first: int, width: int, titles: Sequence[str]) -> None:
    """One title above each group of `width` columns."""
    style = book.style(bold=True, font_color="#17496B", bg_color="#DCE6EE", align="center", border=1)
    sheet.set_row(0, 21)
    for c in range(first):
        put(sheet, 0, c, None, style)
    for n, title in enumerate(titles):
        sheet.merge_range(0, first + n * width, 0, first + (n + 1) * width - 1, "", style)
        sheet.write_string(0, first + n * width, title, style)


def _bars(sheet: Any, rows: Sequence[Sequence[Cell]], first: int, width: int) -> None:
    """Data bars in one measure's columns, all on one scale so that before and after compare at a glance."""
    held = [v for row in rows for v in row[first : first + width] if isinstance(v, int | float)]
    if not held or max(held) <= 0:
        return
    scale = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": max(held)}
    rule = {"type": "data_bar", "bar_solid": True, "bar_border_color": "#FFFFFF", **scale}
    for n, colour in enumerate(("#C3CCD6", "#8FC1B5", "#E8C89A")[:width]):
        sheet.conditional_format(2, first + n, 1 + len(rows), first + n, {**rule, "bar_color": colour})
