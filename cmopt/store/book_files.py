"""The files of the division of the whole book in a run folder: what they say, how they are written.

`result.json` gets an object `book` (absent is null; goals have the same fields as those beside it, `proven` ones
without duals were proven by the part's exact solver):

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

    {"format": 1, "parts": {"<part>": [{"goal": "...", "bound": 7, "scale": 1000000, "rows": {"<row>": 12}}]}}

`allocation.csv` has the lines of both layers in client id order, written from `cmopt.explain.book_lines` for the
book. A line belongs to the book where its segment is not divided by the key accounts' division, and to the part
that has the client's branch. Clients of a part without a division and the counter's deposits have no lines.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cmopt.domain.book_result import BookResult, Duals, PartResult
from cmopt.domain.result import Phase
from cmopt.i18n import Lang

BOUNDS = "bounds.json"
FORMAT = 1


def book_json(book: BookResult, lang: Lang) -> dict[str, Any]:
    """The object `book` of result.json; `lang` is the language of its sentences."""
    return {
        "complete": book.complete,
        "seconds": round(book.seconds, 3),
        "processes": book.processes,
        "goals": [_goal(g) for g in book.goals],
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
        "goals": [_goal(g) for g in result.goals],
        "findings": [
            {"code": f.code, "severity": f.severity, "where": f.where, "what": f.message.render(lang)}
            for f in result.findings
        ],
        "parameters": dict(result.parameters),
    }


def _goal(phase: Phase) -> dict[str, Any]:
    return {
        "name": phase.name,
        "sense": phase.sense,
        "value": phase.value,
        "bound": phase.bound,
        "proven": phase.proven,
        "seconds": round(phase.seconds, 3),
    }


def _duals(duals: Duals) -> dict[str, Any]:
    """Rows by name, those with a multiplier only; whole numbers of whatever size stay exact."""
    rows = {name: int(value) for name, value in sorted(duals.rows.items()) if value}
    return {"goal": duals.goal, "bound": int(duals.bound), "scale": int(duals.scale), "rows": rows}
