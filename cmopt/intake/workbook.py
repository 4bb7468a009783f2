"""A workbook's bytes -> its sheets, looked through and parsed in a child process that may crash alone."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.intake.grid import Grid
from cmopt.intake.names import unsafe_title
from cmopt.intake.notes import Notes
from cmopt.intake.raw import BadCell, NumberText, RawValue, column_letters
from cmopt.intake.readlimits import ReadLimits


def read_workbook(data: bytes, name: str, limits: ReadLimits) -> tuple[list[Grid], list[Finding]]:
    """The sheets of the workbook `data` (the bytes of file `name`), with warnings and notices.

    Raises InputError if the workbook is refused, or if the child crashed, took more than
    `limits.seconds` or more memory than `limits.memory_bytes`.
    """
    found: dict[str, Any] = {}
    rows: dict[int, list[tuple[int, list[RawValue]]]] = {}
    with closing(_ask_child(data, name, limits)) as messages:
        for message in messages:
            if "refused" in message:
                raise InputError([unpack(f) for f in message["refused"]])
            if "rows" in message:
                rows.setdefault(message["sheet"], []).extend(message["rows"])
            elif "sheets" in message:
                found = message
    findings = [unpack(f) for f in found["findings"]]
    titles = [f for s in found["sheets"] if (f := unsafe_title(s["title"]))]
    if titles:
        raise InputError(titles)
    grids = []
    for index, sheet in enumerate(found["sheets"]):
        grid, notes = _grid(sheet, rows.get(index, []), name, limits, found["recalculates"])
        grid.epoch_1904 = found["epoch_1904"]
        grids.append(grid)
        findings += notes
    return grids, findings


def _ask_child(data: bytes, name: str, limits: ReadLimits) -> Generator[dict[str, Any], None, None]:
    """Start the child, hand it the bytes, yield what it says. It is dead when this ends, however it ends."""
    order = json.dumps({"name": name, "limits": asdict(limits)}).encode("ascii") + b"\n"
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", CHILD, *_import_folders()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a panic of the parser may quote cells
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    watch = threading.Timer(limits.seconds, stop)
    watch.daemon = True
    watch.start()
    done = False
    assert child.stdin is not None and child.stdout is not None
    try:
        try:
            child.stdin.write(order)
            child.stdin.write(data)
            child.stdin.close()
        except OSError:  # it died early; its exit is looked at below
            pass
        for line in child.stdout:
            try:
                message = json.loads(line, object_hook=_untagged)
            except ValueError:
                break  # cut off: it was killed while it wrote
            done = "done" in message
            yield message
    finally:
        watch.cancel()
        child.kill()
        child.stdout.close()
        child.wait()
    if late.is_set() and not done:
        raise InputError(finding("workbook-time", TOO_LONG, name, seconds=limits.seconds))
    if not done:
        raise InputError(finding("workbook-crash", CRASHED, name))


CHILD = "import sys; sys.path[:0] = sys.argv[1:]; from cmopt.intake.workbook_child import main; main()"
TOO_LONG = N_("reading the workbook took more than {seconds:g} seconds; stopped")
CRASHED = N_("the workbook made its reader crash; open it in a spreadsheet program and save it again")


def _import_folders() -> list[str]:
    """Where the child finds this package and the parser; with -S it starts without site-packages."""
    folders = []
    for package in ("cmopt", "python_calamine"):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(package)
        folders.append(str(Path(spec.origin).parent.parent))
    return folders


def _grid(
    sheet: dict[str, Any],
    rows: list[tuple[int, list[RawValue]]],
    source: str,
    limits: ReadLimits,
    recalculates: bool,
) -> tuple[Grid, Notes]:
    facts, title = sheet["facts"], sheet["title"]
    notes = Notes(title, limits.named)
    cells: dict[tuple[int, int], RawValue] = {(r, c): BadCell.ERROR for r, c, _ in facts["errors"]}
    cells |= dict.fromkeys(map(tuple, facts["uncached"]), BadCell.UNCACHED)
    cells |= {(r, c): NumberText(text) for r, c, text in facts["exact"]}
    if recalculates:
        never = {(r, c) for r, c, zero in facts["computed"] if zero}
        cells |= dict.fromkeys(never, BadCell.UNCACHED)
        if len(facts["computed"]) > len(never):
            notes.warn(
                "formula-stale",
                N_(
                    "the results of {count} formulas were stored by the program that wrote "
                    "the workbook, not computed by a spreadsheet program; check them"
                ),
                count=len(facts["computed"]) - len(never),
            )
    for row, column in facts["dde"]:
        notes.warn(
            "dde",
            N_("the formula calls another program (DDE); it is not called"),
            f"{title}!{column_letters(column)}{row}",
        )
    grid = Grid(
        source=source,
        name=title,
        rows=_with(rows, cells),
        text_only=False,
        hidden=sheet["hidden"],
        hidden_rows=facts["hidden_rows"],
        hidden_columns=[(a, b) for a, b in facts["hidden_columns"]],
        merges=[(a, b, c, d) for a, b, c, d in facts["merges"]],
        errors={(r, c): text for r, c, text in facts["errors"]},
    )
    return grid, notes


def _with(
    rows: list[tuple[int, list[RawValue]]], cells: dict[tuple[int, int], RawValue]
) -> list[tuple[int, list[RawValue]]]:
    """`rows` with `cells` put in, also where the parser saw nothing."""
    if not cells:
        return rows
    by_number = dict(rows)
    for (row, column), value in sorted(cells.items(), key=lambda item: item[0]):
        values = by_number.setdefault(row, [])
        values += [None] * (column + 1 - len(values))
        values[column] = value
    return sorted(by_number.items())


def _untagged(tagged: dict[str, Any]) -> Any:
    """{"d": ISO} is a date or a moment; any other object is itself."""
    if len(tagged) == 1 and "d" in tagged:
        text = tagged["d"]
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return tagged


def unpack(packed: list[Any]) -> Finding:
    code, text, params, where, severity = packed
    return finding(code, text, where, severity, **params)
