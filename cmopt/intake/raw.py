"""Tables as they stood in the file, before anything is believed: values with their addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from cmopt.errors import Finding


class BadCell(Enum):
    """A cell of a workbook that holds no usable value."""

    ERROR = "error"  # #REF!, #N/A, ... (the text is in RawTable.bad)
    UNCACHED = "uncached"  # a formula whose result was never stored


class NumberText(str):
    """The text of a number cell of a workbook that is too long for a float (1e15 or more)."""

    __slots__ = ()


RawValue = str | int | float | bool | date | datetime | BadCell | None


@dataclass(frozen=True)
class RawTable:
    """One sheet or CSV file: the header row found, and the rows below it.

    `name` is the sheet's title or the file's stem, used in addresses. `rows[r][c]` belongs to source
    row `row_numbers[r]` (1-based, as Excel and editors count) and column `c` (0-based). Text is as it
    stood (no trimming, no NFKC); rows that are wholly empty are not in `rows`. `text_only` is True for
    CSV: every value is str or None. `bad` has the text of error cells by (row index, column index).
    `titles` are the texts that stand above the header. A number of 1e15 or more is delivered as the text the
    file has, since a float has lost its digits.
    """

    source: str
    name: str
    header: tuple[RawValue, ...]
    header_row: int
    rows: tuple[tuple[RawValue, ...], ...]
    row_numbers: tuple[int, ...]
    text_only: bool
    epoch_1904: bool = False
    bad: dict[tuple[int, int], str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()

    def address(self, row: int, column: int) -> str:
        """``clients!F17`` for row index `row` and column index `column`."""
        return f"{self.name}!{column_letters(column)}{self.row_numbers[row]}"

    def header_address(self, column: int) -> str:
        return f"{self.name}!{column_letters(column)}{self.header_row}"


@dataclass(frozen=True)
class Source:
    """One file that was read: its name (no folder), the SHA-256 of its bytes, its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class RawCase:
    """What a case file or folder held. `findings` are warnings and notices (errors are raised)."""

    tables: tuple[RawTable, ...]
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...] = ()


def column_letters(column: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA, as Excel names columns."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
