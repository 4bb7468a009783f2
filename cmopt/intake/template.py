"""The workbook that planners fill: a sheet a table with the scheme's columns, dropdowns, notes, examples."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from cmopt.domain.clients import Case
from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, Lang, tr
from cmopt.intake.columns import (
    READ_ME,
    TABLES,
    Column,
    Table,
    TableKey,
    columns_of,
    figure_columns,
    tables_of,
)
from cmopt.intake.dropdowns import Lists
from cmopt.intake.example import example_case
from cmopt.intake.gradingrows import grading_rows
from cmopt.intake.periods import show_period
from cmopt.intake.write import Cell, cells_of, decimal_text, words_of, write_cell

__all__ = ["example_case", "header_of", "note_of", "template_columns", "write_template"]

WIDTHS = {
    "branch": 12,
    "period": 15,
    "source": 15,
    "standing": 15,
    "item": 22,
    "measure": 22,
    "certificate": 22,
}
ROWS = 5000  # how far down the dropdowns reach


def write_template(path: Path, scheme: Scheme, lang: Lang) -> None:
    """Write an .xlsx template for `scheme` to `path`: a sheet to read, then one a table, in `lang`.

    Its example rows are invented and valid, so that a fresh template passes the check.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        looks = {name: book.add_format(look) for name, look in LOOKS.items()}
        _write_read_me(book.add_worksheet(READ_ME[lang]), scheme, lang, looks)
        example = example_case(scheme)
        lists = Lists(lang)
        for table in tables_of(scheme):
            sheet = book.add_worksheet(table.title(lang))
            columns = template_columns(table.key, scheme)
            _print_on_a4(sheet)
            _write_header(sheet, columns, lang, looks)
            _write_examples(sheet, _example_rows(table.key, columns, example, scheme, lang), looks)
            for at, column in enumerate(columns):
                words = _offered(table.key, column, scheme, lang)
                _restrict(sheet, at, column, lists.source(column, words), note_of(column, scheme, lang), lang)
            sheet.ignore_errors({"number_stored_as_text": f"A1:AZ{ROWS}"})
        lists.write(book, looks)


def template_columns(table: TableKey, scheme: Scheme) -> tuple[Column, ...]:
    """The columns of a table's sheet: the known ones, and what the scheme's measures and limits read besides
    (loads of pairs apart, which few cases have)."""
    columns = columns_of(table, scheme)
    known = {c.key for c in columns}
    if table not in ("staff", "clients"):
        return columns
    return (*columns, *(c for c in figure_columns(table, scheme) if c.key not in known))


def header_of(column: Column, lang: Lang) -> str:
    """The column's name with its unit, a star if required: ``余额(万元)*``, ``written (50 points)``."""
    unit, star = column.unit(lang), "*" if column.required else ""
    if unit is None:
        return column.title(lang) + star
    if column.maximum is not None:
        space = "" if lang == "zh" else " "
        unit = f"{decimal_text(Decimal(column.maximum) / UNIT)}{space}{unit}"
    return f"{column.title(lang)}({unit}){star}" if lang == "zh" else f"{column.title(lang)} ({unit}){star}"


def note_of(column: Column, scheme: Scheme, lang: Lang) -> str:
    """What a header says about its column: the explanation, the words it takes, its bounds."""
    parts = [tr(column.note, lang)]
    if column.form == "points":
        parts += _full_marks(scheme, lang)
    if column.form == "value":
        parts += _units(scheme, lang)
    if column.form == "score":
        item = next(i for i in scheme.grading.items if i.key == column.key)
        most = _decimal(item.max)
        parts.insert(0, tr(N_("{title}, out of {most}."), lang, title=item.title(lang), most=most))
    words = list(words_of(column, scheme, lang).values())
    if words:
        parts.append(tr(N_("One of: {words}."), lang, words=", ".join(words)))
    if column.blank:
        parts.append(tr(N_("Blank means {meaning}."), lang, meaning=tr(column.blank, lang)))
    elif column.required:
        parts.append(tr(N_("Required."), lang))
    else:
        parts.append(tr(N_("May be blank."), lang))
    return " ".join(parts) if lang == "en" else "".join(parts)


