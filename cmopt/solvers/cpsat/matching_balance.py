"""Balance of a matching, and the goals after it, in a model of what the goals before have left possible.

The team is a choice among its seatings, each with a bound on its cost until its ways to share the accounts out
are counted: that is done only for the seatings that the search, or what the rest costs at least, asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.domain.progress import Progress
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.chain import Chain, chained
from cmopt.solvers.cpsat.matching import Matching
from cmopt.solvers.cpsat.matching_goals import pair_costs
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.matching_state import TURNS, MatchingState, Team
from cmopt.solvers.cpsat.model import Holders
from cmopt.solvers.cpsat.run import Clock, Ending, Solve, run
from cmopt.solvers.cpsat.team_choice import Choice, Chosen, choices, how_many_ways, rough_choices
from cmopt.solvers.cpsat.team_ways import MOST_IN_TREE
from cmopt.solvers.cpsat.thresholds import terms, windows
from cmopt.solvers.score import COUNT

WAYS_AT_ONCE = 4_000_000  # to share out the team's accounts, counted without asking what the rest costs
MORE_WAYS = 60_000_000  # counted between two searches; those in a tree count as EFFORT at most
EFFORT = 8_000


@dataclass(frozen=True)
class Phase:
    """A search: the model, what to minimise, the team in it, and how a division is measured by it."""

    model: MatchingModel
    objective: Any
    team: Team | None
    measure: Callable[[Holders], int]


class MatchingBalance(MatchingState):
    """Balance and what comes after it."""

    def __init__(self, made: Matching, clock: Clock, progress: Progress) -> None:
        super().__init__(made, clock, progress)
        self._above = 0  # by how much that is above what is proven
        self._ways: list[Choice] | None = None  # of the team; None: they are searched
        self._least_rest = 0  # a bound on what everybody but the team costs in balance

    def _prove_balance(self, goal: Goal) -> list[int | None] | None:
        later = self._later(len(self.won) + 1)
        if (
            later is None
            or self.best is None
            or (self.made.team is not None and not self.problem.teams_apart)
        ):
            return None
        if self.made.team is not None and not self._rows:
            self._start_ways(later)
        solve = self._minimise_lazily(later, self._balance_model)
        value = self._value("balance")
        self._balance = value + goal.allowance(value)
        self._above = self._balance - (value if solve.bound is None else solve.bound)
        if self._above and self._ways is not None:  # dearer ways may be in the best division as well
            self._ways = rough_choices(self.made, self._balance, self._of_team(later))
        return [solve.bound]

    def _balance_model(self, later: Ints) -> Phase:
        model, cost, team = self._model(self._value("balance"), later)
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

    def _start_ways(self, later: Ints) -> None:
        """Every seating with a bound on its cost; some counted at once, all where they are few. Where they are
        many, what the rest costs at least tells which are out of the question."""
        most = self._value("balance")
        self._ways = rough_choices(self.made, most, self._of_team(later))
        if self._ways is None:
            return
        if sum(how_many_ways(self.made, self._ways, self._keep_all())) > WAYS_AT_ONCE:
            model, cost, _ = self._model(most, later, whole=False)
            model.cp.minimize(cost)
            solve = run(model.cp, self.clock.share(last=False), self.progress, minimise=True, turns=TURNS)
            self._least_rest = max(0, solve.bound or 0)
            if solve.values is not None:
                self._try(model.read(solve.values), later)
        self._count_more(None, later)

    def _try(self, column: Ints, later: Ints) -> None:
        """A division with the least rest, its team's accounts shared out at the least cost: fewer seatings can
        then be better than the best."""
        seats = self.made.possible.shape[1] - 1
        members = tuple(np.flatnonzero(column == seats).tolist())
        chosen = next((c for c in self._ways or [] if c.members == members), None)
        if chosen is None or not members or self.made.team is None:
            return
        most = self._value("balance") - self._least_rest
        for _, exact in choices(self.made, [chosen], self._keep_all(), most, 0, self._of_team(later)):
            for choice in exact:
                team = dict(zip(self.made.team.accounts, choice.holders, strict=True))
                self._improve(column, team, lambda holders: COUNT["balance"](self.problem, holders))

    def _count_more(self, first: Choice | None, later: Ints) -> None:
        """Count the ways of the seatings that look cheapest, `first` before all others, as long as there is
        time; the others keep their bounds."""
        assert self._ways is not None
        most = (self._value("balance") if self._balance is None else self._balance) - self._least_rest
        rough = [c for c in self._ways if not c.holders and c.cost <= most and c is not first]
        rough = ([first] if first is not None else []) + sorted(rough, key=lambda c: (c.cost, c.members))
        counted, effort = 0, 0
        for ways in how_many_ways(self.made, rough, self._keep_all()):
            if counted and effort >= MORE_WAYS:
                break
            effort += ways if ways > MOST_IN_TREE else min(ways, EFFORT)
            counted += 1
        above = self._above if self._balance is not None else 0
        known = [c for c in self._ways if c.holders and c.cost <= most]
        left = {c.members: c for c in rough}
        parts = choices(self.made, rough[:counted], self._keep_all(), most, above, self._of_team(later))
        for done, exact in parts:
            for choice in done:
                del left[choice.members]
            known += exact
            if self.clock.left() <= 0 or self.progress.stop_asked():
                break
        self._ways = sorted([*known, *left.values()], key=lambda c: (c.members, c.cost))

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

    def _model(self, most: int, later: Ints, whole: bool = True) -> tuple[MatchingModel, Any, Team | None]:
        """The model of what is left where balance is at most `most`; the goal's expression; the team in it.
        Not `whole`: without the team's part."""
        made = self.made
        parts = terms(made)
        ways = self._ways if whole else []
        least = min((c.cost for c in ways), default=0) if ways else 0
        left, found = windows(made, parts, most - least)
        model = MatchingModel.of(left)
        if self._envy is not None and self._envies is None:
            model.forbid_other_envy(self._envy)
        elif self._envy is not None:
            nothing = np.zeros(len(left.out), dtype=np.int64)
            model.cp.add(
                model.total((self._envy.certain, nothing)) + model.other_envies(self._envy) <= self._envies
            )
        cost = model.add_windows(parts, found)
        if made.team is None or not whole:
            return model, cost, None
        team: Team
        if ways is None:
            team = self._searched(model, later)
        else:
            seated = left.possible[:, -1]
            ways = [c for c in ways if all(seated[i] for i in c.members)]
            team = Chosen(left, model.cp, model.take, ways)
        return model, cost + team.cost, team

    def _of_team(self, later: Ints) -> Ints:
        return later[:, list(self.made.team.accounts if self.made.team is not None else ())]

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
