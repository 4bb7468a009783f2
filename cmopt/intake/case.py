"""Reads a bank's case: from files to raw tables, checked columns, checks between them, and the Case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmopt.domain.clients import Case, Link
from cmopt.domain.roster import PostHeld, Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, Severity, finding
from cmopt.i18n import N_
from cmopt.intake.columns import OPTIONS, READ_ME, TABLES, TableKey, tables_of
from cmopt.intake.crosscheck import check_tables
from cmopt.intake.gradingbuild import GradingLines, grading_lines
from cmopt.intake.gradingmissing import check_missing
from cmopt.intake.headers import header_test, match_table, near_tables, squeeze
from cmopt.intake.raw import RawCase, RawTable, Source
from cmopt.intake.report import Report
from cmopt.intake.tables import Sheet, read_table

if TYPE_CHECKING:
    from cmopt.domain.client_columns import ClientColumns


@dataclass(frozen=True)
class Intake:
    """A case that was read, or why it could not be. `case` is None when there are errors.

    `findings` are errors, warnings and notices; a notice tells one cleaning decision, for the manifest.
    """

    case: Case | None
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "warning")

    @property
    def notices(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity == "notice")


def read_case(path: Path, scheme: Scheme, expected: Mapping[str, str] | None = None) -> Intake:
    """The case in a workbook or a folder of .csv files, under `scheme`, with every finding at once.

    `expected` maps file names to the SHA-256 they had when they were previewed. Nothing is raised for
    bad input: the errors are in the Intake (see `require_case`).
    """
    from cmopt.intake.files import read_raw

    try:
        raw = read_raw(
            path, expected, is_header=header_test(scheme), is_table=lambda name: bool(match_table(name))
        )
    except InputError as error:
        return Intake(None, error.findings, ())
    return check_raw(raw, scheme)


def require_case(intake: Intake) -> Case:
    """The case, or InputError with all its errors."""
    if intake.case is None:
        raise InputError(intake.errors)
    return intake.case


def check_raw(raw: RawCase, scheme: Scheme) -> Intake:
    """The case in raw tables, with every finding at once."""
    report = Report([_softened(f) for f in raw.findings])
    sheets: dict[TableKey, Sheet] = {}
    wanted = {t.key for t in tables_of(scheme)}
    for key, table in _find_tables(raw.tables, report).items():
        if key in wanted:
            sheets[key] = read_table(table, TABLES[key], scheme, report)
        elif table.rows:
            text = N_("the scheme {title} has no use for this table; it was not read")
            report.add("notice", "table-unneeded", text, table.name, title=scheme.title)
    if "staff" in sheets and "clients" in sheets:
        check_tables(sheets, scheme, report)
        check_missing(sheets, scheme, report)
    case = None if report.failed else _build(sheets)
    return Intake(case, tuple(report.findings), raw.sources)


def _find_tables(raw: Sequence[RawTable], report: Report) -> dict[TableKey, RawTable]:
    """Which raw table is which; a missing, doubled or empty one is an error, an unknown one a notice."""
    found: dict[TableKey, RawTable] = {}
    seen: dict[TableKey, str] = {}
    for table in raw:
        known = match_table(table.name)
        if known is None:
            near = [] if squeeze(table.name) in _READ_ME else near_tables(table.name)
            text = _NO_TABLE
            if near:
                text = N_("this sheet is none of the tables and was not read; is it meant as {near}?")
            severity: Severity = "warning" if near else "notice"
            report.add(
                severity, "table-unknown", text, table.name, **({"near": ", ".join(near)} if near else {})
            )
        elif known.key in seen:
            text = N_('"{name}" and "{first}" are both the table {zh} {en}; keep one')
            said = {"name": table.name, "first": seen[known.key], "zh": known.zh, "en": known.en}
            report.add("error", "table-twice", text, table.name, **said)
        else:
            seen[known.key] = table.name
            if table.header:
                found[known.key] = table
    for known in TABLES.values():
        if known.required and known.key not in seen:
            text = N_("the table {zh} {en} is missing")
            report.add("error", "table-missing", text, None, zh=known.zh, en=known.en)
        elif known.required and (known.key not in found or not found[known.key].rows):
            report.add("error", "table-empty", N_("the table has no rows"), seen[known.key])
    return found


def _softened(found: Finding) -> Finding:
    """A sheet that is none of the tables may look like anything; leaving it aside is only worth a notice."""
    if found.code != "sheet-left-aside" or found.where is None:
        return found
    if squeeze(found.where) in _READ_ME:
        return finding("table-unknown", _NO_TABLE, found.where, "notice")
    if near_tables(found.where):
        return found
    return replace(found, severity="notice")


def _build(sheets: Mapping[TableKey, Sheet]) -> Case:
    """The domain objects; only called when there is no error, so that every required value is there."""
    return Case(
        Roster(tuple(_staff(sheets["staff"], _posts_held(sheets.get("posts")), grading_lines(sheets)))),
        _clients(sheets["clients"]),
        tuple(_links(sheets["links"])) if "links" in sheets else (),
    )


def _staff(sheet: Sheet, posts: Mapping[str, tuple[PostHeld, ...]], lines: GradingLines) -> Iterator[Staff]:
    items = {key: values for key, values in sheet.values.items() if key not in _STAFF_FIELDS}
    scores = _by_row(items, len(sheet))
    measures = _by_row(sheet.measures, len(sheet))
    blank = [None] * len(sheet)
    rows = zip(*(sheet.values.get(key, blank) for key in _STAFF_FIELDS), strict=True)
    for row, (staff_id, name, branch, post, registered, marketing, years, deposits, *rest) in enumerate(rows):
        tier, rank, education, bank_years, breach, position = rest
        yield Staff(
            staff_id=staff_id,
            name=name,
            branch=branch,
            post=post,
            registered=registered,
            marketing=bool(marketing),
            finance_years=years,
            average_deposits=deposits,
            scores=scores[row],
            posts=posts.get(staff_id, ()),
            tier=tier,
            rank=rank if tier is not None else None,
            measures=measures[row],
            education=education,
            bank_years=bank_years,
            serious_breach=breach,
            position=position or "regular",
            assessed=lines.assessed.get(staff_id, ()),
            results=lines.results.get(staff_id, ()),
            certificates=lines.certificates.get(staff_id, ()),
            standings=lines.standings.get(staff_id, ()),
        )


def _posts_held(sheet: Sheet | None) -> dict[str, tuple[PostHeld, ...]]:
    held: dict[str, list[PostHeld]] = {}
    if sheet is not None:
        columns = (sheet.values[key] for key in ("staff_id", "post", "years"))
        for staff_id, post, years in zip(*columns, strict=True):
            held.setdefault(staff_id, []).append(PostHeld(post, years))
    return {s: tuple(sorted(posts, key=lambda p: (p.post, p.years))) for s, posts in held.items()}


def _clients(sheet: Sheet) -> ClientColumns:
    """As columns: no object a client."""
    from cmopt.domain.client_columns import FIELDS, ClientColumns  # brings numpy

    return ClientColumns.of_lists({name: sheet.values[name] for name in FIELDS}, sheet.measures)


def _links(sheet: Sheet) -> Iterator[Link]:
    measures = _by_row(sheet.measures, len(sheet))
    rows = zip(*(sheet.values[key] for key in _LINK_FIELDS), strict=True)
    for row, (staff_id, client_id, rule, bid, fit, cost) in enumerate(rows):
        yield Link(staff_id, client_id, rule, bid, fit, cost, measures[row])


def _by_row(columns: Mapping[str, Sequence[Any]], rows: int) -> list[dict[str, Any]]:
    """Columns -> one mapping a row, without what is blank."""
    found: list[dict[str, Any]] = [{} for _ in range(rows)]
    for key, values in columns.items():
        for row, value in zip(found, values, strict=True):
            if value is not None:
                row[key] = value
    return found


_NO_TABLE = N_("this sheet is none of the tables and was not read")
_READ_ME = frozenset(squeeze(name) for names in (READ_ME, OPTIONS) for name in names.values())
_STAFF_FIELDS = tuple(c.key for c in TABLES["staff"].columns)
_LINK_FIELDS = tuple(c.key for c in TABLES["links"].columns)
