"""Large-neighbourhood search: a few managers and all they hold, divided anew among themselves.

P. Shaw, *Using constraint programming and local search methods to solve vehicle routing problems*, CP 1998.
Which managers is drawn by lot among those that the bound says could well exchange accounts; how many follows
from how quickly CP-SAT settles such parts. The lots come from a fixed seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from cmopt.domain.problem import Bools, Ints

SHARES = (0.03, 0.06, 0.12, 0.25, 1.0)  # of the room, that a pair may lose to be in a drawn part


@dataclass(frozen=True)
class Places:
    """By column: the manager and the account of the pair, -1 for columns that are no pair; `out`: by account
    the column that leaves it out."""

    manager: Ints
    account: Ints
    out: Ints
    managers: int

    def holder(self, x: Ints) -> Ints:
        """Manager by account, -1 for one left out."""
        holder = np.full(len(self.out), -1, dtype=np.int64)
        held = np.flatnonzero((x > 0) & (self.manager >= 0))
        holder[self.account[held]] = self.manager[held]
        return holder


class Neighbourhoods:
    """Draws sets of managers, and learns how many are worth a search."""

    def __init__(self, places: Places, seed: int = 1) -> None:
        self._places = places
        self._dice = Random(seed)
        self._sizes = dict.fromkeys(SHARES, 4.0)
        self._share = SHARES[-1]

    def learn(self, settled: bool) -> None:
        """The last part drawn was searched to the end, or was not: the next of its kind may be larger."""
        most, size = float(self._places.managers), self._sizes[self._share]
        self._sizes[self._share] = min(most, size + 0.25) if settled else max(2.0, size - 0.5)

    def draw(self, x: Ints, loss: Ints, room: int) -> tuple[Bools, int, bool]:
        """(the columns of the drawn managers' accounts on any of them, how many managers, whether pairs that
        lose much were left out: the more so, the farther the bound still is).

        loss: by column, how much the bound rises if it is taken; room: how much it may.
        """
        places = self._places
        self._share = self._dice.choice(SHARES)
        holder = places.holder(x)
        width = max(1.0, room / 4)
        pairs = places.manager >= 0
        near = np.zeros((places.managers, len(holder)))
        near[places.manager[pairs], places.account[pairs]] = np.exp(-np.minimum(loss[pairs] / width, 50.0))
        owns = np.flatnonzero((x > 0) & pairs & (loss > 0))
        start = owns if len(owns) else np.flatnonzero((x > 0) & pairs)
        chosen = np.zeros(places.managers, dtype=np.bool_)
        if len(start):
            weights = np.minimum(loss[start] / width, 8.0) + 0.01
            chosen[places.manager[self._pick(start.tolist(), weights)]] = True
        while chosen.sum() < min(int(self._sizes[self._share]), places.managers):
            inside = chosen[np.maximum(holder, 0)] & (holder >= 0)
            weights = np.where(chosen, 0.0, 0.2 + near[:, inside].sum(axis=1))
            chosen[self._pick(list(range(places.managers)), weights)] = True
        narrow = pairs & (x == 0) & (loss > room * self._share)
        return self.columns(chosen, holder) & ~narrow, int(chosen.sum()), bool(narrow.any())

    def columns(self, chosen: Bools, holder: Ints) -> Bools:
        """Pairs of chosen managers with accounts they hold (or nobody holds), being left out of these, and
        every column that is no pair."""
        places = self._places
        accounts = (holder < 0) | chosen[np.maximum(holder, 0)]
        free = places.manager < 0
        free[places.out] = accounts
        pairs = np.flatnonzero(places.manager >= 0)
        free[pairs] = chosen[places.manager[pairs]] & accounts[places.account[pairs]]
        return free

    def _pick(self, numbers: list[int], weights: object) -> int:
        return self._dice.choices(numbers, weights=np.asarray(weights).tolist())[0]
