"""The cheapest ways to share the team's accounts out, for many seatings at once.

What the accounts bring each place is the same for all seatings with the same options, so their ways are put
into one tree: similar ways together, with the least and the most that each place gets of each measure in any
of them (a k-d tree; J. Bentley, Communications of the ACM 18, 1975). The spread of a whole branch is at least
the largest "base and least" less the smallest "base and most", so branch and bound finds the least cost of a
seating, and all ways near it, without a look at most of the ways. Places with the same options are equal: the
tree has each way in one order of them only, and the members of a seating sit down in all orders. Exact, in
integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations, product

import numpy as np

from cmopt.domain.problem import Ints, Problem, Spread

FAR = 1 << 61  # base of those who are not of the tier
FEW_SEATINGS = 25  # for so many (in all their orders) or less the ways are looked at one after the other
MOST_IN_TREE = 300_000  # ways
UNSORTED = 2  # levels of the tree: the ways of the last branches are in any order
BEAM = 6  # branches of a level that the first look follows
AT_ONCE = 200_000  # branches or ways
ROWS_AT_ONCE = 2_048  # seatings, each in all its orders

Rows = tuple[Ints, Ints, Ints, Ints]  # number of the seating in an order, way, cost, later
Found = tuple[Ints, Ints, Ints, Ints, Ints]  # number of the seating, way, cost, later, its members by place


@dataclass(frozen=True)
class Bases:
    """What the members of some seatings hold whatever is divided: spread -> [place] -> [seating], with -FAR
    (`high`) or FAR (`low`) for those who are not of the tier."""

    high: list[Ints]
    low: list[Ints]

    @classmethod
    def of(cls, problem: Problem, spreads: list[Spread], seated: Ints) -> Bases:
        high: list[Ints] = []
        low: list[Ints] = []
        for spread in spreads:
            for far, ends in ((-FAR, high), (FAR, low)):
                base = np.full(len(problem.managers), far, dtype=np.int64)
                base[list(spread.members)] = spread.base
                ends.append(np.ascontiguousarray(base[seated].T))
        return cls(high, low)


class Ways:
    """All ways of some options. `places[way, account]`: the place in the seating that holds it. `equal[place]`:
    the same number for places with the same options, and `places` has each way in one order of them only."""

    def __init__(
        self, problem: Problem, accounts: tuple[int, ...], places: Ints, size: int, equal: list[int]
    ) -> None:
        self.problem, self.accounts, self.size = problem, accounts, size
        self.constant: list[Spread] = []
        self.shared: list[Spread] = []
        self.paired: list[Spread] = []  # the load depends on who holds an account
        for spread in problem.spreads:
            if spread.weight:
                brings = any(spread.load[j] for j in accounts)
                kind = self.paired if spread.pair else self.shared if brings else self.constant
                kind.append(spread)
        alike = [[p for p in range(size) if equal[p] == e] for e in sorted(set(equal))]
        self.orders = _orders(alike, size)
        self.places = places

    def cheapest(self, seated: Ints, most: Ints, slack: int, later: Ints) -> Iterator[tuple[int, Found]]:
        """For `seated`[seating, place] -> manager, in parts: (how many are done, what was found of them, each
        with its members in the order of the places).
        Of each seating the best way by `later`[manager, account of the team] of each cost that is `slack`
        above its least at most, those above `most`[seating] left out."""
        if not len(self.places):
            yield len(seated), _nothing(self.size)
            return
        orders = len(self.orders)
        tree = len(seated) * orders > FEW_SEATINGS and len(self.places) <= MOST_IN_TREE
        step = max(1, ROWS_AT_ONCE // orders) if tree else 1
        for begin in range(0, len(seated), step):
            part = Part(self, seated[begin : begin + step], most[begin : begin + step], slack, later)
            row, *others = part.by_tree(self.tree) if tree else part.one_by_one()
            found = row // orders + begin, others[0], others[1], others[2], part.seated[row]
            yield min(begin + step, len(seated)), found

    @cached_property
    def tree(self) -> Tree:
        return Tree(self)

    @cached_property
    def brought(self) -> list[list[Ints]]:
        """[shared spread][place] -> [way] -> the load that the accounts bring."""
        found = [[np.zeros(len(self.places), dtype=np.int64) for _ in range(self.size)] for _ in self.shared]
        for p in range(self.size):
            for column, j in enumerate(self.accounts):
                here = self.places[:, column] == p
                for spread, loads in zip(self.shared, found, strict=True):
                    if spread.load[j]:
                        loads[p] += here * np.int64(spread.load[j])
        return found


def _orders(alike: list[list[int]], size: int) -> Ints:
    """[order, place] -> place: all that give each place somebody of one with the same options."""
    found = []
    for parts in product(*map(permutations, alike)):
        order = [0] * size
        for group, moved in zip(alike, parts, strict=True):
            for p, q in zip(group, moved, strict=True):
                order[p] = q
        found.append(order)
    return np.array(found, dtype=np.int64).reshape(-1, size)


class Tree:
    """`order[leaf]`: the way; some twice, so that there are 4 ** depth. least[level][spread][place][branch] and
    `most`: of what the place gets of the spread's load in the ways of the branch."""

    def __init__(self, ways: Ways) -> None:
        count = len(ways.places)
        self.depth = 0
        while 4**self.depth < count:
            self.depth += 1
        order = np.zeros((1, 4**self.depth), dtype=np.int64)
        order[0, :count] = np.arange(count)
        keys = [
            (spread.weight / spread.scale, load)
            for spread, loads in zip(ways.shared, ways.brought, strict=True)
            for load in loads
        ]
        for _ in range(self.depth - UNSORTED if keys else 0):
            some = order[:: max(1, len(order) // 64)]
            extents = [unit * float(np.ptp(load[some], axis=1).mean()) for unit, load in keys]
            widest = keys[extents.index(max(extents))][1][order]
            quarters = [n * order.shape[1] // 4 for n in (1, 2, 3)]
            order = np.take_along_axis(order, np.argpartition(widest, quarters, axis=1), axis=1)
            order = order.reshape(4 * len(order), -1)
        self.order: Ints = order.reshape(-1)
        leaves = [[load[self.order] for load in loads] for loads in ways.brought]
        self.least, self.most = [leaves], [leaves]
        for _ in range(self.depth):
            self.least.insert(0, [[_fours(x, np.minimum) for x in loads] for loads in self.least[0]])
            self.most.insert(0, [[_fours(x, np.maximum) for x in loads] for loads in self.most[0]])


def _fours(figures: Ints, of: np.ufunc) -> Ints:
    found: Ints = of(of(figures[0::4], figures[1::4]), of(figures[2::4], figures[3::4]))
    return found


class Part:
    """Some seatings whose ways are looked at together: `seated` has each of them in all its orders, `limit` one
    figure for all of these."""

    def __init__(self, ways: Ways, seated: Ints, most: Ints, slack: int, later: Ints) -> None:
        self.ways, self.slack, self.later = ways, slack, later
        self.orders = len(ways.orders)
        self.seated = seated[:, ways.orders].reshape(-1, ways.size)
        problem = ways.problem
        self.shared = Bases.of(problem, ways.shared, self.seated)
        self.paired = Bases.of(problem, ways.paired, self.seated)
        fixed = Bases.of(problem, ways.constant, self.seated)
        self.constant = np.zeros(len(self.seated), dtype=np.int64)
        for spread, high, low in zip(ways.constant, fixed.high, fixed.low, strict=True):
            self.constant += self._steps(spread, high.max(axis=0) - low.min(axis=0))
        self.limit = most.astype(np.int64)

    def by_tree(self, tree: Tree) -> Rows:
        self._look(tree)
        found = _no_rows()
        every = np.flatnonzero(self.constant <= self._limit(np.arange(len(self.seated))))
        todo = [(0, every, np.zeros(len(every), dtype=np.int64))]
        while todo:
            level, row, branch = todo.pop()
            if level == tree.depth:
                found = self._join(found, row, tree.order[branch])
                continue
            if len(row) > AT_ONCE // 4:
                middle = len(row) // 2
                todo += [(level, row[middle:], branch[middle:]), (level, row[:middle], branch[:middle])]
                continue
            row, branch = np.repeat(row, 4), (4 * branch[:, None] + np.arange(4)).reshape(-1)
            near = np.flatnonzero(self._bound(tree, level + 1, row, branch) <= self._limit(row))
            if len(near):
                todo.append((level + 1, row[near], branch[near]))
        return found

    def one_by_one(self) -> Rows:
        found = _no_rows()
        for begin in range(0, len(self.ways.places), AT_ONCE):
            way = np.arange(begin, min(begin + AT_ONCE, len(self.ways.places)))
            for row in range(len(self.seated)):
                found = self._join(found, np.full(len(way), row), way)
        return found

    def _limit(self, row: Ints) -> Ints:
        limit: Ints = self.limit[row // self.orders]
        return limit

    def _look(self, tree: Tree) -> None:
        """Follow the branches that look best to some ways, for a first limit."""
        row = np.arange(len(self.seated)).reshape(-1, self.orders)
        branch = np.zeros_like(row)
        for level in range(1, tree.depth + 1):
            row = np.repeat(row, 4, axis=1)
            branch = (4 * branch[:, :, None] + np.arange(4)).reshape(len(branch), -1)
            bound = self._bound(tree, level, row.reshape(-1), branch.reshape(-1))
            best = np.argsort(bound.reshape(branch.shape), axis=1, kind="stable")[:, :BEAM]
            row, branch = np.take_along_axis(row, best, axis=1), np.take_along_axis(branch, best, axis=1)
        cost = self._cost(row.reshape(-1), tree.order[branch.reshape(-1)])
        self.limit = np.minimum(self.limit, cost.reshape(branch.shape).min(axis=1) + self.slack)

    def _bound(self, tree: Tree, level: int, row: Ints, branch: Ints) -> Ints:
        total = self.constant[row]
        for n, spread in enumerate(self.ways.shared):
            high, low = self._ends(self.shared, n, row, tree.least[level][n], tree.most[level][n], branch)
            total += self._steps(spread, high - low)
        return total

    def _cost(self, row: Ints, way: Ints) -> Ints:
        """What each way costs its seating."""
        total = self.constant[row]
        for n, (spread, loads) in enumerate(zip(self.ways.shared, self.ways.brought, strict=True)):
            high, low = self._ends(self.shared, n, row, loads, loads, way)
            total += self._steps(spread, high - low)
        for n, spread in enumerate(self.ways.paired):
            places = self.ways.places[way]
            loads = [np.zeros(len(way), dtype=np.int64) for _ in range(self.ways.size)]
            for column, j in enumerate(self.ways.accounts):
                of = np.array([spread.of(i, j) for i in range(len(self.ways.problem.managers))])
                figures = of[self.seated.T]
                for p, load in enumerate(loads):
                    load += np.where(places[:, column] == p, figures[p][row], 0)
            high, low = self._ends(self.paired, n, row, loads, loads, np.arange(len(way)))
            total += self._steps(spread, high - low)
        return total

    def _ends(
        self, bases: Bases, n: int, row: Ints, least: list[Ints], most: list[Ints], at: Ints
    ) -> tuple[Ints, Ints]:
        """The heaviest with the least, the lightest with the most."""
        high = bases.high[n][0][row] + least[0][at]
        low = bases.low[n][0][row] + most[0][at]
        for p in range(1, self.ways.size):
            np.maximum(high, bases.high[n][p][row] + least[p][at], out=high)
            np.minimum(low, bases.low[n][p][row] + most[p][at], out=low)
        return high, low

    def _steps(self, spread: Spread, span: Ints) -> Ints:
        steps: Ints = -(-self.ways.problem.resolution * np.maximum(span, 0) // spread.scale)
        return spread.weight * steps

    def _join(self, found: Rows, row: Ints, way: Ints) -> Rows:
        """What is near the least of each seating: of those found so far and of these ways."""
        cost = self._cost(row, way)
        near = np.flatnonzero(cost <= self._limit(row))
        row, way, cost = row[near], way[near], cost[near]
        np.minimum.at(self.limit, row // self.orders, cost + self.slack)
        near = np.flatnonzero(cost <= self._limit(row))
        row, way, cost = row[near], way[near], cost[near]
        members = np.take_along_axis(self.seated[row], self.ways.places[way].astype(np.int64), axis=1)
        after = self.later[members, np.arange(members.shape[1])[None, :]].sum(axis=1)
        rows = [np.concatenate(both) for both in zip(found, (row, way, cost, after), strict=True)]
        rows = [r[rows[2] <= self._limit(rows[0])] for r in rows]
        row, way, cost, after = rows
        number = row // self.orders
        order = np.lexsort((way, row, after, cost, number))
        new = np.ones(len(order), dtype=np.bool_)
        new[1:] = (np.diff(number[order]) != 0) | (np.diff(cost[order]) != 0)
        first = order[new]
        return row[first], way[first], cost[first], after[first]


def _no_rows() -> Rows:
    none = np.zeros(0, dtype=np.int64)
    return none, none, none, none


def _nothing(size: int) -> Found:
    return *_no_rows(), np.zeros((0, size), dtype=np.int64)
