"""The division as arrays: what a solver needs and nothing else. Frozen; vary it with `.replace()`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.allocation import Allocation
from cmopt.domain.scheme import Goal

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cap:
    """A manager holds at most `k` of `accounts` (account numbers)."""

    key: str
    accounts: tuple[int, ...]
    k: int


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
    one integer unit (the figures divided by their common divisor), as is `scale`.
    """

    tier: str
    measure: str
    weight: int
    scale: int
    members: tuple[int, ...]
    base: tuple[int, ...]
    load: tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """Managers 0..m-1 and divided accounts 0..n-1, each in the order of their ids.

    eligible[i, j]  manager i may hold account j
    rank[i]         place by merit (1 = best), None: not ranked
    keeper[j]       the eligible incumbent of account j, or None
    incumbent[j]    the incumbent's number if a manager at all, or None
    level[j]        what account j is worth in `merit`
    balance[j]      fixed-point balance
    outside[i, j]   1 where a jurisdiction account j would be held outside its branch
    draw[i, j]      the draw's number of the pair
    pins            pairs (i, j) that must be in the division
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
    def may_hold(self) -> tuple[tuple[int, ...], ...]:
        """For each account, the managers who may hold it."""
        return tuple(tuple(np.flatnonzero(self.eligible[:, j]).tolist()) for j in range(len(self.accounts)))

    @cached_property
    def may_get(self) -> tuple[tuple[int, ...], ...]:
        """For each manager, the accounts they may hold."""
        return tuple(tuple(np.flatnonzero(self.eligible[i]).tolist()) for i in range(len(self.managers)))

    def allocation(self, holders: list[int | None]) -> Allocation:
        """Manager numbers by account -> an Allocation by ids."""
        return Allocation(
            {c: None if i is None else self.managers[i] for c, i in zip(self.accounts, holders, strict=True)}
        )
