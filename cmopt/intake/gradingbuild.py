"""The lines of the further grading tables as what each person has, in an order that no row order changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

from cmopt.domain.roster import Assessed, CertificateHeld, Outturn, Standing
from cmopt.intake.columns import TableKey
from cmopt.intake.tables import Sheet


@dataclass(frozen=True)
class GradingLines:
    """staff_id -> what the further tables say of the person; nobody without a line is in it."""

    assessed: Mapping[str, tuple[Assessed, ...]] = field(default_factory=dict)
    results: Mapping[str, tuple[Outturn, ...]] = field(default_factory=dict)
    certificates: Mapping[str, tuple[CertificateHeld, ...]] = field(default_factory=dict)
    standings: Mapping[str, tuple[Standing, ...]] = field(default_factory=dict)


def grading_lines(sheets: Mapping[TableKey, Sheet]) -> GradingLines:
    """Only called when there is no error; lines of what the scheme does not know (told before) are left out."""
    scores = _rows(sheets.get("scores"), "item", "source", "period", "score", "evidence")
    results = _rows(sheets.get("results"), "measure", "period", "value")
    certificates = _rows(sheets.get("certificates"), "certificate", "valid_from", "valid_to")
    standings = _rows(sheets.get("standings"), "tier", "period", "probation")
    return GradingLines(
        _by_person((s, Assessed(*line)) for s, line in scores if line[3] is not None),
        _by_person((s, Outturn(*line)) for s, line in results),
        _by_person((s, CertificateHeld(*line)) for s, line in certificates),
        _by_person((s, Standing(period, tier, bool(p))) for s, (tier, period, p) in standings),
    )


def _rows(sheet: Sheet | None, *columns: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(staff_id, the values of `columns`) of each line that says something in the first of them."""
    if sheet is not None:
        lines = zip(*(sheet.values[c] for c in columns), strict=True)
        for staff_id, line in zip(sheet.values["staff_id"], lines, strict=True):
            if line[0] is not None:
                yield staff_id, line


T = TypeVar("T", Assessed, Outturn, CertificateHeld, Standing)


def _by_person(lines: Iterator[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for staff_id, line in lines:
        found.setdefault(staff_id, []).append(line)
    return {staff_id: in_order(some) for staff_id, some in found.items()}


def in_order(lines: Iterable[T]) -> tuple[T, ...]:
    """The lines of one person sorted by all that they say, so that the order of rows never matters."""
    lines = tuple(lines)
    if len(lines) < 2:
        return lines
    said = attrgetter(*lines[0].__slots__)
    return tuple(sorted(lines, key=lambda line: tuple(map(str, said(line)))))
