"""Synthesised cases solved whole; run as a script, it prints the divisions of some seeds as JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Result
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat
from cmopt.synth import SynthOptions, synth_case

ANNUAL = load_scheme("annual")
SEED = 1


@dataclass(frozen=True)
class Solved:
    case: Case
    grades: dict[str, Grade]
    problem: Problem
    result: Result

    @property
    def holder(self) -> dict[str, str | None]:
        assert self.result.allocation is not None
        return dict(self.result.allocation.holder)


def full_case(seed: int) -> Case:
    """Every fourth of full size (14 + 13 + 8 accounts), the others half of it, so that ten are soon solved."""
    options = SynthOptions(seed=seed, clients=80)
    if seed % 4:
        options = SynthOptions(seed=seed, clients=80, staff=90, large=7, medium=7, key_deposits=5, recusals=6)
    return synth_case(options, ANNUAL)


def divided(case: Case) -> Solved:
    grades = grade(case.roster, ANNUAL, SEED)
    problem = build_problem(case, ANNUAL, grades, SEED)
    return Solved(case, grades, problem, CpSat().solve(problem, Limits(None)))


@cache
def solved(seed: int) -> Solved:
    return divided(full_case(seed))


if __name__ == "__main__":
    cores = int(sys.argv[1])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    sys.stdout.write(json.dumps({seed: divided(full_case(int(seed))).holder for seed in sys.argv[2:]}))
