"""The CSV tables and result.json of a run: what scripts, reviewers and `cmopt verify` read.

UTF-8 with a byte order mark (spreadsheet programs open it right), lines end in CR LF (RFC 4180), numbers are
plain decimals, absent is empty. The same run gives the same bytes.

Text that a spreadsheet program could take for a formula is guarded by one apostrophe in front; text that
begins with an apostrophe gets one more, so that `unguarded` restores every text exactly. Numbers are never
guarded: "-5" in a number column is a number, "-5" as an id is text and is written as "'-5".
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from heapq import merge
from pathlib import Path
from typing import Any

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case
from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.result import SENSE, Phase, Result
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, Listed, because, finding
from cmopt.i18n import N_, Lang, tr
from cmopt.reports.files import replacing
from cmopt.reports.ladder import ladder_cells, ladder_head
from cmopt.reports.view import Names

Table = list[list[str]]


def write_tables(
    run: Run,
    folder: Path,
    lang: Lang = "en",
    book: Iterable[Line] = (),
    allocation: Callable[[Path, Run], Path] | None = None,
) -> list[Path]:
    """Write grades.csv, allocation.csv, portfolios.csv and fairness.csv; return their paths in that order.

    `lang` is the language of reasons, notes and traces; keys and column names never change. `book`: the lines
    of the book in id order, of which no list is made. allocation: what writes allocation.csv instead. Raises
    OSError when a file cannot be written (the old one is then intact).
    """
    divided = folder / "allocation.csv"
    return [
        write_csv(folder / "grades.csv", grades_table(run.case, run.scheme, run.grades, lang)),
        allocation(divided, run) if allocation else write_csv(divided, allocation_rows(run, lang, book)),
        write_csv(folder / "portfolios.csv", portfolios_table(run)),
        write_csv(folder / "fairness.csv", fairness_table(run)),
    ]


def write_grades(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], folder: Path, lang: Lang = "en"
) -> Path:
    """Write grades.csv alone; return its path."""
    return write_csv(folder / "grades.csv", grades_table(case, scheme, grades, lang))


def grades_table(case: Case, scheme: Scheme, grades: Mapping[str, Grade], lang: Lang) -> Table:
    """One line a member of staff, in id order; `trace` names the rule behind every point."""
    parts = [p.key for p in scheme.grading.parts]
    names = Names(case)
    head = [
        "staff_id",
        *parts,
        "total",
        "rank",
        "qualified",
        "tier",
        "route",
        "tie_note",
        "name",
        "branch",
        "trace",
    ]
    quarters = sorted({q for g in grades.values() for q in g.quarters})
    head += ladder_head(scheme, quarters)
    rows = [head]
    for staff_id in sorted(grades):
        g = grades[staff_id]
        rows.append(
            [
                guarded(staff_id),
                *(show_fixed(g.parts.get(p)) for p in parts),
                show_fixed(g.total),
                _whole(g.rank),
                _truth(g.qualified),
                guarded(g.tier or ""),
                g.route,
                guarded(g.tie_note.render(lang) if g.tie_note else ""),
                guarded(names.staff(staff_id)),
                guarded(names.branch_of(staff_id)),
                guarded(tr(N_("; "), lang).join(m.render(lang) for m in g.trace)),
                *ladder_cells(g, scheme, quarters, lang, guarded),
            ]
        )
    return rows


def allocation_rows(run: Run, lang: Lang, book: Iterable[Line] = ()) -> Iterator[list[str]]:
    """One line a divided client, in id order, and below it one a backup. `balance` is in 万元, and only in the
    first of them, so that the column can be added up. `book`: the lines of the book, in id order."""
    yield ALLOCATION_HEAD
    rows, position = AllocationRows(run.case, lang), run.case.clients.position
    for line in merge(sorted(run.lines, key=lambda x: x.place), book, key=lambda x: x.client_id):
        yield rows.row(line, position(line.client_id))


ALLOCATION_HEAD = [
    "client_id", "staff_id", "segment", "role", "previous", "outcome", "reason",
    "client_name", "staff_name", "previous_name", "branch", "balance",
]  # fmt: skip


class AllocationRows:
    """Makes the rows of allocation.csv."""

    def __init__(self, case: Case, lang: Lang) -> None:
        self._names, self._balance, self._lang = case.clients.names, case.clients.balance, lang
        branch = case.clients.columns.branch
        self._branches, self._branch = [guarded(b) for b in branch.names], branch.code
        self._staff = {s.staff_id: (guarded(s.staff_id), guarded(s.name)) for s in case.roster}

    def row(self, line: Line, at: int | None) -> list[str]:
        """at: the position of its client; None: not in the case."""
        staff_id, staff_name = self._person(line.staff_id)
        previous, previous_name = self._person(line.previous)
        client_id = guarded(line.client_id)
        return [
            client_id,
            staff_id,
            line.segment,
            line.role or "",
            previous,
            line.outcome,
            guarded(line.reason.render(self._lang)),
            client_id if at is None else guarded(self._names[at]),
            staff_name,
            previous_name,
            "" if at is None else self._branches[self._branch.item(at)],
            "" if at is None or line.is_backup else show_fixed(self._balance.item(at)),
        ]

    def _person(self, staff_id: str | None) -> tuple[str, str]:
        """Id and name; whoever is not on the roster stands for themselves."""
        if staff_id is None:
            return "", ""
        return self._staff.get(staff_id) or (guarded(staff_id), guarded(staff_id))


def portfolios_table(run: Run) -> Table:
    """One line a manager: `clients` and ``<measure>_after`` are what they hold under this division."""
    measures = [m.key for m in run.scheme.measures]
    loads = [f"{m}_{when}" for m in measures for when in ("before", "after")]
    names = Names(run.case)
    rows = [["staff_id", "tier", "branch", "clients", *loads, "clients_before", "on_team", "name"]]
    for p in sorted(run.portfolios, key=lambda at: at.staff_id):
        both = [show_fixed(held.get(m)) for m in measures for held in (p.before, p.after)]
        rows.append(
            [
                guarded(p.staff_id),
                guarded(p.tier or ""),
                guarded(p.branch),
                str(p.clients_after),
                *both,
                str(p.clients_before),
                _truth(p.on_team),
                guarded(names.staff(p.staff_id)),
            ]
        )
    return rows


def fairness_table(run: Run) -> Table:
    """One line a metric, group and measure, in the order the metrics gave them; empty = not defined."""
    rows = [["metric", "group", "measure", "solver", "before", "after"]]
    for f in run.fairness:
        told = (f.metric, f.group, f.measure, f.solver)
        rows.append([*(guarded(t) for t in told), _decimal(f.before), _decimal(f.after)])
    return rows


def result_json(run: Run, lang: Lang = "en") -> dict[str, Any]:
    """The content of result.json; absent is None (null). `lang` is the language of the causes."""
    result = run.result
    left = sorted((line for line in run.lines if line.staff_id is None), key=lambda at: at.place)
    return {
        "status": str(result.status),
        "solver": result.solver,
        "seconds": round(result.seconds, 3),
        "goals": [goal_entry(g) for g in result.goals],
        "certificate": result.certificate,
        "unassigned": [
            {"client_id": line.client_id, "cause": line.reason.render(lang)}
            for line in left
            if not line.is_backup
        ],
        **_backups_missing([line for line in left if line.is_backup], lang),
    }


def goal_entry(phase: Phase) -> dict[str, Any]:
    """A goal's entry in result.json; `levels` only of leximin and leximax, the totals from the worst-off on."""
    entry = {
        "name": phase.name,
        "sense": phase.sense,
        "value": phase.value,
        "bound": phase.bound,
        "proven": phase.proven,
        "seconds": round(phase.seconds, 3),
    }
    return entry if phase.levels is None else {**entry, "levels": list(phase.levels)}


