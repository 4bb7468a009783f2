"""A workbook with a house style: named formats, tables with filters and frozen heads, pages that print well.

Every text goes through `write_string`, so that no name, id or reason can become a formula or a link.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from cmopt.i18n import N_, Lang, tr

Kind = Literal[
    "text",
    "wrap",
    "center",
    "int",
    "decimal",
    "money",
    "points",
    "load",
    "share",
    "rank",
    "right",
    "sign",
    "yours",
]
Cell = str | int | float | None

INK, HEAD, LINE, PALE = "#1F2A37", "#17496B", "#D3DAE2", "#F3F6F9"
FILLS = {
    "kept": ("#DDF1E4", "#14532D"),
    "moved": ("#FDECCF", "#7A4A00"),
    "new": ("#DCE9FB", "#133E7C"),
    "unassigned": ("#F9D9D9", "#8A1C1C"),
}
NUMBER_FORMATS: dict[str, str] = {
    "int": "#,##0",
    "decimal": "0.0000",
    "money": "#,##0.00",
    "points": "0.00",
    "load": "#,##0.0",
    "share": "0.0%",
}
MAX_TEXT = 32_767  # what a cell can hold


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` None = as wide as its content, in characters of the default font."""

    title: str
    kind: Kind = "text"
    width: float | None = None


class Book:
    def __init__(self, path: Path, lang: Lang, title: str) -> None:
        import xlsxwriter

        self.lang: Lang = lang
        font = "Microsoft YaHei" if lang == "zh" else "Calibri"
        self._base = {"font_name": font, "font_size": 10, "font_color": INK, "valign": "vcenter"}
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": font, "font_size": 10},
        }
        self.file: Any = xlsxwriter.Workbook(str(path), options)
        # A fixed date: the same run gives the same bytes.
        self.file.set_properties({"title": title, "created": datetime(2000, 1, 1)})
        self.file.set_calc_mode("auto")
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def t(self, text: str, **params: object) -> str:
        return tr(text, self.lang, **params)

    def style(self, **properties: Any) -> Any:
        """A format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format({**self._base, **properties})
        return self._formats[key]

    def sheet(self, name: str, tab: str = HEAD) -> Any:
        """A sheet that prints on A4 landscape, one page wide, with its name and page number below."""
        sheet = self.file.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        sheet.set_tab_color(tab)
        sheet.hide_gridlines(2)
        return sheet

    def text(self, sheet: Any, row: int, column: int, text: str, **properties: Any) -> None:
        sheet.write_string(row, column, _fit(text), self.style(**properties))

    def paragraph(self, sheet: Any, row: int, last: int, text: str, width: float, **properties: Any) -> None:
        """Text across columns 0 to `last` (together `width` characters wide), the row as high as it needs."""
        style = self.style(text_wrap=True, **properties)
        sheet.merge_range(row, 0, row, last, "", style)
        sheet.write_string(row, 0, _fit(text), style)
        sheet.set_row(row, 16.5 * lines_needed(text, width) + 3)

    def table(
        self,
        sheet: Any,
        top: int,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        whole_sheet: bool = True,
        row_height: float | None = None,
    ) -> int:
        """A table with its head in row `top`; returns the row below it.

        `whole_sheet`: the sheet is this table: filter, column widths, head repeated on every page.
        """
        self.head(sheet, top, [c.title for c in columns])
        styles = [(self._cell(c, False), self._cell(c, True)) for c in columns]
        for n, cells in enumerate(rows):
            at = top + 1 + n
            for c, value in enumerate(cells):
                put(sheet, at, c, value, styles[c][n % 2])
            sheet.set_row(at, row_height or _row_height(columns, cells))
        if whole_sheet:
            sheet.autofilter(top, 0, top + max(len(rows), 1), len(columns) - 1)
            sheet.repeat_rows(0, top)
            for c, column in enumerate(columns):
                sheet.set_column(c, c, column.width or _content_width(column, [r[c] for r in rows]))
        return top + 1 + len(rows)

    def head(self, sheet: Any, row: int, titles: Sequence[str], first: int = 0) -> None:
        style = self.style(
            bold=True, font_color="#FFFFFF", bg_color=HEAD, text_wrap=True, align="center", border=1,
            border_color=LINE,
        )  # fmt: skip
        for c, title in enumerate(titles, start=first):
            sheet.write_string(row, c, title, style)
        sheet.set_row(row, 33)

    def colour_outcomes(self, sheet: Any, first: int, last: int, column: int, titles: dict[str, str]) -> None:
        """Fill the cells of a column by their outcome."""
        for outcome, title in titles.items():
            fill, ink = FILLS[outcome]
            look = self.file.add_format({"bg_color": fill, "font_color": ink})
            rule = {"type": "cell", "criteria": "==", "value": f'"{title}"', "format": look}
            sheet.conditional_format(first, column, max(first, last), column, rule)

    def _cell(self, column: Column, odd: bool) -> Any:
        look: dict[str, Any] = {"bottom": 1, "bottom_color": LINE}
        if column.kind in ("text", "wrap"):
            look["indent"] = 1
        if odd:
            look["bg_color"] = PALE
        if column.kind in NUMBER_FORMATS:
            look |= {"num_format": NUMBER_FORMATS[column.kind], "align": "right", "indent": 1}
        elif column.kind == "wrap":
            look["text_wrap"] = True
        elif column.kind == "right":
            look |= {"align": "right", "indent": 1}
        elif column.kind in ("center", "rank"):
            look |= {"align": "center", "num_format": "0"}
        elif column.kind == "sign":
            look |= {"border": 1, "border_color": "#8A97A6", "bg_color": "#FFFFFF"}
        elif column.kind == "yours":  # to be filled in, also where the sheet is protected
            look |= {"border": 1, "border_color": "#C9A227", "bg_color": "#FFF8DC", "text_wrap": True}
            look |= {"locked": False, "num_format": "@"}
        return self.style(**look)


def put(sheet: Any, row: int, column: int, value: Cell, style: Any) -> None:
    """One cell; numbers a double cannot hold exactly are written as text, None as an empty cell."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, _fit(value), style)
    elif isinstance(value, int) and abs(value) >= 10**15:
        sheet.write_string(row, column, f"{value:,}", style)
    else:
        sheet.write_number(row, column, value, style)


