"""The workbook's native charts, each beside the figures it is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmopt.domain.run import Run
from cmopt.domain.scheme import Measure
from cmopt.i18n import N_
from cmopt.reports.book import Book, Cell, Column, Kind
from cmopt.reports.view import GroupLoad, as_number, group_load, groups, rival_value
from cmopt.reports.wording import goal_title, goal_unit, solver_title, tier_title, unit_title, with_note

COLOURS = ("#A9B4C0", "#1F7A6C", "#D08B2C")  # before, after, rival
BLOCK = 19  # rows a chart takes
FIRST_CHART = 8  # the column the charts begin in


def charts(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    """Goals counted in accounts or pairs against the rival; for each measure, mean and spread by tier."""
    widths = (26, 10, 13, 13, 13, 13, 13, 13)
    for c, width in enumerate(widths):
        sheet.set_column(c, c, width)
    sheet.set_column(FIRST_CHART, FIRST_CHART + 20, 8.5)
    sheet.set_portrait()
    sheet.fit_to_pages(1, 1)
    _goals(book, sheet, run, rival)
    for n, measure in enumerate(_measures(run), start=1):
        _loads(book, sheet, n * BLOCK, measure, run, rival)


def _measures(run: Run) -> list[Measure]:
    """The measures the scheme balances, in its order."""
    return [run.scheme.measure_by_key[b.measure] for b in run.scheme.balance.measures]


def _goals(book: Book, sheet: Any, run: Run, rival: Run | None) -> None:
    shown = [g for g in run.result.goals if goal_unit(g.name) in ("accounts", "pairs")]
    series = [book.t(N_("This division")), *([solver_title(rival.result.solver, book.lang)] if rival else [])]
    title = book.t(N_("Goals counted in accounts or pairs"))
    book.text(sheet, 0, 0, title, bold=True, font_size=12)
    columns = [Column(book.t(N_("Goal"))), Column(book.t(N_("Unit"))), *(Column(s, "int") for s in series)]
    rows: list[list[Cell]] = []
    for g in shown:
        unit = unit_title(goal_unit(g.name), book.lang)
        row: list[Cell] = [goal_title(g.name, book.lang), unit, g.value, rival_value(rival, g.name)]
        rows.append(row[: len(columns)])
    book.table(sheet, 1, columns, rows, whole_sheet=False)
    if rows:
        _chart(
            book,
            sheet,
            0,
            FIRST_CHART,
            title,
            1,
            len(rows),
            range(2, len(columns)),
            series,
            COLOURS[1:],
            "#,##0",
        )


def _loads(book: Book, sheet: Any, top: int, measure: Measure, run: Run, rival: Run | None) -> None:
    """Mean and spread of one measure by tier (team members apart): before, after, rival."""
    unit = unit_title(measure.unit, book.lang)
    name = with_note(measure.title.render(book.lang), unit, book.lang)
    book.text(sheet, top, 0, name, bold=True, font_size=12)
    when = [book.t(N_("Before")), book.t(N_("After"))]
    if rival:
        when.append(solver_title(rival.result.solver, book.lang))
    kind: Kind = "money" if measure.unit == "money" else "load"
    mean, spread = book.t(N_("mean")), book.t(N_("spread"))
    columns = [Column(book.t(N_("Tier"))), Column(book.t(N_("Managers")), "int")]
    columns += [Column(f"{what}\n{w}", kind) for what in (mean, spread) for w in when]
    rows: list[list[Cell]] = []
    for group in [g for g in groups(run) if g[0] is not None]:
        ours, theirs = group_load(run, group, measure.key), group_load(rival, group, measure.key)
        figures = _figures(ours, theirs, bool(rival))
        title = tier_title(group[0], run.scheme, book.lang)
        title = with_note(title, book.t(N_("team")) if group[1] else "", book.lang)
        rows.append([title, ours.managers, *figures])
    book.table(sheet, top + 1, columns, rows, whole_sheet=False)
    if not rows:
        return
    form = "#,##0" if measure.unit == "money" else "0.0"
    n = len(when)
    said = book.t(N_("{measure}: mean of a manager, by tier"), measure=name)
    _chart(book, sheet, top, FIRST_CHART, said, top + 1, len(rows), range(2, 2 + n), when, COLOURS, form)
    said = book.t(N_("{measure}: fullest minus lightest portfolio, by tier"), measure=name)
    _chart(
        book,
        sheet,
        top,
        FIRST_CHART + 9,
        said,
        top + 1,
        len(rows),
        range(2 + n, 2 + 2 * n),
        when,
        COLOURS,
        form,
    )


def _figures(ours: GroupLoad, theirs: GroupLoad, rival: bool) -> list[float | None]:
    means = [ours.mean_before, ours.mean_after, *([theirs.mean_after] if rival else [])]
    spreads = [ours.spread_before, ours.spread_after, *([theirs.spread_after] if rival else [])]
    return [as_number(v) for v in (*means, *spreads)]


def _chart(
    book: Book, sheet: Any, row: int, column: int, title: str, head: int, rows: int, series: range,
    names: Sequence[str], colours: tuple[str, ...], form: str,
) -> None:  # fmt: skip
    """A column chart: one group of columns a row, one colour and name a series."""
    chart = book.file.add_chart({"type": "column"})
    for colour, name, c in zip(colours, names, series, strict=False):
        chart.add_series(
            {
                "name": name,
                "categories": [sheet.name, head + 1, 0, head + rows, 0],
                "values": [sheet.name, head + 1, c, head + rows, c],
                "fill": {"color": colour},
                "gap": 80,
                "overlap": -5,
            }
        )
    font = {"name": "Microsoft YaHei" if book.lang == "zh" else "Calibri", "size": 9}
    chart.set_title({"name": title, "name_font": {**font, "size": 11, "bold": True}, "overlay": False})
    chart.set_x_axis({"num_font": font})
    chart.set_y_axis(
        {
            "num_font": font,
            "num_format": form,
            "major_gridlines": {"visible": True, "line": {"color": "#E1E6EB"}},
        }
    )
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 560, "height": 360})
    sheet.insert_chart(row, column, chart, {"x_offset": 10, "y_offset": 4, "description": title})
