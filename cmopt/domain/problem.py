"""The division as arrays: what a solver needs and nothing else. Frozen; vary it with `.replace()`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.allocation import Allocation
from cmopt.domain.goals import Goal

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Pair = tuple[int, int]  # manager number, account number


@dataclass(frozen=True, slots=True)
class Cap:
    """A manager holds at most `k` of `accounts` (account numbers); with a `price` each one above costs that."""

    key: str
    accounts: tuple[int, ...]
    k: int
    price: int | None = None


@dataclass(frozen=True, slots=True)
class TeamSeats:
    """Exactly `size` managers hold `accounts`, each at least `least`, and none of `excluded`.

    `served[i]`: manager i was incumbent of any of the team's accounts (such a seat is not open).
    """

    key: str
    accounts: tuple[int, ...]
    size: int
    least: int
    excluded: tuple[int, ...]
    level: int
    served: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """One term of `balance`: weight * ceil(resolution * (max - min) / scale) over each group of a tier.

    members: manager numbers of the tier. base[i] (by member, same order) and load[j] (by account) are in
    one integer unit (the figures divided by their common divisor), as is `scale`. pair[i, j]: where manager i
    would carry another load of account j than load[j].
    """

    tier: str
    measure: str
    weight: int
    scale: int
    members: tuple[int, ...]
    base: tuple[int, ...]
    load: tuple[int, ...]
    pair: Mapping[Pair, int] = field(default_factory=dict)

    def of(self, i: int, j: int) -> int:
        """The load of account j on manager i."""
        return self.pair.get((i, j), self.load[j]) if self.pair else self.load[j]


@dataclass(frozen=True, slots=True)
class LoadLimit:
    """What each unit (a manager, or several together) may carry of one measure.

    units[u]: its managers. base[u]: what they carry whatever is divided. load[j] and pair[i, j] as in Spread
    (load 0 where account j does not count). A unit's total W = base + loads of the accounts its managers hold.
    least[u] <= W <= most[u] where given. within = p (hundredths of a per cent): |W - mean| <= p * mean, where
    mean is that of all units' totals. except_teams: a unit whose manager is on a team is free.
    price None: hard. Otherwise each unit's excess over either end costs price * ceil(excess / step).
    All figures in millionths of the measure's unit.
    """

    key: str
    units: tuple[tuple[int, ...], ...]
    base: tuple[int, ...]
    load: tuple[int, ...]
    pair: Mapping[Pair, int]
    least: tuple[int | None, ...]
    most: tuple[int | None, ...]
    within: int | None
    except_teams: bool
    price: int | None
    step: int

    def of(self, i: int, j: int) -> int:
        """What account j counts for if manager i holds it."""
        return self.pair.get((i, j), self.load[j]) if self.pair else self.load[j]


@dataclass(frozen=True, slots=True)
class Totals:
    """Whose totals leximin or leximax compares: the first `levels` of the worst-off among `members`.

    base[i] by member, in the same order; load[j] and pair[i, j] as in Spread; all in millionths.
    """

    members: tuple[int, ...]
    base: tuple[int, ...]
    load: tuple[int, ...]
    pair: Mapping[Pair, int]
    levels: int

    def of(self, i: int, j: int) -> int:
        """The load of account j on manager i."""
        return self.pair.get((i, j), self.load[j]) if self.pair else self.load[j]


@dataclass(frozen=True)
class Problem:
    """Managers 0..m-1 and divided accounts 0..n-1, each in the order of their ids.

    An account that needs k managers stands there k times, as places: first its lead, then its backups, who
    must all be different people; without a lead it has no backup. Backups have balance 0, level 0 and no
    incumbent.

    eligible[i, j]  manager i may hold account j
    rank[i]         place by merit (1 = best), None: not ranked
    keeper[j]       the eligible incumbent of account j, or None
    incumbent[j]    the incumbent's number if a manager at all, or None
    level[j]        what account j is worth in `merit`
    balance[j]      fixed-point balance
    outside[i, j]   1 where a jurisdiction account j would be held outside its branch
    draw[i, j]      the draw's number of the pair
    pins            pairs (i, j) that must be in the division
    same            the places of each account that has several, the lead first
    limits          loads that may not be exceeded, or at a price
    fit, cost, bid  [i, j] what the goals of these names add up (bid: 0 for who keeps an account and for
                    backups); None where the scheme has no such goal. fit and cost in millionths
    totals          by goal (leximin, leximax): whose totals
    handover, tier_place  [i, j] what the goals handovers and tier_preference of a book add up: the cost of
                    taking account j from the incumbent who may keep it (0 on that incumbent), and the place
                    of the manager's tier in the segment's list (0 = named first)
    together        accounts that have the same manager, or are all left out (each tuple at least two)
    bids            (i, j) -> the place of manager i's bid as written (1 = first choice), lead places only,
                    whatever the goals are
    """

    managers: tuple[str, ...]
    accounts: tuple[str, ...]
    tier: tuple[str, ...]
    rank: tuple[int | None, ...]
    segment: tuple[str, ...]
    balance: tuple[int, ...]
    level: tuple[int, ...]
    incumbent: tuple[int | None, ...]
    keeper: tuple[int | None, ...]
    keep_is_rule: bool
    eligible: Bools
    outside: Bools
    draw: Ints
    pins: tuple[tuple[int, int], ...]
    caps: tuple[Cap, ...]
    teams: tuple[TeamSeats, ...]
    spreads: tuple[Spread, ...]
    resolution: int
    teams_apart: bool
    goals: tuple[Goal, ...]
    same: tuple[tuple[int, ...], ...] = ()
    limits: tuple[LoadLimit, ...] = ()
    fit: Ints | None = None
    cost: Ints | None = None
    bid: Ints | None = None
    handover: Ints | None = None
    tier_place: Ints | None = None
    together: tuple[tuple[int, ...], ...] = ()
    totals: Mapping[str, Totals] = field(default_factory=dict)
    bids: Mapping[Pair, int] = field(default_factory=dict)

    def ranks_before(self, a: int, b: int) -> bool:
        """Whether manager a is ranked better than b; whoever has no rank stands behind whoever has one."""
        rank_a, rank_b = self.rank[a], self.rank[b]
        return rank_a is not None and (rank_b is None or rank_a < rank_b)

    def replace(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)

    @cached_property
    def manager_number(self) -> dict[str, int]:
        return {s: i for i, s in enumerate(self.managers)}

    @cached_property
    def hard_caps(self) -> tuple[Cap, ...]:
        """The caps without a price: rules."""
        return tuple(c for c in self.caps if c.price is None)

    @cached_property
    def backups(self) -> frozenset[int]:
        """The places of backups."""
        return frozenset(j for places in self.same for j in places[1:])

    @cached_property
    def places(self) -> dict[int, tuple[int, ...]]:
        """The lead place of each account with backups -> all its places."""
        return {p[0]: p for p in self.same}

    @cached_property
    def may_hold(self) -> tuple[tuple[int, ...], ...]:
        """For each account, the managers who may hold it."""
        return tuple(tuple(np.flatnonzero(self.eligible[:, j]).tolist()) for j in range(len(self.accounts)))

    @cached_property
    def may_get(self) -> tuple[tuple[int, ...], ...]:
        """For each manager, the accounts they may hold."""
        return tuple(tuple(np.flatnonzero(self.eligible[i]).tolist()) for i in range(len(self.managers)))

    def allocation(self, holders: Sequence[int | None]) -> Allocation:
        """Manager numbers by place -> an Allocation by ids; an account's backups in id order."""
        leads: dict[str, str | None] = {}
        backups: dict[str, list[str]] = {}
        for j, (account, i) in enumerate(zip(self.accounts, holders, strict=True)):
            if j not in self.backups:
                leads[account] = None if i is None else self.managers[i]
            elif i is not None:
                backups.setdefault(account, []).append(self.managers[i])
        return Allocation(leads, {c: tuple(sorted(who)) for c, who in backups.items()})
