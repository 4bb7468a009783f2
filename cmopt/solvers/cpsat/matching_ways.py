"""The team of a matching as a choice among its seatings, counted only as far as it must be.

Each seating has a bound on its cost until its ways to share the accounts out are counted. Where they are few,
all are. Where they are many, the relaxation of the whole prices the seats (`matching_prices`), so that only
ways are looked for with which a division can be near the least, and only in seatings where there may be such.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.matching import Matching
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.matching_prices import Prices, Relaxation
from cmopt.solvers.cpsat.matching_state import MatchingState
from cmopt.solvers.cpsat.run import Clock
from cmopt.solvers.cpsat.team_choice import Choice, choices, how_many_ways, rough_choices
from cmopt.solvers.cpsat.team_ways import MOST_IN_TREE, Ways
from cmopt.solvers.cpsat.thresholds import terms, windows

WAYS_AT_ONCE = 4_000_000  # to share out the team's accounts, counted without asking what the rest costs
MORE_WAYS = 60_000_000  # counted between two searches; those in a tree count as EFFORT at most
EFFORT = 8_000
MANY_PAIRS = 2_000  # from here on a relaxation is worth its time
WIDE = 50  # while prices are made, ways are counted one part in so many above the least
ROUNDS = 12  # of prices at most
NEAR = 200  # the first search is for divisions whose cost is one part in so many above the least


class MatchingWays(MatchingState):
    """The seatings that are left, what their ways cost, and what the relaxation says of them."""

    def __init__(self, made: Matching, clock: Clock, progress: Progress) -> None:
        super().__init__(made, clock, progress)
        self._above = 0  # by how much the locked balance is above what is proven
        self._ways: list[Choice] | None = None  # of the team; None: they are searched
        self._known: dict[bytes, Ways] = {}
        self._prices: Prices | None = None

    def _start_ways(self, later: Ints) -> None:
        """Every seating with a bound on its cost; some counted at once, all where they are few. Where they, or
        the pairs, are many, the relaxation says which are near the least."""
        most = self._value("balance")
        if self.made.team is not None:
            self._ways = None if self._rows else rough_choices(self.made, most, self._of_team(later))
            if self._ways is None:
                return
        ways = sum(how_many_ways(self.made, self._ways or [], self._keep_all()))
        if ways > WAYS_AT_ONCE or int(self.made.possible.sum()) > MANY_PAIRS:
            self._price(most, later)
        if ways <= WAYS_AT_ONCE or self._prices is None:
            self._count_more(None, later)

    def _price(self, most: int, later: Ints) -> None:
        """Prices from the relaxation, until all that is near the least is counted: each time those that seem
        to be near are, which lifts the least."""
        model, cost = self._rest(most)
        relaxation = Relaxation(model, cost, most)
        least: int | None = None
        for _ in range(ROUNDS):
            if self.clock.left() <= 0 or self.progress.stop_asked():
                return
            self._prices = relaxation.prices(self._ways or [], self.clock.share(last=False))
            if self._prices is None:
                return
            before, least = least, self._prices.least(self._ways or [])
            wide = max(1, least // WIDE)
            if before is not None and least - before <= wide // 4:
                return
            if not self._count_near(min(most, least + wide), later):
                return

    def _count_near(self, most: int, later: Ints) -> bool:
        """Count the ways with which a division may cost `most` or less. False: all are counted already."""
        assert self._prices is not None
        rough = [c for c in self._prices.near(self._ways or [], most) if not c.holders]
        self._count(rough, most, later)
        return bool(rough)

    def _count_more(self, first: Choice | None, later: Ints) -> None:
        """Count the ways of the seatings that look cheapest, `first` before all others, as long as there is
        time; the others keep their bounds."""
        most = self._most()
        rough = [c for c in self._possible(self._ways or [], most) if not c.holders and c is not first]
        rough = ([first] if first is not None else []) + sorted(rough, key=lambda c: (c.cost, c.members))
        counted, effort = 0, 0
        for ways in how_many_ways(self.made, rough, self._keep_all()):
            if counted and effort >= MORE_WAYS:
                break
            effort += ways if ways > MOST_IN_TREE else min(ways, EFFORT)
            counted += 1
        self._count(rough[:counted], most, later)

    def _count(self, rough: list[Choice], most: int, later: Ints) -> None:
        """Put the ways with which a division may cost `most` or less in the place of the seatings; where there
        are none, a better bound."""
        if not rough:
            return
        cost = np.array([c.cost for c in rough], dtype=np.int64)
        seen_as = (
            self._prices.bounds(rough) if self._prices is not None and most <= self._prices.most else cost
        )
        ends = cost + (most - seen_as)
        above = self._above if self._balance is not None else 0
        exact: list[Choice] = []
        counted: dict[tuple[int, ...], Choice] = {}
        parts = choices(self.made, rough, self._keep_all(), ends, above, self._of_team(later), self._known)
        for done, found in parts:
            exact += found
            for n in done:
                counted[rough[n].members] = replace(rough[n], cost=int(ends[n]) + 1)
            if self.clock.left() <= 0 or self.progress.stop_asked():
                break
        for choice in exact:
            counted.pop(choice.members, None)
        seen = {c.members for c in exact}
        left = [counted.get(c.members, c) for c in self._ways or [] if c.holders or c.members not in seen]
        self._ways = sorted([*exact, *left], key=lambda c: (c.members, c.cost))

    def _most(self) -> int:
        """What the best division costs at most."""
        return self._value("balance") if self._balance is None else self._balance

    def _possible(self, ways: list[Choice], most: int) -> list[Choice]:
        """Those that can be in a division of cost `most` or less."""
        if self._prices is not None and most <= self._prices.most:
            return self._prices.near(ways, most)
        return [c for c in ways if c.cost <= most]

    def _left(self, most: int) -> Matching:
        """What can be in a division of cost `most` or less, as far as the relaxation tells."""
        if self._prices is None or most > self._prices.most:
            return self.made
        return self._prices.narrowed(self.made, most, self._prices.least(self._ways or []))

    def _rest(self, most: int) -> tuple[MatchingModel, Any]:
        """The model of everybody but the team where balance is at most `most`; its part of that goal."""
        parts = terms(self.made)
        least = min((c.cost for c in self._ways or []), default=0)
        left, found = windows(self._left(most), parts, most - least)
        model = MatchingModel.of(left)
        if self._envy is not None and self._envies is None:
            model.forbid_other_envy(self._envy)
        elif self._envy is not None:
            nothing = np.zeros(len(left.out), dtype=np.int64)
            certain = model.total((self._envy.certain, nothing))
            model.cp.add(certain + model.other_envies(self._envy) <= self._envies)
        return model, model.add_windows(parts, found)

    def _of_team(self, later: Ints) -> Ints:
        return later[:, list(self.made.team.accounts if self.made.team is not None else ())]
