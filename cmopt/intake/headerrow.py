"""Finds the header of a table among its first rows: below titles, in one row or two. Never guesses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmopt.i18n import N_
from cmopt.intake.grid import Grid, is_blank
from cmopt.intake.notes import Notes
from cmopt.intake.raw import BadCell, RawValue, column_letters

IsHeader = Callable[[RawValue], bool]


@dataclass(frozen=True)
class Header:
    """`names` by column; `bottom` is the source row it ends in, `below` the index of the first row after it,
    `last_row` the cells of its last row, `titles` the texts above it."""

    names: tuple[RawValue, ...]
    bottom: int
    below: int
    last_row: tuple[RawValue, ...]
    titles: tuple[str, ...]


def find_header(
    grid: Grid, is_header: IsHeader, vocabulary: bool, header_rows: int, notes: Notes
) -> Header | None:
    """The header: the first of the first `header_rows` filled rows of which half the filled cells, and at
    least two, are names (`is_header`); also one with at least three names and nothing but text. A second
    row with names under group titles is joined to it.

    `vocabulary`: whether `is_header` knows names; otherwise the row must also be wider than half the table.
    None, and an error in `notes`, if there is no such row or two rows claim to be it.
    """
    first = grid.rows[:header_rows]
    width = 0 if vocabulary else max(_filled(row) for _, row in grid.rows[:50])
    at = next((i for i, (_, row) in enumerate(first) if _names_things(row, is_header, width)), None)
    if at is None:
        notes.error(
            "header-not-found",
            N_("no row among the first {rows} has the names of the columns; put them into the first row"),
            rows=header_rows,
        )
        return None
    number, row = grid.rows[at]
    names, top, last = list(row), at, at
    if _second_row(grid, at, is_header, vocabulary):
        last = at + 1
        if not _join(grid, names, at, notes):
            return None
    elif at and _adopt_from_above(grid, names, at, is_header, vocabulary):
        top = at - 1
    if top != last:
        notes.notice(
            "header-two-rows",
            N_("rows {first} and {second} were read as one header: {names}"),
            first=grid.rows[top][0],
            second=grid.rows[last][0],
            names=", ".join(str(n).strip() for n in names if not is_blank(n)),
        )
    number = grid.rows[last][0]
    if top:
        notes.notice(
            "header-row",
            N_("the header was found in row {row}; what stands above it is not data"),
            row=number,
        )
    bad = [c for c, v in enumerate(names) if isinstance(v, BadCell)]
    for column in bad:
        notes.error(
            "header-bad",
            N_("the name of this column is an error or an uncomputed formula"),
            f"{grid.name}!{column_letters(column)}{number}",
        )
    titles = tuple(v.strip() for _, r in grid.rows[:top] for v in r if type(v) is str and v.strip())
    return None if bad else Header(tuple(names), number, last + 1, tuple(grid.rows[last][1]), titles)


def plain_header(value: RawValue) -> bool:
    """Without a vocabulary: a short text may name a column, if it is no number and no remark (制表：某某)."""
    return (
        type(value) is str
        and 0 < len(value.strip()) <= 40
        and not re.search("[:：。；]", value)
        and not _like_number(value)
    )


def _names_things(row: Sequence[RawValue], is_header: IsHeader, width: int) -> bool:
    filled = [v for v in row if not is_blank(v)]
    known = sum(map(is_header, filled))
    if known < 2 or 2 * len(filled) <= width:
        return False
    return 2 * known >= len(filled) or (
        known >= 3 and all(type(v) is str and not _like_number(v) for v in filled)
    )


def _second_row(grid: Grid, at: int, is_header: IsHeader, vocabulary: bool) -> bool:
    """Whether the next row goes on with the header: names (all text) under the titles of groups."""
    if at + 1 >= len(grid.rows) or grid.rows[at + 1][0] != grid.rows[at][0] + 1:
        return False
    upper, lower = grid.rows[at][1], grid.rows[at + 1][1]
    filled = [v for v in lower if not is_blank(v)]
    if upper == lower or not all(type(v) is str and not _like_number(v) for v in filled):
        return False
    if not vocabulary:  # only the sheet itself can tell: a title over several columns, names beneath
        return any(
            top == bottom == grid.rows[at][0] and right > left and _cell(lower, left + 1) is not None
            for top, left, bottom, right in grid.merges
        )
    return 2 * sum(map(is_header, filled)) >= len(filled) > 0


def _join(grid: Grid, names: list[RawValue], at: int, notes: Notes) -> bool:
    """Put the second row's names into `names`. False, and an error, if a name stands under a name."""
    (number, upper), (_, lower) = grid.rows[at], grid.rows[at + 1]
    merged = {left for top, left, bottom, right in grid.merges if top == bottom == number and right > left}
    for column, value in enumerate(lower):
        if is_blank(value):
            continue
        over = _cell(upper, column)
        group = column in merged or (
            _cell(upper, column + 1) is None and _cell(lower, column + 1) is not None
        )
        if over is not None and not group:
            notes.error(
                "header-two-rows",
                N_(
                    "rows {first} and {second} both look like the header (column {column}: “{upper}”, "
                    "“{lower}”); keep one row"
                ),
                first=number,
                second=number + 1,
                column=column_letters(column),
                upper=str(over).strip(),
                lower=str(value).strip(),
            )
            return False
        names += [None] * (column + 1 - len(names))
        names[column] = value
    return True


def _adopt_from_above(
    grid: Grid, names: list[RawValue], at: int, is_header: IsHeader, vocabulary: bool
) -> bool:
    """Names that stand only in the row above (merged down into this one). Whether there were any."""
    (above, upper), (number, _) = grid.rows[at - 1], grid.rows[at]
    down = {left for top, left, bottom, _ in grid.merges if top <= above and bottom >= number}
    adopted = False
    for column, value in enumerate(upper):
        if is_blank(value) or _cell(names, column) is not None:
            continue
        if above + 1 == number and (column in down or (vocabulary and is_header(value))):
            names += [None] * (column + 1 - len(names))
            names[column] = value
            adopted = True
    return adopted


def _cell(row: Sequence[RawValue], column: int) -> RawValue:
    """The cell, or None where it is blank or the row ends before it."""
    return row[column] if column < len(row) and not is_blank(row[column]) else None


def _filled(row: Sequence[RawValue]) -> int:
    return sum(not is_blank(v) for v in row)


def _like_number(value: RawValue) -> bool:
    text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else str(value)
    return re.fullmatch(r"[-+(]?[¥￥$]?[\d.,'\s/:年月日-]+(?:[eE][-+]?\d+)?[%‰万亿元)]*", text) is not None
