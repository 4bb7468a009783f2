"""Checks between rows and between tables: keys that stand twice, people and clients that are not there."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from cmopt.domain.fixed import UNIT, show_fixed
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_
from cmopt.intake.columns import TableKey
from cmopt.intake.gradingcheck import check_grading_tables
from cmopt.intake.gradingrows import FURTHER
from cmopt.intake.report import Report, shown
from cmopt.intake.tables import Sheet
from cmopt.intake.values import canonical_id, is_blank

NEAR_LIMIT = 50  # how many unknown references get suggestions; beyond it only the count of work grows


def check_tables(sheets: Mapping[TableKey, Sheet], scheme: Scheme, report: Report) -> None:
    """Everything that takes more than one cell to see. Findings go to `report`."""
    staff, clients = sheets["staff"], sheets["clients"]
    _check_keys(staff, "staff_id")
    _check_keys(clients, "client_id")
    _check_references(clients, "incumbent", staff, "staff_id")
    _check_references(clients, "developer", staff, "staff_id")
    if "posts" in sheets:
        _check_references(sheets["posts"], "staff_id", staff, "staff_id")
        _resolve_years(sheets["posts"])
        _check_posts(sheets["posts"])
    for key in FURTHER:
        if key in sheets:
            _check_references(sheets[key], "staff_id", staff, "staff_id")
    check_grading_tables(sheets, scheme)
    if "links" in sheets:
        _check_references(sheets["links"], "staff_id", staff, "staff_id")
        _check_references(sheets["links"], "client_id", clients, "client_id")
        _check_pairs(sheets["links"])
        _check_bids(sheets["links"])
    _check_branches(clients, staff)
    _check_key_deposits(clients)
    _check_counter(clients)
    _check_grading(staff, scheme)
    _check_measures(clients, scheme)
    _check_own_limits(staff, scheme)


def _check_keys(sheet: Sheet, key: str) -> None:
    """An id stands once. Both rows are shown; ids that differ only in how they are written collide."""
    first: dict[str, int] = {}
    for row, value in enumerate(sheet.values[key]):
        if value is None:
            continue
        before = first.setdefault(value, row)
        if before != row:
            written = [shown(sheet.cells[key].values[r]) for r in (before, row)]
            twice = written[0] == written[1]
            sheet.report.add(
                "error",
                "id-twice" if twice else "id-collision",
                _TWICE if twice else _COLLISION,
                sheet.at(row, key),
                header=sheet.header(key), id=value, cell=sheet.at(before, key), other=sheet.at(row, key),
                first=_row(sheet, before), second=_row(sheet, row),
            )  # fmt: skip


def _row(sheet: Sheet, row: int) -> str:
    """What stands in a row, the first few cells."""
    return " | ".join([shown(v) for v in sheet.raw.rows[row] if v is not None][:5])


def _check_references(sheet: Sheet, column: str, target: Sheet, key: str) -> None:
    """Every id in `column` stands in the key column of `target`; if not, name those it may be meant as."""
    known = {v for v in target.values[key] if v is not None}
    unknown = [(row, v) for row, v in enumerate(sheet.values[column]) if v is not None and v not in known]
    if not unknown:
        return
    loose: dict[str, list[str]] = {}
    for value, name in zip(target.values[key], target.values["name"], strict=True):
        if value is not None:
            for said in {_loose(value), canonical_id(name or "")}:
                loose.setdefault(said, []).append(value)
    pool = sorted(known) if len(known) <= 3000 else []
    for n, (row, value) in enumerate(unknown):
        near = loose.get(_loose(value)) or loose.get(value) or []
        if not near and n < NEAR_LIMIT:
            near = difflib.get_close_matches(value, pool, n=3, cutoff=0.75)
        text = N_('{header} "{value}" is not in {table}')
        if near:
            text = N_('{header} "{value}" is not in {table}; near it: {near}')
        sheet.report.add(
            "error", "reference-unknown", text, sheet.at(row, column),
            header=sheet.header(column), value=shown(value), table=target.raw.name, near=", ".join(near[:3]),
        )  # fmt: skip


def _loose(value: str) -> str:
    return value.casefold().lstrip("0")


def _check_pairs(links: Sheet) -> None:
    """One line a pair of staff and client: two lines would multiply when tables are joined."""
    first: dict[tuple[str, str], int] = {}
    for row, pair in enumerate(zip(links.values["staff_id"], links.values["client_id"], strict=True)):
        if None in pair:
            continue
        before = first.setdefault(pair, row)
        if before != row:
            links.report.add(
                "error", "pair-twice",
                N_("the pair {staff_id}, {client_id} stands twice: {cell} and {other}"),
                links.at(row, "staff_id"), staff_id=pair[0], client_id=pair[1],
                cell=links.at(before, "staff_id"), other=links.at(row, "staff_id"),
            )  # fmt: skip


def _check_bids(links: Sheet) -> None:
    """A person's choices have numbers of their own (said once a person); nobody bids where they are recused."""
    first: dict[tuple[str, int], int] = {}
    told: set[str] = set()
    columns = (links.values[c] for c in ("staff_id", "client_id", "rule", "bid"))
    for row, (staff_id, client_id, rule, bid) in enumerate(zip(*columns, strict=True)):
        if bid is None or staff_id is None or client_id is None:
            continue
        before = first.setdefault((staff_id, bid), row)
        if before != row and staff_id not in told:
            told.add(staff_id)
            text = N_(
                "{staff_id} has two choices number {bid}: {cell} and {other}; which one comes first is left to "
                "the goals and the draw"
            )
            cells = {"cell": links.at(before, "bid"), "other": links.at(row, "bid")}
            links.report.add(
                "warning", "bid-twice", text, links.at(row, "bid"), staff_id=staff_id, bid=bid, **cells
            )
        if rule == "forbid":
            text = N_("{staff_id} bids for {client_id} but is recused from it: the bid counts nothing")
            said = {"staff_id": staff_id, "client_id": client_id}
            links.report.add("warning", "bid-recused", text, links.at(row, "bid"), **said)
    _check_gaps(links, first)


