"""Rows of cells -> a table: where the header is, what is data, and what is left out and shown."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from cmopt.i18n import N_
from cmopt.intake.flags import flag_cells
from cmopt.intake.grid import Grid, is_blank
from cmopt.intake.headerrow import Header, find_header, plain_header
from cmopt.intake.notes import Notes
from cmopt.intake.raw import RawTable, RawValue, column_letters
from cmopt.intake.readlimits import ReadLimits

Body = list[tuple[int, Sequence[RawValue]]]


def lay_out(
    grid: Grid, is_header: Callable[[RawValue], bool] | None, limits: ReadLimits
) -> tuple[RawTable | None, Notes]:
    """The table in `grid`, or None if it has errors, with everything worth knowing.

    `is_header` knows the names of columns; without it any short text may be one.
    """
    notes = Notes(grid.name, limits.named)
    if grid.hidden:
        notes.notice("hidden-sheet", N_("the sheet is hidden; it is read all the same"))
    if not grid.rows:
        notes.notice("empty-table", N_("nothing stands here"))
        return _table(grid, None, [], 0), notes
    header = find_header(grid, is_header or plain_header, is_header is not None, limits.header_rows, notes)
    if header is None:
        return None, notes
    body = _data_rows(grid, header, notes)
    if not body:
        notes.notice("empty-table", N_("there is a header and no row below it"))
    _check_title_unit(header, notes)
    _check_names(grid, header, notes)
    if grid.text_only:
        _check_ragged(header, body, notes)
    _check_merges(grid, header, body, notes)
    width = _width(header, body)
    if not notes.failed:
        _report_unnamed(grid, header, body, width, notes)
    _report_hidden(grid, body, width, notes)
    flag_cells(grid, header, body, notes)
    return (None if notes.failed else _table(grid, header, body, width)), notes


def _table(grid: Grid, header: Header | None, body: Body, width: int) -> RawTable:
    if header is None:
        return RawTable(grid.source, grid.name, (), 1, (), (), grid.text_only, grid.epoch_1904)
    blanks: tuple[RawValue, ...] = (None,) * width
    places = {number: index for index, (number, _) in enumerate(body)} if grid.errors else {}
    names = (*header.names, *blanks)[:width]
    return RawTable(
        source=grid.source,
        name=grid.name,
        header=tuple(None if is_blank(v) else v for v in names),
        header_row=header.bottom,
        rows=tuple(
            tuple(row) if len(row) == width else (*row, *blanks[len(row) :])[:width] for _, row in body
        ),
        row_numbers=tuple(number for number, _ in body),
        text_only=grid.text_only,
        epoch_1904=grid.epoch_1904,
        bad={(places[r], c): text for (r, c), text in sorted(grid.errors.items()) if r in places},
        titles=header.titles,
    )


# Labels of total rows, after NFKC, without spaces, in lower case.
TOTAL = re.compile(
    r"(?:.{0,20}(?:合计|小计|总计|共计|总和)|(?:grand|sub)?-?totals?)(?:\([^()]*\))?:?", re.DOTALL
)


def is_total(value: RawValue) -> bool:
    """Whether a cell labels a row of totals: 合计, 合 计：, 城东支行小计, Total, Sub-total (万元)."""
    if type(value) is not str or len(value) > 60 or (value.isascii() and "total" not in value.lower()):
        return False
    return TOTAL.fullmatch(squeezed(value)) is not None


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _data_rows(grid: Grid, header: Header, notes: Notes) -> Body:
    """The rows below the header, but for total rows and repetitions of the header, which are shown."""
    names = [None if is_blank(v) else v for v in header.last_row]
    first_name = next((v for v in names if v is not None), None)
    while names and names[-1] is None:
        names.pop()
    body: Body = []
    for number, row in grid.rows[header.below :]:
        column = next(c for c, v in enumerate(row) if not is_blank(v)) if is_blank(row[0]) else 0
        first = row[column]
        if type(first) is str:
            if is_total(first):
                notes.notice(
                    "total-row",
                    N_("the total row “{label}” is left out"),
                    f"{grid.name}!{column_letters(column)}{number}",
                    label=first.strip(),
                )
                continue
            if first == first_name:
                cells = [None if is_blank(v) else v for v in row]
                if cells[: len(names)] == names and not any(v is not None for v in cells[len(names) :]):
                    notes.notice(
                        "header-again",
                        N_("the header stands here again; the row is left out"),
                        f"{grid.name}!{number}:{number}",
                    )
                    continue
        body.append((number, row))
    return body


def _check_title_unit(header: Header, notes: Notes) -> None:
    """Titles are not read as data, but one that names a unit of money must not be overlooked."""
    for title in header.titles:
        for unit in re.findall(r"单位[:：]?([^\s,，;；)）]*元)", re.sub(r"[ \u3000]+", "", title)):
            if "万元" not in unit:
                notes.error(
                    "title-unit",
                    N_(
                        "the title says that amounts are in {unit}; put the unit into the names of the "
                        "columns, as in 余额（元）, and take it out of the title"
                    ),
                    unit=unit,
                )


def _check_names(grid: Grid, header: Header, notes: Notes) -> None:
    seen: dict[str, int] = {}
    for column, value in enumerate(header.names):
        if type(value) is not str or is_blank(value):
            continue
        name = squeezed(value)
        if name in seen:
            notes.error(
                "header-twice",
                N_("two columns are both named “{name}” ({first} and {second}); rename or delete one"),
                f"{grid.name}!{column_letters(column)}{header.bottom}",
                name=value.strip(),
                first=column_letters(seen[name]),
                second=column_letters(column),
            )
        seen.setdefault(name, column)


def _check_ragged(header: Header, body: Body, notes: Notes) -> None:
    """Rows of a CSV file have as many cells as its header; further blank ones do no harm."""
    least = len(header.names)
    while least and is_blank(header.names[least - 1]):
        least -= 1
    for number, row in body:
        extra = any(not is_blank(v) for v in row[len(header.names) :])
        if len(row) < least or extra:
            notes.error(
                "csv-ragged",
                N_("row {row} has {cells} cells, the header has {columns}"),
                f"{notes.place}!{number}:{number}",
                row=number,
                cells=len(row),
                columns=least,
            )


def _check_merges(grid: Grid, header: Header, body: Body, notes: Notes) -> None:
    """A merged range that covers data: whose value is it? Asked, not guessed. Elsewhere it does no harm."""
    if not grid.merges:
        return
    numbers = [number for number, _ in body]
    cells = dict(grid.rows)
    for top, left, bottom, right in sorted(grid.merges):
        low, high = bisect_left(numbers, top), bisect_right(numbers, bottom)
        first = cells.get(top, [])
        if low == high or left >= len(first) or is_blank(first[left]):
            continue
        notes.error(
            "merged-cells",
            N_("these cells are merged, so only the first has the value; unmerge them and fill every cell"),
            f"{grid.name}!{column_letters(left)}{top}:{column_letters(right)}{bottom}",
        )


def _width(header: Header, body: Body) -> int:
    width = len(header.names)
    for _, row in body:
        if len(row) > width:
            filled = len(row)
            while filled > width and is_blank(row[filled - 1]):
                filled -= 1
            width = filled
    while width and width <= len(header.names) and is_blank(header.names[width - 1]):
        if any(len(row) >= width and not is_blank(row[width - 1]) for _, row in body):
            break
        width -= 1
    return width


def _report_unnamed(grid: Grid, header: Header, body: Body, width: int, notes: Notes) -> None:
    for column in range(width):
        if column < len(header.names) and not is_blank(header.names[column]):
            continue
        where = next((n for n, row in body if column < len(row) and not is_blank(row[column])), None)
        if where is not None:
            notes.warn(
                "header-missing",
                N_("column {column} has values and no name; it is not read"),
                f"{grid.name}!{column_letters(column)}{where}",
                column=column_letters(column),
            )


def _report_hidden(grid: Grid, body: Body, width: int, notes: Notes) -> None:
    numbers = {number for number, _ in body}
    rows = [r for r in grid.hidden_rows if r in numbers]
    if rows:
        notes.notice(
            "hidden-rows",
            N_("{count} rows are hidden (or filtered out); they are read all the same: {rows}"),
            count=len(rows),
            rows=_ranges(rows, str),
        )
    spans = [range(a, min(b + 1, width)) for a, b in grid.hidden_columns if a < width]
    columns = sorted({c for span in spans for c in span})
    columns = [c for c in columns if any(c < len(row) and not is_blank(row[c]) for _, row in body)]
    if columns:
        notes.notice(
            "hidden-columns",
            N_("hidden columns are read all the same: {columns}"),
            columns=_ranges(columns, column_letters),
        )


def _ranges(numbers: list[int], shown: Callable[[int], str]) -> str:
    """[2, 3, 4, 9] -> "2–4, 9"; at most 10 ranges."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    parts = [shown(a) if a == b else f"{shown(a)}–{shown(b)}" for a, b in ranges[:10]]
    return ", ".join(parts) + (", …" if len(ranges) > 10 else "")
