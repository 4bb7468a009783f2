"""Checks of the further grading tables: lines that stand twice, sources left out, scores beyond full marks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cmopt.domain.fixed import show_fixed
from cmopt.domain.grading_needs import GradingNeeds, needs_of
from cmopt.domain.scheme import Scheme
from cmopt.errors import Listed, Message, Severity
from cmopt.i18n import N_
from cmopt.intake.columns import TableKey, choices_of
from cmopt.intake.report import shown
from cmopt.intake.tables import Sheet
from cmopt.intake.values import is_blank


def check_grading_tables(sheets: Mapping[TableKey, Sheet], scheme: Scheme) -> None:
    """Everything about one further table that takes more than one cell to see."""
    needs = needs_of(scheme)
    if (scores := sheets.get("scores")) is not None:
        _resolve_sources(scores, needs, scheme)
        _resolve_periods(scores, "item", needs.read_of_item)
        _check_twice(scores, ("staff_id", "item", "source", "period"), "score")
        _check_marks(scores, needs)
        _check_unread(scores, needs)
    if (results := sheets.get("results")) is not None:
        _resolve_periods(results, "measure", needs.read_of_measure)
        _check_twice(results, ("staff_id", "measure", "period"), "value")
    if (certificates := sheets.get("certificates")) is not None:
        _check_twice(certificates, ("staff_id", "certificate", "valid_from"), "certificate")
        _check_days(certificates)
    if (standings := sheets.get("standings")) is not None:
        _check_twice(standings, ("staff_id", "period"), "tier")
        _check_current(standings, scheme)


def _resolve_sources(scores: Sheet, needs: GradingNeeds, scheme: Scheme) -> None:
    """A blank source is the item's only one; an item with several must say which."""
    titles = {c.value: f"{c.zh}/{c.en}" for c in choices_of("source", scheme)}
    column = scores.values["source"]
    for row, item in enumerate(scores.values["item"]):
        if item is None or column[row] is not None:
            continue
        if _was_filled(scores, "source", row):  # a word that is not known, told before: the line is left out
            scores.values["item"][row] = None
            continue
        sources = needs.sources_of.get(item, ())
        if len(sources) == 1:
            column[row] = sources[0]
        elif sources:
            text = N_("the item has several sources; say which one: {known}")
            known = ", ".join(titles[s] for s in sources)
            scores.report.add("error", "source-blank", text, scores.at(row, "source"), known=known)


def _resolve_periods(sheet: Sheet, column: str, periods_of: Mapping[str, Collection[str | None]]) -> None:
    """A blank period is the only one the scheme reads of that item or measure; else it must be said.

    `periods_of`: item or measure -> the periods read. Lines of other periods are told once a period; those of
    earlier years are history, a notice.
    """
    periods = sheet.values["period"]
    unread: dict[str, list[int]] = {}
    for row, name in enumerate(sheet.values[column]):
        read = periods_of.get(name, ()) if name is not None else ()
        if not read or (periods[row] is None and _was_filled(sheet, "period", row)):
            continue
        if periods[row] is not None:
            if periods[row] not in read:
                unread.setdefault(periods[row], []).append(row)
            continue
        wanted = [p for p in read if p is not None]
        if len(wanted) == 1:
            periods[row] = wanted[0]
        elif wanted:
            text = N_("say of which period it is: {known}")
            sheet.report.add("error", "period-blank", text, sheet.at(row, "period"), known=", ".join(wanted))
    for period, rows in sorted(unread.items()):
        name = sheet.values[column][rows[0]]
        known = Listed(
            [p for p in periods_of[name] if p is not None] or [Message(N_("none, leave it blank"))]
        )
        text = N_("{count} lines of {period} count nothing: of {name} the scheme reads {known}")
        titles = {"count": len(rows), "period": period, "name": sheet.cells[column].values[rows[0]]}
        latest = max((p or "" for p in periods_of[name]), default="")
        severity: Severity = "notice" if period[:4] < latest[:4] else "warning"
        sheet.report.add(severity, "period-unread", text, sheet.at(rows[0], "period"), known=known, **titles)


