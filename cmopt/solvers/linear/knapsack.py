"""One knapsack by dynamic programming, exactly in integers: least sum, who takes part, what forcing costs.

Minimise the sum of value[j] over a choice of items whose uses stay within the capacity: H. Kellerer,
U. Pferschy, D. Pisinger, *Knapsack Problems* (2004), section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmopt.domain.problem import Ints

LARGEST_TABLE = 4096  # capacities beyond are counted in larger units, which relaxes them


@dataclass(frozen=True)
class Knapsack:
    """uses[j] of each item, all at least 0; capacity, at least 0. `exact`: the units are the original ones."""

    uses: Ints
    capacity: int
    exact: bool

    @classmethod
    def of(cls, uses: Ints, capacity: int) -> Knapsack:
        """In larger units where the table would be too long: what fits still fits, so bounds stay true."""
        unit = -(-capacity // LARGEST_TABLE) if capacity > LARGEST_TABLE else 1
        return cls(uses // unit, capacity // unit, unit == 1)

    def best(self, value: Ints) -> tuple[int, Ints]:
        """The least sum and the items chosen, as numbers of items."""
        active = self._active(value)
        table = self._forward(value, active)
        left = self.capacity
        chosen = []
        for t in range(len(active) - 1, -1, -1):
            if table[t + 1, left] != table[t, left]:
                chosen.append(active[t])
                left -= int(self.uses[active[t]])
        return int(table[-1, -1]), np.array(chosen, dtype=np.int64)

    def losses(self, value: Ints) -> tuple[Ints, Ints]:
        """By item, how much worse the best choice gets if the item must be taken, and if it must not.

        An item that does not fit at all has the loss 2**61.
        """
        active = self._active(value)
        forward = self._forward(value, active)
        backward = self._forward(value, active[::-1])[::-1]
        full = forward[-1]
        best = int(full[-1])
        room = self.capacity - self.uses
        taken = np.where(room >= 0, value + full[np.maximum(room, 0)] - best, 2**61)
        left_out = np.zeros(len(value), dtype=np.int64)
        for t, j in enumerate(active):
            before, after = forward[t], backward[t + 1]
            end = int(room[j])
            taken[j] = int(value[j]) + int((before[: end + 1] + after[end::-1]).min()) - best
            left_out[j] = int((before + after[::-1]).min()) - best
        return taken, left_out

    def _active(self, value: Ints) -> list[int]:
        fits: list[int] = np.flatnonzero((value < 0) & (self.uses <= self.capacity)).tolist()
        return fits

    def _forward(self, value: Ints, items: list[int]) -> Ints:
        """[t, k]: the least sum of the first t of `items` within a capacity of k."""
        table = np.zeros((len(items) + 1, self.capacity + 1), dtype=np.int64)
        for t, j in enumerate(items):
            use = int(self.uses[j])
            row = table[t + 1]
            row[:] = table[t]
            np.minimum(row[use:], table[t, : self.capacity + 1 - use] + value[j], out=row[use:])
        return table
