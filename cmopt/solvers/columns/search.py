"""A better division and a better bound for rows that are a generalized assignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.assignment import Reading
from cmopt.solvers.columns.dive import Dives
from cmopt.solvers.columns.master import generate

ROOT_ROUNDS = 600  # of column generation for the bound
LONG = 13  # jobs by manager; longer bundles are too many for the relaxation to settle
DIVES, IN_VAIN = 80, 25  # at most, and in a row without a gain


@dataclass(frozen=True)
class Columns:
    """held: by job, None where nothing better was found. y: multipliers of the jobs, with the bound they give,
    in 1 / scale of the unit; None where there was no time. `proven`: nothing is better than what is known."""

    held: Ints | None
    y: Ints | None
    scale: int


def suits(reading: Reading) -> bool:
    m, n = reading.assignment.shape
    return n <= LONG * m


def search_columns(
    reading: Reading, y: Ints, end: int, stop: Callable[[], bool], left: Callable[[], float]
) -> Columns:
    """Search for divisions of a cost below `end`; y: multipliers to begin with, in parts of the assignment."""
    assignment = reading.assignment
    scale = assignment.scale
    root = generate(assignment, y, [], (end - 1) * scale + 1, ROOT_ROUNDS, left())
    if root is None:
        return Columns(None, None, scale)
    dives = Dives(assignment, root, stop, left)
    held, vain = None, 0
    for _ in range(DIVES):
        if vain == IN_VAIN or stop() or root.priced.lower > (end - 1) * scale:
            break
        found = dives.dive(end)
        vain += 1
        if found is not None:
            held, end, vain = found, assignment.value(found), 0
    return Columns(held, np.asarray(root.priced.y), scale)
