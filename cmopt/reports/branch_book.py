"""One workbook for one branch head: the branch's clients, its managers, the handovers, and room for edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmopt.domain.allocation import Outcome
from cmopt.domain.edits import (
    COLUMNS,
    DECISIONS,
    FACTS,
    FIRST,
    FORMAT,
    HIDDEN,
    YOURS,
    division_mark,
)
from cmopt.domain.handover import Flow, Work
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.scheme import Scheme
from cmopt.errors import Message
from cmopt.i18n import N_, Lang, tr
from cmopt.reports.book import HEAD, Book, Cell, Column, Kind, put
from cmopt.reports.files import replacing
from cmopt.reports.sheets import OUTCOMES
from cmopt.reports.view import as_number
from cmopt.reports.wording import outcome_title, segment_title, tier_title, unit_title, with_note

TITLE_ROWS = 3  # above the head of the clients sheet: title, how to fill it in, a blank row


@dataclass(frozen=True, slots=True)
class Row:
    """A client of the branch, its new manager, the wave (0: nothing is handed over), what the line says."""

    client_id: str
    client: str
    segment: str
    balance: int
    previous: str | None
    holder: str | None
    outcome: Outcome
    wave: int
    reason: str


@dataclass(frozen=True)
class Branch:
    """All that one workbook shows: plain data, so that another process may write it.

    flows, work: of the branch's clients and of its people. people: id -> name and branch of everybody named.
    case_mark, run_mark: what it belongs to (`cmopt.domain.edits`). most: the limit of a wave.
    """

    name: str
    scheme: Scheme
    rows: Sequence[Row]
    flows: Sequence[Flow]
    work: Sequence[Work]
    managers: Sequence[Portfolio]
    people: Mapping[str, tuple[str, str]]
    case_mark: str
    run_mark: str
    most: int | None

    def named(self, staff_id: str | None) -> str:
        return self.people[staff_id][0] if staff_id is not None else ""


def write_branch(branch: Branch, path: Path, lang: Lang) -> Path:
    """Write the workbook; return `path`. The same run gives the same bytes. Raises OSError."""
    from xlsxwriter.exceptions import FileCreateError

    with replacing(path) as draft:
        book = Book(draft, lang, f"{branch.scheme.title.render(lang)} · {branch.name}")
        for key, name in branch_sheets(lang).items():
            SHEETS[key](book, book.sheet(name), branch)
        _hidden(book, branch)
        try:
            book.file.close()
        except FileCreateError as error:
            raise error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error)) from None
    return path


def branch_sheets(lang: Lang) -> dict[str, str]:
    """Key -> the sheet's name in `lang`, in the order of the workbook."""
    names = {
        "clients": N_("Clients of the branch"),
        "managers": N_("Managers before and after"),
        "handovers": N_("Handovers"),
        "waves": N_("Waves"),
    }
    return {key: tr(name, lang) for key, name in names.items()}


# --- clients -----------------------------------------------------------------------------------------


def _clients(book: Book, sheet: Any, branch: Branch) -> None:
    """Who goes from whom to whom, when and why; the last three columns are for the branch head."""
    kinds: dict[str, tuple[Kind, float]] = {
        "client_id": ("text", 12), "client": ("wrap", 20), "segment": ("wrap", 12), "balance": ("money", 13),
        "previous": ("text", 9), "previous_name": ("wrap", 12), "holder": ("text", 9),
        "holder_name": ("wrap", 12), "outcome": ("center", 12), "wave": ("rank", 6), "reason": ("wrap", 46),
        "decision": ("yours", 18), "give_to": ("yours", 18), "why": ("yours", 28),
    }  # fmt: skip
    columns = [Column(book.t(title), *kinds[key]) for key, title in COLUMNS.items()]
    lang, rows = book.lang, [_cells(branch, row, book.lang) for row in branch.rows]
    book.text(sheet, 0, 0, book.t(N_("{branch}: clients and their managers"), branch=branch.name), **TITLE)
    sheet.set_row(0, 24)
    width = sum(c.width or 0 for c in columns)
    book.paragraph(sheet, 1, len(columns) - 1, _how_to(branch, lang), width * 0.95, font_size=10)
    top = TITLE_ROWS
    end = book.table(sheet, top, columns, rows)
    sheet.set_row(top, 48)
    last = max(end - 1, top + 1)
    keys = list(COLUMNS)
    book.colour_outcomes(sheet, top + 1, last, keys.index("outcome"), _outcomes(lang))
    first, where = keys.index(YOURS[0]), keys.index("give_to")
    sheet.data_validation(top + 1, first, last, first, _choices(book))
    sheet.data_validation(top + 1, where, last, where, _people(book, branch))
    sheet.freeze_panes(top + 1, 2)
    allowed = {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True}
    sheet.protect("", allowed)  # against slips only: no password


