"""What the product's solver is compared with: the plain model, its goals solved in four other ways.

| name | what |
|---|---|
| weighted | CP-SAT, 8 workers: one search, the goals added up with weights that mean the same order |
| cpsat-2, cpsat-8 | CP-SAT with 2 or 8 workers: one search a goal, each value locked before the next |
| highs | HiGHS, the same |

Each search starts from the division before as a complete hint. Weights that mean the same order are not
expressible in 64 bits here. The weighted sum then counts the goals with the largest figures (balances, draw
numbers) in coarser units until it fits; `parameters["lost"]` says how coarse. Its proof holds for the goals
before the first such one only.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from engines import CpSatEngine, HighsEngine, SolvingEngine, TooLarge
from plain_model import PlainModel, Terms

from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Problem
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.solvers.score import COUNT

LARGEST_OBJECTIVE = 60  # bits; less where CP-SAT's presolve makes larger sums of it
COARSENED = ("coverage_balance", "continuity_balance", "draw")
LEAST_SECONDS = 0.05


def lexicographic(problem: Problem, limit: float, engine: SolvingEngine, name: str) -> Result:
    """Goal after goal until one is not proven within `limit` seconds, the making of the model included."""
    begun = time.perf_counter()
    model = PlainModel.of(problem, engine)
    best: Sequence[int | None] | None = None
    phases: list[Phase] = []
    for goal in problem.goals:
        started = time.perf_counter()
        minimise = SENSE[goal.name] == "min"
        terms = model.goal(goal.name)
        left = max(LEAST_SECONDS, limit - (time.perf_counter() - begun))
        answer = engine.solve(terms, minimise, left, None if best is None else model.hint(best))
        if answer.infeasible:
            raise RuntimeError(f"{name}: no division at {goal.name}, although there is one")
        if answer.value is not None:
            best = model.read(answer.value)
        value = None if best is None else COUNT[goal.name](problem, best)
        bound = None if answer.bound is None else safe_side(answer.bound, minimise)
        proven = answer.optimal and value is not None and value == bound
        seconds = time.perf_counter() - started
        phases.append(Phase(goal.name, SENSE[goal.name], value, bound, proven, seconds))
        if not proven or value is None:
            break
        engine.add(terms, None if minimise else value, value if minimise else None)
    return result(problem, name, begun, phases, best)


def weighted(problem: Problem, limit: float, engine_of: Callable[[], SolvingEngine], name: str) -> Result:
    """One search for all goals, with as fine a sum as the solver takes."""
    begun = time.perf_counter()
    for bits in range(LARGEST_OBJECTIVE, 30, -1):
        engine = engine_of()
        model = PlainModel.of(problem, engine)
        goals = [model.goal(g.name) for g in problem.goals]
        units = coarse_units(model, goals, bits)
        left = max(LEAST_SECONDS, limit - (time.perf_counter() - begun))
        try:
            answer = engine.solve(weighted_sum(model, goals, units), True, left, None)
            break
        except TooLarge:
            begun = time.perf_counter()  # the time of the attempts before is not counted
    else:
        raise TooLarge("no weighted sum fits")
    if answer.infeasible:
        raise RuntimeError(f"{name}: no division, although there is one")
    best = None if answer.value is None else model.read(answer.value)
    exact = exact_goals(goals, units)
    seconds = time.perf_counter() - begun
    phases = []
    for n, goal in enumerate(problem.goals):
        value = None if best is None else COUNT[goal.name](problem, best)
        proven = answer.optimal and n < exact
        took = seconds if n == 0 else 0.0
        phases.append(Phase(goal.name, SENSE[goal.name], value, value if proven else None, proven, took))
    whole = result(problem, name, begun, phases, best, lost=lost(problem, goals, units))
    return replace(whole, status=Status.OPTIMAL) if answer.optimal else whole  # of the sum as it is rounded


def result(
    problem: Problem,
    name: str,
    begun: float,
    phases: list[Phase],
    best: Sequence[int | None] | None,
    lost: str | None = None,
) -> Result:
    """The record, in the form of the product's own; values are those of the division found."""
    seconds = time.perf_counter() - begun
    recorded = []
    for n, goal in enumerate(problem.goals):
        value = None if best is None else COUNT[goal.name](problem, best)
        known = phases[n] if n < len(phases) else Phase(goal.name, SENSE[goal.name], None, None, False, 0.0)
        recorded.append(Phase(goal.name, known.sense, value, known.bound, known.proven, known.seconds))
    status = Status.OPTIMAL if all(p.proven for p in recorded) else Status.FEASIBLE
    return Result(
        status=Status.UNKNOWN if best is None else status,
        solver=name,
        seconds=seconds,
        goals=tuple(recorded),
        allocation=None if best is None else problem.allocation(list(best)),
        parameters={} if lost is None else {"lost": lost},
    )


