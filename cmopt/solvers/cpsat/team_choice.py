"""Who is on the team of a matching, and how they share its accounts out.

Once merit is settled a few seatings are left, often one; each has some thousands of ways to share the accounts
out, which are counted with numpy. Of the ways of a seating that cost the same in balance only the best for the
goals that follow can be in the best division. Where there are too many ways, they are searched instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Any

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.cpsat.matching import Matching
from cmopt.solvers.cpsat.team_ways import Ways

MOST_WAYS = 5_000_000  # of one seating
MOST_SEATINGS = 60_000
MOST_KNOWN = 400_000  # ways whose trees are kept for the next call


@dataclass(frozen=True)
class Choice:
    """One way to seat the team and share out its accounts (in the order of `team.accounts`): what it costs in
    balance, and in the goals that follow."""

    members: tuple[int, ...]
    holders: tuple[int, ...]
    cost: int
    later: int


def rough_choices(made: Matching, most: int, later: Ints) -> list[Choice] | None:
    """Each seating that `made` leaves, with no accounts and bounds on its costs, those above `most` left out.
    None: too many seatings, or too many ways to share out the accounts in one of them."""
    seated = seatings(made)
    if seated is None or any(
        prod(len(_options(made, members, j, False)) for j in made.team.accounts) > MOST_WAYS
        for members in seated[:1].tolist()
        if made.team is not None
    ):
        return None
    figures = _least_costs(made, seated), later[seated].min(axis=1).sum(axis=1)
    return [
        Choice(tuple(members), (), cost, after)
        for members, cost, after in zip(seated.tolist(), *(f.tolist() for f in figures), strict=True)
        if cost <= most
    ]


def how_many_ways(made: Matching, rough: list[Choice], keep_all: bool) -> list[int]:
    """Of each of the seatings; more than 2 ** 62 count as that."""
    if not rough:
        return []
    seated = np.array([c.members for c in rough], dtype=np.int64)
    several = _all_options(made, seated, keep_all).sum(axis=1).astype(np.float64).prod(axis=1)
    return [int(min(x, 2.0**62)) for x in several.tolist()]


def choices(
    made: Matching,
    rough: list[Choice],
    keep_all: bool,
    most: Ints,
    slack: int,
    later: Ints,
    known: dict[bytes, Ways],
) -> Iterator[tuple[list[int], list[Choice]]]:
    """In parts, so that one may stop between them: numbers of seatings in `rough`, and of each of them the best
    way (by `later`[manager, account of the team]) of each cost at most `slack` above its least, those above
    `most`[seating] left out. `keep_all`: members keep what was theirs. `known`: ways by options, kept for the
    next call as far as there is room."""
    assert made.team is not None
    if not rough:
        return
    seated = np.array([c.members for c in rough], dtype=np.int64)
    options = _all_options(made, seated, keep_all)
    # Places in the order of their options, so that more seatings are alike.
    bits = np.ascontiguousarray(np.packbits(options, axis=2))
    order = np.argsort(bits.view(f"S{bits.shape[2]}")[:, :, 0], axis=1, kind="stable")
    seated = np.take_along_axis(seated, order, axis=1)
    options = np.take_along_axis(options, order[:, :, None], axis=1)
    alike: dict[bytes, list[int]] = {}
    for n in range(len(rough)):
        alike.setdefault(options[n].tobytes(), []).append(n)
    for key, group in sorted(
        alike.items(), key=lambda item: -len(item[1])
    ):  # the most first: theirs are kept
        if key not in known:
            mine = options[group[0]]
            equal = [next(q for q in range(p + 1) if (mine[q] == may).all()) for p, may in enumerate(mine)]
            places = _ways(made, mine, equal)
            known[key] = Ways(made.problem, made.team.accounts, places, made.team.size, equal)
        ways = known[key]
        begin = 0
        for end, rows in ways.cheapest(seated[group], most[group], slack, later):
            exact = []
            for n, way, cost, after, sitting in zip(*rows, strict=True):
                holders = tuple(sitting[ways.places[way]].tolist())
                exact.append(Choice(rough[group[n]].members, holders, int(cost), int(after)))
            yield group[begin:end], exact
            begin = end
        if sum(len(w.places) for w in known.values()) > MOST_KNOWN:
            del known[key]


def seatings(made: Matching) -> Ints | None:
    """[seating, place] -> manager: every set of people that can be the team; None if they are too many."""
    assert made.team is not None
    may = made.possible[:, -1]
    certain = may & ~made.idle & (made.possible.sum(axis=1) == 1)
    others = np.flatnonzero(may & ~certain).tolist()
    first = np.flatnonzero(certain).tolist()
    left = made.team.size - len(first)
    if left < 0 or left > len(others):
        return np.zeros((0, made.team.size), dtype=np.int64)
    if comb(len(others), left) > MOST_SEATINGS:
        return None
    together = [[*first, *more] for more in combinations(others, left)]
    return np.sort(np.array(together, dtype=np.int64).reshape(-1, made.team.size), axis=1)


def _least_costs(made: Matching, seated: Ints) -> Ints:
    """[seating] -> a bound on its cost: the heaviest ends no lighter than before, nor than the lightest with
    the largest account; the lightest ends at the mean of the others at most. Not counted where a load weighs
    less than 0 or the members are of several tiers."""
    problem, total = made.problem, np.zeros(len(seated), dtype=np.int64)
    assert made.team is not None
    for spread in problem.spreads if seated.shape[1] > 1 else ():
        brings = [spread.load[j] for j in made.team.accounts]
        if not spread.weight or spread.pair or min(brings) < 0:
            continue
        base = np.zeros(len(problem.managers), dtype=np.int64)
        inside = np.zeros(len(problem.managers), dtype=np.bool_)
        base[list(spread.members)], inside[list(spread.members)] = spread.base, True
        held = base[seated]
        highest = np.maximum(held.max(axis=1), held.min(axis=1) + max(brings))
        lowest = (held.sum(axis=1) + sum(brings) - highest) // (seated.shape[1] - 1)
        if not any(brings):
            lowest = held.min(axis=1)
        lowest = np.minimum(lowest, highest)
        spanned = np.where(inside[seated].all(axis=1), highest - lowest, 0)
        total += spread.weight * -(-problem.resolution * spanned // spread.scale)
    return total


def _options(made: Matching, members: Sequence[int], j: int, keep_all: bool) -> list[int]:
    """The places in `members` of who may hold account j of the team."""
    problem = made.problem
    pinned = [i for i, k in problem.pins if k == j]
    keeper = problem.keeper[j]
    if keeper is not None and (problem.keep_is_rule or (keep_all and keeper in members)):
        pinned.append(keeper)
    return [p for p, i in enumerate(members) if problem.eligible[i, j] and all(i == k for k in pinned)]


def _all_options(made: Matching, seated: Ints, keep_all: bool) -> Bools:
    """[seating, place, account of the team] -> who sits there may hold it."""
    problem = made.problem
    assert made.team is not None
    found: Bools = problem.eligible[seated][:, :, list(made.team.accounts)]
    column_of = {j: column for column, j in enumerate(made.team.accounts)}
    for i, j in problem.pins:
        if j in column_of:
            found[:, :, column_of[j]] &= seated == i
    for column, j in enumerate(made.team.accounts):
        keeper = problem.keeper[j]
        if keeper is not None and (problem.keep_is_rule or keep_all):
            his = seated == keeper
            if not problem.keep_is_rule:
                his |= ~his.any(axis=1)[:, None]
            found[:, :, column] &= his
    return found


def _ways(made: Matching, may: Bools, equal: list[int]) -> Ints:
    """[way, account of the team] -> place in the seating, where `may`[place, account]; everybody at least the
    least. Of places that are `equal` the first gets the heaviest of their accounts, and so on."""
    assert made.team is not None
    size, balance = made.team.size, made.problem.balance
    before = np.array([max((q for q in range(p) if equal[q] == equal[p]), default=-1) for p in range(size)])
    accounts = made.team.accounts
    ways = np.zeros((1, len(accounts)), dtype=np.int8)
    used = np.zeros((1, size), dtype=np.bool_)
    for column in sorted(range(len(accounts)), key=lambda column: -balance[accounts[column]]):
        places = np.flatnonzero(may[:, column])
        place = np.tile(places, len(ways))
        row = np.repeat(np.arange(len(ways)), len(places))
        kept = (before[place] < 0) | used[row, before[place]]
        row, place = row[kept], place[kept]
        ways, used = ways[row], used[row]
        ways[:, column] = place
        used[np.arange(len(row)), place] = True
    enough = np.ones(len(ways), dtype=np.bool_)
    for p in range(size):
        enough &= (ways == p).sum(axis=1, dtype=np.int16) >= made.team.least
    return np.ascontiguousarray(ways[enough])


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

    def chosen(self, value: Any) -> Choice:
        return next(c for x, c in zip(self.literals, self.choices, strict=True) if value(x))

    def read(self, value: Any) -> dict[int, int]:
        """Account -> member; nothing where the choice is only a seating."""
        return self.shared(self.chosen(value))

    def shared(self, choice: Choice) -> dict[int, int]:
        return dict(zip(self._accounts, choice.holders, strict=False))
