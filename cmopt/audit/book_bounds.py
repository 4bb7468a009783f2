"""A bound counted again from its multipliers, in exact integers. models/README.md, "Bounds from duals"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import gcd

import numpy as np

from cmopt.audit.book_columns import Bools, Ints, Pairs, exact_sum
from cmopt.audit.book_given import PIN
from cmopt.audit.book_goals import left_out, pair_figures
from cmopt.audit.book_loads import Limited, Loads, Mixed
from cmopt.audit.book_part import Part
from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_result import Duals
from cmopt.domain.declared import WHOLE
from cmopt.domain.goals import SENSE
from cmopt.errors import CmoptError, finding
from cmopt.i18n import N_

ENTRIES = 1_000_000  # of a table of units and managers that is looked at at once


def core_goals(part: Part) -> tuple[str, ...]:
    return tuple(core_name(goal.name) for goal in part.given.book.goals)


class NotAdmitted(CmoptError):
    """Multipliers from which no bound follows."""


def recounted_bound(part: Part, duals: Duals, seed: int) -> int:
    """What the multipliers give, in the goal's own sense. Raises NotAdmitted."""
    goal, goals = core_name(duals.goal), core_goals(part)
    if goal not in goals:
        raise NotAdmitted(finding("bound-goal", N_("{goal} is no goal of the book"), goal=duals.goal))
    if duals.scale < 1 or min(duals.rows.values(), default=0) < 0:
        text = N_("goal {goal}: a scale below 1 or a multiplier below 0 gives no bound")
        raise NotAdmitted(finding("bound-negative", text, goal=duals.goal))
    told = _Multipliers(part, goal, goals[: goals.index(goal)], duals)
    told.check()
    least, divisor = _least(part, told, seed)
    bound = divisor * -(-(told.constant + least) // (told.scale * divisor))
    return bound if SENSE[goal] == "min" else -bound


def core_name(goal: str) -> str:
    """What a Problem calls a goal of the book."""
    return CORE_GOAL.get(goal, goal)


@dataclass
class _Multipliers:
    """The multipliers by row, taken apart.

    constant: the sum of y * (base - right-hand side). loads: what one of each load costs on each manager.
    earlier: the multipliers of earlier goals' ends.
    """

    part: Part
    goal: str
    before: tuple[str, ...]
    duals: Duals
    constant: int = 0
    loads: list[tuple[Loads, list[int]]] = field(default_factory=list)
    earlier: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def scale(self) -> int:
        return self.duals.scale

    def check(self) -> None:
        """Take every row apart; NotAdmitted where one is unknown or costs more than the goal allows."""
        self.rows = {name: y for name, y in self.duals.rows.items() if y}
        self._ends()
        for limit in self.part.limits:
            self._limit(limit)
        for mix in self.part.mixes:
            self._mix(mix)
        if self.rows:
            text = N_("goal {goal}: there is no row {row}")
            raise self._refused("bound-row", text, row=min(self.rows))

    def _ends(self) -> None:
        """Rows of earlier goals: what they may be at most."""
        ends = {core_name(name): end for name, end in self.duals.ends.items()}
        for name in self.before:
            y = self.rows.pop(f"goal:{name}", 0)
            if y and name not in ends:
                text = N_("goal {goal}: the end of the earlier goal {other} is missing")
                raise self._refused("bound-end", text, other=name)
            if y:
                self.earlier[name] = y
                self.constant -= y * ends[name]

    def _room(self, goal: str) -> int:
        """What one of the goal `penalty` or `balance` is worth here."""
        return self.scale if goal == self.goal else self.earlier.get(goal, 0)

    def _limit(self, limit: Limited) -> None:
        n, p, room = len(limit.units), limit.within or 0, self._room("penalty")
        cost = [0] * len(self.part.managers)
        everybody = 0  # what each unit of load costs, whoever carries it
        total = sum(limit.base)
        for u, name in enumerate(limit.names):
            own = 0
            for kind, end, sign in (("least", limit.least[u], -1), ("most", limit.most[u], 1)):
                y = 0 if end is None else self.rows.pop(f"{kind}:{limit.key}:{name}", 0)
                if y:
                    assert end is not None
                    self._allowed(limit, room, y * limit.step, f"{kind}:{limit.key}:{name}")
                    own += sign * y
                    self.constant += sign * y * (limit.base[u] - end)
            for kind, sign in (("below", -1), ("above", 1)) if limit.within is not None else ():
                y = self.rows.pop(f"{kind}:{limit.key}:{name}", 0)
                if y:
                    self._allowed(limit, room, y * WHOLE * n * limit.step, f"{kind}:{limit.key}:{name}")
                    own += sign * y * WHOLE * n
                    everybody -= y * (sign * WHOLE + p)
                    self.constant += y * (sign * WHOLE * (n * limit.base[u] - total) - p * total)
            for i in limit.units[u]:
                cost[i] += own
        if everybody:
            for unit in limit.units:
                for i in unit:
                    cost[i] += everybody
        if any(cost):
            self.loads.append((limit.loads, cost))

    def _allowed(self, limit: Limited, room: int, taken: int, row: str) -> None:
        if limit.price is not None and limit.price * room < taken:
            raise self._refused("bound-price", TOO_DEAR, row=row)

    def _mix(self, mix: Mixed) -> None:
        """Figures are divided by what they have in common, as multipliers of a spread speak of them."""
        cost = [0] * len(self.part.managers)
        sums = {"high": 0, "low": 0}
        resolution, name = self.part.given.book.resolution, f"{mix.tier}/{mix.measure}"
        for i, base in zip(mix.members, mix.base, strict=True):
            for kind, sign in (("high", 1), ("low", -1)):
                y = self.rows.pop(f"{kind}:{name}:{self.part.manager_ids[i]}", 0)
                sums[kind] += y
                cost[i] += sign * y * resolution
                self.constant += sign * y * resolution * (base // mix.divisor)
        if sums["high"] != sums["low"]:
            text = N_("goal {goal}: the multipliers high and low of {row} do not add up to the same")
            raise self._refused("bound-spread", text, row=name)
        if mix.weight * self._room("balance") < mix.scale // mix.divisor * sums["high"]:
            raise self._refused("bound-price", TOO_DEAR, row=f"high:{name}")
        if any(cost):
            general, pairs = mix.loads.general // mix.divisor, mix.loads.pairs
            pairs = Pairs(pairs.key, pairs.value // mix.divisor, pairs.staff)
            self.loads.append((Loads(general, pairs), cost))

    def _refused(self, code: str, text: str, **told: str) -> NotAdmitted:
        return NotAdmitted(finding(code, text, None, "error", goal=self.duals.goal, **told))


TOO_DEAR = N_("goal {goal}: the multiplier of {row} is larger than the price of what lies beyond it allows")


# --- the least sum of prices -------------------------------------------------------------------------


def _least(part: Part, told: _Multipliers, seed: int) -> tuple[int, int]:
    """The sum over units of the least price, and the greatest common divisor of what the goal is made of."""
    total, divisor = 0, 0
    if told.goal == "penalty":
        divisor = gcd(*(limit.price for limit in part.limits if limit.price is not None))
    elif told.goal == "balance":
        divisor = gcd(*(mix.weight for mix in part.mixes))
    for clients, begins in _units(part):
        biggest = int(np.diff(np.append(begins, len(clients))).max(initial=1))
        held, out, figures = _prices(part, told, clients, biggest, seed)
        may = part.may[clients]
        stays = np.isin(part.settled[clients], (PIN,))
        if len(begins) < len(clients):
            held, out = np.add.reduceat(held, begins, axis=0), np.add.reduceat(out, begins)
            may = np.logical_and.reduceat(may, begins, axis=0)
            stays = np.logical_or.reduceat(stays, begins)
            figures = [np.add.reduceat(f, begins, axis=0) for f in figures]
        total += _sum_of_least(held, out, may, stays)
        if figures:
            divisor = gcd(divisor, _divisor(figures[0][may]), _divisor(figures[1][~stays]))
    return total, divisor or 1


def _units(part: Part) -> Iterator[tuple[Ints, Ints]]:
    """Clients unit by unit (those that stay together), some units at once, and where each unit begins."""
    order = np.argsort(part.unit, kind="stable")
    begins = np.flatnonzero(np.diff(part.unit[order], prepend=-1))
    size = max(1, ENTRIES // max(1, len(part.managers)))
    for first in range(0, len(begins), size):
        ends = np.append(begins, len(order))[first : first + size + 1]
        yield order[ends[0] : ends[-1]], ends[:-1] - ends[0]


def _prices(
    part: Part, told: _Multipliers, clients: Ints, biggest: int, seed: int
) -> tuple[Ints, Ints, list[Ints]]:
    """The price of each client [on each manager] and of leaving it out; then the figures of the goal itself,
    held and left out, where it is a sum over pairs.

    Python's integers where 64 bits might not do for the sum over a unit of `biggest` clients.
    """
    rows, everybody = clients[:, None], np.arange(len(part.managers))[None, :]
    terms: list[tuple[int, Ints, Ints]] = []
    for name, y in {told.goal: told.scale, **told.earlier}.items():
        if name not in ("penalty", "balance"):
            sign = 1 if SENSE[name] == "min" else -1
            held = sign * pair_figures(part, name, rows, everybody, seed)
            terms.append((y, held, sign * left_out(part, name)[clients]))
    loads = [(load.of(rows, everybody), cost) for load, cost in told.loads]
    largest = sum(y * max(1, _largest(held), _largest(out)) for y, held, out in terms)
    largest += sum(max(1, _largest(load)) * max(map(abs, cost), default=0) for load, cost in loads)
    kind = np.int64 if largest * biggest < 2**62 else object
    price = np.zeros((len(clients), len(part.managers)), dtype=kind)
    left = np.zeros(len(clients), dtype=kind)
    for y, held, out in terms:
        price += held.astype(kind, copy=False) * y
        left += out.astype(kind, copy=False) * y
    for load, cost in loads:
        price += load.astype(kind, copy=False) * np.array(cost, dtype=kind)[None, :]
    own = list(terms[0][1:]) if terms and told.goal not in ("penalty", "balance") else []
    return price, left, own


def _sum_of_least(held: Ints, out: Ints, may: Bools, stays: Bools) -> int:
    """The sum of each unit's least price. Whoever is pinned (`stays`) is held by somebody."""
    nobody = ~may.any(axis=1)
    beyond = max(_largest(held), _largest(out)) + 1
    best = np.where(may, held, beyond).min(axis=1, initial=beyond)
    return exact_sum(np.where(stays, best, np.where(nobody, out, np.minimum(best, out))))


def _largest(figures: Ints) -> int:
    return max(abs(int(figures.min())), abs(int(figures.max()))) if figures.size else 0


def _divisor(figures: Ints) -> int:
    return int(np.gcd.reduce(figures)) if figures.size else 0
