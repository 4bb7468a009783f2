"""Problems with their true optimum, and claims about them, true and forged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from brute_force import fit
from tiny_cases import Shape, tiny_bank
from wider_problems import Holders, divisions, enumerate_best, wider_problem

from cmopt.domain.goals import SENSE
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Phase, Result
from cmopt.errors import InputError
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.score import COUNT, cost, levels
from cmopt.solvers.second.prove import prove
from cmopt.solvers.second.verdict import Claim, Verdict

SECONDS = 60.0


@dataclass(frozen=True)
class Known:
    """`bounds`: what each goal counts at best given the goals before; `best`: a division that is optimal."""

    problem: Problem
    bounds: tuple[int, ...]
    best: Holders
    all: tuple[Holders, ...]

    def first_worse(self, holders: Holders) -> str | None:
        """The first goal in which a division falls short of the optimum; none gives anything back."""
        for goal in self.problem.goals:
            if cost(self.problem, goal.name, holders) != cost(self.problem, goal.name, self.best):
                return goal.name
        return None


def known(cases: int, seed: int, strict: bool = False) -> Iterator[Known]:
    """Small problems with every rule and goal there is, solved by trying every division; `strict`: no goal
    gives anything back."""
    for n in range(cases):
        rng = Random(seed + n)
        problem = wider_problem(rng, largest=300)
        if strict:
            goals = (g.model_copy(update={"tolerance": "0"}) for g in problem.goals)
            problem = problem.replace(goals=tuple(goals))
        found = enumerate_best(problem)
        if found is not None:
            best, left = found
            senses = [1 if SENSE[g.name] == "min" else -1 for g in problem.goals]
            bounds = tuple(s * b[0] for s, b in zip(senses, best, strict=True))
            yield Known(problem, bounds, rng.choice(left), tuple(divisions(problem)))


def solved(shape: Shape, cases: int, seed: int) -> Iterator[tuple[Problem, Result]]:
    """Tiny banks of one shape as CP-SAT solves them."""
    for n in range(cases):
        bank = fit(tiny_bank(Random(seed + n), shape), shape.most)
        try:
            problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
        except InputError:
            continue
        result = CpSat().solve(problem, Limits(None))
        if result.allocation is not None:
            yield problem, result


def claim(problem: Problem, holders: Holders, bounds: tuple[int, ...] | None = None) -> Claim:
    """Every goal called proven at these bounds; without any, at what the division counts."""
    phases = []
    for n, goal in enumerate(problem.goals):
        value = COUNT[goal.name](problem, holders)
        bound = value if bounds is None else bounds[n]
        found = levels(problem, goal.name, holders)
        phases.append(Phase(goal.name, SENSE[goal.name], value, bound, True, 0.0, found))
    return Claim(tuple(phases), tuple(holders))


def with_bound(made: Claim, goal: str, by: int) -> Claim:
    """The same claim with one goal's bound moved."""
    moved = [replace(p, bound=(p.bound or 0) + by) if p.name == goal else p for p in made.phases]
    return Claim(tuple(moved), made.holders)


def verdicts(problem: Problem, made: Claim, seconds: float = SECONDS) -> list[Verdict]:
    return list(prove(problem, made, seconds))