def _check_gaps(links: Sheet, first: Mapping[tuple[str, int], int]) -> None:
    """Choices run 1, 2, 3: the goal bids adds up the numbers, so a gap says more than others may."""
    last: dict[str, int] = {}
    for staff_id, bid in sorted(first):
        if bid > (before := last.get(staff_id, 0)) + 1:
            text = N_(
                "{staff_id} has a choice number {bid} but none number {missing}; the goal bids counts the "
                "numbers as they are written"
            )
            cell = links.at(first[staff_id, bid], "bid")
            links.report.add("warning", "bid-gap", text, cell, staff_id=staff_id, bid=bid, missing=before + 1)
        last[staff_id] = bid


def _check_own_limits(staff: Sheet, scheme: Scheme) -> None:
    """A person's own least must not be above the most that holds for them: nothing could keep both."""
    for limit in (*scheme.limits, *(scheme.book.limits if scheme.book else ())):
        lows = staff.measures.get(limit.least_column or "")
        highs = staff.measures.get(limit.most_column or "")
        if lows is None and highs is None:
            continue
        for row in range(len(staff)):
            low = limit.least if lows is None or lows[row] is None else lows[row]
            high = limit.most if highs is None or highs[row] is None else highs[row]
            if low is not None and high is not None and low > high:
                column = limit.least_column if lows is not None else limit.most_column
                text = N_("the limit {title}: at least {least} but at most {most}, nothing can keep both")
                staff.report.add(
                    "error", "limit-crossed", text, staff.at(row, column or ""),
                    title=limit.title, least=show_fixed(low), most=show_fixed(high),
                )  # fmt: skip


