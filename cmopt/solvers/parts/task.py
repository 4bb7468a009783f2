"""One part of a book as a piece of work for any process: a slice in, a PartResult out, nothing besides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cmopt.domain.book_result import BookPart, PartResult
from cmopt.domain.goals import SENSE
from cmopt.domain.problem import Ints
from cmopt.domain.result import Phase, Result, Status
from cmopt.errors import Finding, Message
from cmopt.i18n import N_


class Slice(Protocol):
    """All that one part is built from (`cmopt.problem.book`): it pickles."""

    @property
    def name(self) -> str: ...

    @property
    def branches(self) -> tuple[str, ...]: ...

    @property
    def clients(self) -> Ints: ...

    @property
    def staff(self) -> Ints: ...

    def build(self) -> BookPart: ...


@dataclass(frozen=True)
class Task:
    """solver: what was asked for ("auto", "cpsat", "large"). goals: the book's, by name. gap: how far above
    its bound the large solver may leave a goal, in hundredths of a per cent. seconds: wall-clock limit."""

    slice: Slice
    solver: str
    goals: tuple[str, ...]
    gap: int
    seconds: float | None
    seed: int


def open_goals(names: Iterable[str]) -> tuple[Phase, ...]:
    """The goals of a part without a division."""
    return tuple(Phase(name, SENSE[name], None, None, False, 0.0) for name in names)


def undone(task: Task, status: Status, *findings: Finding) -> PartResult:
    """The result of a part without a division: no holder, no value, no bound."""
    part = task.slice
    return PartResult(
        name=part.name,
        branches=part.branches,
        managers=len(part.staff),
        clients=part.clients,
        settled=np.zeros(len(part.clients), dtype=np.int64),
        holder=None,
        result=Result(status, "none", 0.0, open_goals(task.goals), None, findings=findings),
        why=Message(N_("not divided")),
    )