def _cells(branch: Branch, row: Row, lang: Lang) -> list[Cell]:
    found: list[Cell] = [row.client_id, row.client, segment_title(row.segment, branch.scheme, lang)]
    found += [as_number(row.balance), row.previous, branch.named(row.previous)]
    found += [row.holder, branch.named(row.holder), outcome_title(row.outcome, lang)]
    return [*found, row.wave or None, row.reason, None, None, None]


def _how_to(branch: Branch, lang: Lang) -> str:
    counts = [(outcome_title(o, lang), sum(r.outcome == o for r in branch.rows)) for o in OUTCOMES]
    told = " · ".join(f"{title} {n}" for title, n in counts if n)
    text = N_(
        "{n} clients: {told}. The yellow columns are yours. Leave a line blank to accept it, or choose a "
        "decision and say why. “{previous}”: the client stays where it was. “{other}”: write who shall have "
        "it. “{refuse}”: anybody but the new manager. Change nothing else, save as .xlsx and send it back to "
        "the planning department."
    )
    said = {key: tr(title, lang) for key, title in DECISIONS.items()}
    return tr(text, lang, n=len(branch.rows), told=told, **said)


def _choices(book: Book) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": [book.t(title) for title in DECISIONS.values()],
        "error_title": book.t(N_("Decision")),
        "error_message": book.t(N_("Choose one of the list, or leave it blank to accept.")),
    }


def _people(book: Book, branch: Branch) -> dict[str, Any]:
    """Staff of the branch to choose from; another staff id may be typed in."""
    last = FIRST + max(len(branch.managers), 1) - 1
    return {
        "validate": "list",
        "source": f"={HIDDEN}!$F${FIRST}:$F${last}",
        "error_type": "information",
        "error_title": book.t(COLUMNS["give_to"]),
        "error_message": book.t(N_("Not of this branch: the staff id is looked up when the file is read.")),
    }


def _hidden(book: Book, branch: Branch) -> None:
    """What the file belongs to, and what stood in it, so that a stale or altered one is seen (domain/edits)."""
    rows = [(r.client_id, r.previous or "", r.holder or "") for r in branch.rows]
    facts = {
        "format": FORMAT,
        "branch": branch.name,
        "case": branch.case_mark,
        "division": division_mark(rows),
        "rows": str(len(rows)),
        "run": branch.run_mark,
    }
    sheet = book.file.add_worksheet(HIDDEN)
    text = book.style(num_format="@")
    for n, key in enumerate(FACTS):
        put(sheet, n, 0, key, text)
        put(sheet, n, 1, facts[key], text)
    for n, row in enumerate(rows, start=FIRST - 1):
        for c, value in enumerate(row):
            put(sheet, n, c, value, text)
    for n, p in enumerate(branch.managers, start=FIRST - 1):
        put(sheet, n, 5, f"{p.staff_id} {branch.named(p.staff_id)}", text)
    sheet.hide()


# --- managers, handovers, waves ----------------------------------------------------------------------


def _managers(book: Book, sheet: Any, branch: Branch) -> None:
    """What each manager of the branch holds before and after, and the branch's totals."""
    lang, measures = book.lang, branch.scheme.measures
    heads: list[tuple[str, Kind]] = [(N_("Staff id"), "text"), (N_("Name"), "text"), (N_("Tier"), "text")]
    columns = [Column(book.t(t), kind) for t, kind in heads]
    before, after = book.t(N_("Before")), book.t(N_("After"))
    titles = [(book.t(N_("Clients")), "int", 9.0)]
    for m in measures:
        title = with_note(m.title.render(lang), unit_title(m.unit, lang), lang)
        titles.append((title, "money" if m.unit == "money" else "load", 15.0))
    for title, kind, width in titles:
        columns += [Column(f"{title}\n{when}", kind, width) for when in (before, after)]  # type: ignore[arg-type]
    rows: list[list[Cell]] = []
    for p in branch.managers:
        row: list[Cell] = [p.staff_id, branch.named(p.staff_id)]
        row += [
            "" if p.tier is None else tier_title(p.tier, branch.scheme, lang),
            p.clients_before,
            p.clients_after,
        ]
        for m in measures:
            row += [as_number(p.before.get(m.key)), as_number(p.after.get(m.key))]
        rows.append(row)
    total: list[Cell] = [book.t(N_("All together")), "", ""]
    total += [sum(p.clients_before for p in branch.managers), sum(p.clients_after for p in branch.managers)]
    for m in measures:
        for held in ([p.before for p in branch.managers], [p.after for p in branch.managers]):
            total.append(as_number(sum(h.get(m.key, 0) for h in held)))
    book.table(sheet, 0, columns, [*rows, total])
    sheet.set_row(0, 48)
    sheet.freeze_panes(1, 2)


