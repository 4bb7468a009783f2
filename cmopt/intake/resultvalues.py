"""Reads the value column of the results table: each figure in the unit of its measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_
from cmopt.intake.numbers import read_figures
from cmopt.intake.raw import RawValue
from cmopt.intake.report import Cells, shown


def read_result_values(
    cells: Cells, remark: str, measures: Sequence[str | None], scheme: Scheme
) -> list[Any]:
    """One figure a row in millionths; None where blank, refused, or the measure is not known.

    Money is converted from the unit that the header (`remark`) or the cells name; counts and points are the
    figure itself; per cent too: 15 and ``15%`` are both 15 per cent, but shares (0.15) are asked about.
    """
    unit_of = {m.key: m.unit for m in scheme.grading.results}
    rows_of: dict[str, list[int]] = {}
    for row, measure in enumerate(measures):
        if measure is not None:
            unit = unit_of[measure]
            kind = unit if unit == "money" else f"% {measure}" if unit == "percent" else "number"
            rows_of.setdefault(kind, []).append(row)
    values: list[Any] = [None] * len(cells.values)
    for kind, rows in sorted(rows_of.items()):
        some = Cells(cells.table, cells.index, cells.report)
        some.values = [None] * len(cells.values)
        for row in rows:
            some.values[row] = _bare(cells.values[row]) if kind.startswith("%") else cells.values[row]
        if kind == "money":
            read = read_figures(some, form="money", remark=remark)
        else:
            read = read_figures(some, form="number")
        for row in rows:
            values[row] = read[row]
        if kind.startswith("%"):
            _ask_about_shares(cells, rows, values)
    return values


def _bare(value: RawValue) -> RawValue:
    return value.strip().rstrip("%％").strip() if type(value) is str else value


def _ask_about_shares(cells: Cells, rows: Sequence[int], values: Sequence[int | None]) -> None:
    """Excel shows 0.15 as 15 %: where all figures of a measure lie between -1 and 1, they may be shares."""
    filled = [(row, v) for row in rows if (v := values[row])]
    written = any(isinstance(cells.values[row], str) and "%" in str(cells.values[row]) for row, _ in filled)
    if filled and not written and all(abs(v) < UNIT for _, v in filled):
        text = N_(
            '{header} "{value}": the measure is in per cent, and every figure of it lies between -1 and 1; are '
            "they shares? Write per cent: 15 or 15%"
        )
        row = filled[0][0]
        cells.add("error", "percent-share", text, row, value=shown(cells.values[row]))
