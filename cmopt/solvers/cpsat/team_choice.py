"""Who is on the team of a matching, and how they share its accounts out.

Once merit is settled a few seatings are left, often one; each has some thousands of ways to share the accounts
out, which are counted with numpy. Of the ways of a seating that cost the same in balance only the best for the
goals that follow can be in the best division. Where there are too many ways, they are searched instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.cpsat.matching import Matching

MOST_WAYS = 8_000_000  # of all seatings together
MOST_SEATINGS = 3_000


@dataclass(frozen=True)
class Choice:
    """One way to seat the team and share out its accounts (in the order of `team.accounts`): what it costs in
    balance, and in the goals that follow."""

    members: tuple[int, ...]
    holders: tuple[int, ...]
    cost: int
    later: int


def choices(made: Matching, keep_all: bool, slack: int, later: Ints) -> list[Choice] | None:
    """For each seating that `made` leaves, the best way (by `later`[manager, account of the team]) of each cost
    at most `slack` above its least. None: too many to count. `keep_all`: members keep what was theirs."""
    assert made.team is not None
    seated = seatings(made)
    if seated is None:
        return None
    options = [[_options(made, s, j, keep_all) for j in made.team.accounts] for s in seated]
    if sum(prod(len(o) for o in each) for each in options) > MOST_WAYS:
        return None
    shared: dict[Any, Ints] = {}
    found: list[Choice] = []
    for members, each in zip(seated, options, strict=True):
        key = tuple(tuple(o) for o in each)
        if key not in shared:
            shared[key] = _ways(made, each)
        found += _best_ways(made, members, shared[key], slack, later)
    return found


def seatings(made: Matching) -> list[tuple[int, ...]] | None:
    """Every set of people that can be the team; None if they are too many."""
    assert made.team is not None
    may = made.possible[:, -1]
    certain = may & ~made.idle & (made.possible.sum(axis=1) == 1)
    others = np.flatnonzero(may & ~certain).tolist()
    first = np.flatnonzero(certain).tolist()
    left = made.team.size - len(first)
    if left < 0 or left > len(others):
        return []
    if comb(len(others), left) > MOST_SEATINGS:
        return None
    return [tuple(sorted([*first, *more])) for more in combinations(others, left)]


def _options(made: Matching, members: Sequence[int], j: int, keep_all: bool) -> list[int]:
    """The places in `members` of who may hold account j of the team."""
    problem = made.problem
    pinned = [i for i, k in problem.pins if k == j]
    keeper = problem.keeper[j]
    if keeper is not None and (problem.keep_is_rule or (keep_all and keeper in members)):
        pinned.append(keeper)
    return [p for p, i in enumerate(members) if problem.eligible[i, j] and all(i == k for k in pinned)]


def _ways(made: Matching, options: list[list[int]]) -> Ints:
    """[way, account of the team] -> place in the seating; everybody at least the least."""
    assert made.team is not None
    sizes = [len(o) for o in options]
    if not prod(sizes):
        return np.zeros((0, len(options)), dtype=np.int64)
    digits = np.unravel_index(np.arange(prod(sizes)), sizes)
    ways = np.stack([np.array(o)[d] for o, d in zip(options, digits, strict=True)], axis=1)
    enough = np.ones(len(ways), dtype=np.bool_)
    for p in range(made.team.size):
        enough &= (ways == p).sum(axis=1) >= made.team.least
    kept: Ints = ways[enough]
    return kept


def _best_ways(made: Matching, members: tuple[int, ...], ways: Ints, slack: int, later: Ints) -> list[Choice]:
    if not len(ways):
        return []
    cost = _costs(made, members, ways)
    least = int(cost.min())
    near = np.flatnonzero(cost <= least + slack)
    who = np.array(members)[ways[near]]
    after = later[who, np.arange(ways.shape[1])[None, :]].sum(axis=1)
    order = np.lexsort((near, after, cost[near]))
    first = np.unique(cost[near][order], return_index=True)[1]
    return [
        Choice(members, tuple(who[k].tolist()), int(cost[near[k]]), int(after[k]))
        for k in order[first].tolist()
    ]


def _costs(made: Matching, members: tuple[int, ...], ways: Ints) -> Ints:
    """[way] -> the team's part of the balance goal."""
    problem = made.problem
    assert made.team is not None
    total = np.zeros(len(ways), dtype=np.int64)
    for spread in problem.spreads:
        base = dict(zip(spread.members, spread.base, strict=True))
        inside = [p for p, i in enumerate(members) if i in base]
        if len(inside) < 2 or not spread.weight:
            continue
        loads = []
        for p in inside:
            brings = np.array([spread.of(members[p], j) for j in made.team.accounts], dtype=np.int64)
            loads.append(base[members[p]] + (ways == p) @ brings)
        spanned = np.max(loads, axis=0) - np.min(loads, axis=0)
        total += spread.weight * -(-problem.resolution * spanned // spread.scale)
    return total


def share_out(made: Matching, members: Sequence[int], keep_all: bool) -> dict[int, int] | None:
    """Account of the team -> member, everybody at least the least; None if there is no way."""
    from ortools.graph.python import min_cost_flow

    assert made.team is not None
    accounts, size = made.team.accounts, len(members)
    flow: Any = min_cost_flow.SimpleMinCostFlow()
    arcs = []
    for column, j in enumerate(accounts):
        for p in _options(made, members, j, keep_all):
            arcs.append((flow.add_arc_with_capacity_and_unit_cost(size + column, p, 1, 0), p, j))
        flow.set_node_supply(size + column, 1)
    sink = size + len(accounts)
    for p in range(size):
        flow.add_arc_with_capacity_and_unit_cost(p, sink, made.team.least, -1)
        flow.add_arc_with_capacity_and_unit_cost(p, sink, len(accounts), 0)
    flow.set_node_supply(sink, -len(accounts))
    if flow.solve() != flow.OPTIMAL or flow.optimal_cost() != -made.team.least * size:
        return None
    return {j: members[p] for arc, p, j in arcs if flow.flow(arc)}


class Chosen:
    """The team in a model, one literal a choice."""

    def __init__(
        self, made: Matching, cp: Any, take: dict[tuple[int, int], Any], choices: list[Choice]
    ) -> None:
        self.choices = choices
        self._accounts = made.team.accounts if made.team is not None else ()
        self.literals = [cp.new_bool_var("") for _ in choices]
        cp.add_exactly_one(self.literals)
        column = made.possible.shape[1] - 1
        for i in np.flatnonzero(made.possible[:, column]).tolist():
            mine = [x for x, c in zip(self.literals, choices, strict=True) if i in c.members]
            cp.add(sum(mine) == take[i, column])
        self.cost = sum(c.cost * x for x, c in zip(self.literals, choices, strict=True))
        self.later = sum(c.later * x for x, c in zip(self.literals, choices, strict=True))

    def hints(self, holders: dict[int, int]) -> list[tuple[Any, bool]]:
        """The choice of these members whose cost is least or, better, the very way."""
        way = tuple(holders[j] for j in self._accounts)
        members = tuple(sorted(set(way)))
        same = [n for n, c in enumerate(self.choices) if c.members == members]
        exact = [n for n in same if self.choices[n].holders == way]
        chosen = (exact or same or [-1])[0]
        return [(x, n == chosen) for n, x in enumerate(self.literals)]

    def read(self, value: Any) -> dict[int, int]:
        chosen = next(c for x, c in zip(self.literals, self.choices, strict=True) if value(x))
        return dict(zip(self._accounts, chosen.holders, strict=True))