def _units(scheme: Scheme, lang: Lang) -> list[str]:
    """``Units: deposits 10,000 yuan; ...``, measure by measure."""
    units = {"money": tr(N_("10,000 yuan"), lang), "percent": "%", "points": tr(N_("points"), lang)}
    units["count"] = tr(N_("count"), lang)
    said = "; ".join(f"{m.title(lang)} {units[m.unit]}" for m in scheme.grading.results)
    return [tr(N_("Units: {units}."), lang, units=said)] if said else []


def _full_marks(scheme: Scheme, lang: Lang) -> list[str]:
    """``Full marks: knowledge 20; ...``, item by item, source by source where they differ."""
    needs = needs_of(scheme)
    said = []
    for item in needs.items:
        title = needs.item_titles[item.key]
        marks = {o: needs.max_of[item.key, o] for o in needs.sources_of[item.key]}
        if len(set(marks.values())) == 1:
            said.append(f"{title(lang)} {_decimal(marks.popitem()[1])}")
        else:
            each = (f"{needs.source_titles[o](lang)} {_decimal(most)}" for o, most in marks.items())
            said.append(f"{title(lang)}: {', '.join(each)}")
    return [tr(N_("Full marks: {marks}."), lang, marks="; ".join(said))] if said else []


def _decimal(millionths: int) -> str:
    return decimal_text(Decimal(millionths) / UNIT)


def _example_rows(
    table: TableKey, columns: tuple[Column, ...], case: Case, scheme: Scheme, lang: Lang
) -> list[list[Cell]]:
    rows: Sequence[Sequence[Any]]
    match table:
        case "posts":
            rows = [(s.staff_id, p.post, p.years, None, None) for s in case.roster for p in s.posts]
        case "staff":
            rows = [[_field(s, c) for c in columns] for s in case.roster]
        case "clients":
            rows = [[_field(c, column) for column in columns] for c in case.clients]
        case "links":
            rows = [[_field(k, c) for c in columns] for k in case.links]
        case _:
            rows = grading_rows(table, case.roster)
    cells = [cells_of(c, [row[n] for row in rows], scheme, lang) for n, c in enumerate(columns)]
    return [list(row) for row in zip(*cells, strict=True)]


def _field(row: Any, column: Column) -> Any:
    if column.form == "score":
        return row.scores.get(column.key)
    return getattr(row, column.key) if hasattr(row, column.key) else row.measures.get(column.key)


def _write_header(sheet: Any, columns: tuple[Column, ...], lang: Lang, looks: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 2 if columns[1].required else 1)
    sheet.set_row(0, 32)
    for at, column in enumerate(columns):
        title = header_of(column, lang)
        sheet.write_string(0, at, title, looks["required" if column.required else "optional"])
        look = "day" if column.form == "date" else "money" if column.form == "money" else "text"
        plain = column.form in ("number", "years", "whole", "score", "points", "value")
        width = max(WIDTHS.get(column.form, 9), sum(2 if ord(c) > 255 else 1 for c in title) * 0.75 + 3)
        sheet.set_column(
            at,
            at,
            20 if column.key in ("name", "evidence") else min(width, 22),
            None if plain else looks[look],
        )


def _write_examples(sheet: Any, rows: list[list[Cell]], looks: dict[str, Any]) -> None:
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row):
            text, day, number = looks["example"], looks["example day"], looks["example number"]
            write_cell(sheet, r, c, value, text=text, day=day, number=number)


def _offered(table: TableKey, column: Column, scheme: Scheme, lang: Lang) -> list[str]:
    """The words of a dropdown: what the column takes, or the periods that the scheme reads."""
    if column.form == "period":
        return [show_period(p, lang) for p in needs_of(scheme).periods_of.get(table, ()) if p is not None]
    return list(words_of(column, scheme, lang).values())


