"""A better division and a better bound for rows that are a generalized assignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.assignment import Assignment, Reading
from cmopt.solvers.columns.dive import BUNDLES, COMBINATIONS, Dives
from cmopt.solvers.columns.finish import finish
from cmopt.solvers.columns.master import generate

ROOT_ROUNDS = 300  # of column generation for the bound
LONG, FEW = 13, 200  # jobs by manager: the relaxation settles longer bundles too slowly, unless jobs are few
DIVES, IN_VAIN = 80, 25  # at most, and in a row without a gain


@dataclass(frozen=True)
class Columns:
    """held: by job, None where nothing better was found. y: multipliers of the jobs, in parts of the
    unit (1 / scale); None where there was no time. proven: nothing is better, `held` or what was known."""

    held: Ints | None
    y: Ints | None
    scale: int
    proven: bool


def suits(assignment: Assignment) -> bool:
    """Whether the relaxation over bundles is quick enough."""
    m, n = assignment.shape
    return n <= LONG * m or n <= FEW


def first_dive(
    assignment: Assignment, y: Ints, stop: Callable[[], bool], left: Callable[[], float]
) -> Ints | None:
    """A division of one dive from the multipliers y, None where it ends in none."""
    end = 1 + int(np.where(assignment.may, assignment.cost, 0).max(axis=0).sum())
    root = generate(assignment, y, [], (end - 1) * assignment.scale + 1, ROOT_ROUNDS, left())
    return None if root is None else Dives(assignment, root, stop, left).dive(end)


def search_columns(
    reading: Reading, y: Ints, end: int, stop: Callable[[], bool], left: Callable[[], float]
) -> Columns:
    """Search for divisions of a cost below `end`; y: multipliers to begin with, in parts of the assignment."""
    assignment = reading.assignment
    scale = assignment.scale
    root = generate(assignment, y, [], (end - 1) * scale + 1, ROOT_ROUNDS, left())
    if root is None:
        return Columns(None, None, scale, False)
    dives = Dives(assignment, root, stop, left)
    held, vain = None, 0
    for _ in range(DIVES):
        if vain == IN_VAIN or stop() or root.priced.lower > (end - 1) * scale:
            break
        found = dives.dive(end)
        vain += 1
        if found is not None:
            held, end, vain = found, assignment.value(found), 0
    proven = False
    if not stop():
        last = finish(assignment, root.priced, end, BUNDLES, COMBINATIONS)
        held, proven = held if last.held is None else last.held, last.settled
    return Columns(held, root.priced.y, scale, proven)
