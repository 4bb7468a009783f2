"""Goals of a matching that a flow settles: plain sums, and merit where only certain envies are left.

Coverage, continuity and merit are settled by cheapest matchings; what these leave possible is mostly a small
part of all pairs. Where a flow does not see all of a goal, one search of that goal does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cmopt.domain.result import SENSE
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.matching import Matching, Taken
from cmopt.solvers.cpsat.matching_goals import Envy, by_rank, costs, envy, pair_costs, without_other_envy
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.matching_state import MatchingState
from cmopt.solvers.cpsat.run import Ending
from cmopt.solvers.score import COUNT


class MatchingFlows(MatchingState):
    """The goals before balance."""

    def _prove_sum(self, goal: Goal) -> bool:
        keep_all = goal.name == "continuity" or self._keep_all()
        figures = None if self._rows else costs(self.made, goal.name, self._names())
        taken = None if figures is None else self.made.cheapest(*figures)
        if figures is not None and taken is not None and self._adopt(taken.column, keep_all):
            reached = self._value(goal.name) * (1 if SENSE[goal.name] == "min" else -1) == taken.cost
            if reached:
                self.made = self.made.narrowed(*figures, taken)
                return True
        if not self._search_sum(goal):
            return False
        if goal.name == "coverage":  # leaving out accounts of the team was not tried
            return taken is not None and self._value("coverage") == taken.cost
        return True

    def _search_sum(self, goal: Goal) -> bool:
        """A sum over the accounts of the team as well, which the flow did not see; locked by a constraint."""
        if pair_costs(self.problem, goal.name) is None or self.made.team is None:
            return False
        model = MatchingModel.of(self.made)
        team = self._searched(model)
        expr = self._sum(model, team, goal.name)
        sign = 1 if SENSE[goal.name] == "min" else -1
        solve = self._minimise(
            model, expr, team, lambda holders: sign * COUNT[goal.name](self.problem, holders)
        )
        if solve.ending is not Ending.OPTIMAL or sign * self._value(goal.name) != solve.bound:
            return False
        self._rows.append(goal.name)
        return True

    def _prove_merit(self) -> bool:
        made, who = self.made, envy(self.made)
        nothing = np.zeros(len(made.out), dtype=np.int64)
        taken = made.cheapest(who.certain, nothing)
        if taken is None:
            return False
        left = made.narrowed(who.certain, nothing, taken)
        ranked = left.cheapest(*by_rank(left, who))
        adopted = ranked is not None and self._adopt(ranked.column, self._keep_all())
        if ranked is not None and adopted and self._value("merit") == taken.cost:
            self.made = self._without_other_envy(left, who, ranked)
            self._envy = who
            return True
        return self._search_merit(who, left, taken.cost)

    def _without_other_envy(self, made: Matching, who: Envy, taken: Taken) -> Matching:
        while True:
            left = without_other_envy(made, who).without_dead_ends(taken)
            if (left.possible.sum(), left.idle.sum()) == (made.possible.sum(), made.idle.sum()):
                return left
            made = left

    def _search_merit(self, who: Envy, left: Matching, certain: int) -> bool:
        """Certain envies and others at once, where the flow's matching has others. `left` is what remains where
        the others can be avoided."""
        model, total = self._merit_model(who)
        team = self._searched(model) if self.made.team is not None else None
        self._envy = who
        solve = self._minimise(model, total, team, lambda holders: COUNT["merit"](self.problem, holders))
        if solve.ending is not Ending.OPTIMAL or self._value("merit") != solve.bound:
            return False
        assert self._column is not None
        if solve.bound == certain:
            self.made = self._without_other_envy(left, who, Taken(certain, self._column))
        else:
            self._envies = solve.bound
        return True

    def _merit_model(self, who: Envy) -> tuple[MatchingModel, Any]:
        model = MatchingModel.of(self.made)
        nothing = np.zeros(len(self.made.out), dtype=np.int64)
        return model, model.total((who.certain, nothing)) + model.other_envies(who)
