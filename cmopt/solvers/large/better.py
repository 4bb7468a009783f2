"""From the relaxation to good divisions: rounding, exchanges, and CP-SAT on part after part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.run import Clock, Ending
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.exchange import descend
from cmopt.solvers.large.heavy import heaviest_divided, with_heavy_placed
from cmopt.solvers.large.lp import Relaxed
from cmopt.solvers.large.master import Master
from cmopt.solvers.large.part import divide_part
from cmopt.solvers.large.rounding import nearest, rounded
from cmopt.solvers.large.shape import Shape
from cmopt.solvers.large.state import State

EFFORT = 0.3  # of CP-SAT on one part, deterministic; less where there are few units
LEAST_EFFORT, MORE_EFFORT = 0.08, 0.0003
WEIGHTY = 0.1  # of what a manager usually carries: units to place before all others
PATIENCE = 5  # parts in a row without a gain
PARTS = 16  # of one goal at most
AT_FIRST = (4.0, 20.0, 100.0, 1000.0)  # of the highest price of the relaxation: soon dear enough
SWINGS = tuple((a, 3 * a, 10 * a, 40 * a, 200.0, 2000.0) for a in (0.5, 1.0, 0.7))  # out of bands and back
AT_LAST = (1000.0, 10_000.0)
MENDING = (150, 300)  # units of the parts that are mended
OPTIONS = 5  # pairs of a unit in a part, on the average


class Better:
    def __init__(
        self, shape: Shape, progress: Progress, stop: Callable[[], bool], left: Callable[[], float]
    ) -> None:
        self.shape, self.progress, self.stop, self.left = shape, progress, stop, left
        self.begun: Relaxed | None = None  # what `first` went down by
        self.settled: Relaxed | None = None  # what it placed the heavy units by
        self.effort = min(EFFORT, LEAST_EFFORT + MORE_EFFORT * len(shape.units))

    def first(self, relaxed: Relaxed, goal: str, hopeful: bool) -> list[State]:
        """A division that keeps every hard rule, as few soft ones broken and as good as exchanges make it.

        hopeful: the relaxation breaks no soft rule, so it is worth much to break none."""
        names = [g.name for g in self.shape.problem.goals]
        ends = {}
        if "coverage" in names:
            ends["coverage"] = int(np.sum(~self.shape.units.may.any(axis=0)))
        if "penalty" in names:
            ends["penalty"] = 0
        self.begun = relaxed
        if hopeful and heaviest_divided(self.shape, relaxed) > WEIGHTY:
            placed = self._placed(goal, ends, relaxed, self.left())
            if placed is not None:
                state = State(self.shape, placed[1])
                descend(state, goal, ends, placed[0], self.stop, AT_FIRST)
                if state.over(ends) <= 0:
                    self.settled = relaxed
                    return [state]
        state = State(self.shape, nearest(self.shape, relaxed))
        descend(state, goal, ends, relaxed, self.stop, AT_FIRST)
        if hopeful and state.over(ends) > 0:
            dived = State(self.shape, rounded(self.shape, goal, ends, relaxed, self.stop))
            descend(dived, goal, ends, relaxed, self.stop, AT_FIRST)
            state = min(dived, state, key=lambda s: (s.over(ends), s.value(goal)))
        if hopeful and state.over(ends) > 0:
            state = self._mend(state, goal, ends, relaxed)
            descend(state, goal, ends, relaxed, self.stop, AT_LAST)
        if state.over({}) > 0:
            descend(state, goal, {}, relaxed, self.stop)
        return [state] if state.over({}) <= 0 else []

    def improve(
        self,
        best: State,
        goal: str,
        ends: Mapping[str, int],
        relaxed: Relaxed,
        near: int,
        until: float,
        clock: Clock,
    ) -> State:
        """A division that keeps every rule and end and is better by the goal, until it is at `near`."""

        def stop() -> bool:
            return self.stop() or clock.seconds() > until

        def better(state: State) -> State:
            good = state.over(ends) <= 0 and state.value(goal) < best.value(goal)
            return state if good else best

        if best.value(goal) > near and self.begun is not relaxed:
            start = State(self.shape, nearest(self.shape, relaxed))
            best = better(descend(start, goal, ends, relaxed, stop, AT_FIRST))
        if best.value(goal) > near and self.settled is not relaxed and not stop():
            placed = self._placed(goal, ends, relaxed, until - clock.seconds())
            if placed is not None:
                start = State(self.shape, placed[1])
                best = better(descend(start, goal, ends, placed[0], stop, AT_FIRST))
        for factors in (None, *SWINGS):
            if best.value(goal) <= near or stop():
                break
            if factors is not None:
                swung = better(descend(best.copy(), goal, ends, relaxed, stop, factors))
                if swung is best:
                    continue
                best = swung
            best = self._parts(best, goal, ends, relaxed, near, stop, lambda: until - clock.seconds())
        return best

    def _placed(
        self, goal: str, ends: Mapping[str, int], relaxed: Relaxed, seconds: float
    ) -> tuple[Relaxed, Ints] | None:
        """(the relaxation with all heavy units in their places, manager by unit that is nearest to it)."""
        master = Master(self.shape)
        master.seconds = lambda: seconds
        shape = with_heavy_placed(master, goal, ends, relaxed, seconds)
        if shape is None:
            return None
        settled = Master(shape)
        settled.seconds = self.left
        found = settled.solve({goal: 1.0}, ends)
        return None if found is None else (found, nearest(shape, found))

    def _mend(self, state: State, goal: str, ends: Mapping[str, int], relaxed: Relaxed) -> State:
        """What is overstepped a little made good by dividing anew what is nearly indifferent."""
        dice = Random(2)
        for size in MENDING:
            if state.over(ends) <= 0 or self.stop():
                break
            free = self._part(state, relaxed, dice, size)
            weight = max(4.0 * max(1.0, relaxed.highest), 2.0 / state.over(ends))
            held, _ = divide_part(state, goal, ends, free, self.effort, self.left(), self.progress, weight)
            if held is not None:
                found = State(self.shape, held)
                if found.over(ends) < state.over(ends):
                    state = found
        return state

    def _parts(
        self,
        best: State,
        goal: str,
        ends: Mapping[str, int],
        relaxed: Relaxed,
        near: int,
        stop: Callable[[], bool],
        left: Callable[[], float],
    ) -> State:
        dice, since, size = Random(1), 0, 200.0
        for _ in range(PARTS):
            if best.value(goal) <= near or since >= PATIENCE or stop():
                break
            free = self._part(best, relaxed, dice, int(size))
            held, ending = divide_part(best, goal, ends, free, self.effort, left(), self.progress)
            settled = ending in (Ending.OPTIMAL, Ending.INFEASIBLE)
            size = min(2000.0, size * 1.5) if settled else max(30.0, size * 0.7)
            since += 1
            if held is not None:
                found = State(self.shape, held)
                if found.over(ends) <= 0 and found.value(goal) < best.value(goal):
                    best, since = found, 0
        return best

    def _part(self, best: State, relaxed: Relaxed, dice: Random, size: int) -> Bools:
        """Pairs of about `size` units: those that lose most where they are, and nearly indifferent ones; of
        all their pairs the cheapest, whoever's they are."""
        may, held = self.shape.units.may, best.held
        price: Floats = np.where(may, relaxed.reduced, np.inf)
        units = np.arange(price.shape[1])
        loss = price - price.min(axis=0)[None, :]
        own = np.where(held >= 0, loss[np.maximum(held, 0), units], 0.0)
        other = np.partition(loss, 1, axis=0)[1] if len(price) > 1 else np.full(len(units), np.inf)
        finite = other[np.isfinite(other)]
        width = max(1e-6, float(np.median(finite)) / 10) if len(finite) else 1.0
        weight = np.exp(-np.minimum(other / width, 30.0)) + np.minimum(own / width, 5.0) + 1e-6
        weight[may.sum(axis=0) < 2] = 0.0
        noise = np.array([dice.random() for _ in units.tolist()])
        order = np.argsort(-(weight**0.5) * (0.2 + noise), kind="stable")[:size]
        chosen: Ints = order[weight[order] > 0]
        free = np.zeros(may.shape, dtype=np.bool_)
        if len(chosen):
            near = loss[:, chosen]
            most = min(near.size, OPTIONS * len(chosen)) - 1
            free[:, chosen] = near <= np.partition(near.ravel(), most)[most]
            free &= may
        inside = chosen[held[chosen] >= 0]
        free[held[inside], inside] = True
        return free
