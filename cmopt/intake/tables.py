"""Turns one raw table into checked columns: which column is which, every value by its form, measures kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme
from cmopt.errors import Message
from cmopt.i18n import N_
from cmopt.intake.columns import (
    LINE_NUMBERS,
    TABLES,
    Column,
    Table,
    choices_of,
    columns_of,
    figure_columns,
)
from cmopt.intake.columns.words import LASTING
from cmopt.intake.headers import (
    Matched,
    match_header,
    money_power,
    names_of,
    near_column,
    split_unit,
    squeeze,
)
from cmopt.intake.numbers import Figure, read_figures
from cmopt.intake.periods import read_periods
from cmopt.intake.raw import RawTable, RawValue
from cmopt.intake.report import Cells, Report, shown
from cmopt.intake.resultvalues import read_result_values
from cmopt.intake.schemewords import read_scheme_words
from cmopt.intake.values import is_blank, is_tick_column, read_choices, read_dates, read_ids, read_texts


@dataclass
class Sheet:
    """One table, column by column. `values` has a list for each column of the table: None where blank,
    refused or not in the file. `measures` has the further numeric columns, in millionths."""

    table: Table
    raw: RawTable
    report: Report
    cells: dict[str, Cells] = field(default_factory=dict)
    values: dict[str, list[Any]] = field(default_factory=dict)
    measures: dict[str, list[int | None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.raw.rows)

    def at(self, row: int, column: str) -> str:
        """The address of a cell, or of the row's first cell when the column is not in the file."""
        return self.cells[column].at(row) if column in self.cells else self.raw.address(row, 0)

    def header(self, column: str) -> str:
        return self.cells[column].header if column in self.cells else column


def read_table(raw: RawTable, table: Table, scheme: Scheme, report: Report) -> Sheet:
    """Every column of `raw` by its form; findings (bad cells, missing and ignored columns) go to `report`."""
    sheet = Sheet(table, raw, report)
    columns = columns_of(table.key, scheme)
    names = names_of(columns)
    matched, others = _match_columns(sheet, names)
    for column in columns:
        found = matched.get(column.key)
        if found is None:
            sheet.values[column.key] = [None] * len(sheet)
        else:
            sheet.values[column.key] = _read_column(sheet, column, found.remark, scheme)
    _read_measures(sheet, others, names, scheme)
    _report_missing(sheet, columns, others)
    return sheet


def _match_columns(sheet: Sheet, names: Mapping[str, Column]) -> tuple[dict[str, Matched], list[Cells]]:
    """Which column each header names, and the columns whose header names none."""
    matched: dict[str, Matched] = {}
    others: list[Cells] = []
    for index, header in enumerate(sheet.raw.header):
        cells = Cells(sheet.raw, index, sheet.report)
        if is_blank(header):
            continue
        found = match_header(header, names)
        if found is None:
            others.append(cells)
        elif found.column.key in matched:
            first = sheet.cells[found.column.key]
            text = N_('"{header}" and "{first}" ({cell}) name the same column; keep one')
            cells.add("error", "column-twice", text, first=first.header, cell=first.at_header)
        else:
            matched[found.column.key] = found
            sheet.cells[found.column.key] = cells
    return matched, others


