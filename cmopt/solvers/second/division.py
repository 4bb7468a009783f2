"""The division as rows: who may hold what, and every hard rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from cmopt.domain.problem import Problem
from cmopt.solvers.second.milp import Milp, Sum

Holders = Sequence[int | None]


@dataclass
class Division:
    """hold[i, j], out[j], seat[t, i]: numbers of 0/1 variables of `milp`."""

    problem: Problem
    milp: Milp
    hold: dict[tuple[int, int], int]
    out: list[int]
    seat: dict[tuple[int, int], int]

    @classmethod
    def of(cls, problem: Problem) -> Division:
        """Variables, and every hard rule of models/README.md section 4."""
        milp = Milp()
        accounts = range(len(problem.accounts))
        hold = {(i, j): milp.variable(f"hold_{i}_{j}") for j in accounts for i in problem.may_hold[j]}
        out = [milp.variable(f"out_{j}") for j in accounts]
        seat = {
            (t, i): milp.variable(f"seat_{t}_{i}")
            for t, team in enumerate(problem.teams)
            for i in sorted({i for j in team.accounts for i in problem.may_hold[j]})
        }
        division = cls(problem, milp, hold, out, seat)
        division._one_holder()
        division._places()
        division._together()
        division._caps()
        division._teams()
        division._settled()
        return division

    def held(self, i: int, accounts: Iterable[int]) -> Sum:
        """How many of `accounts` manager i holds."""
        return Sum.of(self.hold[i, j] for j in accounts if (i, j) in self.hold)

    def read(self, values: Sequence[int]) -> list[int | None]:
        """The division that rounded values of the variables stand for."""
        holders: list[int | None] = [None] * len(self.problem.accounts)
        for (i, j), variable in self.hold.items():
            if values[variable]:
                holders[j] = i
        return holders

    @cached_property
    def choices(self) -> frozenset[int]:
        """The variables that say who holds what and what nobody holds."""
        return frozenset([*self.hold.values(), *self.out])

    def chosen(self, holders: Holders) -> set[int]:
        """Those of them that are 1 in a division."""
        return {self.out[j] if i is None else self.hold[i, j] for j, i in enumerate(holders)}

    def _one_holder(self) -> None:
        for j, out in enumerate(self.out):
            who = Sum.of(self.hold[i, j] for i in self.problem.may_hold[j])
            self.milp.add(f"one_holder_{j}", who + Sum.of([out]), 1, 1)

    def _places(self) -> None:
        """Different people on the places of an account, no backup without a lead; backups, who are alike, by
        number and the empty places last."""
        people = range(len(self.problem.managers))
        for places in self.problem.same:
            lead, backups = places[0], places[1:]
            for i in people:
                own = self.held(i, places)
                if len(own.terms) > 1:
                    self.milp.add(f"once_{i}_{lead}", own, most=1)
            for j in backups:
                self.milp.add(f"led_{j}", Sum([(self.out[lead], 1), (self.out[j], -1)]), most=0)
            for one, after in pairwise(backups):
                self.milp.add(f"in_order_{one}", self._number(one) - self._number(after), most=0)

    def _together(self) -> None:
        """The same people on all accounts of a group, who else may hold one of them on none."""
        for group in self.problem.together:
            for i in range(len(self.problem.managers)):
                for j in group[1:]:
                    gap = self.held(i, group[:1]) - self.held(i, (j,))
                    if gap.terms:
                        self.milp.add(f"together_{i}_{j}", gap, 0, 0)

    def _number(self, j: int) -> Sum:
        """The number of whoever holds account j, from 1; above all of them where nobody does."""
        who = Sum((self.hold[i, j], i + 1) for i in self.problem.may_hold[j])
        return who + Sum([(self.out[j], len(self.problem.managers) + 1)])

    def _caps(self) -> None:
        """At most k each. Where a seat excludes all of the cap's accounts, it takes up the whole cap."""
        for cap in self.problem.hard_caps:
            for i in range(len(self.problem.managers)):
                total = self.held(i, cap.accounts)
                if not total.terms:
                    continue
                barring = [
                    self.seat[t, i]
                    for t, team in enumerate(self.problem.teams)
                    if (t, i) in self.seat and set(cap.accounts) <= set(team.excluded)
                ]
                for seat in barring:
                    self.milp.add(f"cap_{i}", total + Sum([(seat, cap.k)]), most=cap.k)
                if not barring and len(total.terms) > cap.k:
                    self.milp.add(f"cap_{i}", total, most=cap.k)

    def _teams(self) -> None:
        for t, team in enumerate(self.problem.teams):
            seats = {i: v for (s, i), v in self.seat.items() if s == t}
            self.milp.add(f"team_{t}", Sum.of(seats.values()), team.size, team.size)
            for i, seat in seats.items():
                own = self.held(i, team.accounts)
                for variable in own.terms:
                    self.milp.add(f"seated_{t}_{i}", Sum([(variable, 1), (seat, -1)]), most=0)
                self.milp.add(f"least_{t}_{i}", own - Sum([(seat, team.least)]), least=0)
                for variable in self.held(i, team.excluded).terms:
                    self.milp.add(f"barred_{t}_{i}", Sum([(variable, 1), (seat, 1)]), most=1)

    def _settled(self) -> None:
        """Pins, on any place of their account (one on a pair that is not eligible leaves nothing), and
        incumbents where that is a rule."""
        for i, j in self.problem.pins:
            self.milp.add(f"pin_{i}_{j}", self.held(i, self.problem.places.get(j, (j,))), least=1)
        if self.problem.keep_is_rule:
            for j, keeper in enumerate(self.problem.keeper):
                if keeper is not None:
                    self.milp.fix(self.hold[keeper, j], 1)
