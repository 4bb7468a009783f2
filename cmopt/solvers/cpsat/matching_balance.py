"""Balance of a matching, and the goals after it, in a model of what the goals before have left possible.

Where the relaxation has said how low balance can be at the least, divisions near that are searched first: what
is found is the best of all, and what cannot be in such a division need not be in the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.chain import Chain, chained
from cmopt.solvers.cpsat.matching_goals import pair_costs
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.matching_state import Team
from cmopt.solvers.cpsat.matching_ways import NEAR, MatchingWays
from cmopt.solvers.cpsat.model import Holders
from cmopt.solvers.cpsat.run import Ending, Solve
from cmopt.solvers.cpsat.team_choice import Chosen, rough_choices
from cmopt.solvers.score import COUNT

WIDER = 3  # times as far from the least each further search goes
MOST_IN_MODEL = 20_000  # seatings and ways; with more the team is searched


@dataclass(frozen=True)
class Phase:
    """A search: the model, what to minimise, the team in it, and how a division is measured by it."""

    model: MatchingModel
    objective: Any
    team: Team | None
    measure: Callable[[Holders], int]


class MatchingBalance(MatchingWays):
    """Balance and what comes after it."""

    def _prove_balance(self, goal: Goal) -> list[int | None] | None:
        later = self._later(len(self.won) + 1)
        if (
            later is None
            or self.best is None
            or (self.made.team is not None and not self.problem.teams_apart)
        ):
            return None
        self._start_ways(later)
        solve = self._balance_near(later) or self._minimise_lazily(later, self._balance_model)
        self._known.clear()
        value = self._value("balance")
        self._balance = value + goal.allowance(value)
        self._above = self._balance - (value if solve.bound is None else solve.bound)
        if self._above and self._ways is not None:  # dearer ways may be in the best division as well
            self._ways = rough_choices(self.made, self._balance, self._of_team(later))
        return [solve.bound]

    def _balance_near(self, later: Ints) -> Solve | None:
        """Divisions near the least only; if there are none, that is a better bound, and less near ones. None:
        not settled that way."""
        if self._prices is None:
            return None
        least = self._prices.least(self._ways or [])
        room = max(1, least // NEAR)
        while (most := least + room) < self._value("balance"):
            self._count_near(most, later)
            phase = self._balance_model(later, most)
            solve = self._minimise(phase.model, phase.objective, phase.team, phase.measure, hint=False)
            if solve.ending is Ending.OPTIMAL and solve.bound == self._value("balance") <= most:
                return solve
            none = solve.ending is Ending.INFEASIBLE or (solve.bound is not None and solve.bound > most)
            if not none:
                return None
            least, room = most + 1, WIDER * room
        return None

    def _balance_model(self, later: Ints, most: int | None = None) -> Phase:
        model, cost, team = self._model(self._value("balance") if most is None else most, later)
        return Phase(model, cost, team, lambda holders: COUNT["balance"](self.problem, holders))

    def _prove_rest(self) -> list[int | None] | None:
        """The goals after balance in one search."""
        number = len(self.won)
        later = self._later(number)
        if later is None or self._balance is None or self.best is None:
            return None
        solve = self._minimise_lazily(later, self._rest_model)
        chain = Chain(self.problem, chained(self.problem, number))
        if solve.bound is None:
            return [None] * len(chain.weight)
        raw = sum(int(later[i, j]) for j, i in enumerate(self.best) if i is not None)
        return chain.bounds(self.best, solve.bound + chain.cost(self.best) - raw)

    def _rest_model(self, later: Ints) -> Phase:
        assert self._balance is not None
        model, cost, team = self._model(self._balance, later)
        model.cp.add(cost <= self._balance)
        pair = np.zeros(self.made.possible.shape, dtype=np.int64)
        pair[:, : len(self.made.accounts)] = later[:, list(self.made.accounts)]
        total = model.total((pair, np.zeros(len(self.made.out), dtype=np.int64)))
        chain = Chain(self.problem, chained(self.problem, len(self.won)))
        return Phase(model, total + (team.later if team is not None else 0), team, chain.cost)

    def _minimise_lazily(self, later: Ints, build: Callable[[Ints], Phase]) -> Solve:
        """Search; where the best has a seating whose ways are not counted yet, count them and search again. The
        last answer is the best of all: bounds only made the other seatings look better than they are."""
        while True:
            phase = build(later)
            solve = self._minimise(phase.model, phase.objective, phase.team, phase.measure)
            if solve.values is None or not isinstance(phase.team, Chosen):
                return solve
            chosen = phase.team.chosen(solve.values)
            if chosen.holders or solve.ending is not Ending.OPTIMAL:
                return solve
            column = phase.model.read(solve.values)
            self._count_more(chosen, later)
            exact = [c for c in self._ways or [] if c.members == chosen.members and c.holders]
            for choice in exact:
                self._improve(column, phase.team.shared(choice), phase.measure)

    def _model(self, most: int, later: Ints) -> tuple[MatchingModel, Any, Team | None]:
        """The model of what is left where balance is at most `most`; the goal's expression; the team in it."""
        model, cost = self._rest(most)
        if self.made.team is None:
            return model, cost, None
        team: Team
        if self._ways is None:
            team = self._searched(model, later)
        else:
            seated = model.made.possible[:, -1]
            ways = [c for c in self._possible(self._ways, most) if all(seated[i] for i in c.members)]
            if len(ways) > MOST_IN_MODEL:
                team = self._searched(model, later)
            else:
                team = Chosen(model.made, model.cp, model.take, ways)
        return model, cost + team.cost, team

    def _later(self, number: int) -> Ints | None:
        """[manager, account] -> the weighted costs of the goals from `number` on, which one search can settle;
        None where it cannot."""
        goals = self.problem.goals[number:]
        figures = [pair_costs(self.problem, g.name) for g in goals]
        if any(f is None for f in figures) or len(chained(self.problem, number)) != len(goals):
            return None
        weights = Chain(self.problem, list(goals)).weight
        return sum(
            (weights[g.name] * f for g, f in zip(goals, figures, strict=True) if f is not None),
            np.zeros(self.problem.eligible.shape, dtype=np.int64),
        )
