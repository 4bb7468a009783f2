"""All bundles of one manager whose value is close to the best one's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.assignment import Assignment

Words = NDArray[np.uint64]
BITS = 64  # jobs by word
MANY = 20  # times the bundles asked for: wider is not looked
WIDEST = 2**12  # times the first width


@dataclass(frozen=True)
class Bundles:
    """jobs[b, w]: jobs of bundle b as bits, 64 in each word w. excess[b]: its value above the best one's."""

    jobs: Words
    excess: Ints

    def __len__(self) -> int:
        return len(self.excess)

    def members(self, b: int) -> list[int]:
        bits = np.unpackbits(self.jobs[b].astype("<u8").view(np.uint8), bitorder="little")
        found: list[int] = np.flatnonzero(bits).tolist()
        return found


class NearBest:
    """Minimise sum of value[t] over items with sum of uses[t] <= capacity; item t is job `jobs[t]` of `size`.

    A table of what the items after each can still bring (dynamic programming from the end) tells which
    beginnings lead to a bundle close enough, so that nothing is looked at in vain.
    """

    def __init__(self, value: Ints, uses: Ints, capacity: int, jobs: Ints, size: int) -> None:
        order = np.argsort(value / np.maximum(uses, 1e-9), kind="stable")
        self._value, self._uses, self._jobs = (
            value[order].tolist(),
            uses[order].tolist(),
            jobs[order].tolist(),
        )
        self._capacity, self._words = capacity, -(-size // BITS)
        n = len(order)
        table = np.zeros((n + 1, capacity + 1), dtype=np.int64)
        for t in range(n - 1, -1, -1):
            use = self._uses[t]
            table[t] = table[t + 1]
            if use <= capacity:
                np.minimum(
                    table[t, use:], table[t + 1, : capacity + 1 - use] + self._value[t], out=table[t, use:]
                )
        self._table = table
        self.best = int(table[0, capacity])

    def within(self, excess: int, most: int) -> Bundles | None:
        """Every bundle at most `excess` above the best; None if they are more than `most`."""
        end = self.best + excess
        left = np.array([self._capacity], dtype=np.int64)
        value = np.zeros(1, dtype=np.int64)
        masks = np.zeros((1, self._words), dtype=np.uint64)
        for t, (own, use, job) in enumerate(zip(self._value, self._uses, self._jobs, strict=True)):
            after = self._table[t + 1]
            without = value + after[left] <= end
            fits = np.flatnonzero(left >= use)
            fits = fits[value[fits] + own + after[left[fits] - use] <= end]
            if len(fits) == 0:
                if not without.all():
                    left, value, masks = left[without], value[without], masks[without]
                continue
            taken = masks[fits]
            taken[:, job // BITS] |= np.uint64(1 << (job % BITS))
            left = np.concatenate([left[without], left[fits] - use])
            value = np.concatenate([value[without], value[fits] + own])
            masks = np.concatenate([masks[without], taken])
            if len(value) > most:
                return None
        return Bundles(masks, value - self.best)

    def about(self, count: int, first: int) -> list[tuple[int, ...]]:
        """The `count` best bundles as jobs, or as many as are found in widths growing from `first`."""
        excess, widest = first, self.within(0, MANY * count)
        while widest is not None and len(widest) < count:
            wider = self.within(excess, MANY * count)
            if wider is None or excess > WIDEST * first:
                break
            excess, widest = 2 * excess, wider
        if widest is None:
            return []
        best = np.argsort(widest.excess, kind="stable")[:count].tolist()
        return [tuple(widest.members(b)) for b in best]


def near_best(a: Assignment, y: Ints) -> list[NearBest]:
    """For each manager the bundles by cost - y, in parts of the assignment."""
    found = []
    for i in range(a.shape[0]):
        jobs = np.flatnonzero(a.may[i])
        value = a.cost[i, jobs] * a.scale - y[jobs]
        found.append(NearBest(value, a.uses[i, jobs], int(a.capacity[i]), jobs, a.shape[1]))
    return found