def _backups_missing(lines: Sequence[Line], lang: Lang) -> dict[str, Any]:
    """One entry an account that lacks backups; no key at all where none does."""
    lacking: dict[str, list[Line]] = {}
    for line in lines:
        lacking.setdefault(line.client_id, []).append(line)
    told = [
        {"client_id": c, "missing": len(places), "cause": places[0].reason.render(lang)}
        for c, places in lacking.items()
    ]
    return {"backups_missing": told} if told else {}


def attempt_json(
    result: Result, scheme: Scheme, conflict: Sequence[Finding], lang: Lang = "en"
) -> dict[str, Any]:
    """result.json of a run that found no division: no value, no bound, and what stood in the way."""
    return {
        "status": str(result.status),
        "solver": result.solver,
        "seconds": round(result.seconds, 3),
        "goals": [
            {
                "name": g.name,
                "sense": SENSE[g.name],
                "value": None,
                "bound": None,
                "proven": False,
                "seconds": None,
            }
            for g in scheme.goals
        ],
        "certificate": None,
        "unassigned": [],
        "conflict": [{"code": f.code, "what": f.render(lang)} for f in conflict],
    }


def read_allocation(path: Path) -> Allocation:
    """Who holds what according to an allocation.csv, ids exactly as they were in the case.

    Raises InputError when the file cannot be read, is not UTF-8, lacks a column, names a client twice, the same
    backup twice, or a backup of a client that has no line of its own.
    """
    rows = read_rows(path)
    head = next(rows, [])
    lacking = [c for c in ("client_id", "staff_id", "role") if c not in head]
    if lacking:
        raise InputError(
            finding("table-columns", N_("columns missing: {columns}"), path.name, columns=Listed(lacking))
        )
    return _allocation(path.name, head, rows)