def display_width(text: str) -> int:
    """Columns the text takes: Chinese characters and full-width punctuation take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def lines_needed(text: str, width: float) -> int:
    if 2 * len(text) <= width and "\n" not in text:
        return 1
    return sum(max(1, -(-display_width(part) // max(1, int(width)))) for part in text.split("\n"))


def sheet_names(lang: Lang) -> dict[str, str]:
    """Key -> the sheet's name in `lang`, in the order of the workbook."""
    names = {
        "summary": N_("Summary"),
        "grades": N_("Grades"),
        "allocation": N_("Allocation"),
        "portfolios": N_("Portfolios"),
        "fairness": N_("Fairness"),
        "handovers": N_("Handovers"),
        "charts": N_("Charts"),
    }
    return {key: tr(name, lang) for key, name in names.items()}


def _content_width(column: Column, values: Sequence[Cell]) -> float:
    widest = max((display_width(_shown(v, column.kind)) for v in values), default=0)
    words = [display_width(w) for w in column.title.replace("（", " （").split()]
    return min(max(widest + 2, max(words, default=0) + 4, 7), 46)


def _row_height(columns: Sequence[Column], cells: Sequence[Cell]) -> float:
    """High enough for the longest wrapped text (spreadsheet programs do not all work it out themselves)."""
    wrapped = zip(columns, cells, strict=True)
    lines = [
        lines_needed(v, (c.width or 46) - 3) for c, v in wrapped if c.kind == "wrap" and isinstance(v, str)
    ]
    return 15.0 * max(lines, default=1) + 4


def _shown(value: Cell, kind: str) -> str:
    if isinstance(value, float | int):
        return f"{value:,.2f}" if kind == "money" else f"{value:,.4g}" if kind == "decimal" else f"{value:,}"
    return value or ""


def _fit(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
