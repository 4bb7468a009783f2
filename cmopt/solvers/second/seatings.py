"""A team set apart, by counting: what each choice of members costs at least in the balance goal.

Three people, eight accounts and several measures: a linear relaxation sees nothing of the spread among them,
but there are only some millions of ways to seat them and to share the accounts out. A *column* is one
choice of members together with which of the team's accounts stay with their incumbents; its price is the least
that any sharing out of that kind costs. One column is chosen. That is a relaxation (the shares themselves
are not fixed), so what it rules out is ruled out; `add_ways` then fixes the shares for the goals that follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.problem import Problem, TeamSeats
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.milp import Sum

Ints = NDArray[np.int64]

MOST_SHARES = 100_000
MOST_WAYS = 40_000_000
MOST_COLUMNS = 20_000
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Column:
    """Members, the accounts (numbers) that stay with their incumbent among them, and the least price."""

    members: tuple[int, ...]
    kept: tuple[int, ...]
    price: int
    literal: int


@dataclass(frozen=True)
class Seatings:
    """All columns in the model, and the expression of what the chosen one costs."""

    counting: Counting
    columns: tuple[Column, ...]

    @property
    def price(self) -> Sum:
        return Sum((c.literal, c.price) for c in self.columns)

    def cheapest(self, values: Sequence[int]) -> list[dict[int, int]]:
        """account -> manager: the cheapest ways (50 at the most) of the chosen column."""
        for column in self.columns:
            if values[column.literal]:
                ways = self.counting.ways(column.members, column.kept, column.price)
                return [way for _, way in ways[:50]]
        return []

    def add_ways(self, division: Division, slack: int) -> Sum | None:
        """Fix who of the team holds what: one of the ways at most `slack` above their column's price.

        Returns what the chosen way costs; None (and nothing added) where there are too many.
        """
        found = []
        for column in self.columns:
            found.append(self.counting.ways(column.members, column.kept, column.price + slack))
            if sum(map(len, found)) > MOST_ROWS:
                return None
        milp = division.milp
        price, with_pair = Sum(), dict[tuple[int, int], list[int]]()
        for number, (column, ways) in enumerate(zip(self.columns, found, strict=True)):
            literals = [milp.variable(f"way_{number}_{w}") for w in range(len(ways))]
            milp.add(f"ways_{number}", Sum.of(literals) - Sum.of([column.literal]), 0, 0)
            price += Sum((v, cost) for v, (cost, _) in zip(literals, ways, strict=True))
            for literal, (_, way) in zip(literals, ways, strict=True):
                for j, i in way.items():
                    with_pair.setdefault((i, j), []).append(literal)
        for j in self.counting.team.accounts:
            for i in division.problem.may_hold[j]:
                total = Sum.of(with_pair.get((i, j), [])) - Sum.of([division.hold[i, j]])
                milp.add(f"way_{i}_{j}", total, 0, 0)
        return price


def add_seatings(division: Division, locked: Mapping[str, int]) -> Seatings | None:
    """One column is chosen. `locked`: goal -> the least (for goals to be maximised) or most that is allowed.

    None where counting is not possible: not exactly one team, members who may hold other accounts,
    accounts that may be left out, or too many ways.
    """
    counting = Counting.of(division.problem, locked)
    if counting is None:
        return None
    milp = division.milp
    columns: list[Column] = []
    for members in counting.seatings():
        for kept, price in counting.prices(members):
            literal = milp.variable(f"column_{len(columns)}")
            columns.append(Column(members, kept, price, literal))
        if len(columns) > MOST_COLUMNS:
            return None
    milp.add("one_column", Sum.of(c.literal for c in columns), 1, 1)
    for (_, i), seat in division.seat.items():
        with_i = Sum.of(c.literal for c in columns if i in c.members)
        milp.add(f"columns_{i}", with_i - Sum.of([seat]), 0, 0)
    for j in counting.team.accounts:
        keeper = division.problem.keeper[j]
        if keeper is not None:
            stays = Sum.of(c.literal for c in columns if j in c.kept)
            milp.add(f"columns_keep_{j}", stays - Sum.of([division.hold[keeper, j]]), 0, 0)
    return Seatings(counting, tuple(columns))


@dataclass(frozen=True)
class Counting:
    """Every sharing out of the team's accounts: shares[w, column] is a position among the members."""

    problem: Problem
    team: TeamSeats
    shares: Ints
    locked: Mapping[str, int]
    _known: dict[tuple[tuple[int, ...], int], Ints] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem, locked: Mapping[str, int]) -> Counting | None:
        if (
            len(problem.teams) != 1
            or not problem.teams_apart
            or problem.together
            or locked.get("coverage") != 0
        ):
            return None
        team = problem.teams[0]
        people = {i for j in team.accounts for i in problem.may_hold[j]}
        others = set(range(len(problem.accounts))) - set(team.accounts)
        if not 1 <= team.size <= len(people) or not others <= set(team.excluded):
            return None
        ways = team.size ** len(team.accounts)
        if ways > MOST_SHARES or ways * comb(len(people), team.size) > MOST_WAYS:
            return None
        positions = range(team.size)
        shares = np.array(
            [
                share
                for share in product(positions, repeat=len(team.accounts))
                if all(share.count(p) >= team.least for p in positions)
            ],
            dtype=np.int64,
        ).reshape(-1, len(team.accounts))
        return cls(problem, team, shares, locked)

    def seatings(self) -> list[tuple[int, ...]]:
        people = sorted({i for j in self.team.accounts for i in self.problem.may_hold[j]})
        return list(combinations(people, self.team.size))

    def prices(self, members: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
        """For each set of accounts that may stay with incumbents among `members`: the least price."""
        ways, masks = self._allowed(members)
        if not len(ways):
            return []
        costs = self._costs(members, ways)
        least = np.full(1 << len(self.team.accounts), np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(least, masks, costs)
        return [(self._accounts(mask), int(least[mask])) for mask in np.unique(masks).tolist()]

    def ways(
        self, members: tuple[int, ...], kept: tuple[int, ...], most: int
    ) -> list[tuple[int, dict[int, int]]]:
        """(cost, account -> manager) of every way of this kind that costs at most `most`, cheapest first."""
        ways, masks = self._allowed(members)
        ways = ways[masks == sum(1 << c for c, j in enumerate(self.team.accounts) if j in kept)]
        costs = self._costs(members, ways)
        found = []
        for n in np.argsort(costs, kind="stable").tolist():
            if costs[n] > most:
                break
            held = zip(self.team.accounts, self.shares[ways[n]].tolist(), strict=True)
            found.append((int(costs[n]), {j: members[position] for j, position in held}))
        return found

    def _accounts(self, mask: int) -> tuple[int, ...]:
        return tuple(j for c, j in enumerate(self.team.accounts) if mask >> c & 1)

    def _allowed(self, members: tuple[int, ...]) -> tuple[Ints, Ints]:
        """Numbers of the ways that eligibility, pins and what is locked of continuity allow, and for each of
        them the bit mask of the accounts that stay with their incumbents."""
        problem, nothing = self.problem, np.empty(0, dtype=np.int64)
        could_stay = sum(1 << c for c, j in enumerate(self.team.accounts) if problem.keeper[j] in members)
        enough = self._keeps_enough(members)
        if not enough[np.arange(len(enough)) & ~could_stay == 0].any():
            return nothing, nothing
        pinned = {j: i for i, j in problem.pins}
        fits = np.ones(len(self.shares), dtype=np.bool_)
        masks = np.zeros(len(self.shares), dtype=np.int64)
        for column, j in enumerate(self.team.accounts):
            if pinned.get(j, members[0]) not in members:
                return nothing, nothing
            for position, i in enumerate(members):
                here = self.shares[:, column] == position
                if not problem.eligible[i, j] or pinned.get(j, i) != i:
                    fits &= ~here
                if problem.keeper[j] == i:
                    masks += here.astype(np.int64) << column
                    if problem.keep_is_rule:
                        fits &= here
        fits &= enough[masks]
        ways = np.flatnonzero(fits)
        return ways, masks[ways]

    def _keeps_enough(self, members: tuple[int, ...]) -> NDArray[np.bool_]:
        """[mask] -> whether the locks on continuity can still be kept, as far as counting can tell."""
        count, balance = self._rest_keeps(members)
        counts, balances = self._kept_by_mask
        enough = np.ones(len(counts), dtype=np.bool_)
        if "continuity" in self.locked:
            enough &= counts + count >= self.locked["continuity"]
        if "continuity_balance" in self.locked:
            enough &= balances + balance >= self.locked["continuity_balance"]
        return enough

    @cached_property
    def _kept_by_mask(self) -> tuple[Ints, Ints]:
        """[mask] -> how many accounts it keeps, and their balance."""
        bits = np.arange(1 << len(self.team.accounts))
        kept = np.stack([bits >> c & 1 for c in range(len(self.team.accounts))], axis=1)
        return kept.sum(axis=1), kept @ np.array([self.problem.balance[j] for j in self.team.accounts])

    def _rest_keeps(self, members: tuple[int, ...]) -> tuple[int, int]:
        """At most how many accounts, and how much balance, stay with incumbents who are not on the team."""
        problem = self.problem
        count = balance = 0
        for i, own in self._own.items():
            if i in members:
                continue
            left = set(own)
            for cap in problem.hard_caps:
                inside = sorted((max(0, problem.balance[j]) for j in left & set(cap.accounts)), reverse=True)
                count += min(cap.k, len(inside))
                balance += sum(inside[: cap.k])
                left -= set(cap.accounts)
            count += len(left)
            balance += sum(max(0, problem.balance[j]) for j in left)
        return count, balance

    @cached_property
    def _own(self) -> dict[int, tuple[int, ...]]:
        """Manager -> the accounts off the team that they are the eligible incumbent of."""
        own: dict[int, list[int]] = {}
        for j, i in enumerate(self.problem.keeper):
            if i is not None and j not in self.team.accounts:
                own.setdefault(i, []).append(j)
        return {i: tuple(accounts) for i, accounts in own.items()}

    def _costs(self, members: tuple[int, ...], ways: Ints) -> Ints:
        """[way] -> the team's part of the balance goal."""
        total = np.zeros(len(ways), dtype=np.int64)
        for spread in self.problem.spreads:
            base = dict(zip(spread.members, spread.base, strict=True))
            of_tier = [p for p, i in enumerate(members) if i in base]
            if len(of_tier) < 2 or not spread.weight:
                continue
            loads = [tuple(spread.of(members[p], j) for j in self.team.accounts) for p in of_tier]
            carried = np.array([[base[members[p]]] for p in of_tier], dtype=np.int64)
            if any(map(any, loads)):
                brought = [self._brought(load, p)[ways] for load, p in zip(loads, of_tier, strict=True)]
                carried = carried + np.stack(brought)
            spanned = carried.max(axis=0) - carried.min(axis=0)
            total += spread.weight * -(-self.problem.resolution * spanned // spread.scale)
        return total

    def _brought(self, loads: tuple[int, ...], position: int) -> Ints:
        """[way] -> what the accounts bring the member at this position."""
        if (loads, position) not in self._known:
            here = (self.shares == position).astype(np.int64)
            self._known[loads, position] = here @ np.array(loads, dtype=np.int64)
        return self._known[loads, position]
