"""Writes a case as the files that `read_case` reads: a folder of .csv files or a workbook."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmopt.domain.clients import Case, Link
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.roster import Mark, Staff
from cmopt.domain.scheme import Scheme
from cmopt.i18n import Lang
from cmopt.intake.columns import TABLES, Column, Table, TableKey, choices_of, columns_of
from cmopt.intake.gradingrows import FURTHER, grading_rows
from cmopt.intake.periods import show_period

if TYPE_CHECKING:
    from cmopt.domain.client_columns import ClientColumns

Cell = str | Decimal | date | None


@dataclass(frozen=True)
class Written:
    """One table ready to be written: a header a column, and rows of text, figures, dates and blanks (those of
    the clients are made as they are asked for, once)."""

    table: Table
    headers: tuple[str, ...]
    rows: Iterable[tuple[Cell, ...]]


def write_case(case: Case, scheme: Scheme, path: Path, lang: Lang) -> None:
    """Write `case` to `path`: a workbook if it ends in .xlsx, else a folder (made if need be) of four .csv
    files in UTF-8 with a byte order mark. Headers and words are in `lang`; reading it back gives an
    equal case.

    In the workbook text is never a formula. A .csv file cannot say so: open it with the text import of Excel.
    """
    tables = case_tables(case, scheme, lang)
    if path.suffix.lower() == ".xlsx":
        _write_workbook(tables, path, lang)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for written in tables:
            _write_csv(written, path / f"{written.table.key}.csv")


def case_tables(case: Case, scheme: Scheme, lang: Lang) -> list[Written]:
    """The tables of a case with every column that holds something, required ones always: four, and those of the
    further grading tables that the scheme reads or somebody has lines of."""
    wanted = needs_of(scheme).tables
    further = ((key, grading_rows(key, case.roster)) for key in FURTHER)
    return [
        _table("staff", case.roster, scheme, lang),
        *([_posts(case, scheme, lang)] if scheme.grading.posts or any(s.posts for s in case.roster) else []),
        _clients(case.clients.columns, scheme, lang),
        _table("links", case.links, scheme, lang),
        *(_further(key, rows, scheme, lang) for key, rows in further if rows or key in wanted),
    ]


def cells_of(column: Column, values: Iterable[Any], scheme: Scheme, lang: Lang) -> list[Cell]:
    """Domain values as they stand in this column of a file."""
    words = words_of(column, scheme, lang)
    figures = column.form in ("money", "number", "years", "score", "points", "value")

    def one(value: Any) -> Cell:
        if value is None or isinstance(value, date):
            return value
        if value is Mark.ABSENT:
            return "缺考" if lang == "zh" else "absent"
        if words:
            return words.get(value, str(value))
        if figures:
            return Decimal(value).scaleb(-6)
        if column.form == "period":
            return show_period(value, lang)
        return Decimal(value) if column.form == "whole" else str(value)

    return [one(v) for v in values]


def words_of(column: Column, scheme: Scheme, lang: Lang) -> dict[Any, str]:
    """value -> the word that stands for it in a file: titles, or (in English) the keys of what the scheme
    names. Titles that two things share are told apart by what they belong to, or by their keys."""
    choices = choices_of(column.form, scheme)
    if column.form in _BY_KEY and lang == "en":
        return {c.value: str(c.value) for c in choices}
    shared = Counter(c.title(lang) for c in choices)
    longer = Counter(c.aliases[0] for c in choices if c.aliases)
    return {
        c.value: c.title(lang)
        if shared[c.title(lang)] == 1
        else c.aliases[0]
        if column.form == "item" and c.aliases and longer[c.aliases[0]] == 1
        else str(c.value)
        for c in choices
    }


def _table(key: Any, rows: Iterable[Staff | Link], scheme: Scheme, lang: Lang) -> Written:
    rows = tuple(rows)
    columns = [(c, [_field(row, c) for row in rows]) for c in columns_of(key, scheme)]
    used = [(c, vs) for c, vs in columns if c.required or c.form == "score" or _said(c, vs)]
    measures = sorted({name for row in rows for name in row.measures})
    cells = [cells_of(c, values, scheme, lang) for c, values in used]
    cells += [[_measure(row.measures, name) for row in rows] for name in measures]
    headers = (*(c.title(lang) for c, _ in used), *measures)
    return Written(TABLES[key], headers, tuple(zip(*cells, strict=True)))


def _clients(clients: ClientColumns, scheme: Scheme, lang: Lang) -> Written:
    """Out of the columns, some thousand rows at a time, so that a large bank is never there as rows."""
    used = [c for c in columns_of("clients", scheme) if c.required or clients.says(c.key)]
    headers = (*(c.title(lang) for c in used), *clients.measures)

    def rows() -> Iterator[tuple[Cell, ...]]:
        for start in range(0, len(clients), AT_ONCE):
            piece = slice(start, start + AT_ONCE)
            fields = clients.lists(piece)
            cells = [cells_of(c, fields[c.key], scheme, lang) for c in used]
            cells += [[_figure(v) for v in column.figures(piece)] for column in clients.measures.values()]
            yield from zip(*cells, strict=True)

    return Written(TABLES["clients"], headers, rows())


def _figure(value: int | None) -> Cell:
    return None if value is None else Decimal(value).scaleb(-6)


def _further(key: TableKey, rows: Sequence[tuple[Any, ...]], scheme: Scheme, lang: Lang) -> Written:
    columns = TABLES[key].columns
    cells = [cells_of(c, [row[n] for row in rows], scheme, lang) for n, c in enumerate(columns)]
    return Written(TABLES[key], tuple(c.title(lang) for c in columns), tuple(zip(*cells, strict=True)))


def _said(column: Column, values: Sequence[Any]) -> bool:
    """Whether a column holds anything; a staff of nothing but regular people has no positions."""
    if column.key == "position":
        return any(v != "regular" for v in values)
    return any(v is not None for v in values)


def _field(row: Staff | Link, column: Column) -> Any:
    if column.form == "score":
        return row.scores.get(column.key) if isinstance(row, Staff) else None
    return getattr(row, column.key)


def _measure(measures: Mapping[str, int], name: str) -> Cell:
    return Decimal(measures[name]).scaleb(-6) if name in measures else None


def _posts(case: Case, scheme: Scheme, lang: Lang) -> Written:
    columns = [c for c in TABLES["posts"].columns if c.key in ("staff_id", "post", "years")]
    held = [(s.staff_id, p.post, p.years) for s in case.roster for p in s.posts]
    cells = [cells_of(c, [row[n] for row in held], scheme, lang) for n, c in enumerate(columns)]
    return Written(TABLES["posts"], tuple(c.title(lang) for c in columns), tuple(zip(*cells, strict=True)))


def _write_csv(written: Written, file: Path) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(written.headers)
        writer.writerows([_text(v) for v in row] for row in written.rows)


def _text(value: Cell) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return "" if value is None else value.isoformat() if isinstance(value, date) else value


def _write_workbook(tables: Sequence[Written], path: Path, lang: Lang) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True})
        for written in tables:
            sheet = book.add_worksheet(written.table.title(lang))
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(len(written.headers) - 1, 0), 14)
            sheet.write_row(0, 0, written.headers, bold)
            for r, row in enumerate(written.rows, 1):
                for c, value in enumerate(row):
                    write_cell(sheet, r, c, value, text=text, day=day)


def write_cell(
    sheet: Any, row: int, column: int, value: Cell, *, text: Any, day: Any, number: Any = None
) -> None:
    """One cell of a worksheet. A figure of more than 15 digits is written as text, so that none is lost."""
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, Decimal):
        if len(value.as_tuple().digits) <= 15:
            sheet.write_number(row, column, float(value), number)
        else:
            sheet.write_string(row, column, decimal_text(value), text)
    elif value is not None:
        sheet.write_string(row, column, value, text)


def decimal_text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


AT_ONCE = 8192
_BY_KEY = frozenset({"post", "tier", "standing", "item", "source", "measure", "certificate", "education"})