def _check_twice(sheet: Sheet, keys: Sequence[str], shown_column: str) -> None:
    """Two lines that say one thing twice: an error that names both cells, even where they agree."""
    first: dict[tuple[Any, ...], int] = {}
    for row, line in enumerate(zip(*(sheet.values[k] for k in keys), strict=True)):
        if line[0] is None or (keys[1] != "period" and line[1] is None):
            continue
        if any(v is None and _was_filled(sheet, k, row) for k, v in zip(keys, line, strict=True)):
            continue
        before = first.setdefault(line, row)
        if before != row:
            said = ", ".join(str(v) for v in line if v is not None)
            text = N_("{line} stands twice: {cell} and {other}; keep one")
            sheet.report.add(
                "error", "line-twice", text, sheet.at(row, shown_column),
                line=said, cell=sheet.at(before, shown_column), other=sheet.at(row, shown_column),
            )  # fmt: skip


def _check_marks(scores: Sheet, needs: GradingNeeds) -> None:
    """No score beyond the full marks of its item and source."""
    columns = (scores.values[c] for c in ("item", "source", "score"))
    for row, (item, source, score) in enumerate(zip(*columns, strict=True)):
        if item is None or type(score) is not int:
            continue
        most = needs.max_of.get((item, source), needs.max_of.get((item, None)))
        if most is not None and score > most:
            text = N_('{header} "{value}" is above the full marks of {item}, {high}')
            scores.report.add(
                "error", "score-above-max", text, scores.at(row, "score"), header=scores.header("score"),
                value=shown(scores.cells["score"].values[row]), item=needs.item_titles[item],
                high=show_fixed(most),
            )  # fmt: skip


def _check_unread(scores: Sheet, needs: GradingNeeds) -> None:
    """Lines of a source that the scheme does not ask about that item: told once a pair, kept."""
    first: dict[tuple[str, str], list[int]] = {}
    for row, (item, source) in enumerate(zip(scores.values["item"], scores.values["source"], strict=True)):
        if item is not None and source is not None and source not in needs.sources_of.get(item, ()):
            first.setdefault((item, source), []).append(row)
    for (item, source), rows in first.items():
        text = N_("the scheme does not take {source} for {item}: {count} lines count nothing")
        scores.report.add(
            "warning", "source-unread", text, scores.at(rows[0], "source"),
            source=needs.source_titles[source], item=needs.item_titles[item], count=len(rows),
        )  # fmt: skip


def _check_days(certificates: Sheet) -> None:
    for row, (start, end) in enumerate(
        zip(certificates.values["valid_from"], certificates.values["valid_to"], strict=True)
    ):
        if start is not None and end is not None and end < start:
            text = N_("the last day {end} is before the first day {start}")
            certificates.report.add(
                "error", "certificate-dates", text, certificates.at(row, "valid_to"),
                start=start.isoformat(), end=end.isoformat(),
            )  # fmt: skip


def _check_current(standings: Sheet, scheme: Scheme) -> None:
    """Standings are of periods before the one that is graded; a later one cannot be known yet."""
    if scheme.grading.period is None:
        return
    year = scheme.grading.period.year
    for row, period in enumerate(standings.values["period"]):
        if period is not None and period[:4] >= year:
            text = N_('{header} "{value}" is not before {year}, the year that is graded')
            standings.report.add(
                "error", "standing-period", text, standings.at(row, "period"),
                header=standings.header("period"), value=period, year=year,
            )  # fmt: skip


def _was_filled(sheet: Sheet, column: str, row: int) -> bool:
    """Whether the cell was filled: what could not be read has an error of its own."""
    return column in sheet.cells and not is_blank(sheet.cells[column].values[row])
