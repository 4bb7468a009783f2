"""One branch workbook as it came back: what it belongs to, and the lines of its clients sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmopt.domain.edits import (
    COLUMNS,
    DECISIONS,
    FACTS,
    FIRST,
    FORMAT,
    HIDDEN,
    REQUIRED,
    Decision,
    division_mark,
    words,
)
from cmopt.errors import Finding, InputError, Listed, Message, finding
from cmopt.i18n import N_
from cmopt.intake.grid import Grid
from cmopt.intake.raw import BadCell, RawValue, column_letters
from cmopt.intake.report import shown
from cmopt.intake.values import canonical_id, fold

HEAD_ROWS = 20  # the head of the clients sheet is looked for in so many rows


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the clients sheet. `at`: the address of each column's cell."""

    client_id: str
    previous: str | None
    holder: str | None
    decision: Decision | None
    give_to: str | None
    why: str | None
    at: Mapping[str, str]


@dataclass(frozen=True)
class BranchFile:
    name: str
    branch: str
    run: str
    lines: Sequence[Line]


def branch_file(
    name: str, grids: Sequence[Grid], marks: Mapping[str, str], findings: list[Finding]
) -> BranchFile:
    """What the sheets of file `name` say; `marks`: of each branch of the case. Faults of single lines go to
    `findings`.

    Raises InputError where it is no branch workbook, belongs to another case, or its hidden record was altered.
    """
    hidden = next((g for g in grids if g.name == HIDDEN), None)
    facts = {} if hidden is None else _facts(hidden)
    if hidden is None or facts.get("format") != FORMAT or facts.keys() != set(FACTS):
        text = N_("this is no branch workbook of the handover plan, or its hidden sheet was removed")
        raise InputError(finding("edits-foreign", text, name))
    record = _record(hidden)
    marked = division_mark((c, p, h) for c, (p, h) in record.items())
    if facts["rows"] != str(len(record)) or facts["division"] != marked:
        text = N_("the hidden sheet was altered; have the branch edit a fresh copy of the workbook")
        raise InputError(finding("edits-altered", text, name))
    branch = facts["branch"]
    if facts["case"] != marks.get(branch):
        text = N_(
            "the workbook is out of date: the clients of {branch} are not those of this case (ids, kinds, "
            "balances, incumbents); hand out the workbook of a new run"
        )
        raise InputError(finding("edits-stale", text, name, branch=branch))
    return BranchFile(name, branch, facts["run"], _lines(name, grids, record, findings))


def _facts(hidden: Grid) -> dict[str, str]:
    rows = [cells for number, cells in hidden.rows if number < FIRST]
    return {str(cells[0]): str(cells[1]) for cells in rows if len(cells) > 1 and cells[0] is not None}


def _record(hidden: Grid) -> dict[str, tuple[str, str]]:
    """Client -> previous and new manager, "" for nobody, as they were written."""
    found = {}
    for number, cells in hidden.rows:
        if number >= FIRST:
            client, previous, holder = ("" if v is None else str(v) for v in [*cells, None, None, None][:3])
            if client:
                found[client] = (previous, holder)
    return found


def _lines(
    name: str, grids: Sequence[Grid], record: Mapping[str, tuple[str, str]], findings: list[Finding]
) -> list[Line]:
    grid, head, columns = _clients_sheet(name, grids)
    lines: list[Line] = []
    first: dict[str, str] = {}
    for number, cells in grid.rows:
        if number <= head or all(_blank(v) for v in cells):
            continue
        values = {key: cells[c] if c < len(cells) else None for key, c in columns.items()}
        at = {key: f"{name}: {grid.name}!{column_letters(c)}{number}" for key, c in columns.items()}
        try:
            line = _line(values, at, record)
        except InputError as error:
            findings += error.findings
            continue
        before = first.setdefault(line.client_id, at["client_id"])
        if before != at["client_id"]:
            text = N_("client {client} stands here twice: also in {other}")
            told: dict[str, Any] = {"client": line.client_id, "other": before}
            findings.append(finding("edits-line-twice", text, at["client_id"], **told))
        else:
            lines.append(line)
    missing = sorted(record.keys() - first.keys())
    if missing and not any(f.severity == "error" for f in findings):
        text = N_("{n} clients are no longer in the sheet and are taken as accepted: {clients}")
        counted: dict[str, Any] = {"n": len(missing), "clients": Listed(missing[:20])}
        findings.append(finding("edits-lines-gone", text, f"{name}: {grid.name}", "warning", **counted))
    return lines


def _clients_sheet(name: str, grids: Sequence[Grid]) -> tuple[Grid, int, dict[str, int]]:
    """The sheet with the heads, the row they stand in, and which column is which."""
    heads = {fold(said): key for key, title in COLUMNS.items() for said in words(title)}
    for grid in grids:
        for number, cells in grid.rows[:HEAD_ROWS]:
            found: dict[str, int] = {}
            for c, value in enumerate(cells):
                if isinstance(value, str) and (key := heads.get(fold(value))) is not None:
                    found.setdefault(key, c)
            if all(key in found for key in REQUIRED):
                return grid, number, found
    text = N_("no sheet has the columns of the clients sheet: {columns}")
    asked = Listed([Message(COLUMNS[key]) for key in REQUIRED])
    raise InputError(finding("edits-columns", text, name, columns=asked))


def _line(
    values: Mapping[str, RawValue], at: Mapping[str, str], record: Mapping[str, tuple[str, str]]
) -> Line:
    """One line; InputError with every bad cell of it."""
    faults = []
    for key in REQUIRED:
        if isinstance(values[key], BadCell):
            text = N_("the cell holds an error or a formula without a result")
            faults.append(finding("edits-cell", text, at[key]))
    if faults:
        raise InputError(faults)
    client_id = canonical_id(_text(values["client_id"]) or "")
    if client_id not in record:
        text = N_('client "{client}" was not in this workbook when it was written; lines cannot be added')
        raise InputError(finding("edits-client", text, at["client_id"], client=shown(client_id)))
    for key, should in zip(("previous", "holder"), record[client_id], strict=True):
        if canonical_id(_text(values[key]) or "") != should:
            text = N_("this cell must not be changed (it said {should}); write into the yellow columns only")
            faults.append(finding("edits-changed", text, at[key], should=should or "-"))
    decision = _decision(values["decision"], at["decision"], faults)
    if faults:
        raise InputError(faults)
    previous, holder = (v or None for v in record[client_id])
    return Line(client_id, previous, holder, decision, _text(values["give_to"]), _text(values["why"]), at)


def _decision(value: RawValue, where: str, faults: list[Finding]) -> Decision | None:
    text = _text(value)
    if text is None:
        return None
    for key, title in DECISIONS.items():
        if fold(text) in {fold(said) for said in (key, *words(title))}:
            return key
    message = N_('"{value}" is none of the decisions: {known}')
    known = Listed([Message(title) for title in DECISIONS.values()])
    faults.append(finding("edits-decision", message, where, value=shown(text), known=known))
    return None


def _text(value: RawValue) -> str | None:
    """The cell's text in one line, None where it is blank."""
    said = "" if value is None else " ".join(str(value).split())
    return said or None


def _blank(value: RawValue) -> bool:
    return not isinstance(value, BadCell) and _text(value) is None
