"""The bank's workbook, of the whole book: what changes hands in each branch, and every flow of the plan."""

from __future__ import annotations

from typing import Any

from cmopt.domain.handover import HandoverPlan
from cmopt.domain.run import Run
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.handover_plan import plan_of
from cmopt.reports.book import Book, Cell, Column, Kind
from cmopt.reports.branch_book import how
from cmopt.reports.view import Names, as_number
from cmopt.reports.wording import with_note


def add_book_sheets(book: Book, run: Run) -> None:
    """Two sheets at the end; none where no book was divided."""
    if run.book is None:
        return
    plan = plan_of(run)
    _branches(book, book.sheet(tr(N_("Handover by branch"), book.lang)), plan)
    _flows(book, book.sheet(tr(N_("Handover plan"), book.lang)), run, plan)


def _branches(book: Book, sheet: Any, plan: HandoverPlan) -> None:
    """A line a branch and a line for all: what became of the clients, what that moves, in how many waves."""
    heads: list[tuple[str, Kind]] = [
        (N_("Branch"), "text"), (N_("Clients"), "int"), (N_("Divided"), "int"), (N_("Kept"), "int"),
        (N_("Moved"), "int"), (N_("First manager"), "int"), (N_("Without a manager"), "int"),
        (N_("Share that changes"), "share"), (N_("Balance that changes hands (10k CNY)"), "money"),
        (N_("Pairs of managers"), "int"), (N_("People who take part"), "int"), (N_("Last wave"), "int"),
    ]  # fmt: skip
    columns = [Column(book.t(t), kind, 15 if kind != "text" else None) for t, kind in heads]
    rows: list[list[Cell]] = []
    for b in plan.branches:
        share = (b.divided - b.kept) / b.divided if b.divided else None
        counts: list[Cell] = [b.clients, b.divided, b.kept, b.moved, b.new, b.left]
        rows.append([b.branch, *counts, share, as_number(b.balance), b.flows, b.people, b.waves])
    divided, kept = sum(b.divided for b in plan.branches), sum(b.kept for b in plan.branches)
    total: list[Cell] = [book.t(N_("All together")), sum(b.clients for b in plan.branches), divided, kept]
    total += [sum(b.moved for b in plan.branches), sum(b.new for b in plan.branches)]
    total += [sum(b.left for b in plan.branches), (divided - kept) / divided if divided else None]
    total += [as_number(sum(b.balance for b in plan.branches))]
    total += [
        len({(f.giver, f.receiver) for f in plan.flows}),
        len({w.staff_id for w in plan.work}),
        plan.waves,
    ]
    book.table(sheet, 0, columns, [*rows, total])
    sheet.freeze_panes(1, 1)


def _flows(book: Book, sheet: Any, run: Run, plan: HandoverPlan) -> None:
    """A line a flow and wave; to sign are the lines in the branches' workbooks."""
    heads: list[tuple[str, Kind]] = [
        (N_("Branch of the clients"), "text"), (N_("Wave"), "rank"), (N_("Handed over by"), "text"),
        (N_("From branch"), "text"), (N_("Taken over by"), "text"), (N_("To branch"), "text"),
        (N_("Clients"), "int"), (N_("Balance (10k CNY)"), "money"), (N_("Difficulty (sum)"), "load"),
        (N_("How"), "text"),
    ]  # fmt: skip
    names, lang = Names(run.case), book.lang
    columns = [Column(book.t(t), kind) for t, kind in heads]
    nobody = book.t(N_("nobody responsible"))
    rows: list[list[Cell]] = []
    for f in plan.flows:
        row: list[Cell] = [f.branch, f.wave, _person(names, f.giver, lang) or nobody]
        row += [names.branch_of(f.giver), _person(names, f.receiver, lang), names.branch_of(f.receiver)]
        row += [len(f.clients), as_number(f.balance), as_number(f.difficulty), how(f).render(lang)]
        rows.append(row)
    book.table(sheet, 0, columns, rows)
    sheet.freeze_panes(1, 2)


def _person(names: Names, staff_id: str | None, lang: Lang) -> str:
    return "" if staff_id is None else with_note(names.staff(staff_id), staff_id, lang)
