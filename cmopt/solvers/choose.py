"""Which solver a name means."""

from __future__ import annotations

from typing import Protocol

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import Progress
from cmopt.domain.result import Result
from cmopt.errors import InputError, Listed, finding
from cmopt.i18n import N_

SOLVERS = ("auto", "cpsat", "greedy", "stable")


class Solver(Protocol):
    name: str

    def solve(self, problem: Problem, limits: Limits, progress: Progress | None = None) -> Result: ...


def choose_solver(name: str) -> Solver:
    """The solver called `name`; auto is the exact one, which suits every key-account division.

    Raises InputError for a name that is not known, and for `large`, which divides whole books and is not
    part of this version.
    """
    if name in ("auto", "cpsat"):
        from cmopt.solvers.cpsat import CpSat

        return CpSat()
    if name == "greedy":
        from cmopt.solvers.greedy import Greedy

        return Greedy()
    if name == "stable":
        from cmopt.solvers.stable import Stable

        return Stable()
    if name == "large":
        raise InputError(
            finding("solver-absent", N_("the solver for whole books (large) is not part of this version"))
        )
    raise InputError(
        finding(
            "solver-unknown",
            N_("there is no solver {name!r}; there are {known}"),
            name=name,
            known=Listed(SOLVERS),
        )
    )
