"""Even totals: the least largest load, or the largest least one, by counting and by dividing pairs anew.

Two managers' accounts are shared out anew between them, each keeping as many as before, so that one of them
comes as near to a wanted total as can be: all ways are looked through by the sums of two halves (E. Horowitz,
S. Sahni, *Computing partitions with applications to the knapsack problem*, Journal of the ACM 21, 1974). First
hundreds of pairs at once divide what anybody may hold (even_pairs.py). Where that is not enough, pair by pair,
whatever both may hold: heavy and light managers meet in the middle; then manager after manager is brought to
the mean exactly, what is over moving on to the next.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from cmopt.domain.goals import SENSE
from cmopt.domain.problem import Bools, Ints, Problem
from cmopt.solvers.even_pairs import even_pairs
from cmopt.solvers.totals import by_member

Holders = list[int | None]

MANY_ACCOUNTS = 60  # fewer are proven by search alone
MOST_EACH = 11  # accounts of one manager that are divided anew at a time
TRIES = 20_000
PATIENCE = 40  # tries to settle without one more settled, before a pair is thrown off the mean
THROW = 1000  # how far, at most


def counted_bound(problem: Problem, goal: str, all_covered: bool) -> int:
    """What the first level of leximin or leximax cannot be better than, in millionths.

    The mean of all totals if every account went where it weighs least (leximin: most); for leximax besides the
    largest base load, and the best place of each single account. all_covered: no account is left out.
    """
    totals = problem.totals[goal]
    least_is_best = SENSE[goal] == "min"
    pick = min if least_is_best else max
    members = set(totals.members)
    whole, singles = sum(totals.base), list[int]()
    base = dict(zip(totals.members, totals.base, strict=True))
    for j, who in enumerate(problem.may_hold):
        figures = {totals.load[j] if not totals.pair else totals.of(i, j) for i in who if i in members}
        apart = not all_covered or not members.issuperset(who)
        whole += pick([*figures, *([0] if apart else [])], default=0)
        if not apart and who:
            singles.append(min(base[i] + totals.of(i, j) for i in who))
    unit = math.gcd(*totals.base, *totals.load, *totals.pair.values()) or 1
    n = len(totals.members)
    if not least_is_best:
        return whole // (n * unit) * unit
    mean = -(-whole // (n * unit)) * unit
    if min((*totals.load, *totals.pair.values()), default=0) < 0:
        return mean
    return max([mean, *totals.base, *singles])


def first_even(problem: Problem, goal: str) -> Holders:
    """The heaviest account first, each round one to every manager who may, the lightest first; it may break
    rules, which is for the caller to look at."""
    totals = problem.totals[goal]
    carried = np.zeros(len(problem.managers), dtype=np.int64)
    carried[list(totals.members)] = totals.base
    counts = np.zeros(len(problem.managers), dtype=np.int64)
    member = np.zeros(len(problem.managers), dtype=np.bool_)
    member[list(totals.members)] = True
    holders: Holders = [None] * len(problem.accounts)
    for j in sorted(range(len(holders)), key=lambda j: (-totals.load[j], j)):
        who = np.flatnonzero(problem.eligible[:, j] & member)
        if len(who):
            fewest = who[counts[who] == counts[who].min()]
            chosen = int(fewest[carried[fewest].argmin()])
            holders[j] = chosen
            counts[chosen] += 1
            carried[chosen] += totals.of(chosen, j)
    return holders


def even_out(
    problem: Problem,
    goal: str,
    best: Holders,
    wanted: int,
    keeps: Callable[[Holders], bool],
    stop: Callable[[], bool],
) -> Holders:
    """A division whose first level is as near to `wanted` as was found; every step keeps the rules.

    Counts by manager stay as they are. Accounts with a pin, with several places, that belong together, of a
    team, or that one of two managers may not hold, or that weigh differently on them, stay where they are.
    """
    evening = _Evening(problem, goal, best, keeps)
    evening.pairs_at_once(stop)
    for _ in range(TRIES):
        if stop() or evening.reached(wanted):
            break
        if not evening.meet():
            break
    evening.settle(wanted, stop)
    return evening.best


class _Evening:
    """Totals are counted in the unit that divides them all; `sign` 1 where less is better."""

    def __init__(self, problem: Problem, goal: str, best: Holders, keeps: Callable[[Holders], bool]) -> None:
        self.problem, self.keeps = problem, keeps
        self.totals = totals = problem.totals[goal]
        self.unit = math.gcd(*totals.base, *totals.load, *totals.pair.values()) or 1
        self.sign = 1 if SENSE[goal] == "min" else -1
        self.movable = self._movable()
        self.dice = Random(1)
        self.best, self.level = list(best), max(self.sign * v for v in by_member(totals, best).values())
        self._begin(best)
        self.mean = sum(self.carried.values()) / len(self.carried)

    def _begin(self, holders: Holders) -> None:
        """Go on from this division; the best one is kept."""
        self.holders = list(holders)
        self.carried = {i: v // self.unit for i, v in by_member(self.totals, holders).items()}
        self.held: dict[int, list[int]] = {i: [] for i in self.totals.members}
        for j, i in enumerate(holders):
            if i in self.held:
                self.held[i].append(j)
        if self._level() <= self.level:
            self.level, self.best = self._level(), list(holders)

    def reached(self, wanted: int) -> bool:
        return self.level <= self.sign * wanted // self.unit

    def pairs_at_once(self, stop: Callable[[], bool]) -> None:
        """Even out with the accounts that every member may hold, at the same load."""
        members = np.array(self.totals.members, dtype=np.int64)
        by_pair = {j for _, j in self.totals.pair}
        place = {i: k for k, i in enumerate(self.totals.members)}
        anybody: Bools = np.all(self.problem.eligible[members], axis=0)
        moved = [
            j
            for j, i in enumerate(self.holders)
            if i in place and self.movable[j] and anybody[j] and j not in by_pair
        ]
        held = [(j, self.holders[j]) for j in moved]
        loads = np.array([self.totals.load[j] // self.unit for j in moved], dtype=np.int64)
        where = np.array([place[i] for _, i in held if i is not None], dtype=np.int64)
        fixed = np.array([self.carried[i] for i in self.totals.members], dtype=np.int64)
        np.subtract.at(fixed, where, loads)

        def whole(where: Ints) -> Holders:
            holders = list(self.holders)
            for j, k in zip(moved, members[where].tolist(), strict=True):
                holders[j] = k
            return holders

        found = even_pairs(loads, where, fixed, lambda where: self.keeps(whole(where)), stop)
        self._begin(whole(found))

    def meet(self) -> bool:
        """The manager farthest from the mean and some on the other side meet in the middle, the farthest of
        them first. False: nobody gets nearer in this way."""
        far = sorted(self.carried, key=lambda i: (-abs(self.carried[i] - self.mean), i))
        heavy = self.carried[far[0]] > self.mean
        others = [i for i in far[1:] if (self.carried[i] > self.mean) != heavy]
        for other in [*others[:20], *self.dice.sample(others[20:], min(20, len(others[20:])))]:
            both = self.carried[far[0]] + self.carried[other]
            before = abs(self.carried[far[0]] - self.mean)
            share = self._share(far[0], other, both // 2)
            if share is None:
                continue
            first = sum(self._load(j) for j in share) + self._fixed(far[0], other)
            if max(abs(first - self.mean), abs(both - first - self.mean)) < before and self._take(
                far[0], other, share
            ):
                return True
        return False

    def settle(self, wanted: int, stop: Callable[[], bool]) -> None:
        """Manager after manager to the mean, rounded down or up, exactly; the last gets what is over."""
        goal = self._goals()
        open_ = [i for i in self.carried if self.carried[i] != goal[i]]
        fewest, since = len(open_), 0
        for _ in range(TRIES):
            if stop() or self.reached(wanted) or not open_ or len(self.carried) < 2:
                return
            since += 1
            if since > PATIENCE:
                self._throw()
                open_ = [i for i in self.carried if self.carried[i] != goal[i]]
                fewest, since = len(open_), 0
            one = self.dice.choice(open_)
            among = [i for i in (open_ if self.dice.random() < 0.7 else self.carried) if i != one]
            if not among:
                among = [i for i in self.carried if i != one]
            other = self.dice.choice(among)
            share = self._share(one, other, goal[one])
            if share is None:
                continue
            first = sum(self._load(j) for j in share) + self._fixed(one, other)
            if first == goal[one] and self._take(one, other, share):
                open_ = [i for i in self.carried if self.carried[i] != goal[i]]
                if len(open_) < fewest:
                    fewest, since = len(open_), 0

    def _throw(self) -> None:
        """Two managers a little off the mean, so that other ways open."""
        one, other = self.dice.sample(sorted(self.carried), 2)
        share = self._share(one, other, self.carried[one] + self.dice.randint(-THROW, THROW))
        if share is not None:
            self._take(one, other, share)

    def _goals(self) -> dict[int, int]:
        low, over = divmod(sum(self.carried.values()), len(self.carried))
        return {i: low + (n < over) for n, i in enumerate(sorted(self.carried))}

    # --- one pair ---

    def _share(self, one: int, other: int, wanted: int) -> list[int] | None:
        """Which of both managers' movable accounts the first should have, of as many as now, to come nearest to
        the total `wanted`; None where there is nothing to choose. Sets self._pool."""
        pools = []
        for i in (one, other):
            pool = [j for j in self.held[i] if self._may_swap(j, one, other)]
            pools.append(pool if len(pool) <= MOST_EACH else sorted(self.dice.sample(pool, MOST_EACH)))
        self._pool = (pools[0], pools[1])
        if not pools[0] or not pools[1]:
            return None
        together = [*pools[0], *pools[1]]
        chosen = nearest_share(
            np.array([self._load(j) for j in together]), len(pools[0]), wanted - self._fixed(one, other)
        )
        return [together[k] for k in chosen]

    def _fixed(self, one: int, other: int) -> int:
        """What the first carries beside the pool."""
        return self.carried[one] - sum(self._load(j) for j in self._pool[0])

    def _take(self, one: int, other: int, share: list[int]) -> bool:
        """Carry it out, unless a rule is broken."""
        pool, chosen = [*self._pool[0], *self._pool[1]], set(share)
        before = {j: self.holders[j] for j in pool}
        for j in pool:
            self.holders[j] = one if j in chosen else other
        if not self.keeps(self.holders):
            for j, i in before.items():
                self.holders[j] = i
            return False
        for i in (one, other):
            self.held[i] = [j for j in self.held[i] if j not in before]
            gained = [j for j in pool if self.holders[j] == i]
            self.held[i] += gained
            lost = [j for j in pool if before[j] == i]
            self.carried[i] += sum(map(self._load, gained)) - sum(map(self._load, lost))
        if self._level() < self.level:
            self.level, self.best = self._level(), list(self.holders)
        return True

    def _level(self) -> int:
        return max(self.sign * v for v in self.carried.values())

    def _load(self, j: int) -> int:
        holder = self.holders[j]
        assert holder is not None
        return self.totals.of(holder, j) // self.unit

    def _may_swap(self, j: int, one: int, other: int) -> bool:
        eligible, of = self.problem.eligible, self.totals.of
        return bool(self.movable[j] and eligible[one, j] and eligible[other, j]) and of(one, j) == of(
            other, j
        )

    def _movable(self) -> list[bool]:
        problem = self.problem
        stuck = {j for _, j in problem.pins} | {j for js in (*problem.same, *problem.together) for j in js}
        stuck |= {j for t in problem.teams for j in t.accounts}
        if problem.keep_is_rule:
            stuck |= {j for j, i in enumerate(problem.keeper) if i is not None}
        return [j not in stuck for j in range(len(problem.accounts))]


def nearest_share(loads: Ints, size: int, wanted: int) -> list[int]:
    """Numbers of `size` of the loads (at most 22 of them) whose sum comes nearest to `wanted`."""
    middle = len(loads) // 2
    halves = [_sums(loads[:middle]), _sums(loads[middle:])]
    best: tuple[int, int, int] | None = None
    for of_first in range(max(0, size - (len(loads) - middle)), min(size, middle) + 1):
        a_sums, a_sets = halves[0][of_first]
        b_sums, b_sets = halves[1][size - of_first]
        at = np.searchsorted(b_sums, wanted - a_sums)
        for shift in (0, -1):
            near = np.clip(at + shift, 0, len(b_sums) - 1)
            off = np.abs(a_sums + b_sums[near] - wanted)
            k = int(off.argmin())
            if best is None or off[k] < best[0]:
                best = (int(off[k]), int(a_sets[k]), int(b_sets[near[k]]))
    assert best is not None
    bits = best[1] | best[2] << middle
    return [k for k in range(len(loads)) if bits >> k & 1]


def _sums(loads: Ints) -> list[tuple[Ints, Ints]]:
    """By size: the sums of all subsets of that size, upwards, and the subsets as bits."""
    n = len(loads)
    sets = np.arange(1 << n)
    bits = sets[:, None] >> np.arange(n) & 1
    sums, sizes = bits @ loads, bits.sum(axis=1)
    found = []
    for size in range(n + 1):
        own = sets[sizes == size]
        order = np.argsort(sums[own], kind="stable")
        found.append((sums[own][order], own[order]))
    return found
