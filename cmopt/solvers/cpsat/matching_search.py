"""Goals one after the other where a division is a matching: by flows as long as they will do, then by search.

Coverage, continuity and merit are settled by cheapest matchings; what these leave possible is mostly a small
part of all pairs. Balance and what comes after it are searched in a model of that part alone.
"""

from __future__ import annotations

import time

from cmopt.domain.problem import Problem
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.matching import matching
from cmopt.solvers.cpsat.matching_balance import MatchingBalance
from cmopt.solvers.cpsat.matching_flows import MatchingFlows
from cmopt.solvers.cpsat.matching_state import Won
from cmopt.solvers.cpsat.run import Clock

__all__ = ["MatchingSearch", "Won"]


class MatchingSearch(MatchingFlows, MatchingBalance):
    """Proves goals as far as the time allows; `best` is a division that has won all those before."""

    @classmethod
    def of(cls, problem: Problem, clock: Clock, progress: Progress) -> MatchingSearch | None:
        """None where the division is no matching, or its first goal is not to cover all accounts."""
        if problem.goals[0].name != "coverage" or min(problem.balance) < 0:
            return None
        made = matching(problem)
        return None if made is None else cls(made, clock, progress)

    def prove_next(self) -> list[Won] | None:
        """The next goal, or the next ones that are proven together. None: not this way; nothing has changed."""
        begun = time.perf_counter()
        goal = self.problem.goals[len(self.won)]
        if self.clock.left() <= 0 or self.progress.stop_asked():
            return None
        if (
            self.won
            and self._balance is None
            and self.won[-1].goal.name != "balance"
            and self.won[-1].goal.allowance(self.won[-1].value)
        ):
            return None
        if self._balance is not None:
            bounds = self._prove_rest()
        elif goal.name == "balance":
            bounds = self._prove_balance(goal)
        else:
            settled = self._prove_merit() if goal.name == "merit" else self._prove_sum(goal)
            bounds = [self._value(goal.name)] if settled else None
        found = []
        for g, bound in zip(self.problem.goals[len(self.won) :], bounds or [], strict=False):
            value = self._value(g.name)
            found.append(Won(g, value, bound, value == bound, time.perf_counter() - begun))
            begun = time.perf_counter()
        self.won += found
        return found or None