def safe_side(bound: float, minimise: bool) -> int:
    """A bound in doubles -> the whole number it proves."""
    slack = 1e-6 + 1e-12 * abs(bound)
    return math.ceil(bound - slack) if minimise else math.floor(bound + slack)


# --- weights -----------------------------------------------------------------------------------------


def weighted_sum(model: PlainModel, goals: Sequence[Terms], units: Sequence[int]) -> Terms:
    """To be minimised: each goal weighs more than all that the later ones can add up to."""
    total: Terms = []
    weight = 1
    for goal, terms, unit in reversed(list(zip(model.problem.goals, goals, units, strict=True))):
        sign = 1 if SENSE[goal.name] == "min" else -1
        total += [(sign * weight * rounded(c, unit), x) for c, x in terms]
        weight *= reach(model, terms, unit) + 1
    return total


def coarse_units(model: PlainModel, goals: Sequence[Terms], bits: int) -> list[int]:
    """What each goal's coefficients are divided by, so that the weighted sum fits."""
    units = [math.gcd(*(c for c, _ in terms)) or 1 if terms else 1 for terms in goals]
    reaches = [reach(model, terms, unit) for terms, unit in zip(goals, units, strict=True)]
    while math.prod(r + 1 for r in reaches) > 2**bits:
        coarse = [n for n, g in enumerate(model.problem.goals) if g.name in COARSENED and reaches[n] > 1]
        if not coarse:
            raise ValueError("the goals do not fit into one weighted sum")
        largest = max(coarse, key=lambda n: reaches[n])
        units[largest] *= 2
        reaches[largest] = reach(model, goals[largest], units[largest])
    return units


def reach(model: PlainModel, terms: Terms, unit: int) -> int:
    """No less than the largest value of a goal: of each account's pairs only the largest counts."""
    account = {x.index: j for (_, j), x in model.hold.items()}
    most: dict[tuple[bool, int], int] = {}
    for c, x in terms:
        key = (True, account[x.index]) if x.index in account else (False, x.index)
        most[key] = max(most.get(key, 0), rounded(c, unit) * upper(x))
    return sum(most.values())


def rounded(coefficient: int, unit: int) -> int:
    return (coefficient + unit // 2) // unit


def upper(variable: object) -> int:
    """The upper bound of a CP-SAT variable."""
    return int([*variable.proto.domain][-1])  # type: ignore[attr-defined]


def exact_goals(goals: Sequence[Terms], units: Sequence[int]) -> int:
    """How many goals from the first on are counted exactly."""
    exact = [all(c % u == 0 for c, _ in t) for t, u in zip(goals, units, strict=True)]
    return exact.index(False) if False in exact else len(exact)


def lost(problem: Problem, goals: Sequence[Terms], units: Sequence[int]) -> str | None:
    """What the weighted sum does not tell apart, in words; None if it means the same order exactly."""
    told = []
    for goal, terms, unit in zip(problem.goals, goals, units, strict=True):
        if any(c % unit for c, _ in terms):
            step = f"{unit}" if goal.name == "draw" else f"{unit / UNIT:.2f} (10,000 yuan)"
            told.append(f"{goal.name} in steps of {step}")
    return "; ".join(told) or None


def _cpsat(workers: int, problem: Problem, limit: float, name: str) -> Result:
    return lexicographic(problem, limit, CpSatEngine(workers), name)


BASELINES: dict[str, Callable[..., Result]] = {  # name -> solve(problem, limit in seconds, name)
    "weighted": lambda problem, limit, name: weighted(problem, limit, lambda: CpSatEngine(8), name),
    "cpsat-2": partial(_cpsat, 2),
    "cpsat-8": partial(_cpsat, 8),
    "highs": lambda problem, limit, name: lexicographic(problem, limit, HighsEngine(), name),
}


def solve_plain(problem: Problem, name: str, limit: float) -> Result:
    """The baseline called `name` on a problem."""
    return BASELINES[name](problem, limit, name)
