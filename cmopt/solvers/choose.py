"""Which solver a name means."""

from __future__ import annotations

from typing import Protocol

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import Progress
from cmopt.domain.result import Result
from cmopt.errors import InputError, Listed, Message, finding
from cmopt.i18n import N_

SOLVERS = ("auto", "cpsat", "large", "greedy", "stable")

MANY_PAIRS = 200_000  # who may hold what: more is too much for the exact solver
MANY_OF_BOOK = 60  # of a book, with its bands


class Solver(Protocol):
    name: str

    def solve(self, problem: Problem, limits: Limits, progress: Progress | None = None) -> Result: ...


def choose_solver(name: str) -> Solver:
    """The solver called `name`; auto is the exact one, which suits every key-account division.

    Raises InputError for a name that is not known.
    """
    if name in ("auto", "cpsat"):
        from cmopt.solvers.cpsat import CpSat

        return CpSat()
    if name == "large":
        from cmopt.solvers.large import Large

        return Large()
    if name == "greedy":
        from cmopt.solvers.greedy import Greedy

        return Greedy()
    if name == "stable":
        from cmopt.solvers.stable import Stable

        return Stable()
    raise InputError(
        finding(
            "solver-unknown",
            N_("there is no solver {name!r}; there are {known}"),
            name=name,
            known=Listed(SOLVERS),
        )
    )


def choose_for(problem: Problem) -> tuple[Solver, Message]:
    """What auto takes for this problem, and why: exact while that is likely to prove everything, else large.

    Large where there are too many pairs of managers and accounts they may hold and every goal and rule is one
    that the large solver counts.
    """
    from cmopt.solvers.large.supported import unsupported

    names = unsupported(problem)
    pairs = int(problem.eligible.sum())
    many = MANY_PAIRS if problem.handover is None else MANY_OF_BOOK
    size = {"accounts": len(problem.accounts), "managers": len(problem.managers), "pairs": pairs}
    if pairs <= many:
        text = N_(
            "{accounts} clients and {managers} managers ({pairs} possible pairs): "
            "few enough for the exact solver"
        )
        return choose_solver("cpsat"), Message(text, size)
    if names:
        text = N_(
            "{accounts} clients and {managers} managers ({pairs} possible pairs) are many, but only the exact "
            "solver counts: {names}"
        )
        return choose_solver("cpsat"), Message(text, {**size, "names": Listed(names)})
    text = N_(
        "{accounts} clients and {managers} managers ({pairs} possible pairs): too many for the exact solver, "
        "so the large one bounds every goal and comes close to the bound"
    )
    return choose_solver("large"), Message(text, size)
