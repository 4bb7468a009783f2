"""One finished run: everything its files, charts and pages are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmopt.domain.allocation import Line
from cmopt.domain.book_result import BookResult
from cmopt.domain.clients import Case
from cmopt.domain.findings import Audit
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import FairnessRow, Portfolio
from cmopt.domain.result import Result
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding


@dataclass(frozen=True)
class Run:
    """A case under a scheme with one solver's result.

    `grades` has every member of staff; `lines` one line a divided client, in id order; `notes` are the
    warnings and decisions of the intake and the causes of whatever was left out; `book` the division of the
    rest of the book, where it was asked for (its lines are made one by one). `case_name` is a bare name.
    """

    case_name: str
    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    result: Result
    lines: tuple[Line, ...]
    portfolios: tuple[Portfolio, ...]
    fairness: tuple[FairnessRow, ...]
    audit: Audit
    seed: int
    notes: tuple[Finding, ...] = ()
    book: BookResult | None = None
