"""The further grading tables as rows, the way they are written into files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cmopt.domain.roster import Staff
from cmopt.intake.columns import TableKey


def grading_rows(table: TableKey, staff: Iterable[Staff]) -> list[tuple[Any, ...]]:
    """One tuple a line, in the order of the table's columns; () for any other table."""
    match table:
        case "scores":
            return [
                (s.staff_id, a.item, a.source, a.period, a.score, a.evidence)
                for s in staff
                for a in s.assessed
            ]
        case "results":
            return [(s.staff_id, r.measure, r.period, r.value) for s in staff for r in s.results]
        case "certificates":
            return [
                (s.staff_id, c.certificate, c.valid_from, c.valid_to) for s in staff for c in s.certificates
            ]
        case "standings":
            return [(s.staff_id, t.period, t.tier, t.probation or None) for s in staff for t in s.standings]
    return []


FURTHER: tuple[TableKey, ...] = ("scores", "results", "certificates", "standings")
