"""Even totals, many pairs at once: every round all managers stand in pairs, and each pair divides its accounts
anew, as many to each as before, so that totals come to the mean, rounded down or up.

The way of one pair is that of two halves (E. Horowitz, S. Sahni, *Computing partitions with applications to the
knapsack problem*, Journal of the ACM 21, 1974): of all subsets of the one's accounts and all of the other's,
sorted by size and sum, the two that meet a wanted total best. Here that is done for many pairs in one array.
Heavy managers stand with light ones until nobody gets nearer that way; then those off the mean with any others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cmopt.domain.problem import Bools, Ints

MOST_EACH = 10  # accounts of one manager that are divided anew at a time
ROUNDS = 2_000
MEETINGS = 6  # rounds of heavy managers with light ones
BATCH = 128  # pairs whose subsets are held at once
MANY_OPEN = 12  # fewer off the mean are tried with each other, all of them
OTHERS = 8  # and, where that does not help, each with so many at the mean


def even_pairs(
    loads: Ints,
    held: Ints,
    fixed: Ints,
    keeps: Callable[[Ints], bool],
    stop: Callable[[], bool],
) -> Ints:
    """Who holds each account, every count as before, all totals as near to the mean as was found.

    loads[j]: of account j, wherever it is. held[j]: its manager, 0 to m - 1. fixed[i]: what manager i carries
    besides. keeps: whether a division (as `held`) keeps the rules; asked after every round, and the first that
    does not is the end. Of all divisions seen the one comes back whose farthest total is nearest to the mean.
    """
    evening = _Rounds(loads, held.copy(), fixed)
    if len(fixed) < 2 or not len(loads) or evening.too_large():
        return held
    best, least = held, evening.distance()
    for _ in range(ROUNDS):
        if least == (0, 0) or stop():
            break
        if evening.round():
            if not keeps(evening.held):
                break
            if evening.distance() < least:
                best, least = evening.held.copy(), evening.distance()
    return best


class _Rounds:
    """A division, what everybody carries, and what everybody should: the mean rounded up for as many of the
    heaviest as the sum asks for, rounded down for the others."""

    def __init__(self, loads: Ints, held: Ints, fixed: Ints) -> None:
        self.loads, self.held, self.fixed = loads, held, fixed
        self.dice = np.random.Generator(np.random.PCG64(1))
        self.meetings = MEETINGS
        self.look()

    def look(self) -> None:
        self.total = self.fixed.copy()
        np.add.at(self.total, self.held, self.loads)
        low, over = divmod(int(self.total.sum()), len(self.total))
        self.goal = np.full(len(self.total), low, dtype=np.int64)
        self.goal[np.argsort(-self.total, kind="stable")[:over]] += 1
        self.off = np.abs(self.total - self.goal)

    def too_large(self) -> bool:
        """Whether the sorting keys of `nearest_subsets` could leave the machine's whole numbers."""
        return int(np.abs(self.loads).max()) * 2 * MOST_EACH + int(np.abs(self.total).max()) >= 2**56

    def distance(self) -> tuple[int, int]:
        return int(self.off.max()), int(self.off.sum())

    def round(self) -> bool:
        """All pairs of one round; whether anything was divided anew."""
        self.pools, self.sizes = self._pools()
        if self.meetings > 0:
            changed = self._divide(*self._met(), meeting=True)
            self.meetings = self.meetings - 1 if changed else 0
        else:
            open_ = self.dice.permutation(np.flatnonzero(self.off))
            if len(open_) > MANY_OPEN:
                half = len(open_) // 2
                changed = self._divide(open_[:half], open_[half : 2 * half])
            else:
                first, second = np.triu_indices(len(open_), 1)
                changed = self._divide(open_[first], open_[second])
            if not changed:
                changed = self._divide(*self._with_others(open_))
        self.look()
        return changed

    def _met(self) -> tuple[Ints, Ints]:
        """The heaviest with the lightest, the next with the next."""
        order = np.argsort(-self.total, kind="stable")
        half = len(order) // 2
        return order[:half], order[::-1][:half]

    def _with_others(self, open_: Ints) -> tuple[Ints, Ints]:
        """Each of a few that are off the mean with some that are not."""
        there = np.flatnonzero(self.off == 0)
        if not len(there):
            return open_[:0], open_[:0]
        few = open_[:MANY_OPEN]
        return np.repeat(few, OTHERS), self.dice.choice(there, size=OTHERS * len(few))

    def _pools(self) -> tuple[Ints, Ints]:
        """(by manager at most `MOST_EACH` of the accounts held, by lot where there are more; how many)."""
        shuffled = self.dice.permutation(len(self.held))
        order = shuffled[np.argsort(self.held[shuffled], kind="stable")]
        counts = np.bincount(self.held, minlength=len(self.fixed))
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        at = np.minimum(first[:, None] + np.arange(MOST_EACH)[None, :], len(order) - 1)
        return order[at], np.minimum(counts, MOST_EACH)

    def _divide(self, one: Ints, other: Ints, meeting: bool = False) -> bool:
        """Divide the pools of pairs anew where that is better; nobody twice in a round."""
        taken = np.zeros(len(self.total), dtype=np.bool_)
        sizes = np.stack([self.sizes[one], self.sizes[other]])
        for p, q in np.unique(sizes, axis=1).T.tolist():
            if min(p, q) == 0:
                continue
            alike = np.flatnonzero((sizes[0] == p) & (sizes[1] == q))
            for start in range(0, len(alike), BATCH):
                some = alike[start : start + BATCH]
                self._divide_alike(one[some], other[some], p, q, taken, meeting)
        return bool(taken.any())

    def _divide_alike(self, one: Ints, other: Ints, p: int, q: int, taken: Bools, meeting: bool) -> None:
        own, theirs = self.pools[one, :p], self.pools[other, :q]
        both, total = self.total[one] + self.total[other], self.total[one]
        outside = total - self.loads[own].sum(axis=1)
        wanted = both // 2 if meeting else self.goal[one]
        kept, got, sums = nearest_subsets(self.loads[own], self.loads[theirs], wanted - outside)
        new = outside + sums
        after = np.abs(np.stack([new - self.goal[one], both - new - self.goal[other]]))
        before = np.stack([self.off[one], self.off[other]])
        if meeting:
            better = after.max(axis=0) < before.max(axis=0)
        else:
            settled = (after == 0).sum(axis=0) - (before == 0).sum(axis=0)
            nearer = after.sum(axis=0) < before.sum(axis=0)
            passed_on = (after[0] == 0) & (after[1] <= before[0] + 1) & (before[0] > 0)
            better = (settled > 0) | ((settled == 0) & (nearer | passed_on))
        for k in np.flatnonzero(better).tolist():
            a, b = int(one[k]), int(other[k])
            if not (taken[a] or taken[b]):
                taken[a] = taken[b] = True
                self.held[own[k][(~kept[k] >> np.arange(p) & 1).astype(np.bool_)]] = b
                self.held[theirs[k][(got[k] >> np.arange(q) & 1).astype(np.bool_)]] = a