def _resolve_years(posts: Sheet) -> None:
    """Years in post from the dates where the years are not given; where both are, they must agree."""
    ends = zip(posts.values["years"], posts.values["from"], posts.values["to"], strict=True)
    for row, (years, start, end) in enumerate(ends):
        if _refused(posts, row, "years", "from", "to"):
            continue
        if start is None and end is None:
            if years is None:
                posts.report.add("error", "post-years", _NO_YEARS, posts.at(row, "years"))
        elif start is None:
            posts.report.add(
                "error", "post-from", N_("the first day in the post is blank"), posts.at(row, "from")
            )
        elif end is None:
            if years is None:
                posts.report.add("error", "post-to", _NO_END, posts.at(row, "to"))
        elif end < start:
            posts.report.add(
                "error", "post-dates", N_("the last day {end} is before the first day {start}"),
                posts.at(row, "to"), start=start.isoformat(), end=end.isoformat(),
            )  # fmt: skip
        else:
            held = years_held(start, end)
            if years is None:
                posts.values["years"][row] = held
            elif years // UNIT != held // UNIT:
                posts.report.add(
                    "error", "post-years-differ", N_("{years} years are given, but the dates make {held}"),
                    posts.at(row, "years"), years=show_fixed(years), held=show_fixed(held, 2),
                )  # fmt: skip


def years_held(start: date, end: date) -> int:
    """Millionths of a year from `start` to `end`, both days included: completed anniversaries plus the share
    of the running year, cut off so that a year counts as full only when it is.

    Someone who starts on 29 February completes a year on 28 February where there is no such day.
    """
    over = end + timedelta(days=1)
    full = over.year - start.year
    if _anniversary(start, full) > over:
        full -= 1
    last, following = _anniversary(start, full), _anniversary(start, full + 1)
    return full * UNIT + (over - last).days * UNIT // (following - last).days


def _anniversary(start: date, years: int) -> date:
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 2, 28)


def _check_posts(posts: Sheet) -> None:
    """The same line twice: an error when its dates are the same, else a warning (two spells may be alike)."""
    first: dict[tuple[Any, ...], int] = {}
    columns = [posts.values[c] for c in ("staff_id", "post", "years", "from", "to")]
    for row, line in enumerate(zip(*columns, strict=True)):
        if line[0] is None or line[1] is None:
            continue
        before = first.setdefault(line, row)
        if before != row:
            text = N_("{staff_id} has the same post and years twice: {cell} and {other}; both count")
            if line[3] is not None:
                text = N_("{staff_id} has the same post on the same days twice: {cell} and {other}")
            posts.report.add(
                "warning" if line[3] is None else "error", "post-twice", text, posts.at(row, "staff_id"),
                staff_id=line[0], cell=posts.at(before, "staff_id"), other=posts.at(row, "staff_id"),
            )  # fmt: skip


def _check_branches(clients: Sheet, staff: Sheet) -> None:
    """Branches are known by their names; one that only the clients have may be misspelt: once a name."""
    known = {b for b in staff.values["branch"] if b is not None}
    loose = {_branch_core(b): b for b in sorted(known)}
    first: dict[str, list[int]] = {}
    for row, branch in enumerate(clients.values["branch"]):
        if branch is not None and branch not in known:
            first.setdefault(branch, []).append(row)
    for branch, rows in first.items():
        same = loose.get(_branch_core(branch))
        near = [same] if same else difflib.get_close_matches(branch, sorted(known), n=3, cutoff=0.6)
        text = N_('{header} "{value}": no member of staff works there ({count} clients)')
        if near:
            text = N_('{header} "{value}": no member of staff works there ({count} clients); near it: {near}')
        clients.report.add(
            "warning", "branch-unknown", text, clients.at(rows[0], "branch"),
            header=clients.header("branch"), value=branch, count=len(rows), near=", ".join(near),
        )  # fmt: skip


def _branch_core(branch: str) -> str:
    return "".join(branch.split()).casefold().removesuffix("支行").removesuffix("branch")


