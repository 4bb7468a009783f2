"""Goals one after the other where a division is a matching: by flows as long as they will do, then by search.

Coverage, continuity and merit are settled by cheapest matchings; what these leave possible is mostly a small
part of all pairs. Balance and what comes after it are searched in a model of that part alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints, Problem
from cmopt.domain.progress import Progress
from cmopt.domain.result import SENSE
from cmopt.domain.scheme import Goal
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat.chain import Chain, chained
from cmopt.solvers.cpsat.matching import Matching, Taken, matching
from cmopt.solvers.cpsat.matching_goals import (
    Envy,
    by_rank,
    costs,
    envy,
    left_out,
    pair_costs,
    without_other_envy,
)
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.model import Holders
from cmopt.solvers.cpsat.run import Clock, Ending, Solve, run
from cmopt.solvers.cpsat.team_choice import Choice, Chosen, choices, how_many_ways, rough_choices, share_out
from cmopt.solvers.cpsat.team_search import Searched
from cmopt.solvers.cpsat.thresholds import terms, windows
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

WAYS_AT_ONCE = 4_000_000  # to share out the team's accounts, counted before the first search
MORE_WAYS = 60_000_000  # counted between two searches

# Turns of a search: these models are tight, so that the relaxation of the whole is worth its time, and small,
# so that little presolve is enough. Measured; see docs/how-it-works.md.
_LITTLE = {"cp_model_probing_level": 0, "symmetry_level": 0, "max_presolve_iterations": 1}
TURNS: tuple[dict[str, Any], ...] = (
    {"linearization_level": 2} | _LITTLE,
    {"linearization_level": 2},
    {"linearization_level": 1} | _LITTLE,
    {"linearization_level": 1},
)


@dataclass(frozen=True)
class Phase:
    """A search: the model, what to minimise, the team in it, and how a division is measured by it."""

    model: MatchingModel
    objective: Any
    team: Team | None
    measure: Callable[[Holders], int]


class MatchingSearch:
    """Proves goals as far as the time allows; `best` is a division that has won all those before."""

    def __init__(self, made: Matching, clock: Clock, progress: Progress) -> None:
        self.made, self.clock, self.progress = made, clock, progress
        self.problem: Problem = made.problem
        self.won: list[Won] = []
        self.best: Holders | None = None
        self._column: Ints | None = None  # of `best`: [manager] -> column taken, or -1
        self._envy: Envy | None = None
        self._envies: int | None = None  # locked number of envies, where not all of them were certain
        self._rows: list[str] = []  # goals that a flow did not settle, because of the team's accounts
        self._balance: int | None = None  # locked, with its allowance
        self._above = 0  # by how much that is above what is proven
        self._ways: list[Choice] | None = None  # of the team; None: they are searched
        self._least_rest = 0  # a bound on what everybody but the team costs in balance

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

    # --- by flows ---

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

    # --- by search ---

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

    # --- the team's ways, counted as they are needed ---

    def _start_ways(self, later: Ints) -> None:
        """Every seating with a bound on its cost; some counted at once, all where they are few. Where they are
        many, what the rest costs at least tells which are out of the question."""
        most = self._value("balance")
        self._ways = rough_choices(self.made, most, self._of_team(later))
        if self._ways is None:
            return
        if how_many_ways(self.made, self._ways, self._keep_all()) > WAYS_AT_ONCE:
            model, cost, _ = self._model(most, later, whole=False)
            model.cp.minimize(cost)
            solve = run(model.cp, self.clock.share(last=False), self.progress, minimise=True, turns=TURNS)
            self._least_rest = max(0, solve.bound or 0)
        self._count_more(None, later)

    def _count_more(self, first: Choice | None, later: Ints) -> None:
        """Count the ways of the seatings that look cheapest, `first` before all others."""
        assert self._ways is not None
        most = (self._value("balance") if self._balance is None else self._balance) - self._least_rest
        rough = [c for c in self._ways if not c.holders and c.cost <= most and c is not first]
        rough = ([first] if first is not None else []) + sorted(rough, key=lambda c: (c.cost, c.members))
        counted, ways = 0, 0
        at_once = WAYS_AT_ONCE if first is None else MORE_WAYS
        while counted < len(rough) and (not counted or ways < at_once):
            ways += how_many_ways(self.made, rough[counted : counted + 1], self._keep_all())
            counted += 1
        above = self._above if self._balance is not None else 0
        exact = choices(self.made, rough[:counted], self._keep_all(), most, above, self._of_team(later))
        known = [c for c in self._ways if c.holders and c.cost <= most]
        self._ways = sorted([*known, *exact, *rough[counted:]], key=lambda c: (c.members, c.cost))

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

    def _improve(self, column: Ints, team: dict[int, int], measure: Callable[[Holders], int]) -> None:
        """Make this the best division if it is better than the best."""
        old = self.best, self._column
        found = self._adopt_whole(column, team)
        if found and old[0] is not None and self.best is not None and measure(self.best) >= measure(old[0]):
            self.best, self._column = old

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

    def _minimise(
        self, model: MatchingModel, cost: Any, team: Team | None, measure: Callable[[Holders], int]
    ) -> Solve:
        """Search from the best division, if there is one, and make what is found the best if it is better."""
        seconds = self.clock.share(last=self._balance is not None)
        if seconds <= 0 or self.progress.stop_asked():
            return Solve(Ending.UNKNOWN, None, None, 0.0)
        model.cp.minimize(cost)
        if self.best is not None and self._column is not None:
            model.hint(self._column, self._envy)
            inside = self.made.team.accounts if self.made.team is not None else ()
            held = {j: i for j in inside if (i := self.best[j]) is not None}
            for literal, value in team.hints(held) if team is not None else ():
                model.cp.add_hint(literal, value)
        solve = run(model.cp, seconds, self.progress, minimise=True, turns=TURNS)
        if solve.ending is Ending.INFEASIBLE and self.best is not None:
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

    def _value(self, name: str) -> int:
        assert self.best is not None
        return COUNT[name](self.problem, self.best)

    def _names(self) -> set[str]:
        return {w.goal.name for w in self.won}

    def _keep_all(self) -> bool:
        """Whether members of the team keep all of its accounts that were theirs: continuity is at its bound."""
        return "continuity" in self._names() and not self._rows