def _restrict(
    sheet: Any, at: int, column: Column, words: list[str] | str | None, note: str, lang: Lang
) -> None:
    """The header's note as a comment, and a dropdown or bounds for the cells below it."""
    sheet.write_comment(0, at, note, {"x_scale": 1.9, "y_scale": 1.5, "font_size": 9, "author": "cmopt"})
    target: TableKey | None = {"staff": "staff", "client": "clients"}.get(column.form)  # type: ignore[assignment]
    rule: dict[str, Any] = {"ignore_blank": True, "error_type": "warning"}
    if words is not None:
        rule |= {"validate": "list", "source": words}
        rule |= {} if column.form == "period" else {"error_type": "stop"}  # other periods may be right
    elif target is not None:
        rule |= {"validate": "list", "source": f"='{TABLES[target].title(lang)}'!$A$2:$A${ROWS}"}
    elif column.low is not None and column.high is not None:
        rule |= {"validate": "decimal", "criteria": "between", "minimum": column.low, "maximum": column.high}
    else:
        return  # scores have no bounds here: 缺考 must stay possible beside the points
    rule |= {"error_message": tr(N_("Take one of the values offered, or look at the header's note."), lang)}
    sheet.data_validation(1, at, ROWS, at, rule)


def _write_read_me(sheet: Any, scheme: Scheme, lang: Lang, looks: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    _print_on_a4(sheet)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 100)
    sheet.write_string(0, 0, tr(N_("How to fill this workbook"), lang), looks["title"])
    sheet.write_string(1, 0, scheme.title(lang), looks["plain"])
    row = 3
    for line in STEPS:
        sheet.merge_range(row, 0, row, 2, tr(line, lang), looks["wrap"])
        row += 1
    for table in tables_of(scheme):
        row += 1
        sheet.merge_range(row, 0, row, 2, _about(table, lang), looks["group"])
        for column in template_columns(table.key, scheme):
            row += 1
            sheet.write_string(row, 0, f"  {header_of(column, lang)}", looks["plain"])
            mark = tr(N_("required"), lang) if column.required else ""
            sheet.write_string(row, 1, mark, looks["plain"])
            sheet.write_string(row, 2, note_of(column, scheme, lang), looks["wrap"])
        row += 1


def _print_on_a4(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _about(table: Table, lang: Lang) -> str:
    return tr(N_("Sheet {name}: {note}"), lang, name=table.title(lang), note=tr(table.note, lang))


STEPS = (
    N_("1. The rows in grey are invented examples. Write over them, or delete them."),
    N_("2. Columns with a star and a dark header are required; the others may stay blank or be deleted."),
    N_("3. Amounts are in 10,000 yuan. For another unit, write it into the header: (元), (万元) or (亿元)."),
    N_(
        "4. Numbers of staff and clients are text, so that 0001 keeps its zeros; the columns are set to text."
    ),
    N_(
        "5. Further columns of figures may be added; they are kept as measures. Any order of columns will do."
    ),
    N_("6. Point at a header to read what belongs there. Then save and run: cmopt check FILE.xlsx"),
)
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "plain": {"valign": "top"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "group": {"bold": True, "bg_color": "#DCE6F1", "valign": "vcenter"},
    "required": {
        "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "border": 1, "text_wrap": True,
        "valign": "vcenter",
    },
    "optional": {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter"},
    "text": {"num_format": "@"},
    "day": {"num_format": "yyyy-mm-dd"},
    "money": {"num_format": "#,##0.00"},
    "example": {"num_format": "@", "font_color": "#7F7F7F", "italic": True},
    "example day": {"num_format": "yyyy-mm-dd", "font_color": "#7F7F7F", "italic": True},
    "example number": {"num_format": "General", "font_color": "#7F7F7F", "italic": True},
}  # fmt: skip