def _handovers(book: Book, sheet: Any, branch: Branch) -> None:
    """Who hands over to whom in which wave, with room to sign; one line a pair and wave."""
    heads: list[tuple[str, Kind, float]] = [
        (N_("Wave"), "rank", 7), (N_("Branch of the clients"), "wrap", 18), (N_("Handed over by"), "wrap", 20),
        (N_("Taken over by"), "wrap", 20), (N_("Clients"), "int", 9), (N_("Balance (10k CNY)"), "money", 14),
        (N_("Difficulty (sum)"), "load", 11), (N_("How"), "wrap", 14),
    ]  # fmt: skip
    signed = [N_("Signed: handing over"), N_("Signed: taking over"), N_("Signed: witness"), N_("Date")]
    columns = [Column(book.t(t), kind, width) for t, kind, width in heads]
    columns += [Column(book.t(s), "sign", 15) for s in signed]
    rows: list[list[Cell]] = []
    for flow in branch.flows:
        row: list[Cell] = [flow.wave, flow.branch]
        row += [_person(book, branch, flow.giver) or book.t(N_("nobody responsible"))]
        row += [_person(book, branch, flow.receiver), len(flow.clients), as_number(flow.balance)]
        row += [as_number(flow.difficulty), how(flow).render(book.lang), None, None, None, None]
        rows.append(row)
    book.table(sheet, 0, columns, rows, row_height=34)
    sheet.freeze_panes(1, 0)


def how(flow: Flow) -> Message:
    if flow.giver is None:
        return Message(N_("first manager"))
    return Message(N_("joint exchange")) if flow.joint else Message(N_("handover"))


def _waves(book: Book, sheet: Any, branch: Branch) -> None:
    """What each person has to do in each wave."""
    heads: list[tuple[str, Kind]] = [
        (N_("Wave"), "rank"), (N_("Staff id"), "text"), (N_("Name"), "text"), (N_("Branch"), "text"),
        (N_("Clients handed over"), "int"), (N_("Clients taken over"), "int"),
        (N_("Balance handed over (10k CNY)"), "money"), (N_("Balance taken over (10k CNY)"), "money"),
    ]  # fmt: skip
    columns = [Column(book.t(t), kind, 18 if kind == "money" else None) for t, kind in heads]
    rows: list[list[Cell]] = []
    for w in sorted(branch.work, key=lambda w: (w.wave, w.staff_id)):
        row: list[Cell] = [w.wave, w.staff_id, branch.named(w.staff_id), branch.people[w.staff_id][1]]
        rows.append([*row, w.given, w.taken, as_number(w.balance_given), as_number(w.balance_taken)])
    end = book.table(sheet, 0, columns, rows)
    limit = N_("At most {most} clients a manager and wave, handed and taken over together.")
    rule = N_(
        "Waves are done one after the other. Whoever takes over has handed over their own clients in an "
        "earlier wave; a joint exchange is among people who hand over to each other in a circle, and done by "
        "all of them together."
    )
    told = [book.t(rule)] + ([] if branch.most is None else [book.t(limit, most=branch.most)])
    for n, text in enumerate(told, start=end + 1):
        book.paragraph(sheet, n, len(columns) - 1, text, 95)
    sheet.freeze_panes(1, 0)


def _person(book: Book, branch: Branch, staff_id: str | None) -> str:
    return "" if staff_id is None else with_note(branch.named(staff_id), staff_id, book.lang)


def _outcomes(lang: Lang) -> dict[str, str]:
    return {o: outcome_title(o, lang) for o in OUTCOMES}


TITLE = {"bold": True, "font_size": 14, "font_color": HEAD}
SHEETS = {"clients": _clients, "managers": _managers, "handovers": _handovers, "waves": _waves}
