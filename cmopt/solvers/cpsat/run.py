"""One cancellable CP-SAT solve, every status mapped."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import cycle
from typing import Any

from ortools.sat.python import cp_model

from cmopt.domain.progress import Progress


class Clock:
    """The time left of a limit in seconds (None: no limit), from now on."""

    def __init__(self, limit: float | None) -> None:
        self._begun = time.perf_counter()
        self._limit = limit

    def seconds(self) -> float:
        return time.perf_counter() - self._begun

    def left(self) -> float:
        return 1e9 if self._limit is None else self._limit - self.seconds()

    def share(self, last: bool) -> float:
        """What one phase may take: all that is left for the last one, 80 % of it for the others."""
        return self.left() * (1.0 if last else 0.8)


class Ending(Enum):
    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Solve:
    """How a solve ended. `values` reads a variable and is None without a solution; `bound` None if none."""

    ending: Ending
    bound: int | None
    values: Any
    seconds: float
    objective: float | None = None


# One worker proves these models fastest and always in the same way; two workers leave goals unproven. LP cuts
# cost more than they bring here. Inclusion detection is off because a wrong OPTIMAL is known with it on large
# linear models (google/or-tools #5293). Symmetry detection is off because with it presolve ends the process on
# some small models (CP-SAT 9.15, "Check failed: context_->VarToConstraints(var).empty()"). See how-it-works.md.
PARAMETERS: dict[str, Any] = {
    "num_workers": 1,
    "cut_level": 0,
    "random_seed": 1,
    "presolve_inclusion_work_limit": 0,
    "symmetry_level": 0,
    "catch_sigint_signal": False,
}

# How much of the model goes into the LP (all of it suits matchings and envies, little of it suits spreads), and
# whether presolve probes. Any one of these is sometimes many times slower than another, so a search that takes
# long starts again in another way; the limits are deterministic, so that every machine takes the same turns.
_FULL, _SMALL, _NO_PROBING = (
    {"linearization_level": 2},
    {"linearization_level": 1},
    {"cp_model_probing_level": 0},
)
FULL_LP = (_FULL | _NO_PROBING, _SMALL | _NO_PROBING, _FULL, _SMALL)
SMALL_LP = (_SMALL, _SMALL | _NO_PROBING, _FULL | _NO_PROBING, _FULL)
FIRST_TURN = 4.0  # in CP-SAT's deterministic time; each further turn gets twice as much


def run(
    cp: cp_model.CpModel,
    seconds: float | None,
    progress: Progress,
    minimise: bool,
    turns: Sequence[Mapping[str, Any]] = FULL_LP,
) -> Solve:
    """Solve to the end, or until `seconds` are over or a stop is asked; the best of all turns.

    KeyboardInterrupt is raised after the solver has stopped.
    """
    clock = Clock(seconds)
    so_far = Solve(Ending.UNKNOWN, None, None, 0.0)
    for turn, parameters in enumerate(cycle(turns)):
        last = _turn(cp, clock.left(), progress, minimise, parameters, FIRST_TURN * 2**turn)
        so_far = _better(so_far, last, minimise, clock.seconds())
        settled = last.ending in (Ending.OPTIMAL, Ending.INFEASIBLE)
        if settled or progress.stop_asked() or clock.left() <= 0:
            return so_far
    raise AssertionError("unreachable")


def run_once(
    cp: cp_model.CpModel, seconds: float, progress: Progress, parameters: Mapping[str, Any], effort: float
) -> Solve:
    """Minimise in one turn of so much deterministic effort at most."""
    return _turn(cp, seconds, progress, True, parameters, effort)


def _better(so_far: Solve, last: Solve, minimise: bool, seconds: float) -> Solve:
    """What both turns together know."""
    if last.ending in (Ending.OPTIMAL, Ending.INFEASIBLE):
        return replace(last, seconds=seconds)
    bounds = [s.bound for s in (so_far, last) if s.bound is not None]
    bound = None if not bounds else max(bounds) if minimise else min(bounds)
    found = [s for s in (so_far, last) if s.objective is not None]
    best = min(found, key=lambda s: (s.objective or 0) * (1 if minimise else -1)) if found else last
    return replace(best, bound=bound, seconds=seconds)


def _turn(
    cp: cp_model.CpModel,
    seconds: float,
    progress: Progress,
    minimise: bool,
    parameters: Mapping[str, Any],
    effort: float,
) -> Solve:
    """One solve, in a thread of its own and waited for in short steps, so that Ctrl-C and cancel stop it."""
    solver = cp_model.CpSolver()
    for name, value in {**PARAMETERS, **parameters}.items():
        setattr(solver.parameters, name, value)
    solver.parameters.max_deterministic_time = effort
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    begun = time.perf_counter()
    answer: list[Any] = []
    worker = threading.Thread(target=lambda: answer.append(_guarded(solver, cp)), name="cp-sat")
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.05)
            if progress.stop_asked():
                solver.stop_search()
    except KeyboardInterrupt:
        while worker.is_alive():
            solver.stop_search()
            worker.join(0.05)
        raise
    if isinstance(answer[0], BaseException):
        raise answer[0]
    return _read(solver, cp, answer[0], minimise, time.perf_counter() - begun)


def _guarded(solver: cp_model.CpSolver, cp: cp_model.CpModel) -> Any:
    try:
        return solver.solve(cp)
    except BaseException as error:
        return error


def _read(
    solver: cp_model.CpSolver, cp: cp_model.CpModel, status: Any, minimise: bool, seconds: float
) -> Solve:
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        ending = Ending.OPTIMAL if status == cp_model.OPTIMAL else Ending.FEASIBLE
        bound = exact_bound(solver, cp, minimise)
        return Solve(ending, bound, solver.value, seconds, solver.objective_value)
    if status == cp_model.INFEASIBLE:
        return Solve(Ending.INFEASIBLE, None, None, seconds)
    if status == cp_model.UNKNOWN:
        return Solve(Ending.UNKNOWN, None, None, seconds)
    raise RuntimeError(f"CP-SAT refused the model: {solver.status_name(status)}")


def exact_bound(solver: cp_model.CpSolver, cp: cp_model.CpModel, minimise: bool) -> int | None:
    """The proven bound, None where there is none (no objective, nothing known).

    The model minimises sum c x over integers and reports scaling_factor * (sum c x + offset), the factor -1 to
    maximise; the solver's own bound on sum c x is an integer. The bound it reports besides is a double, off by
    the rounding of sums as large as the objective and its offset (seen 0.1 near 2^50). The offset is a double
    too, exact below 2^53: beyond that nothing is said.
    """
    if not cp.has_objective():
        return None
    objective, factor = cp.proto.objective, 1 if minimise else -1
    inner = int(solver.response_proto.inner_objective_lower_bound)
    offset = objective.offset
    if abs(offset) >= 2**53 or abs(inner) >= 2**62:
        return None
    return factor * (inner + int(offset))
