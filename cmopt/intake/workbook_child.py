"""The child process that looks through and parses one workbook, under limits. It is given bytes, not names.

In: one line of JSON (name, limits), then the workbook. Out: lines of JSON; the first says what was found,
then blocks of rows, the last is ``{"done": true}``. After its imports it can open no file and no socket.
"""

from __future__ import annotations

import codecs
import io
import json
import sys
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Any

from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.intake.prescan import Prescan, prescan
from cmopt.intake.readlimits import ReadLimits

BLOCK = 2_000


def main() -> None:
    from python_calamine import CalamineWorkbook

    for codec in (
        "cp437",
        "cp1252",
        "utf-16",
        "unicode_escape",
    ):  # imported now: once confined, no file can be opened
        codecs.lookup(codec)
    order = json.loads(sys.stdin.buffer.readline())
    limits = ReadLimits(**order["limits"])
    _confine(limits)
    data = sys.stdin.buffer.read()
    try:
        found = prescan(data, order["name"], limits)
        _say(
            {
                "epoch_1904": found.epoch_1904,
                "recalculates": found.recalculates,
                "sheets": [asdict(s) for s in found.sheets],
                "findings": [pack(f) for f in found.findings],
            }
        )
        _parse(CalamineWorkbook.from_filelike(io.BytesIO(data)), found)
    except InputError as error:
        _say({"refused": [pack(f) for f in error.findings]})
    except MemoryError:
        _say({"refused": [pack(finding("workbook-memory", TOO_BIG, order["name"]))]})
    except KeyboardInterrupt:
        raise
    except BaseException:  # the parser's panics are no Exceptions; what they say may quote cells
        _say({"refused": [pack(finding("workbook-unreadable", UNREADABLE, order["name"]))]})
    _say({"done": True})


UNREADABLE = N_("the workbook cannot be read; open it in a spreadsheet program and save it again")
TOO_BIG = N_("the workbook needs more memory than it may have")
DISAGREE = N_(
    "two readings of the sheet disagree ({scanned} values, {parsed} values); open it in a spreadsheet "
    "program and save it again"
)


def _parse(workbook: Any, found: Prescan) -> None:
    for index, sheet in enumerate(found.sheets):
        table = workbook.get_sheet_by_name(sheet.title)
        first_row, first_column = table.start or (0, 0)
        lead: list[Any] = [None] * first_column
        rows = table.to_python(skip_empty_area=True)
        values = 0
        for at in range(0, len(rows), BLOCK):
            block = []
            for number, row in enumerate(rows[at : at + BLOCK], first_row + at + 1):
                cells = [_plain(v) if type(v) is float else v for v in row]
                while cells and cells[-1] == "":
                    cells.pop()
                filled = sum(v != "" and (type(v) is not str or not v.isspace()) for v in cells)
                values += filled
                if filled:
                    block.append([number, lead + [None if v == "" else v for v in cells]])
            _say({"sheet": index, "rows": block})
        if values != sheet.facts.values:
            raise InputError(
                finding("readers-disagree", DISAGREE, sheet.title, scanned=sheet.facts.values, parsed=values)
            )


def _plain(value: float) -> int | float:
    return int(value) if abs(value) < 1e15 and value.is_integer() else value


def pack(found: Finding) -> list[Any]:
    return [found.code, found.message.text, dict(found.message.params), found.where, found.severity]


def _say(what: Any) -> None:
    line = json.dumps(what, ensure_ascii=True, check_circular=False, default=_tagged, separators=(",", ":"))
    sys.stdout.buffer.write(line.encode("ascii") + b"\n")
    sys.stdout.buffer.flush()


def _tagged(value: Any) -> Any:
    """Dates and moments as {"d": ISO}; a time of day or a span is no value of ours and becomes text."""
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(type(value).__name__)


def _confine(limits: ReadLimits) -> None:
    """Bound memory and processor time; no new file, socket or process, no crash dump. Where possible."""
    try:
        import resource
    except ImportError:  # Windows: the time limit of the parent still holds
        return
    seconds = int(limits.seconds) + 5
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue
