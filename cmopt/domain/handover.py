"""The handover plan's nouns: flows between managers, waves, what each manager has to do, sums by branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cmopt.domain.problem import Ints


@dataclass(frozen=True)
class Holders:
    """Who holds each client before and after: positions in the roster, NOBODY for nobody.

    divided: whether the client was divided at all; of the others `after` is `before`.
    """

    before: Ints
    after: Ints
    divided: Any  # bools


@dataclass(frozen=True, slots=True)
class Flow:
    """Clients of one branch that one manager hands to another in one wave; giver None: nobody had them.

    `clients` are positions in `case.clients`; balance and difficulty are their totals, in millionths. joint:
    part of an exchange in a circle.
    """

    branch: str
    wave: int
    giver: str | None
    receiver: str
    clients: tuple[int, ...]
    balance: int
    difficulty: int
    joint: bool


@dataclass(frozen=True, slots=True)
class Work:
    """What one manager has to do in one wave: clients and balance (millionths) handed and taken over."""

    staff_id: str
    wave: int
    given: int
    taken: int
    balance_given: int
    balance_taken: int


@dataclass(frozen=True, slots=True)
class BranchHandover:
    """One branch: its divided clients by what became of them (left: without a manager), and what that moves.

    clients: all of its clients. balance: of what is handed over, in millionths. people: who gives or takes.
    waves: the last wave in which a client of the branch changes hands; 0: none does.
    """

    branch: str
    clients: int
    divided: int
    kept: int
    moved: int
    new: int
    left: int
    balance: int
    flows: int
    people: int
    waves: int


@dataclass(frozen=True)
class HandoverPlan:
    """The whole plan. Flows are in the order of branch, wave, giver and receiver; `work` of staff and wave.

    wave: of each client of the case, 0 where nothing is handed over. circles: the people of each circle, in the
    order of their ids. most: the limit per manager and wave (None: no limit).
    """

    flows: tuple[Flow, ...]
    work: tuple[Work, ...]
    branches: tuple[BranchHandover, ...]
    circles: tuple[tuple[str, ...], ...]
    wave: Ints
    most: int | None

    @cached_property
    def waves(self) -> int:
        return max((f.wave for f in self.flows), default=0)

    @cached_property
    def of_branch(self) -> Mapping[str, BranchHandover]:
        return {b.branch: b for b in self.branches}