def nearest_subsets(own: Ints, theirs: Ints, wanted: Ints) -> tuple[Ints, Ints, Ints]:
    """Of each row, as many of both figures together as the row of `own` has, with a sum nearest to `wanted`.

    own: [b, p], theirs: [b, q], p and q at most 20. Back come the chosen of both as bits, and the sums. At
    least one of `own` is chosen where it has several: to exchange everything would change nothing.
    """
    rows, p = own.shape
    sums, sizes = _subsets(own)
    other_sums, other_sizes = _subsets(theirs)
    # sorted by how many they are, then by sum; a query looks among those of the size that is missing
    lowest = np.minimum(sums.min(axis=1), other_sums.min(axis=1))
    span = np.maximum(sums.max(axis=1), other_sums.max(axis=1)) - lowest + np.abs(wanted) + 1
    step = 4 * span
    keys = other_sums + other_sizes[None, :] * step[:, None]
    order = np.argsort(keys, axis=1, kind="stable")
    keys = np.take_along_axis(keys, order, axis=1)
    missing = p - sizes
    asked = wanted[:, None] - sums + missing[None, :] * step[:, None]
    best = np.full(rows, -1, dtype=np.int64)
    found = [np.zeros(rows, dtype=np.int64) for _ in range(3)]
    at = np.stack([np.searchsorted(keys[r], asked[r]) for r in range(rows)])
    for shift in (0, -1):
        near = np.clip(at + shift, 0, keys.shape[1] - 1)
        chosen = np.take_along_axis(order, near, axis=1)
        fits = other_sizes[chosen] == missing[None, :]
        fits[:, 0] &= p == 1
        total = sums + np.take_along_axis(other_sums, chosen, axis=1)
        off = np.where(fits, np.abs(total - wanted[:, None]), np.iinfo(np.int64).max)
        k = off.argmin(axis=1)
        line = np.arange(rows)
        least = off[line, k]
        nearer = (best < 0) | (least < best)
        best = np.where(nearer, least, best)
        for to, value in zip(found, (k, chosen[line, k], total[line, k]), strict=True):
            to[nearer] = value[nearer]
    return found[0], found[1], found[2]


def _subsets(figures: Ints) -> tuple[Ints, Ints]:
    """([b, 2^p] sums of all subsets, numbered by their bits; [2^p] how many each has)."""
    sums = np.zeros((len(figures), 1), dtype=np.int64)
    sizes = np.zeros(1, dtype=np.int64)
    for k in range(figures.shape[1]):
        sums = np.concatenate([sums, sums + figures[:, k : k + 1]], axis=1)
        sizes = np.concatenate([sizes, sizes + 1])
    return sums, sizes