def read_table(path: Path) -> Table:
    """The cells of one of these CSV files as they stand in it (text still guarded), header first.

    Raises InputError when the file cannot be read or is not UTF-8.
    """
    return list(read_rows(path))


def read_rows(path: Path) -> Iterator[list[str]]:
    """As `read_table`, row by row; the file is read at once."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            finding("table-unreadable", N_("cannot read the table: {why}"), path.name, why=because(error))
        ) from None
    except UnicodeDecodeError:
        raise InputError(finding("table-encoding", N_("the table is not UTF-8 text"), path.name)) from None
    return csv.reader(io.StringIO(text, newline=""))


def guarded(text: str) -> str:
    """`text` with an apostrophe in front where a spreadsheet program could take it for a formula."""
    if text[:1] not in _SUSPECT and not text[:1].isspace():
        return text
    begins = text.lstrip()[:1]
    risky = text[:1] in ("'", "\t", "\r", "\n") if text else False
    return f"'{text}" if risky or (begins and begins in _FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text.removeprefix("'")


_FORMULA_STARTS = "=+-@＝＋－＠"
_SUSPECT = "'" + _FORMULA_STARTS  # besides white space


def _allocation(name: str, head: list[str], rows: Iterator[list[str]]) -> Allocation:
    client, staff, role = (head.index(c) for c in ("client_id", "staff_id", "role"))
    holder: dict[str, str | None] = {}
    backups: dict[str, list[str]] = {}
    faults = []
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        where = f"{name}:{number}"
        if len(row) != len(head):
            text = N_("this row has another number of cells than the header")
            faults.append(finding("table-ragged", text, where))
            continue
        client_id, staff_id = unguarded(row[client]), unguarded(row[staff]) or None
        if row[role] != "backup":
            if client_id in holder:
                text = N_("client {client_id} stands here twice")
                faults.append(finding("table-duplicate", text, where, client_id=client_id))
            holder[client_id] = staff_id
        elif client_id not in holder:
            text = N_("a backup of client {client_id}, whose own line does not stand before it")
            faults.append(finding("table-backup", text, where, client_id=client_id))
        elif staff_id is not None:
            if staff_id in backups.setdefault(client_id, []):
                text = N_("{staff} is backup of client {client_id} twice")
                faults.append(finding("table-duplicate", text, where, staff=staff_id, client_id=client_id))
            backups[client_id].append(staff_id)
    if faults:
        raise InputError(faults)
    return Allocation(holder, {c: tuple(sorted(who)) for c, who in backups.items()})


def write_csv(path: Path, rows: Iterable[list[str]]) -> Path:
    """Write the rows as one of these CSV files; return `path`. Raises OSError; the old file is then intact."""
    with replacing(path) as draft, draft.open("w", encoding=ENCODING, newline="") as file:
        csv.writer(file, lineterminator=LINE_END).writerows(rows)
    return path


ENCODING = "utf-8-sig"
LINE_END = "\r\n"


def _whole(value: int | None) -> str:
    return "" if value is None else str(value)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _decimal(value: float | None) -> str:
    """Nine decimals at most, never an exponent; '' for None and for what is not a finite number."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{Decimal(repr(float(value))):.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
