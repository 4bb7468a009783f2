"""Which lines the scheme needs of the further grading tables and does not find: all of them at once.

What is missing of everybody is told once (a table, a source, a quarter); what is missing of some people is
told by items, sources and periods, with the people. Nobody misses what the scheme shows but does not score,
unless it asks for its evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cmopt.domain.declared import Title
from cmopt.domain.grading_needs import GradingNeeds, Name, needs_of
from cmopt.domain.scheme import Scheme
from cmopt.errors import Listed, Message
from cmopt.i18n import N_
from cmopt.intake.columns import TABLES, TableKey
from cmopt.intake.report import Report
from cmopt.intake.tables import Sheet

ASKED: tuple[TableKey, ...] = ("scores", "results", "certificates")
SCORED: tuple[tuple[TableKey, str], ...] = (("scores", "score"), ("results", "value"))
PEOPLE = 10  # how many people one finding names

Line = tuple[str, str | None, str | None]  # item or measure, source, period
What = tuple[tuple[str, ...], tuple[str | None, ...], tuple[str | None, ...]]  # items, sources, periods


def check_missing(sheets: Mapping[TableKey, Sheet], scheme: Scheme, report: Report) -> None:
    """Findings go to `report`; none where tiers are given (nobody is graded then).

    A table, or a column of the staff table, that the scheme needs and that is not there at all is an error;
    single lines are warnings, since the scheme says what a missing one means.
    """
    staff = sheets["staff"]
    if any(t is not None for t in staff.values["tier"]):
        return
    needs = needs_of(scheme)
    graded = _graded(sheets, scheme, report)
    _check_staff_columns(staff, needs, graded)
    for key in ASKED:
        if key in needs.tables and (key not in sheets or not len(sheets[key])):
            table = TABLES[key]
            text = N_("the scheme needs the table {zh} {en}: {what}")
            what = _asked(key, needs)
            report.add("error", "table-missing", text, None, zh=table.zh, en=table.en, what=what)
    if "standings" in needs.tables and "standings" not in sheets:
        text = N_("there is no table {zh} {en}: everybody counts as new, nobody as promoted or demoted")
        table = TABLES["standings"]
        report.add("warning", "standings-missing", text, None, zh=table.zh, en=table.en)
    if "scores" in sheets:
        wanted: list[Line] = [
            (n.item, n.source, n.period)
            for n in needs.score_lines
            if (n.scored or n.evidence) and not n.optional
        ]
        titles = (needs.item_titles, needs.source_titles)
        _check_lines(sheets["scores"], ("item", "source", "period"), "score", wanted, graded, titles)
        proven: list[Line] = [(n.item, n.source, n.period) for n in needs.score_lines if n.evidence]
        _check_evidence(sheets["scores"], proven, graded)
    if "results" in sheets:
        wanted = [(n.measure, None, n.period) for n in needs.result_lines if not n.optional]
        titles = (needs.measure_titles, {})
        _check_lines(sheets["results"], ("measure", None, "period"), "value", wanted, graded, titles)


def _graded(sheets: Mapping[TableKey, Sheet], scheme: Scheme, report: Report) -> list[str]:
    """Whose lines are looked for: regular staff who registered; where the table does not say, whoever has a
    score or a result (as in grading). Who has neither is not graded, which is told."""
    staff = sheets["staff"]
    items = [staff.values[i.key] for i in scheme.grading.items]
    scored = {
        s for s, *row in zip(staff.values["staff_id"], *items, strict=True) if any(v is not None for v in row)
    }
    for key, value in SCORED:
        if key in sheets:
            lines = zip(sheets[key].values["staff_id"], sheets[key].values[value], strict=True)
            scored |= {s for s, v in lines if v is not None}
    columns = ("staff_id", "registered", "position")
    rows = zip(*(staff.values.get(c, [None] * len(staff)) for c in columns), strict=True)
    regular = [(s, r) for s, r, position in rows if s is not None and position in (None, "regular")]
    silent = [s for s, registered in regular if registered is None and s not in scored]
    if silent and needs_of(scheme).tables:
        text = N_("{count} people without any score or result count as not registered: {people}")
        report.add(
            "notice", "not-registered", text, staff.raw.name, count=len(silent), people=_people(silent)
        )
    return sorted(s for s, registered in regular if registered or (registered is None and s in scored))


def _check_staff_columns(staff: Sheet, needs: GradingNeeds, graded: Sequence[str]) -> None:
    people = frozenset(graded)
    for column in staff.table.columns:
        if column.key not in needs.columns or column.key == "position":
            continue
        if column.key not in staff.cells:
            text = N_("the scheme needs the column {zh} {en} of the staff table")
            staff.report.add("error", "column-missing", text, staff.raw.name, zh=column.zh, en=column.en)
            continue
        values = zip(staff.values["staff_id"], staff.values[column.key], strict=True)
        blank = sorted(s for s, v in values if v is None and s in people)
        if blank:
            text = N_("{zh} {en} is blank for {count} people to be graded: {people}")
            staff.report.add(
                "warning", "needed-blank", text, staff.cells[column.key].at_header,
                zh=column.zh, en=column.en, count=len(blank), people=_people(blank),
            )  # fmt: skip


def _asked(key: str, needs: GradingNeeds) -> Listed:
    """What the scheme reads in a table: its items, measures or certificates by title."""
    named: dict[str, Sequence[Name]] = {
        "scores": needs.items,
        "results": needs.measures,
        "certificates": needs.certificates,
    }
    return Listed([n.title for n in named[key]])


def _check_lines(
    sheet: Sheet,
    keys: tuple[str, str | None, str],
    value: str,
    wanted: Sequence[Line],
    graded: Sequence[str],
    titles: tuple[Mapping[str, Title], Mapping[str, Title]],
) -> None:
    """The lines that somebody to be graded should have and does not have, gathered."""
    if not graded:
        return
    blank = [None] * len(sheet)
    columns = [sheet.values[k] if k else blank for k in ("staff_id", *keys, value)]
    there = {(s, i, o, p) for s, i, o, p, v in zip(*columns, strict=True) if v is not None}
    lacking: dict[Line, tuple[str, ...]] = {}
    for line in wanted:
        people = tuple(s for s in graded if (s, *line) not in there)
        if people:
            lacking[line] = people
    for (items, sources, periods), people in _gathered(lacking):
        parts = [
            Listed([titles[0][i] for i in items]),
            *([Listed([titles[1][o] for o in sources if o])] if any(sources) else []),
            *([Listed([p for p in periods if p])] if any(periods) else []),
        ]
        text = N_("no line for {what}: {count} of {all} people to be graded ({people})")
        if len(people) == len(graded):
            text = N_("nobody has a line for {what}")
        sheet.report.add(
            "warning", "line-missing", text, sheet.raw.name, what=Listed(parts, N_("; ")),
            count=len(people), all=len(graded), people=_people(people),
        )  # fmt: skip


def _check_evidence(sheet: Sheet, wanted: Collection[Line], graded: Sequence[str]) -> None:
    """Lines of a source that needs evidence and names none (of lines that are missing was told already)."""
    asked, people = {(i, s) for i, s, _ in wanted}, frozenset(graded)
    blank = [None] * len(sheet)
    columns = [sheet.values.get(k, blank) for k in ("staff_id", "item", "source", "score", "evidence")]
    lacking = [
        staff
        for staff, item, source, score, evidence in zip(*columns, strict=True)
        if staff in people and (item, source) in asked and score is not None and evidence is None
    ]
    if lacking:
        text = N_("{count} lines name no evidence, and the scheme asks for it ({people})")
        found = {"count": len(lacking), "people": _people(set(lacking))}
        sheet.report.add("warning", "evidence-missing", text, sheet.raw.name, **found)


def _gathered(lacking: Mapping[Line, tuple[str, ...]]) -> list[tuple[What, tuple[str, ...]]]:
    """Lines that the same people lack, as few blocks items × sources × periods as simple merging gives."""
    blocks: dict[tuple[What, tuple[str, ...]], None] = {
        (((i,), (o,), (p,)), people): None for (i, o, p), people in lacking.items()
    }
    for axis in (0, 1, 2):
        merged: dict[Any, dict[str | None, None]] = {}
        for what, people in blocks:
            rest = tuple(w for n, w in enumerate(what) if n != axis)
            merged.setdefault((rest, people), {}).update(dict.fromkeys(what[axis]))
        blocks = {
            ((*rest[:axis], tuple(along), *rest[axis:]), people): None
            for (rest, people), along in merged.items()
        }
    return list(blocks)


def _people(ids: Collection[str]) -> Message | str:
    shown = list(_first(ids))
    line = ", ".join(shown)
    if len(ids) > len(shown):
        return Message(N_("{line}; and {n} more"), {"line": line, "n": len(ids) - len(shown)})
    return line


def _first(ids: Iterable[str]) -> list[str]:
    return sorted(ids)[:PEOPLE]
