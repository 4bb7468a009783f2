"""The files of the division of the whole book in a run folder: what they say, how they are written.

`result.json` gets an object `book` (absent is null; goals have the same fields as those beside it, `proven`
ones without duals were proven by the part's exact solver):

    "book": {
      "complete": true,                 every part has a division
      "seconds": 41.3, "processes": 2,
      "goals": [{"name", "sense", "value", "bound", "proven", "seconds"}],    over all parts
      "counter": 1204,                  deposits that the counter keeps: they have no line in allocation.csv
      "findings": ["..."],
      "parts": [{
        "name": "...", "branches": ["..."], "clients": 2013, "managers": 10,
        "status": "feasible", "solver": "large", "why": "...", "seconds": 0.9, "certificate": "bounded",
        "goals": [...],                 as above, of this part
        "findings": [{"code", "severity", "where", "what"}],
        "parameters": {}
      }]
    }

`bounds.json` has the multipliers from which anybody counts a bound again (models/README.md, "Bounds from
duals"); a part without such goals is not in it:

    {"format": 1, "parts": {"<part>": [
      {"goal": "...", "bound": 7, "scale": 1000000, "rows": {"<row>": 12}, "ends": {"<earlier goal>": 3},
       "searched": null}]}}             or the stronger bound that the search proved, which nobody counts again

`allocation.csv` has the lines of both layers in client id order, those of the book as
`cmopt.explain.book.book_lines` gives them. A line belongs to the book where the client is not one of the key
accounts, and to the part that has the client's branch. Clients of a part without a division and the counter's
deposits have no lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import NOBODY, BookResult, Duals, PartResult
from cmopt.domain.clients import Case
from cmopt.domain.goals import SENSE
from cmopt.domain.problem import Ints
from cmopt.domain.result import Certificate, Phase, Result, Status
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, Listed, Message, Severity, finding
from cmopt.i18n import N_, Lang
from cmopt.reports.tables import goal_entry, read_allocation
from cmopt.store.manifest import read_json

RECORD = "result.json"
ALLOCATION = "allocation.csv"
BOUNDS = "bounds.json"
FORMAT = 1


def book_json(book: BookResult, lang: Lang) -> dict[str, Any]:
    """The object `book` of result.json; `lang` is the language of its sentences."""
    return {
        "complete": book.complete,
        "seconds": round(book.seconds, 3),
        "processes": book.processes,
        "goals": [goal_entry(g) for g in book.goals],
        "counter": len(book.counter),
        "findings": [m.render(lang) for m in book.findings],
        "parts": [_part(p, lang) for p in book.parts],
    }


def write_bounds(book: BookResult, path: Path) -> None:
    """Write bounds.json. Raises OSError when the file cannot be written."""
    parts = {p.name: [_duals(d) for d in p.duals] for p in book.parts if p.duals}
    text = json.dumps({"format": FORMAT, "parts": parts}, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _part(part: PartResult, lang: Lang) -> dict[str, Any]:
    result = part.result
    return {
        "name": part.name,
        "branches": list(part.branches),
        "clients": len(part.clients),
        "managers": part.managers,
        "status": str(result.status),
        "solver": result.solver,
        "why": part.why.render(lang),
        "seconds": round(result.seconds, 3),
        "certificate": result.certificate,
        "goals": [goal_entry(g) for g in result.goals],
        "findings": [
            {"code": f.code, "severity": f.severity, "where": f.where, "what": f.message.render(lang)}
            for f in result.findings
        ],
        "parameters": dict(result.parameters),
    }


def _duals(duals: Duals) -> dict[str, Any]:
    """Rows by name, those with a multiplier only; whole numbers of whatever size stay exact."""
    rows = {name: int(value) for name, value in sorted(duals.rows.items()) if value}
    return {
        "goal": duals.goal,
        "bound": int(duals.bound),
        "scale": int(duals.scale),
        "rows": rows,
        "ends": {name: int(end) for name, end in sorted(duals.ends.items())},
        "searched": None if duals.searched is None else int(duals.searched),
    }


# --- read back ---------------------------------------------------------------------------------------


def read_book(
    folder: Path, case: Case, scheme: Scheme, settled: Ints | None = None, counter: Ints | None = None
) -> tuple[Allocation, BookResult]:
    """The key accounts' division and what a run folder says of the book.

    The clients of a part are those that have a line. settled: by position in `case.clients` which rule settled
    each, and counter: positions of what the counter keeps, both as the audit counts them; without them nothing
    is said of either. Sentences stay in the language that they were written in. Raises InputError where a file
    cannot be read as this version writes it, names a client twice, or somebody whom the case does not have.
    """
    key, clients, holder = read_lines(folder, case, scheme)
    told = read_json(folder / RECORD).get("book")
    bounds = read_bounds(folder)
    nothing = np.zeros(len(case.clients) if settled is None else 0, dtype=np.int64)
    try:
        parts = [_read_part(p, bounds) for p in _field(told, "parts", list)]
        part_of = {b: n for n, p in enumerate(parts) for b in p.branches}
        branch = np.array([part_of.get(b, NOBODY) for b in case.clients.branches], dtype=np.int64)
        where = branch[case.clients.branch_code[clients]]
        if (where == NOBODY).any():
            raise ValueError("branches")
        book = BookResult(
            tuple(
                _with_lines(
                    p, clients[where == n], holder[where == n], nothing if settled is None else settled
                )
                for n, p in enumerate(parts)
            ),
            nothing[:0] if counter is None else counter,
            float(_field(told, "seconds", float, int)),
            _field(told, "processes", int),
            tuple(_said(text) for text in _field(told, "findings", list)),
        )
    except (KeyError, TypeError, ValueError) as error:
        what = f"book: {error}".replace("'", "")
        raise InputError(finding("run-record", WRONG_FIELD, RECORD, what=what)) from None
    return key, book


def read_lines(folder: Path, case: Case, scheme: Scheme) -> tuple[Allocation, Ints, Ints]:
    """Both layers of allocation.csv: the key accounts' division; positions of the book's clients, in order, and
    of their managers (NOBODY: none).

    Raises InputError as `cmopt.reports.tables.read_allocation`, and where the case has no such client or member
    of staff.
    """
    found = read_allocation(folder / ALLOCATION)
    staff: dict[str | None, int] = {s.staff_id: i for i, s in enumerate(case.roster)}
    staff[None] = NOBODY
    at = {c: p for c in found.holder if (p := case.clients.position(c)) is not None}
    unknown = [c for c in found.holder if c not in at]
    unknown += [s for s in found.holder.values() if s is not None and s not in staff]
    if unknown:
        text = N_("these ids are not in the case: {ids}")
        raise InputError(finding("table-unknown", text, ALLOCATION, ids=Listed(sorted(set(unknown))[:20])))
    divided = _divided(case, scheme)
    mine = sorted((p, staff[found.holder[c]]) for c, p in at.items() if not divided[p])
    key = {c: s for c, s in found.holder.items() if divided[at[c]]}
    table = np.array(mine, dtype=np.int64).reshape(-1, 2)
    return Allocation(key, found.backups), table[:, 0].copy(), table[:, 1].copy()


def read_bounds(folder: Path) -> dict[str, tuple[Duals, ...]]:
    """Name of each part that has multipliers -> these. Raises InputError: not as this version writes it."""
    try:
        content = read_json(folder / BOUNDS)
        if content.get("format") != FORMAT:
            raise ValueError("format")
        return {name: tuple(_read_duals(d) for d in told) for name, told in content["parts"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = str(error).replace("'", "")
        raise InputError(finding("run-record", WRONG_FIELD, BOUNDS, what=what)) from None


WRONG_FIELD = N_("a field is missing or wrong: {what}")


def _divided(case: Case, scheme: Scheme) -> list[bool]:
    """Of each client whether it is a key account."""
    from cmopt.domain.client_figures import segment_codes

    flags = np.array([*(s.divide for s in scheme.segments), False], dtype=np.bool_)
    return [bool(f) for f in flags[segment_codes(scheme, case.clients)].tolist()]


def _read_part(told: Any, bounds: Mapping[str, tuple[Duals, ...]]) -> PartResult:
    """The record of a part, without its lines."""
    name, goals = _field(told, "name", str), [_read_goal(g) for g in _field(told, "goals", list)]
    if told.get("certificate") not in (None, *get_args(Certificate)):
        raise ValueError("certificate")
    result = Result(
        Status(_field(told, "status", str)),
        _field(told, "solver", str),
        float(_field(told, "seconds", float, int)),
        tuple(goals),
        None,
        told.get("certificate"),
        tuple(_read_finding(f) for f in _field(told, "findings", list)),
        _field(told, "parameters", dict),
    )
    empty = np.zeros(0, dtype=np.int64)
    return PartResult(
        name,
        tuple(_text(b) for b in _field(told, "branches", list)),
        _field(told, "managers", int),
        empty,
        empty,
        None,
        result,
        _said(_field(told, "why", str)),
        bounds.get(name, ()),
    )


def _with_lines(part: PartResult, clients: Ints, holder: Ints, settled: Ints) -> PartResult:
    """The part with its lines; a part that has none and claims none is without a division."""
    none = not len(clients) and all(g.value is None for g in part.result.goals)
    return replace(part, clients=clients, settled=settled[clients], holder=None if none else holder)


def _read_goal(told: Any) -> Phase:
    name = _field(told, "name", str)
    if name not in SENSE or told.get("sense") != SENSE[name]:
        raise ValueError("goals")
    value, bound = _field(told, "value", int, type(None)), _field(told, "bound", int, type(None))
    seconds = _field(told, "seconds", float, int, type(None))
    return Phase(name, SENSE[name], value, bound, _field(told, "proven", bool), float(seconds or 0.0))


def _read_duals(told: Any) -> Duals:
    rows, ends = _field(told, "rows", dict), _field(told, "ends", dict)
    if any(type(v) is not int for v in (*rows.values(), *ends.values())):
        raise TypeError("rows")
    goal, bound, scale = _field(told, "goal", str), _field(told, "bound", int), _field(told, "scale", int)
    return Duals(goal, bound, scale, rows, ends, _field(told, "searched", int, type(None)))


def _read_finding(told: Any) -> Finding:
    severity = _field(told, "severity", str)
    if severity not in get_args(Severity):
        raise ValueError("severity")
    where = _field(told, "where", str, type(None))
    return Finding(_field(told, "code", str), _said(_field(told, "what", str)), where, severity)


def _said(text: Any) -> Message:
    """A sentence that was written, as it stands."""
    return Message(N_("{reason}"), {"reason": _text(text)})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _field(entry: Any, key: str, *kinds: type) -> Any:
    """``entry[key]``, which must be of exactly one of `kinds` (a bool is no int); TypeError naming the key."""
    if not isinstance(entry, dict) or type(entry.get(key)) not in kinds:
        raise TypeError(key)
    return entry[key]
