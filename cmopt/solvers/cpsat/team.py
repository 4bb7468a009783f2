"""The deposit team by enumeration: every way to seat it and to share out its accounts, with its balance.

A team of three with eight accounts is what makes the balance goal hard: two measures have to be even among
three people at once, and a linear relaxation sees nothing of it. But there are only some millions of ways to
do it, so they are counted instead of searched: the rest of the bank gives a bound, and only the ways that can
still reach it go into the model, as one choice among a few rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.problem import Ints, Problem, TeamSeats
from cmopt.solvers.cpsat.keeping import Keeping
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders

MOST_WAYS = 12_000_000  # ways that are counted at the most; a larger team goes into the model as it is
MOST_SHARES = 200_000  # ways to share the accounts out among given members
MOST_ROWS = 4_000  # rows that go into the model at the most


@dataclass(frozen=True)
class TeamWays:
    """Every seating and sharing out of one team: `seatings[s]` are manager numbers, `shares[w]` gives for
    each account of the team the position in the seating; `cost[s, w]` is the team's part of the balance goal,
    or -1 where the way is not allowed."""

    team: TeamSeats
    seatings: NDArray[np.int64]
    shares: NDArray[np.int64]
    cost: NDArray[np.int64]

    @property
    def least(self) -> NDArray[np.int64]:
        """[seating] -> its least cost; -1 where these people cannot be the team."""
        huge = np.iinfo(np.int64).max
        least: NDArray[np.int64] = np.where(self.cost >= 0, self.cost, huge).min(axis=1, initial=huge)
        return np.where(least == huge, -1, least)

    def cheapest(self, seated: Sequence[int]) -> list[dict[int, int]]:
        """account -> manager for each cheapest way (50 at the most) with exactly these members."""
        for s in np.flatnonzero((self.seatings == np.array(sorted(seated))).all(axis=1)).tolist():
            least = self.least[s]
            if least >= 0:
                return [self._way(s, w) for w in np.flatnonzero(self.cost[s] == least)[:50].tolist()]
        return []

    def near_least(self, slack: int) -> list[list[tuple[int, dict[int, int]]]] | None:
        """For each seating, (cost, account -> manager) of the ways at most `slack` above its least cost.

        None if they are too many.
        """
        least = self.least[:, None]
        hits = (self.cost >= 0) & (self.cost <= least + slack)
        if int(hits.sum()) > MOST_ROWS:
            return None
        return [
            [(int(self.cost[s, w]), self._way(s, w)) for w in np.flatnonzero(hits[s]).tolist()]
            for s in range(len(self.seatings))
        ]

    def _way(self, s: int, w: int) -> dict[int, int]:
        members = self.seatings[s]
        return {j: int(members[p]) for j, p in zip(self.team.accounts, self.shares[w].tolist(), strict=True)}


def team_ways(problem: Problem, kept: Keeping | None, stop: Callable[[], bool]) -> TeamWays | None:
    """All ways of the only team (every account given out), where they can be counted.

    `kept`: what the goals before have settled: who is on the team for certain, who is not, and that members
    keep every account of the team that was theirs. None with several teams, with members who may hold other
    divided accounts too, with accounts that belong together, with loads that depend on who holds the account,
    or where there are too many ways.
    `stop` is asked before each seating is counted: then None.
    """
    if len(problem.teams) != 1 or not problem.teams_apart or problem.together:
        return None
    team = problem.teams[0]
    others = set(range(len(problem.accounts))) - set(team.accounts)
    open_to = {i for j in team.accounts for i in problem.may_hold[j]}
    settled = kept.on_team if kept is not None else {}
    candidates = sorted(i for i in open_to if settled.get(i) is not False)
    certain = {i for i in candidates if settled.get(i)}
    if not team.size or not others <= set(team.excluded) or team.size > len(candidates):
        return None
    if any(j in team.accounts for s in problem.spreads for _, j in s.pair):
        return None
    if team.size ** len(team.accounts) > MOST_SHARES:
        return None
    if team.size ** len(team.accounts) * comb(len(candidates), team.size) > MOST_WAYS:
        return None
    shares = np.array(
        [
            share
            for share in product(range(team.size), repeat=len(team.accounts))
            if all(share.count(p) >= team.least for p in range(team.size))
        ],
        dtype=np.int64,
    ).reshape(-1, len(team.accounts))
    seatings = np.array(
        [seats for seats in combinations(candidates, team.size) if certain <= set(seats)], dtype=np.int64
    ).reshape(-1, team.size)
    cost = np.empty((len(seatings), len(shares)), dtype=np.int64)
    loads = {id(s): _share_loads(s.load, team, shares) for s in problem.spreads}
    pinned = {j: i for i, j in problem.pins}
    for n, members in enumerate(seatings.tolist()):
        if stop():
            return None
        cost[n] = _costs(problem, members, loads, len(shares))
        for column, j in enumerate(team.accounts):
            for p, i in enumerate(members):
                if not problem.eligible[i, j] or pinned.get(j, i) != i:
                    cost[n, shares[:, column] == p] = -1
                if kept is not None and problem.keeper[j] == i:
                    cost[n, shares[:, column] != p] = -1
    return TeamWays(team, seatings, shares, cost)


def _share_loads(load: Sequence[int], team: TeamSeats, shares: Ints) -> Ints | None:
    """[way, position] -> the load that the accounts bring; None if they bring none."""
    value = np.array([load[j] for j in team.accounts], dtype=np.int64)
    if not value.any():
        return None
    return np.stack([((shares == p) * value).sum(axis=1) for p in range(team.size)], axis=1)


def _costs(problem: Problem, members: list[int], loads: dict[int, Ints | None], ways: int) -> Ints:
    total = np.zeros(ways, dtype=np.int64)
    for spread in problem.spreads:
        place = {i: n for n, i in enumerate(spread.members)}
        positions = [p for p, i in enumerate(members) if i in place]
        if len(positions) < 2 or not spread.weight:
            continue
        base = np.array([spread.base[place[members[p]]] for p in positions], dtype=np.int64)
        brought = loads[id(spread)]
        held = base[None, :] if brought is None else base[None, :] + brought[:, positions]
        spanned = held.max(axis=1) - held.min(axis=1)
        total += spread.weight * -(-problem.resolution * spanned // spread.scale)
    return total


def add_seatings(model: DivisionModel, ways: TeamWays) -> tuple[list[Expr], Expr]:
    """Exactly one seating; returns its literals and the least cost of the chosen one."""
    cp, least = model.cp, ways.least.tolist()
    seatings = [frozenset(members) for members in ways.seatings.tolist()]
    chosen = [cp.new_bool_var(f"seating_{s}") for s in range(len(seatings))]
    cp.add_exactly_one(chosen)
    for members, literal, cost in zip(seatings, chosen, least, strict=True):
        if cost < 0:
            cp.add(literal == 0)
        model.derive(literal, _is_seating(ways.team, members))
    for (t, i), seat in model.seat.items():
        if t == 0:
            with_i = [lit for members, lit in zip(seatings, chosen, strict=True) if i in members]
            cp.add(sum(with_i) == seat)
    return chosen, sum(max(c, 0) * literal for c, literal in zip(least, chosen, strict=True))


def add_shares(
    model: DivisionModel, seatings: list[Expr], rows: list[list[tuple[int, dict[int, int]]]]
) -> Expr:
    """Exactly one of `rows` (by seating) is how the team shares out its accounts; returns its cost."""
    cp = model.cp
    with_pair: dict[tuple[int, int], list[Expr]] = {}
    costs: list[Expr] = []
    for s, (seating, of_seating) in enumerate(zip(seatings, rows, strict=True)):
        literals = []
        for w, (cost, way) in enumerate(of_seating):
            literal = cp.new_bool_var(f"share_{s}_{w}")
            model.derive(literal, _is_way(way))
            literals.append(literal)
            costs.append(cost * literal)
            for j, i in way.items():
                with_pair.setdefault((i, j), []).append(literal)
        cp.add(sum(literals) == seating)
    for j in model.problem.teams[0].accounts:
        for i in model.problem.may_hold[j]:
            cp.add(sum(with_pair.get((i, j), [])) == model.hold[i, j])
    return sum(costs)


def _is_seating(team: TeamSeats, members: frozenset[int]) -> Callable[[Holders], int]:
    return lambda holders: int({holders[j] for j in team.accounts} == members)


def _is_way(way: dict[int, int]) -> Callable[[Holders], int]:
    return lambda holders: int(all(holders[j] == i for j, i in way.items()))
