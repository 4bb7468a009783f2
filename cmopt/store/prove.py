"""Proofs repeated: the problem solved again from the run's own inputs, held against the record's claims."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import takewhile

from cmopt.domain.allocation import Allocation
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Phase, Status
from cmopt.errors import Finding, finding
from cmopt.i18n import N_
from cmopt.solvers.choose import choose_solver
from cmopt.store.certify import certify_again

SECONDS = 600.0


def prove_again(
    problem: Problem, phases: Sequence[Phase], allocation: Allocation, cross_checked: bool
) -> list[Finding]:
    """Every proven goal whose bound the exact solver does not find again, and an optimum that is another.

    With `cross_checked` (what the record says of itself) also what the second engine does not confirm again.
    Only the goals of `repeatable` are solved; without any, nothing is.
    """
    claimed = repeatable(tuple(p.proven for p in phases))
    if not claimed:
        return []
    first = dataclasses.replace(problem, goals=problem.goals[:claimed])
    result = choose_solver("cpsat").solve(first, Limits(SECONDS))
    again = {p.name: p for p in result.goals}
    found = []
    for phase in phases[:claimed]:
        other = again.get(phase.name)
        if other is None or not other.proven:
            text = N_("goal {goal}: not proven again within {seconds} s")
            found.append(finding("prove-open", text, goal=phase.name, seconds=int(SECONDS)))
        elif other.bound != phase.bound:
            text = N_("goal {goal}: the record says no division beats {said}; solved again, it is {bound}")
            found.append(finding("prove-bound", text, goal=phase.name, said=phase.bound, bound=other.bound))
    other_division = result.status is Status.OPTIMAL and result.allocation != allocation
    if not found and claimed == len(phases) and other_division:
        found.append(finding("prove-division", N_("solved again, the optimum is another division")))
    if cross_checked and not found:
        found = certify_again(problem, tuple(phases), allocation, SECONDS)
    return found


def repeatable(proven: Sequence[bool]) -> int:
    """How many goals, from the first on, are proven without a gap.

    Behind a goal that is not proven every bound holds only for the value it was locked at, and who solves
    again may well find a better one: a difference there would not speak against the record.
    """
    return len(list(takewhile(bool, proven)))
