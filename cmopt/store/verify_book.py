"""Verify the division of the whole book from a run's files: rules, goals, bounds, what the record adds up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cmopt.audit.book import audit_book
from cmopt.audit.book_given import BookGiven
from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import BookResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.result import Phase, Status
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.store.book_files import RECORD, WRONG_FIELD, read_book


def recorded_book(
    folder: Path, case: Case, scheme: Scheme, grades: Mapping[str, Grade]
) -> tuple[Allocation, BookResult]:
    """The key accounts' division and the book as the run's files have them. Raises InputError: not readable, or
    the scheme has no [book]."""
    if scheme.book is None:
        raise InputError(finding("run-record", WRONG_FIELD, RECORD, what="book"))
    counter = BookGiven(case, scheme, grades, Allocation({})).counter
    return read_book(folder, case, scheme, counter=np.flatnonzero(counter))


def check_book(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
    record: Mapping[str, Any],
) -> list[Finding]:
    """Every breach of the book: of the audit, then what the record says beyond it. `record`: result.json."""
    found = list(audit_book(case, scheme, grades, key, book, seed).breaches)
    if record.get("status") == Status.OPTIMAL and any(
        p.result.status is not Status.OPTIMAL for p in book.parts
    ):
        text = N_("the status says optimal, but not every part of the book is")
        found.append(finding("record-status", text, RECORD))
    return [*found, *(_wrong(field) for field in _wrong_fields(case, scheme, grades, book, record["book"]))]


def _wrong_fields(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], book: BookResult, told: Mapping[str, Any]
) -> list[str]:
    """What the record adds up otherwise than the lines and the parts do."""
    counted = {"complete": book.complete, "counter": len(book.counter)}
    wrong = [field for field, value in counted.items() if told.get(field) != value]
    try:
        goals: list[tuple[Any, ...]] | None = [_of(g) for g in book.goals]
    except ValueError:  # the parts do not have the same goals
        goals = None
    if [_recorded(g) for g in told.get("goals") or ()] != goals:
        wrong.append("goals")
    given = BookGiven(case, scheme, grades, Allocation({}))
    branches = np.array(case.clients.branches, dtype=object)
    for part, recorded in zip(book.parts, told["parts"], strict=True):
        inside = np.isin(branches, part.branches)[case.clients.branch_code]
        if recorded.get("clients") != int((given.members & inside).sum()):
            wrong.append(f"{part.name}: clients")
    return wrong


def _of(goal: Phase) -> tuple[Any, ...]:
    return goal.name, goal.sense, goal.value, goal.bound, goal.proven


def _recorded(goal: Any) -> tuple[Any, ...] | None:
    if not isinstance(goal, dict):
        return None
    return tuple(goal.get(field) for field in ("name", "sense", "value", "bound", "proven"))


def _wrong(field: str) -> Finding:
    text = N_("the record of the book does not add up: {what}")
    return finding("book-record", text, RECORD, what=field)
