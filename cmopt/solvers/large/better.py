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
from cmopt.solvers.large.master import Relaxed
from cmopt.solvers.large.part import divide_part
from cmopt.solvers.large.shape import Shape
from cmopt.solvers.large.state import State

EFFORT = 0.5  # of CP-SAT on one part, deterministic
PATIENCE = 12  # parts in a row without a gain
OPTIONS = 4  # managers a unit of a part may go to


class Better:
    def __init__(self, shape: Shape, progress: Progress, stop: Callable[[], bool]) -> None:
        self.shape, self.progress, self.stop = shape, progress, stop

    def first(self, relaxed: Relaxed, goal: str) -> list[State]:
        """A division that keeps every hard rule, as few soft ones broken and as good as exchanges make it."""
        names = [g.name for g in self.shape.problem.goals]
        ends = {}
        if "coverage" in names:
            ends["coverage"] = int(np.sum(~self.shape.units.may.any(axis=0)))
        if "penalty" in names:
            ends["penalty"] = 0
        state = self._rounded(relaxed)
        descend(state, goal, ends, relaxed, self.stop)
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

        for start in (self._rounded(relaxed), best.copy()):
            if best.value(goal) > near and not stop():
                descend(start, goal, ends, relaxed, stop)
                if start.over(ends) <= 0 and start.value(goal) < best.value(goal):
                    best = start.copy()
        return self._parts(best, goal, ends, relaxed, near, stop, lambda: until - clock.seconds())

    def _rounded(self, relaxed: Relaxed) -> State:
        """Every unit to whom the relaxation gives most of it."""
        held = relaxed.share.argmax(axis=0)
        nobody = relaxed.share.sum(axis=0) < 0.5
        held[nobody & self.shape.units.out] = -1
        price = np.where(self.shape.units.may, relaxed.reduced, np.inf)
        lost = nobody & ~self.shape.units.out
        held[lost] = price[:, lost].argmin(axis=0)
        return State(self.shape, held.astype(np.int64))

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
        dice, since, size = Random(1), 0, 60.0
        while best.value(goal) > near and since < PATIENCE and not stop():
            free = self._part(best, relaxed, dice, int(size))
            held, ending = divide_part(best, goal, ends, free, EFFORT, left(), self.progress)
            settled = ending in (Ending.OPTIMAL, Ending.INFEASIBLE)
            size = min(400.0, size * 1.2) if settled else max(20.0, size * 0.8)
            since += 1
            if held is not None:
                found = State(self.shape, held)
                if found.over(ends) <= 0 and found.value(goal) < best.value(goal):
                    best, since = found, 0
        return best

    def _part(self, best: State, relaxed: Relaxed, dice: Random, size: int) -> Bools:
        """Pairs of about `size` units: those that lose most where they are, and nearly indifferent ones."""
        may, held = self.shape.units.may, best.held
        price: Floats = np.where(may, relaxed.reduced, np.inf)
        units = np.arange(price.shape[1])
        least = price.min(axis=0)
        loss = price - least[None, :]
        own = np.where(held >= 0, loss[np.maximum(held, 0), units], 0.0)
        other = np.partition(loss, 1, axis=0)[1] if len(price) > 1 else np.full(len(units), np.inf)
        width = (
            max(1e-6, float(np.median(other[np.isfinite(other)])) / 10) if np.isfinite(other).any() else 1.0
        )
        weight = np.exp(-np.minimum(other / width, 30.0)) + np.minimum(own / width, 5.0) + 1e-6
        weight[may.sum(axis=0) < 2] = 0.0
        noise = np.array([dice.random() for _ in units.tolist()])
        order = np.argsort(-(weight**0.5) * (0.2 + noise), kind="stable")[:size]
        chosen = order[weight[order] > 0]
        free = np.zeros(may.shape, dtype=np.bool_)
        each = min(OPTIONS, len(price))
        who = np.argpartition(price[:, chosen], each - 1, axis=0)[:each]
        free[who, chosen[None, :]] = True
        free &= may
        inside: Ints = chosen[held[chosen] >= 0]
        free[held[inside], inside] = True
        return free
