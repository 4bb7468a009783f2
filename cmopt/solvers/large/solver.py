"""The large solver: goals one after the other, each between an LP bound and the best division found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

import numpy as np

from cmopt.domain.book_result import Duals
from cmopt.domain.goals import LEXICOGRAPHIC, Goal
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.errors import InputError, Listed, finding
from cmopt.i18n import N_
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat.run import Clock
from cmopt.solvers.even import even_out, first_even
from cmopt.solvers.greedy import greedy_holders
from cmopt.solvers.large.better import Better
from cmopt.solvers.large.bound import admitted, count, lagrangian, scale_for
from cmopt.solvers.large.lp import Relaxed
from cmopt.solvers.large.master import Master
from cmopt.solvers.large.shape import Loads, Shape
from cmopt.solvers.large.state import State
from cmopt.solvers.large.supported import unsupported
from cmopt.solvers.large.whole import AFTER, BEFORE, Turn, search_whole
from cmopt.solvers.score import COUNT, levels

WHOLE_GAP = 10_000  # hundredths of a per cent
MOST_PAIRS = 1_000_000  # more are too many for the relaxation
HIGH = 2**60
FIRST_GOALS = ("coverage", "coverage_balance", "penalty")
Holders = Sequence[int | None]


@dataclass(frozen=True)
class Solved:
    """What came out: `holders` by account (None: no division), `duals` one a goal whose bound was counted."""

    result: Result
    holders: list[int | None] | None
    duals: tuple[Duals, ...]


class Large:
    """LP bounds and search for large divisions. Deterministic unless a time limit cuts it short."""

    name = "large"

    def __init__(self, gap: int = 50) -> None:
        self.gap = gap

    def solve(self, problem: Problem, limits: Limits, progress: Progress | None = None) -> Result:
        """The best division found, each goal with its bound. Raises InputError for goals it does not count."""
        return solve_large(problem, limits, progress or NullProgress(), self.gap).result


def solve_large(
    problem: Problem, limits: Limits, progress: Progress, gap: int = 50, start: Holders | None = None
) -> Solved:
    """Goals in strict priority; each is left as soon as it is within `gap` (hundredths of a per cent of its
    value) of its bound.

    start: a division to begin with, used if it keeps the rules. Raises InputError where the problem has goals
    or rules that this solver does not count (`unsupported`).
    """
    if names := unsupported(problem):
        text = N_("the solver for large books does not count: {names}; use the exact one (cpsat)")
        raise InputError(finding("large-unsupported", text, names=Listed(names)))
    search = _Search(problem, Clock(limits.time_limit), progress, gap)
    if not search.begin(start):
        return search.without_division()
    for number, goal in enumerate(problem.goals):
        progress.phase(goal.name, number + 1, len(problem.goals))
        search.settle(goal)
    return search.solved()


@dataclass
class _Won:
    goal: Goal
    value: int
    bound: int | None
    proven: bool
    seconds: float


@dataclass
class _Search:
    """The best division so far, and what each goal won. Values are in minimised form."""

    problem: Problem
    clock: Clock
    progress: Progress
    gap: int
    won: list[_Won] = field(default_factory=list)
    duals: list[Duals] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    infeasible: bool = False

    def __post_init__(self) -> None:
        self.shape = Shape.of(self.problem)
        self.master = Master(self.shape)
        self.better = Better(self.shape, self.progress, self._stop, self.clock.left)
        self.best: State | None = None
        self.relaxed: tuple[dict[str, float], dict[str, int], Relaxed] | None = None
        self.hopeful = False  # whether the relaxation breaks no soft rule

    def _stop(self) -> bool:
        return self.progress.stop_asked() or self.clock.left() <= 0

    # --- the first division ---

    def begin(self, start: Holders | None) -> bool:
        """A division that keeps every rule: the relaxation's, rounded and mended; the one given; greedy."""
        if not np.all(self.shape.units.may.any(axis=0) | self.shape.units.out):
            self.infeasible = True
            return False
        found = []
        if start is not None and not broken(self.problem, start):
            found.append(State(self.shape, self.shape.units.held(start)))
        if not found and (even := self._even_start()) is not None:
            found.append(even)
        relaxed = (
            None if self._too_many() or (found and self._rich() in LEXICOGRAPHIC) else self._relax_hoped()
        )
        if relaxed is not None:
            if relaxed.over > 1e-6 and self._nothing_keeps(relaxed):
                self.infeasible = True
                return False
            found += self.better.first(relaxed, self._rich(), self.hopeful)
        if not found:
            found = self._greedy()
        names = [g.name for g in self.problem.goals]
        if found:
            self.best = min(found, key=lambda s: [s.value(n) for n in names])
        return self.best is not None

    def _too_many(self) -> bool:
        """Whether the relaxation would be too large, or empty: what is left are bounds by counting."""
        return not 0 < int(self.shape.units.may.sum()) <= MOST_PAIRS

    def _even_start(self) -> State | None:
        """Of a division whose totals are to be even: the heaviest first, each round one to every manager."""
        names = [g for g in self.shape.totals if not self.shape.problem.together]
        if not names:
            return None
        state = State(self.shape, self.shape.units.held(first_even(self.problem, names[0])))
        return state if state.over({}) <= 0 else None

    def _even_out(self, name: str, bound: int) -> None:
        """Totals made even by dividing pairs of managers anew, counts as they are."""
        assert self.best is not None
        end = self.clock.seconds() + self.clock.share(False) * 0.9
        start = self._even_start()
        if start is None or start.over(self.ends) > 0 or start.value(name) > self.best.value(name):
            start = self.best
        counts_alone = all(len(set(v.load.tolist())) <= 1 and v.pair is None for v in self._limited())
        sums_too = any(self.ends[k] < HIGH for k in self.ends if k not in ("coverage", "coverage_balance"))

        def keeps(holders: Holders) -> bool:
            if counts_alone and not sums_too:
                return True  # as many accounts as before, by people who may hold them
            return State(self.shape, self.shape.units.held(holders)).over(self.ends) <= 0

        sign = 1 if SENSE[name] == "min" else -1
        holders = self.shape.units.holders(start.held)
        found = even_out(
            self.problem,
            name,
            holders,
            sign * bound,
            keeps,
            lambda: self._stop() or self.clock.seconds() > end,
        )
        state = State(self.shape, self.shape.units.held(found))
        if state.over(self.ends) <= 0 and state.value(name) < self.best.value(name):
            self.best = state

    def _limited(self) -> list[Loads]:
        return [self.shape.loads[g.loads] for g in self.shape.groups]

    def _rich(self) -> str:
        """The first goal that says more than coverage and penalty."""
        names: list[str] = [g.name for g in self.problem.goals]
        return next((n for n in names if n not in FIRST_GOALS), names[0])

    def _relax_hoped(self) -> Relaxed | None:
        """The relaxation of that goal, those before it as good as could be; if that cannot be, at a price."""
        hoped: dict[str, int] = {}
        for goal in self.problem.goals:
            if goal.name == self._rich():
                break
            hoped[goal.name] = self._minimised(goal.name, self._easy(goal.name, hoped).bound)
            if goal.name == "penalty" and any(g.price is not None for g in self.shape.groups):
                least = self._relax({goal.name: 1.0}, {k: v for k, v in hoped.items() if k != goal.name})
                if least is not None:
                    hoped[goal.name] = max(hoped[goal.name], ceil(least.value - 1e-6))
            hoped[goal.name] += goal.allowance(hoped[goal.name])
        relaxed = self._relax({self._rich(): 1.0}, hoped)
        if relaxed is None or relaxed.over <= 1e-6 or self._stop():
            self.hopeful = hoped.get("penalty", 0) == 0
            return relaxed
        prices = {"coverage": 1e4, "coverage_balance": 1e3, "penalty": 1e2}
        return self._relax({self._rich(): 1.0, **{k: prices[k] for k in hoped}}, {})

    def _relax(self, goals: dict[str, float], ends: dict[str, int]) -> Relaxed | None:
        """The relaxation; the last one is kept."""
        if self.relaxed is None or self.relaxed[:2] != (goals, ends):
            self.master.seconds = self.clock.left
            relaxed = self.master.solve(goals, ends)
            if relaxed is None:
                return None
            self.relaxed = (goals, dict(ends), relaxed)
        return self.relaxed[2]

    def _easy(self, name: str, ends: dict[str, int]) -> Duals:
        """The bound that needs no multipliers."""
        scale = 1
        if name in self.shape.totals:  # everybody's total counts alike
            scale = int(self.shape.loads[self.shape.totals[name]].member.sum())
        return count(self.shape, name, admitted(self.shape, name, {}, scale, ends), scale, ends)

    def _nothing_keeps(self, relaxed: Relaxed) -> bool:
        """Whether the multipliers prove that no division keeps the rules (models/README.md)."""
        hard = {
            r.name
            for r in self.shape.rows
            if r.price is None and not r.name.startswith(("high", "low", "total"))
        }
        duals = {k: v for k, v in relaxed.duals.items() if k in hard}
        scale = scale_for(self.shape, duals)
        y = {k: round(v * scale) for k, v in duals.items() if v > 0}
        return lagrangian(self.shape, None, y, 0, {}) > 0

    def _greedy(self) -> list[State]:
        holders = greedy_holders(self.problem)
        apart = any(len({holders[j] for j in js}) > 1 for js in self.shape.units.accounts)
        if broken(self.problem, holders) or apart:
            return []
        return [State(self.shape, self.shape.units.held(holders))]

    # --- one goal ---

    def settle(self, goal: Goal) -> None:
        """Bound, then search until the value is near enough; record, and keep it from now on."""
        assert self.best is not None
        begun = self.clock.seconds()
        name = goal.name
        duals = self._easy(name, self.ends)
        bound = self._minimised(name, duals.bound)
        if name in self.shape.totals and self.best.value(name) > bound and not self._stop():
            self._even_out(name, bound)
        if self.best.value(name) > bound and not self._stop() and not self._too_many():
            relaxed = self._relax({name: 1.0}, self.ends)
            if relaxed is not None:
                scale = scale_for(self.shape, relaxed.duals)
                y = admitted(self.shape, name, relaxed.duals, scale, self.ends)
                counted = count(self.shape, name, y, scale, self.ends)
                if self._minimised(name, counted.bound) > bound:
                    duals, bound = counted, self._minimised(name, counted.bound)
                begun_search, share = self.clock.seconds(), self.clock.share(goal == self.problem.goals[-1])
                until, parts_until = begun_search + 0.9 * share, begun_search + 0.7 * share
                bound = self._whole(name, duals, bound, BEFORE, until)
                self.best = self.better.improve(
                    self.best, name, self.ends, relaxed, self._near(bound), parts_until, self.clock
                )
                bound = self._whole(name, duals, bound, AFTER, until)
        if bound > self._minimised(name, duals.bound):
            duals = replace(duals, searched=self._minimised(name, bound))
        value = self.best.value(name)
        self.ends[name] = value + goal.allowance(value)
        sign = 1 if SENSE[name] == "min" else -1
        self.duals.append(duals)
        self.won.append(_Won(goal, value, bound, value == bound, self.clock.seconds() - begun))
        self.progress.best(name, sign * value, sign * bound)

    def _whole(self, name: str, duals: Duals, bound: int, turns: Sequence[Turn], until: float) -> int:
        """The bound after a search among all pairs that a better division may have: of what lies outside the
        bands to the very least, of other goals to the gap."""
        assert self.best is not None
        gap = 0 if name == "penalty" else self.gap
        near = bound if name == "penalty" else self._near(bound)
        if self.best.value(name) <= near or self._stop():
            return bound
        found = search_whole(
            self.best,
            name,
            self.ends,
            duals,
            gap,
            turns,
            lambda: until - self.clock.seconds(),
            self.progress,
        )
        self.best = found.state
        return bound if found.bound is None else max(bound, found.bound)

    def _near(self, bound: int) -> int:
        """The value at which a goal is left."""
        return bound + self.gap * abs(bound) // WHOLE_GAP

    def _minimised(self, name: str, value: int) -> int:
        return value if SENSE[name] == "min" else -value

    # --- what comes out ---

    def solved(self) -> Solved:
        assert self.best is not None
        holders = self.shape.units.holders(self.best.held)
        if broken(self.problem, holders):
            raise RuntimeError("the large solver's division breaks a rule")
        phases = []
        for won in self.won:
            name = won.goal.name
            value = COUNT[name](self.problem, holders)
            bound = None if won.bound is None else self._minimised(name, won.bound)
            phases.append(
                Phase(
                    name,
                    SENSE[name],
                    value,
                    bound,
                    won.proven,
                    won.seconds,
                    levels(self.problem, name, holders),
                )
            )
        proven = all(p.proven for p in phases)
        status = Status.OPTIMAL if proven else Status.FEASIBLE
        if self.progress.stop_asked():
            status = Status.CANCELLED
        result = Result(
            status,
            "large",
            self.clock.seconds(),
            tuple(phases),
            self.problem.allocation(holders),
            "bounded" if proven else None,
            (),
            {"gap": self.gap},
        )
        return Solved(result, holders, tuple(self.duals))

    def without_division(self) -> Solved:
        status = Status.INFEASIBLE if self.infeasible else Status.UNKNOWN
        if self.progress.stop_asked() and not self.infeasible:
            status = Status.CANCELLED
        return Solved(Result(status, "large", self.clock.seconds(), (), None), None, ())
