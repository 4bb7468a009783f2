"""Collects what the intake finds, cell by cell, so that every fault is told at once and by its address."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cmopt.errors import Finding, Message, Severity, finding
from cmopt.i18n import N_
from cmopt.intake.raw import BadCell, RawTable, RawValue

SHOWN = 20  # how many examples one notice lists


class Refused(Exception):
    """A cell that cannot be read: the code, the template and its parameters of the finding to make."""

    def __init__(self, code: str, text: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.text, self.params = code, text, params


@dataclass
class Report:
    """The findings so far, in the order they were met."""

    findings: list[Finding] = field(default_factory=list)

    def add(self, severity: Severity, code: str, text: str, where: str | None = None, **params: Any) -> None:
        self.findings.append(finding(code, text, where, severity, **params))

    @property
    def failed(self) -> bool:
        return any(f.severity == "error" for f in self.findings)


@dataclass
class Cells:
    """One column of one table: its header as written and its values, one a row."""

    table: RawTable
    index: int
    report: Report
    values: list[RawValue] = field(init=False)
    header: str = field(init=False)

    def __post_init__(self) -> None:
        self.values = [row[self.index] for row in self.table.rows]
        self.header = shown(self.table.header[self.index])

    def at(self, row: int) -> str:
        return self.table.address(row, self.index)

    @property
    def at_header(self) -> str:
        return self.table.header_address(self.index)

    def add(self, severity: Severity, code: str, text: str, row: int | None = None, **params: Any) -> None:
        """A finding about the cell in `row`, or about the header when there is no row."""
        where = self.at_header if row is None else self.at(row)
        self.report.add(severity, code, text, where, header=self.header, **params)

    def refuse(self, row: int, refused: Refused) -> None:
        self.add("error", refused.code, refused.text, row, value=shown(self.values[row]), **refused.params)

    def changed(self, code: str, text: str, changes: Sequence[tuple[int, object]]) -> None:
        """One notice of every cell that was cleaned: [(row, what it was read as)]. Its text uses
        {count} and {cells}."""
        if not changes:
            return
        cells = [f'{self.at(row)} "{shown(self.values[row])}" → "{new}"' for row, new in changes[:SHOWN]]
        self.add("notice", code, text, count=len(changes), cells=listed(cells, len(changes)))

    def bad_cell(self, row: int) -> Refused:
        """Why a BadCell cannot be read."""
        if self.values[row] is BadCell.ERROR:
            said = self.table.bad.get((row, self.index), "#?")
            return Refused("cell-error", N_("{header} holds the error {said}"), said=said)
        return Refused("cell-uncached", UNCACHED)


UNCACHED = N_(
    "{header} holds a formula whose result was never stored; open the file in Excel and save it, "
    "or paste values"
)


def listed(items: Sequence[str], total: int) -> Message | str:
    """The items in one line; with "and n more" when `items` are not all of `total`."""
    line = "; ".join(items)
    if total > len(items):
        return Message(N_("{line}; and {n} more"), {"line": line, "n": total - len(items)})
    return line


def shown(value: RawValue) -> str:
    """A cell's value for a message: short, with what cannot be seen spelt out (``\\u200b``)."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = "" if value is None else str(value)
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if _visible(c) else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= 60 else text[:57] + "..."


def _visible(character: str) -> bool:
    return character == " " or unicodedata.category(character)[0] not in "CZ"
