"""What one change of hands would change, everything else as it is: limit by limit and goal by goal, exactly.

A move gives a unit (a client, or companies that stay together) from one manager to another. Many moves are
looked at at once; each takes a few figures per limit, whatever the size of the part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cmopt.audit.book_columns import NONE, Bools, Ints
from cmopt.audit.book_goals import left_out, pair_figures
from cmopt.audit.book_loads import Limited, Loads
from cmopt.audit.book_part import Part
from cmopt.domain.declared import WHOLE
from cmopt.domain.goals import SENSE

LARGEST = 2**61
ENTRIES = 2_000_000  # of a table of moves and units that is looked at at once


@dataclass(frozen=True)
class Moves:
    """unit: the first client of each (numbers within the part); before, after: numbers of its managers, NONE:
    nobody. clients and owner: all clients that move, and the number of the move that each belongs to."""

    unit: Ints
    before: Ints
    after: Ints
    clients: Ints
    owner: Ints

    def only(self, these: Bools) -> Moves:
        """Those of the moves."""
        number = np.cumsum(these) - 1
        inside = these[self.owner]
        return Moves(
            self.unit[these],
            self.before[these],
            self.after[these],
            self.clients[inside],
            number[self.owner[inside]],
        )


@dataclass(frozen=True)
class Hit:
    """By move: number of the manager who is then farther beyond a limit's ends; whether above; what they
    carry, in millionths; of a limit around the mean, by how many thousandths of the mean they lie beyond it."""

    who: Ints
    above: Bools
    carried: Ints
    share: Ints | None


@dataclass(frozen=True)
class Division:
    """One part and who holds its clients: numbers of managers, NONE: nobody."""

    part: Part
    holder: Ints
    seed: int

    @cached_property
    def companies(self) -> dict[int, Ints]:
        """First client of each group that stays together -> its clients."""
        return {int(members[0]): members for members in self.part.together}

    @cached_property
    def _first_of_several(self) -> Bools:
        """Whether each client is the first of a group that stays together."""
        found = np.zeros(len(self.part.clients), dtype=np.bool_)
        found[list(self.companies)] = True
        return found

    def moves(self, unit: Ints, after: Ints) -> Moves:
        """Each unit (its first client; it may stand there several times) to another manager."""
        clients, owner = unit, np.arange(len(unit))
        grouped = np.flatnonzero(self._first_of_several[unit]).tolist()
        if grouped:
            more = [self.companies[int(unit[k])][1:] for k in grouped]
            clients = np.concatenate([clients, *more])
            owner = np.concatenate([owner, *(np.full(len(m), k) for k, m in zip(grouped, more, strict=True))])
        return Moves(unit, self.holder[unit], after, clients, owner)

    @cached_property
    def totals(self) -> dict[int, list[int]]:
        """Number of a limit in `part.limits` -> what each of its units carries."""
        return {n: limit.carried(self.part, self.holder) for n, limit in enumerate(self.part.limits)}

    @cached_property
    def spreads(self) -> list[list[int]]:
        """Of each of `part.mixes` what its members carry."""
        return [mix.carried(self.part, self.holder) for mix in self.part.mixes]

    # --- what a move changes ---

    def change(self, goal: str, moves: Moves) -> Ints:
        """By how much each move makes a goal worse (below 0: better), in the goal's own unit."""
        part = self.part
        if goal == "bands":
            priced = [n for n, limit in enumerate(part.limits) if limit.price is not None]
            return _sum([self.limit_change(n, moves) for n in priced], moves)
        if goal == "mix":
            return _sum([self._mix_change(n, moves) for n in range(len(part.mixes))], moves)
        j = moves.clients
        before, after = moves.before[moves.owner], moves.after[moves.owner]
        by_client = self._figures(goal, j, after) - self._figures(goal, j, before)
        return _added_up(by_client if SENSE[goal] == "min" else -by_client, moves)

    def _figures(self, goal: str, clients: Ints, managers: Ints) -> Ints:
        held = managers != NONE
        found = left_out(self.part, goal)[clients]
        found = found.copy()
        found[held] = pair_figures(self.part, goal, clients[held], managers[held], self.seed)
        return found

    def limit_change(self, n: int, moves: Moves) -> Ints:
        """By how much a limit (number in `part.limits`) costs more; of a hard one, by how many millionths all
        units together lie farther beyond their ends."""
        a, b, less, more = self._sides(n, moves)
        limit, total = self.part.limits[n], sum(self.totals[n])
        costs = _Costs(limit, self.totals[n], int(np.abs(less).max(initial=0) + np.abs(more).max(initial=0)))
        whole = total + np.where(b == NONE, 0, more) - np.where(a == NONE, 0, less)
        found = costs.everybody(whole) - costs.everybody(np.array([total]))[0]
        found = found + costs.change(a, np.where(a == b, more - less, -less), whole)
        found = found + np.where(a == b, 0, costs.change(b, more, whole))
        return np.asarray(found * (limit.price or 1))

    def hit(self, n: int, moves: Moves) -> Hit:
        """Whom of the two managers of a move a limit hits harder, and how far beyond its ends they then are."""
        a, b, less, more = self._sides(n, moves)
        limit = self.part.limits[n]
        costs = _Costs(limit, self.totals[n], int(np.abs(less).max(initial=0) + np.abs(more).max(initial=0)))
        whole = sum(self.totals[n]) + np.where(b == NONE, 0, more) - np.where(a == NONE, 0, less)
        by_giver = costs.change(a, np.where(a == b, more - less, -less), whole)
        by_taker = np.where(a == b, 0, costs.change(b, more, whole))
        taker = by_taker > by_giver
        unit, change = np.where(taker, b, a), np.where(taker, more, np.where(a == b, more - less, -less))
        carried = costs.total[unit] + change
        share = None
        if limit.within is not None:
            apart = costs.n * carried - whole
            beyond = abs(apart) - limit.within * whole // WHOLE
            share = np.where(whole != 0, 1000 * beyond // np.where(whole == 0, 1, abs(whole)), 0)
            return Hit(np.where(taker, moves.after, moves.before), np.asarray(apart > 0), carried, share)
        above = np.where(costs.has_most[unit], carried > costs.most[unit], False)
        return Hit(np.where(taker, moves.after, moves.before), np.asarray(above), carried, share)

    def _sides(self, n: int, moves: Moves) -> tuple[Ints, Ints, Ints, Ints]:
        """Of each move the limit's units of both managers (NONE: none), and what it weighs on each."""
        limit = self.part.limits[n]
        unit_of = np.full(len(self.part.managers) + 1, NONE, dtype=np.int64)
        for u, unit in enumerate(limit.units):
            unit_of[list(unit)] = u
        less, more = _carried(limit.loads, moves, moves.before), _carried(limit.loads, moves, moves.after)
        return unit_of[moves.before], unit_of[moves.after], less, more

    def _mix_change(self, n: int, moves: Moves) -> Ints:
        mix, total = self.part.mixes[n], self.spreads[n]
        place = np.full(len(self.part.managers) + 1, NONE, dtype=np.int64)
        place[list(mix.members)] = np.arange(len(mix.members))
        a, b = place[moves.before], place[moves.after]
        less, more = _carried(mix.loads, moves, moves.before), _carried(mix.loads, moves, moves.after)
        largest = max(map(abs, total)) + int(np.abs(less).max(initial=0) + np.abs(more).max(initial=0))
        fits = largest * self.part.given.book.resolution * mix.weight < LARGEST // 2
        carried = np.array(total, dtype=np.int64 if fits else object)
        low, high = _but_two(carried, a, b), -_but_two(-carried, a, b)
        for at, change in (
            (a, np.where(a == b, more - less, -less)),
            (b, np.where(a == b, more - less, more)),
        ):
            there = carried[at] + change
            low = np.where((at != NONE) & (there < low), there, low)
            high = np.where((at != NONE) & (there > high), there, high)
        resolution = self.part.given.book.resolution
        steps = -(-resolution * (high - low) // mix.scale)
        return np.asarray(mix.weight * steps - mix.cost(total, resolution))


class _Costs:
    """What each unit of a limit costs, in steps (of a hard limit: in millionths beyond its ends)."""

    def __init__(self, limit: Limited, total: list[int], moved: int) -> None:
        n = len(total)
        ends = [abs(e) for e in (*limit.least, *limit.most) if e is not None]
        largest = (max(map(abs, total)) + moved + 1) * max(n, limit.within or 1) * (n + 1) + sum(ends)
        self.kind: Any = np.int64 if largest < LARGEST else object
        self.n, self.within, self.step = n, limit.within, 1 if limit.price is None else limit.step
        self.total = np.array(total, dtype=self.kind)
        self.least, self.has_least = self._ends(limit.least)
        self.most, self.has_most = self._ends(limit.most)

    def _ends(self, ends: tuple[int | None, ...]) -> tuple[Ints, Bools]:
        there = np.array([e is not None for e in ends], dtype=np.bool_)
        return np.array([0 if e is None else e for e in ends], dtype=self.kind), there

    def of(self, unit: Ints, change: Ints, whole: Ints) -> Ints:
        """Of each of `unit` (NONE: anything) with its total changed, all units together carrying `whole`."""
        carried = self.total[unit] + change.astype(self.kind)
        found = np.where(self.has_least[unit], self._steps(self.least[unit] - carried), 0)
        found = found + np.where(self.has_most[unit], self._steps(carried - self.most[unit]), 0)
        if self.within is not None:
            # ceil((10000 |nW - T| - pT) / (10000 n step)), with smaller numbers
            beyond = abs(self.n * carried - whole) - self.within * whole.astype(self.kind) // WHOLE
            found = found + np.maximum(-(-beyond // (self.n * self.step)), 0)
        return found

    def change(self, unit: Ints, change: Ints, whole: Ints) -> Ints:
        """By how many steps each of `unit` costs more with its total changed; 0 for NONE."""
        return np.where(unit == NONE, 0, self.of(unit, change, whole) - self.of(unit, 0 * change, whole))

    def _steps(self, beyond: Ints) -> Ints:
        return np.maximum(-(-beyond // self.step), 0)

    def everybody(self, whole: Ints) -> Ints:
        """All units as they are, if together they carried `whole` (which the mean follows)."""
        units = np.arange(self.n)
        values, back = (
            (whole[:1], np.zeros(len(whole), dtype=np.int64))
            if self.within is None
            else np.unique(whole, return_inverse=True)
        )
        found = []
        size = max(1, ENTRIES // max(1, self.n))
        for first in range(0, len(values), size):
            some = values[first : first + size]
            table = self.of(
                np.tile(units, len(some)),
                np.zeros(len(some) * self.n, dtype=np.int64),
                np.repeat(some, self.n),
            )
            found.append(table.reshape(len(some), self.n).sum(axis=1))
        return np.concatenate(found)[back] if found else np.zeros(0, dtype=np.int64)


def _carried(loads: Loads, moves: Moves, managers: Ints) -> Ints:
    """What each moving unit weighs on these managers."""
    return _added_up(loads.of(moves.clients, managers[moves.owner]), moves)


def _added_up(by_client: Ints, moves: Moves) -> Ints:
    if len(moves.clients) == len(moves.unit):
        return by_client
    found = np.zeros(len(moves.unit), dtype=by_client.dtype)
    np.add.at(found, moves.owner, by_client)
    return found


def _sum(changes: list[Ints], moves: Moves) -> Ints:
    return sum(changes, np.zeros(len(moves.unit), dtype=np.int64))


def _but_two(carried: Ints, a: Ints, b: Ints) -> Ints:
    """The least of all but the members at places a and b (NONE: none); `LARGEST` where nobody is left."""
    order = np.argsort(carried, kind="stable")[:3]
    found = np.full(len(a), LARGEST, dtype=np.int64)
    for at in order[::-1].tolist():
        found = np.where((a != at) & (b != at), carried[at], found)
    return found
