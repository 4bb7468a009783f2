"""One knapsack by dynamic programming, exactly in integers: least sum, who takes part, what forcing costs.

Minimise the sum of value[j] over a choice of items whose uses stay within the capacity: H. Kellerer,
U. Pferschy, D. Pisinger, *Knapsack Problems* (2004), section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmopt.domain.problem import Ints

LARGEST_TABLE = 4096  # capacities beyond are counted in larger units, which relaxes them
CUT, NEAR = 2, 20  # a good choice leaves out this many of the last that fit, and adds two of those after


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
        taken, items = self._core(value)
        capacity = self.capacity - int(self.uses[taken].sum())
        table = self._forward(value, items, capacity)
        chosen, left = [*taken], capacity
        for t in range(len(items) - 1, -1, -1):
            if table[t + 1, left] != table[t, left]:
                chosen.append(items[t])
                left -= int(self.uses[items[t]])
        return int(table[-1, -1] + value[taken].sum()), np.array(chosen, dtype=np.int64)

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

    def _core(self, value: Ints) -> tuple[list[int], list[int]]:
        """(items that some best choice takes, those still to be decided); it leaves out the others.

        Filled by value per unit, with two of the next in the room that is left; an item is decided if deciding
        it otherwise loses, by the relaxation, more than that choice is away from it (G. Ingargiola, J. Korsh,
        Management Science 20, 1973). Floats, with a margin above their errors.
        """
        fits = np.flatnonzero((value < 0) & (self.uses <= self.capacity))
        uses, worth = self.uses[fits], -value[fits].astype(np.float64)
        order = np.argsort(-worth / np.maximum(uses, 1e-9), kind="stable")
        total = np.cumsum(uses[order])
        full = int(np.searchsorted(total, self.capacity, side="right"))
        if full == len(fits):
            return fits.tolist(), []
        last = order[full]
        price = worth[last] / uses[last]
        gap = price * (self.capacity - (int(total[full - 1]) if full else 0))
        best = 0.0
        for cut in range(max(0, full - CUT), full + 1):
            near = order[cut : cut + NEAR]
            left = self.capacity - (int(total[cut - 1]) if cut else 0)
            sums, needs = (np.add.outer(v[near], v[near]) for v in (worth, uses))
            sums.flat[:: len(near) + 1] /= 2
            needs.flat[:: len(near) + 1] //= 2
            lost = float(worth[order[cut:full]].sum())
            best = max(best, float((sums * (needs <= left)).max()) - lost)
        gap -= best
        loses = np.abs(worth - price * uses)
        open_ = loses <= gap + 1e-9 * (1.0 + float(worth.sum()))
        first = np.zeros(len(fits), dtype=np.bool_)
        first[order[:full]] = True
        return fits[first & ~open_].tolist(), fits[open_].tolist()

    def _forward(self, value: Ints, items: list[int], capacity: int | None = None) -> Ints:
        """[t, k]: the least sum of the first t of `items` within a capacity of k, up to `capacity`."""
        size = 1 + (self.capacity if capacity is None else capacity)
        table = np.zeros((len(items) + 1, size), dtype=np.int64)
        for t, j in enumerate(items):
            use = int(self.uses[j])
            row = table[t + 1]
            row[:] = table[t]
            if use < size:
                np.minimum(row[use:], table[t, : size - use] + value[j], out=row[use:])
        return table
