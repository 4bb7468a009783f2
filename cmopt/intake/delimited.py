"""A .csv file's bytes -> its rows of text: the encoding strict, the separator by consistency."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from cmopt.errors import InputError, finding
from cmopt.i18n import N_
from cmopt.intake.decoding import decode
from cmopt.intake.grid import Grid
from cmopt.intake.raw import RawValue
from cmopt.intake.readlimits import ReadLimits


def read_delimited(
    data: bytes, name: str, is_header: Callable[[RawValue], bool] | None, limits: ReadLimits
) -> Grid:
    """The rows of the CSV file `name`: every cell text or None, row numbers as a spreadsheet counts them
    (a quoted cell with line breaks is in one row).

    Separators: ``,`` tab ``;`` ``，``, told by how evenly they divide the first rows; where two do equally
    well, by `is_header` (known header names); else an error asks. A first line ``sep=;`` is obeyed.

    Raises InputError: ``csv-bad-byte``, ``csv-encoding``, ``csv-separator``, ``csv-quotes``,
    ``too-many-cells``.
    """
    text = decode(data, name)
    first = 1
    told = re.match(r"sep=(.)(?:\r\n|\r|\n|$)", text)
    if told:
        separator, text, first = told[1], text[told.end() :], 2
    else:
        separator = _separator(text, name, is_header)
    rows: list[tuple[int, Sequence[RawValue]]] = []
    repeating: list[int] = []
    shared: dict[str, str] = {}
    cells = 0
    for number, row in _records(text, separator, name, first):
        cells += len(row)
        if cells > limits.text_cells:
            raise InputError(
                finding(
                    "too-many-cells",
                    N_("the file has more than {limit} cells"),
                    name,
                    limit=limits.text_cells,
                )
            )
        if any(cell and not cell.isspace() for cell in row):
            for column in repeating:
                if column < len(row):
                    row[column] = shared.setdefault(row[column], row[column])
            rows.append((number, tuple([cell or None for cell in row])))
            if len(rows) == SHARING_FROM:
                repeating = _repeating(rows)
    return Grid(source=name, name=PurePath(name).stem, rows=rows, text_only=True)


if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = (",", "\t", ";", "，")
SAMPLE = 200
SHARING_FROM = 2000  # rows after which a text that stands in a file again and again is held once
BLOCK = 1 << 20


def _repeating(rows: Sequence[tuple[int, Sequence[RawValue]]]) -> list[int]:
    """The columns of which most cells say what another one says too."""
    width = min(len(row) for _, row in rows)
    return [c for c in range(width) if 2 * len({row[c] for _, row in rows}) < len(rows)]


@dataclass(frozen=True)
class _Reading:
    """How one separator divides the first rows."""

    separator: str
    columns: int  # of most rows
    even: float  # share of the rows that have so many
    known: int  # header names that are known


def _separator(text: str, name: str, is_header: Callable[[RawValue], bool] | None) -> str:
    readings = [r for s in SEPARATORS if s in text and (r := _reading(text, s, is_header)) is not None]
    if not readings:
        return ","
    best = max(readings, key=lambda r: (r.known, r.even))
    rivals = [r for r in readings if (r.known, r.even) == (best.known, best.even)]
    if len(rivals) > 1:
        rivals.sort(key=lambda r: -r.columns)
        if rivals[0].columns == rivals[1].columns:
            raise InputError(
                finding(
                    "csv-separator",
                    N_("the cells could be separated by {first} or by {second}; use one of them only"),
                    name,
                    first=repr(rivals[0].separator),
                    second=repr(rivals[1].separator),
                )
            )
        best = rivals[0]
    return best.separator


def _reading(text: str, separator: str, is_header: Callable[[RawValue], bool] | None) -> _Reading | None:
    """None if the separator divides nothing. Rows after a fault in the quotes do not count."""
    rows = []
    with contextlib.suppress(csv.Error):
        for row in itertools.islice(_reader(text, separator), SAMPLE):
            if any(cell.strip() for cell in row):
                rows.append(row)
    widths = Counter(len(row) for row in rows)
    if not widths:
        return None
    columns, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    if columns < 2:
        return None
    known = max(sum(map(is_header, row)) for row in rows[:10]) if is_header else 0
    return _Reading(separator, columns, times / len(rows), known)


def _records(text: str, separator: str, name: str, first: int) -> Iterator[tuple[int, list[str]]]:
    reader = _reader(text, separator)
    for number in itertools.count(first):
        line = reader.line_num + first
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text_of = OPEN_QUOTE if "unexpected end" in str(error) else BAD_QUOTE
            if "field larger" in str(error):
                text_of = LONG_CELL
            raise InputError(finding("csv-quotes", text_of, name, line=line)) from None
        yield number, row


OPEN_QUOTE = N_('a quotation mark (") opened in the row that begins at line {line} is never closed')
BAD_QUOTE = N_('the row that begins at line {line} has a quotation mark (") in the wrong place')
LONG_CELL = N_("the row that begins at line {line} has a cell of more than 131,072 characters")


def _reader(text: str, separator: str) -> Reader:
    lines = itertools.chain.from_iterable(io.StringIO(block, newline="") for block in _blocks(text))
    return csv.reader(lines, delimiter=separator, strict=True)


def _blocks(text: str) -> Iterator[str]:
    """The text in pieces that end with a line."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end
