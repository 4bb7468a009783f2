"""The division of the rest of the book: parts that are divided by themselves, and what came out.

Clients and staff are positions in `case.clients` and `case.roster` (both in the order of their ids), in numpy
arrays, so that a million clients are no million objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from cmopt.domain.allocation import Outcome
from cmopt.domain.goals import SENSE
from cmopt.domain.problem import Ints, Problem
from cmopt.domain.result import Phase, Result
from cmopt.errors import Message

NOBODY = -1

# Why a client may go to whom it may: a rule of the book or of the links that settled it; "" none did.
Settled = Literal["", "pin", "head", "maker", "developer", "rotation", "counter", "nobody"]
SETTLED: tuple[Settled, ...] = ("", "pin", "head", "maker", "developer", "rotation", "counter", "nobody")

__all__ = ["NOBODY", "SETTLED", "BookPart", "BookResult", "Duals", "Outcome", "PartResult", "Settled"]


@dataclass(frozen=True)
class Duals:
    """Multipliers from which anybody counts a goal's bound again (models/README.md, "Bounds from duals").

    rows: the name of a row -> its multiplier times `scale`, a whole number of at least 0. ends: earlier goal ->
    what it may be at most, in minimised form (locked value and allowance). searched: a stronger bound that the
    solver's search proved besides, which nobody can count again; None: none.
    """

    goal: str
    bound: int
    scale: int
    rows: Mapping[str, int]
    ends: Mapping[str, int] = field(default_factory=dict)
    searched: int | None = None


@dataclass(frozen=True)
class BookPart:
    """Branches that are divided together. The problem's goals have core names (`cmopt.domain.book.CORE_GOAL`).

    clients: position of each account j of the problem. staff: position of each manager i of it. settled[j]: a
    number in SETTLED.
    """

    name: str
    branches: tuple[str, ...]
    problem: Problem
    clients: Ints
    staff: Ints
    settled: Ints


@dataclass(frozen=True)
class PartResult:
    """What became of one part. `result` has the book's own names of goals, and no allocation: `holder` is it.

    holder: position of the manager of each client of `clients`, NOBODY where left out; None: no division.
    why: why this solver was taken. duals: of the goals whose bound was counted from multipliers.
    """

    name: str
    branches: tuple[str, ...]
    managers: int
    clients: Ints
    settled: Ints
    holder: Ints | None
    result: Result
    why: Message
    duals: tuple[Duals, ...] = ()


@dataclass(frozen=True)
class BookResult:
    """All parts, in the order of their names. `counter`: positions of deposits the counter keeps."""

    parts: tuple[PartResult, ...]
    counter: Ints
    seconds: float
    processes: int = 1
    findings: tuple[Message, ...] = field(default=())

    @cached_property
    def complete(self) -> bool:
        return all(p.holder is not None for p in self.parts)

    @cached_property
    def clients(self) -> Ints:
        """Positions of all clients that were divided, in order."""
        found = [p.clients for p in self.parts if p.holder is not None]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

    def holder(self, clients: int) -> Ints:
        """Position of the manager of each of the bank's `clients`, NOBODY where not divided or left out."""
        found = np.full(clients, NOBODY, dtype=np.int64)
        for part in self.parts:
            if part.holder is not None:
                found[part.clients] = part.holder
        return found

    @cached_property
    def goals(self) -> tuple[Phase, ...]:
        """Each goal over all parts: values and bounds added up, proven where all are; None where any is.

        A bound holds under the goals before it as each part won them.
        """
        phases = [p.result.goals for p in self.parts]
        found = []
        for same in zip(*phases, strict=True):
            values = [g.value for g in same]
            bounds = [g.bound for g in same]
            found.append(
                Phase(
                    name=same[0].name,
                    sense=SENSE[same[0].name],
                    value=None if None in values else sum(v for v in values if v is not None),
                    bound=None if None in bounds else sum(b for b in bounds if b is not None),
                    proven=all(g.proven for g in same),
                    seconds=sum(g.seconds for g in same),
                )
            )
        return tuple(found)
