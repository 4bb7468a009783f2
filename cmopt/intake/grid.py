"""A sheet or CSV file as rows of cells, before its header has been found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cmopt.intake.raw import RawValue


@dataclass
class Grid:
    """`rows` are the filled rows as (source row, 1-based; cells from column A), in order. Rows of a CSV file
    have the cells they had; rows of a sheet end at the last filled cell. Blank cells are None.

    `merges` are (first row, first column, last row, last column), rows 1-based, columns 0-based.
    `errors` has the text of error cells by (source row, column).
    """

    source: str
    name: str
    rows: Sequence[tuple[int, Sequence[RawValue]]]
    text_only: bool
    epoch_1904: bool = False
    hidden: bool = False
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def is_blank(value: RawValue) -> bool:
    return value is None or (type(value) is str and not value.strip())
