"""A matching while its goals are won one after the other: what all ways to prove a goal have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints, Problem
from cmopt.domain.progress import Progress
from cmopt.domain.result import SENSE
from cmopt.domain.scheme import Goal
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat.matching import Matching
from cmopt.solvers.cpsat.matching_goals import Envy, left_out, pair_costs
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.model import Holders
from cmopt.solvers.cpsat.run import Clock, Ending, Solve, run
from cmopt.solvers.cpsat.team_choice import Chosen, share_out
from cmopt.solvers.cpsat.team_search import Searched
from cmopt.solvers.score import COUNT


@dataclass(frozen=True, slots=True)
class Won:
    """What became of a goal: the value it was locked at, the bound, whether they met, its seconds."""

    goal: Goal
    value: int
    bound: int | None
    proven: bool
    seconds: float


Team = Chosen | Searched

# Turns of a search: these models are tight, so that the relaxation of the whole is worth its time, and small,
# so that little presolve is enough. Measured; see docs/how-it-works.md.
_LITTLE = {
    "cp_model_probing_level": 0,
    "symmetry_level": 0,
    "max_presolve_iterations": 1,
    "hint_conflict_limit": 0,
    "polish_lp_solution": True,
}
TURNS: tuple[dict[str, Any], ...] = (
    {"linearization_level": 2} | _LITTLE,
    {"linearization_level": 2},
    {"linearization_level": 1} | _LITTLE,
    {"linearization_level": 1},
)
MANY_CHOICES = 200  # of the team: from here on, probing during the search costs more than it brings
TURNS_OF_MANY: tuple[dict[str, Any], ...] = (TURNS[0] | {"inprocessing_probing_dtime": 0.0}, *TURNS[1:])


class MatchingState:
    """`best` is a division that has won all goals in `won`; `made` is what they have left possible."""

    def __init__(self, made: Matching, clock: Clock, progress: Progress) -> None:
        self.made, self.clock, self.progress = made, clock, progress
        self.problem: Problem = made.problem
        self.won: list[Won] = []
        self.best: Holders | None = None
        self._column: Ints | None = None  # of `best`: [manager] -> column taken, or -1
        self._envy: Envy | None = None
        self._envies: int | None = None  # locked number of envies, where not all of them were certain
        self._balance: int | None = None  # locked, with its allowance
        self._rows: list[str] = []  # goals that a flow did not settle, because of the team's accounts

    def _adopt(self, column: Ints, keep_all: bool) -> bool:
        """Make a matching, with its team's accounts shared out the best division. False: it breaks a rule."""
        team: dict[int, int] | None = {}
        if self.made.team is not None:
            members = np.flatnonzero(column == self.made.possible.shape[1] - 1).tolist()
            team = share_out(self.made, members, keep_all)
        return team is not None and self._adopt_whole(column, team)

    def _adopt_whole(self, column: Ints, team: dict[int, int]) -> bool:
        holders: Holders = [None] * len(self.problem.accounts)
        for i, c in enumerate(column.tolist()):
            if 0 <= c < len(self.made.accounts):
                holders[self.made.accounts[c]] = i
        for j, i in team.items():
            holders[j] = i
        if broken(self.problem, holders):
            return False
        for won in self.won:
            value, allowed = COUNT[won.goal.name](self.problem, holders), won.goal.allowance(won.value)
            if value > won.value + allowed if SENSE[won.goal.name] == "min" else value < won.value - allowed:
                return False
        self.best, self._column = holders, column
        return True

    def _improve(self, column: Ints, team: dict[int, int], measure: Callable[[Holders], int]) -> None:
        """Make this the best division if it is better than the best."""
        old = self.best, self._column
        found = self._adopt_whole(column, team)
        if found and old[0] is not None and self.best is not None and measure(self.best) >= measure(old[0]):
            self.best, self._column = old

    def _minimise(
        self,
        model: MatchingModel,
        cost: Any,
        team: Team | None,
        measure: Callable[[Holders], int],
        hint: bool = True,
    ) -> Solve:
        """Search from the best division, if there is one, and make what is found the best if it is better.
        Not `hint`: the best is not in the model, and there may be nothing."""
        seconds = self.clock.share(last=self._balance is not None)
        if seconds <= 0 or self.progress.stop_asked():
            return Solve(Ending.UNKNOWN, None, None, 0.0)
        model.cp.minimize(cost)
        if hint and self.best is not None and self._column is not None:
            model.hint(self._column, self._envy)
            inside = self.made.team.accounts if self.made.team is not None else ()
            held = {j: i for j in inside if (i := self.best[j]) is not None}
            for literal, value in team.hints(held) if team is not None else ():
                model.cp.add_hint(literal, value)
        many = isinstance(team, Chosen) and len(team.choices) >= MANY_CHOICES
        turns = TURNS_OF_MANY if many else TURNS
        solve = run(model.cp, seconds, self.progress, minimise=True, turns=turns)
        if solve.ending is Ending.INFEASIBLE and hint and self.best is not None:
            raise RuntimeError("infeasible although a division is known")
        if solve.values is not None:
            old = self.best, self._column
            shared = team.read(solve.values) if team is not None else {}
            found = self._adopt_whole(model.read(solve.values), shared)
            if (
                found
                and old[0] is not None
                and self.best is not None
                and measure(self.best) >= measure(old[0])
            ):
                self.best, self._column = old
        return solve

    def _searched(self, model: MatchingModel, later: Ints | None = None) -> Searched:
        """The team in a model, account by account, with the goals that were not settled by a flow."""
        nothing = np.zeros(self.problem.eligible.shape, dtype=np.int64)
        team = Searched(
            model.made, model.cp, model.take, self._keep_all(), nothing if later is None else later
        )
        for name in self._rows:
            sign = 1 if SENSE[name] == "min" else -1
            model.cp.add(self._sum(model, team, name) <= sign * self._value(name))
        return team

    def _sum(self, model: MatchingModel, team: Searched, name: str) -> Any:
        """A goal as a sum over the pairs of a model, to be minimised."""
        figures, accounts = pair_costs(self.problem, name), list(self.made.accounts)
        assert figures is not None
        pair = np.zeros(self.made.possible.shape, dtype=np.int64)
        pair[:, : len(accounts)] = figures[:, accounts]
        return model.total((pair, left_out(self.made, name))) + team.total(figures)

    def _value(self, name: str) -> int:
        assert self.best is not None
        return COUNT[name](self.problem, self.best)

    def _names(self) -> set[str]:
        return {w.goal.name for w in self.won}

    def _keep_all(self) -> bool:
        """Whether members of the team keep all of its accounts that were theirs: continuity is at its bound."""
        return "continuity" in self._names() and not self._rows