def _check_key_deposits(clients: Sheet) -> None:
    for row, (flag, kind) in enumerate(
        zip(clients.values["key_deposit"], clients.values["kind"], strict=True)
    ):
        if flag and kind == "loan":
            text = N_("{header} is yes, but the client is a loan client; one of the two is wrong")
            at = clients.at(row, "key_deposit")
            clients.report.add("error", "key-deposit-loan", text, at, header=clients.header("key_deposit"))


def _check_counter(clients: Sheet) -> None:
    """The counter keeps deposits that nobody else is named for: neither loans nor key deposits."""
    columns = (clients.values[c] for c in ("counter", "kind", "key_deposit"))
    for row, (flag, kind, key_deposit) in enumerate(zip(*columns, strict=True)):
        if flag and (kind == "loan" or key_deposit):
            text = N_("{header} is yes, but the client is a loan client; one of the two is wrong")
            if kind != "loan":
                text = N_("{header} is yes, but the client is a key deposit, which a team holds")
            at = clients.at(row, "counter")
            clients.report.add("error", "counter-deposit", text, at, header=clients.header("counter"))


def _check_grading(staff: Sheet, scheme: Scheme) -> None:
    """Either tiers are given or every exam item has its column; a rank goes with a tier, and stands once."""
    tiers, ranks = staff.values["tier"], staff.values["rank"]
    if not any(t is not None for t in tiers):
        for item in scheme.grading.items:
            if item.key not in staff.cells:
                text = N_(
                    'the exam item {zh} {en} of the scheme has no column "{key}", and no tiers are given'
                )
                said = {"zh": item.title.zh, "en": item.title.en, "key": item.key}
                staff.report.add("error", "item-missing", text, staff.raw.name, **said)
    positions = staff.values.get("position", [None] * len(staff))
    for row, (tier, position) in enumerate(zip(tiers, positions, strict=True)):
        if tier is not None and position in ("trainee", "agent"):
            text = N_(
                "a tier is given to a trainee or an agent, who stand outside the grading: it is not used"
            )
            staff.report.add("warning", "tier-outside", text, staff.at(row, "tier"))
    first: dict[int, int] = {}
    for row, (tier, rank) in enumerate(zip(tiers, ranks, strict=True)):
        if rank is None:
            continue
        if tier is None:
            if not _refused(staff, row, "tier"):
                text = N_("a rank without a tier is not used")
                staff.report.add("warning", "rank-alone", text, staff.at(row, "rank"))
            continue
        before = first.setdefault(rank, row)
        if before != row:
            text = N_("rank {rank} stands twice: {cell} and {other}")
            cells = {"cell": staff.at(before, "rank"), "other": staff.at(row, "rank")}
            staff.report.add("warning", "rank-twice", text, staff.at(row, "rank"), rank=rank, **cells)


def _check_measures(clients: Sheet, scheme: Scheme) -> None:
    """A column that a measure of the scheme needs and the table does not have: say what counts instead."""
    for measure in scheme.measures:
        if measure.column in clients.cells or measure.column in clients.measures:
            continue
        text = N_('the measure {title} needs the column "{column}"; every client counts {absent}')
        clients.report.add(
            "warning", "measure-absent", text, clients.raw.name, column=measure.column,
            title=f"{measure.title.zh} {measure.title.en}", absent=show_fixed(measure.absent),
        )  # fmt: skip


def _refused(sheet: Sheet, row: int, *columns: str) -> bool:
    """Whether one of the cells was filled but could not be read: its own error says enough."""
    return any(
        sheet.values[c][row] is None and not is_blank(sheet.cells[c].values[row])
        for c in columns
        if c in sheet.cells
    )


_TWICE = N_('{header} "{id}" stands twice: {cell} [{first}] and {other} [{second}]')
_COLLISION = N_('{header}: two spellings of "{id}" are the same id: {cell} [{first}] and {other} [{second}]')
_NO_YEARS = N_("give the years in post, or the first and the last day")
_NO_END = N_(
    "the last day is blank and no reference date is stated; write the day up to which the post counts"
)