def _read_column(sheet: Sheet, column: Column, remark: str, scheme: Scheme) -> list[Any]:
    cells = sheet.cells[column.key]
    values: list[Any]
    match column.form:
        case "id" | "staff" | "client":
            values = read_ids(cells)
        case "text":
            values = read_texts(cells, tidy=column.key == "group")
        case "branch":
            values = read_texts(cells, tidy=True)
        case "date":
            if column.key == "valid_to":
                cells.values = [None if squeeze(v) in LASTING else v for v in cells.values]
            values = read_dates(cells)
        case "item" | "measure" | "certificate" | "standing":
            values = list(read_scheme_words(cells, column, scheme))
        case "source":  # lines of items that the scheme does not know are left out already
            aside = {row for row, item in enumerate(sheet.values["item"]) if item is None}
            values = list(read_scheme_words(cells, column, scheme, aside))
        case "period":
            values = list(read_periods(cells))
        case "points":
            values = list(read_figures(cells, form="score", low=0))
        case "value":
            values = read_result_values(cells, remark, sheet.values["measure"], scheme)
        case "yes_no" | "kind" | "quality" | "rule" | "post" | "tier" | "education" | "position":
            values = read_choices(cells, choices_of(column.form, scheme))
            if column.form == "yes_no" and is_tick_column(cells.values):
                values = [bool(v) for v in values]
        case "money" | "number" | "years" | "whole" | "score":
            low = None if column.low is None else column.low * UNIT
            high = column.maximum if column.high is None else column.high * UNIT
            values = list(read_figures(cells, form=column.form, remark=remark, low=low, high=high))
            if column.form == "whole":
                values = [None if v is None else v // UNIT for v in values]
            if column.form == "score":
                _check_scores(cells, values, remark, column)
    _report_blanks(cells, values, column)
    return values


def _report_blanks(cells: Cells, values: list[Any], column: Column) -> None:
    """A blank cell of a required column is an error; where blank has a stated meaning, say how often."""
    if not (column.required or column.blank) or None not in values:
        return
    blanks = [row for row, value in enumerate(values) if value is None and is_blank(cells.values[row])]
    if column.required:
        for row in blanks:
            cells.add("error", "cell-blank", N_("{header} is blank"), row)
    elif blanks:
        text = N_("{header}: {count} blank cells mean {meaning}")
        cells.add("notice", "blank-default", text, count=len(blanks), meaning=Message(column.blank or ""))


def _check_scores(cells: Cells, scores: list[Figure], remark: str, column: Column) -> None:
    """A header that names another maximum, and figures that look like 0.95 for 95 %: ask."""
    maximum = column.maximum or 0
    stated = re.fullmatch(r"(?:满分|max|outof)?(\d+(?:\.\d+)?)(?:分|points|pts)?", remark)
    if stated and Decimal(stated[1]) * UNIT != maximum:
        text = N_(
            "{header}: the header says out of {stated}, the scheme says out of {maximum}; which one is right?"
        )
        cells.add("error", "score-maximum", text, stated=stated[1], maximum=_short(maximum))
    figures = [s for s in scores if type(s) is int and s]
    parts = [row for row, s in enumerate(scores) if type(s) is int and 0 < s < UNIT]
    if maximum <= UNIT or not parts:
        return
    if all(s <= UNIT for s in figures):
        text = N_(
            '{header}: "{value}" and every other figure lie between 0 and 1; are they shares? Write points'
        )
        cells.add("error", "score-share", text, parts[0], value=shown(cells.values[parts[0]]))
    elif maximum >= 10 * UNIT:
        for row in parts:
            text = N_('{header} "{value}" is below one point; is it meant as a share?')
            cells.add("warning", "score-small", text, row, value=shown(cells.values[row]))


def _short(millionths: int) -> str:
    return f"{millionths / UNIT:g}"


def _read_measures(sheet: Sheet, others: list[Cells], names: Mapping[str, Column], scheme: Scheme) -> None:
    """Numeric columns that are none of the table's own become measures; the rest is reported and left out."""
    wanted = {squeeze(c.key): c for c in figure_columns(sheet.table.key, scheme)}
    borrowed = names_of(c for c in TABLES["clients"].columns if c.form in ("money", "number"))
    unneeded = names_of(c for c in sheet.table.columns if c.key not in {n.key for n in names.values()})
    for cells in others:
        header = str(sheet.raw.header[cells.index])
        key, remark, column = _measure_key(header, wanted, borrowed if sheet.table.key == "links" else {})
        sheet.cells.setdefault(key, cells)
        if key in sheet.measures:
            cells.add("error", "column-twice", N_('a measure "{key}" stands there twice; keep one'), key=key)
        elif match_header(header, unneeded) is not None:
            cells.add("notice", "column-unneeded", N_('the scheme has no use for the column "{header}"'))
        elif sheet.table.key not in _WITH_MEASURES or squeeze(header) in LINE_NUMBERS:
            cells.add("notice", "column-ignored", N_('the column "{header}" was not read'))
        elif column is not None:
            sheet.measures[key] = _figures(cells, column.form, remark)
        else:
            _try_measure(sheet, cells, key, remark, names)


def _try_measure(sheet: Sheet, cells: Cells, key: str, remark: str, names: Mapping[str, Column]) -> None:
    """Keep the column if every cell that is not blank is a figure."""
    filled = islice((v for v in cells.values if not is_blank(v)), 200)
    near = near_column(sheet.raw.header[cells.index], names)
    hint: dict[str, Any] = {"near": f"{near.zh} {near.en}" if near else ""}
    text = N_('the column "{header}" was not read')
    if near:
        text = N_('the column "{header}" was not read; is it meant as {near}?')
    if not any(_may_be_figure(v) for v in filled):
        cells.add("notice" if near is None else "warning", "column-ignored", text, **hint)
        return
    trial = Report()
    figures = _figures(Cells(cells.table, cells.index, trial), "number", remark)
    wrong = [f for f in trial.findings if f.severity == "error"]
    codes = [row for row, v in enumerate(cells.values) if isinstance(v, str) and v and _CODE(v.strip())]
    if codes or wrong:
        where = cells.at(codes[0]) if codes else wrong[0].where
        text = N_('the column "{header}" was not read: {cell} is not a figure')
        cells.add("warning", "column-mixed", text, cell=where)
        return
    sheet.measures[key] = figures
    sheet.report.findings += trial.findings
    if near is None:
        cells.add(
            "notice", "column-measure", N_('the column "{header}" was kept as the measure "{key}"'), key=key
        )
    else:
        text = N_('the column "{header}" was kept as the measure "{key}"; is it meant as {near}?')
        cells.add("warning", "column-measure", text, key=key, **hint)


def _measure_key(
    header: str, wanted: Mapping[str, Column], borrowed: Mapping[str, Column]
) -> tuple[str, str, Column | None]:
    """The key of a measure column, the unit in its header, and the column of the scheme that it is.

    A unit of money in brackets is taken off the name; the figures are then converted to 万元.
    """
    written = unicodedata.normalize("NFKC", header).strip()
    if squeeze(header) in wanted:
        column = wanted[squeeze(header)]
        return column.key, "", column
    base, remark = split_unit(header)
    known = match_header(header, borrowed)
    if known is not None:
        return known.column.key, known.remark, wanted.get(squeeze(known.column.key))
    if remark == "%" or money_power(remark) is not None:
        if squeeze(base) in wanted:
            column = wanted[squeeze(base)]
            return column.key, remark, column
        return base, remark, None
    return written, "", None


def _figures(cells: Cells, form: Any, remark: str) -> list[int | None]:
    return [v if type(v) is int else None for v in read_figures(cells, form=form, remark=remark)]


def _may_be_figure(value: RawValue) -> bool:
    if isinstance(value, str):
        return any(c.isdigit() for c in value[:1] + value[1:2]) and not _CODE(value.strip())
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _report_missing(sheet: Sheet, columns: tuple[Column, ...], others: list[Cells]) -> None:
    """Required columns that are not there are errors; the optional ones are told in one line."""
    absent = [c for c in columns if c.key not in sheet.cells]
    for column in absent:
        if column.required:
            near = next((c for c in others if near_column(c.header, names_of([column]))), None)
            text = N_("the required column {zh} {en} is missing")
            if near is not None:
                text = N_('the required column {zh} {en} is missing; is it "{near}" ({cell})?')
            said = {"near": near.header, "cell": near.at_header} if near else {}
            sheet.report.add(
                "error", "column-missing", text, sheet.raw.name, zh=column.zh, en=column.en, **said
            )
    optional = [f"{c.zh} {c.en}" for c in absent if not c.required]
    if optional:
        text = N_("columns not given, taken as blank: {columns}")
        sheet.report.add("notice", "columns-absent", text, sheet.raw.name, columns=", ".join(optional))


_WITH_MEASURES = ("staff", "clients", "links")
_CODE = re.compile(r"0[0-9]+|[0-9]{16,}").fullmatch
