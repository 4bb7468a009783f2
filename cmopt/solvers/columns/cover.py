"""One bundle of each manager so that every job is in one, with the least total excess: from both ends.

The managers are halved. For each half all combinations of disjoint bundles within the allowed excess are
listed; then every combination of one half looks for its complement in the other (meeting in the middle:
E. Horowitz, S. Sahni, *Computing partitions with applications to the knapsack problem*, Journal of the ACM 21,
1974). Of combinations that cover the same jobs only the best is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.near import Bundles, Words


class TooMany(Exception):
    """More combinations than allowed."""


@dataclass(frozen=True)
class _Layer:
    """Combinations of the bundles of some managers: the jobs they cover, their excess, the combination of the
    managers before that each goes on from, and the last manager's bundle."""

    jobs: Words
    excess: Ints
    before: Ints
    bundle: Ints


def least_cover(choices: Sequence[Bundles], jobs: int, excess: int, most: int) -> list[int] | None:
    """For each manager the number of its bundle, of the cover of all `jobs` jobs whose excess is least; None if
    none is within `excess`. Raises TooMany where that takes more than `most` combinations at once."""
    sizes = [len(c) for c in choices]
    order = sorted(range(len(choices)), key=lambda k: (sizes[k], k))
    halves = order[::2], order[1::2]
    listed = []
    for half in halves:
        layers = _combinations([choices[k] for k in half], jobs, excess, most)
        if layers is None:
            return None
        listed.append(layers)
    met = _meet(listed[0][-1], listed[1][-1], jobs, excess)
    if met is None:
        return None
    chosen = [0] * len(choices)
    for half, layers, end in zip(halves, listed, met, strict=True):
        for k, layer in zip(reversed(half), reversed(layers), strict=False):
            chosen[k] = int(layer.bundle[end])
            end = int(layer.before[end])
    return chosen


def _combinations(choices: Sequence[Bundles], jobs: int, excess: int, most: int) -> list[_Layer] | None:
    """Layer by layer; before the first manager there is one combination, of nothing."""
    words = -(-jobs // 64)
    nothing = np.zeros(1, dtype=np.int64)
    layer = _Layer(np.zeros((1, words), dtype=np.uint64), nothing, nothing, nothing)
    layers = [layer]
    for choice in choices:
        joined = _join(layer, choice, excess, most)
        if joined is None:
            return None
        layer = joined
        layers.append(layer)
    return layers[1:] if len(layers) > 1 else layers


def _join(layer: _Layer, choice: Bundles, excess: int, most: int) -> _Layer | None:
    order = np.argsort(layer.excess, kind="stable")
    jobs, sums = np.ascontiguousarray(layer.jobs[order].T), layer.excess[order]
    ends = np.searchsorted(sums, excess - choice.excess, side="right").tolist()
    fronts, bundles, total = [], [], 0
    for b, end in enumerate(ends):
        if end == 0:
            continue
        shared = jobs[0, :end] & choice.jobs[b, 0]
        for w in range(1, len(jobs)):
            shared |= jobs[w, :end] & choice.jobs[b, w]
        front = np.flatnonzero(shared == 0)
        if len(front):
            total += len(front)
            if total > most:
                raise TooMany
            fronts.append(front)
            bundles.append(np.full(len(front), b, dtype=np.int64))
    if not total:
        return None
    front, bundle = np.concatenate(fronts), np.concatenate(bundles)
    covered = jobs[:, front].T | choice.jobs[bundle]
    summed = sums[front] + choice.excess[bundle]
    kept = _best_of_equal(covered, summed)
    return _Layer(covered[kept], summed[kept], order[front[kept]], bundle[kept])


def _best_of_equal(covered: Words, summed: Ints) -> Ints:
    """One combination, of the least excess, for each set of jobs covered; sorted by these."""
    order = np.lexsort((summed, *covered.T))
    rows = covered[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return order[first]


def _meet(one: _Layer, other: _Layer, jobs: int, excess: int) -> tuple[int, int] | None:
    """The two combinations that together cover every job at the least excess."""
    words = one.jobs.shape[1]
    every = np.array([(1 << min(64, jobs - 64 * w)) - 1 for w in range(words)], dtype=np.uint64)
    together = np.concatenate([one.jobs ^ every, other.jobs])
    sums = np.concatenate([one.excess, other.excess])
    side = np.repeat([0, 1], [len(one.excess), len(other.excess)])
    order = np.lexsort((side, *together.T))
    rows, sides = together[order], side[order]
    same = (rows[1:] == rows[:-1]).all(axis=1) & (sides[1:] != sides[:-1])
    at = np.flatnonzero(same)
    if not len(at):
        return None
    total = sums[order[at]] + sums[order[at + 1]]
    best = int(np.argmin(total))
    if total[best] > excess:
        return None
    return int(order[at[best]]), int(order[at[best] + 1]) - len(one.excess)
