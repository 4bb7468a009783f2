"""The exact solver between two goals: the model, the best division so far, what each goal's phase won."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cmopt.domain.problem import Problem
from cmopt.domain.progress import Progress
from cmopt.domain.result import SENSE
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.chain import range_of_pairs
from cmopt.solvers.cpsat.goals import express, fit_reach
from cmopt.solvers.cpsat.keeping import Keeping, fix_kept, keeping
from cmopt.solvers.cpsat.linear import is_tight
from cmopt.solvers.cpsat.matching_search import MatchingSearch
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.rules import add_rules
from cmopt.solvers.cpsat.run import FULL_LP, Clock, Ending, Solve, run
from cmopt.solvers.cpsat.singles import TURNS
from cmopt.solvers.greedy import broken, greedy_holders
from cmopt.solvers.score import COUNT, cost


@dataclass(frozen=True, slots=True)
class Won:
    """What one goal's phase found out: the value it was locked at, the bound, whether they met."""

    goal: Goal
    value: int
    bound: int | None
    proven: bool
    seconds: float
    costs: tuple[int, ...]  # to be minimised: the value, or every level of leximin and leximax


class State:
    """What the proofs of all goals have in common: searches, locks, and bounds that need no search."""

    def __init__(self, problem: Problem, clock: Clock, progress: Progress) -> None:
        self.problem, self.clock, self.progress = problem, clock, progress
        self.matching = MatchingSearch.of(problem, clock, self.progress)
        start = greedy_holders(problem)
        self.best: Holders | None = None if broken(problem, start) else start
        self.won: list[Won] = []
        self.infeasible = False
        self.keeping = keeping(problem)
        self.tight, self.started = is_tight(problem), False

    @cached_property
    def model(self) -> DivisionModel:
        """The whole division, with the rules and the goals won so far; made when it is first needed."""
        model = DivisionModel.of(self.problem)
        add_rules(model)
        for won in self.won:
            self._lock(model, won.goal, express(model, won.goal.name), won.value)
        return model

    def _record(self, goal: Goal, expr: Expr, bound: int | None, proven: bool, seconds: float) -> None:
        self._note(goal, bound, proven, seconds)
        self._lock(self.model, goal, expr, self._value(goal.name))

    def _note(self, goal: Goal, bound: int | None, proven: bool, seconds: float) -> None:
        assert self.best is not None
        value = self._value(goal.name)
        self.won.append(Won(goal, value, bound, proven, seconds, cost(self.problem, goal.name, self.best)))
        self.progress.best(goal.name, value, bound)

    def _run(self, expr: Expr, minimise: bool, last: bool) -> Solve | None:
        """One search from the best division so far; None if there is no time left or a stop was asked."""
        seconds = self.clock.share(last)
        if seconds <= 0 or self.progress.stop_asked():
            return None
        (self.model.cp.minimize if minimise else self.model.cp.maximize)(expr)
        if self.best is not None:
            self.model.hint(self.best)
        turns = TURNS if self.model.single else FULL_LP
        solve = run(self.model.cp, seconds, self.progress, minimise, turns)
        self.model.cp.clear_objective()  # type: ignore[no-untyped-call]
        if solve.ending is Ending.INFEASIBLE:
            if self.best is not None:
                raise RuntimeError("infeasible although a division is known")
            self.infeasible = True
        return solve

    def _is_better(self, name: str, found: Holders) -> bool:
        new, old = COUNT[name](self.problem, found), self._value(name)
        return new < old if SENSE[name] == "min" else new > old

    def _value(self, name: str) -> int:
        assert self.best is not None
        return COUNT[name](self.problem, self.best)

    def _locks(self, holders: Holders) -> bool:
        """Whether a division keeps every rule and every goal won so far."""
        if broken(self.problem, holders):
            return False
        for won in self.won:
            allowed = won.goal.allowance(won.value)
            costs = zip(cost(self.problem, won.goal.name, holders), won.costs, strict=True)
            if any(new > old + allowed for new, old in costs):
                return False
        return True

    def _lock(self, model: DivisionModel, goal: Goal, expr: Expr, value: int) -> None:
        allowed = goal.allowance(value)
        if SENSE[goal.name] == "min":
            model.cp.add(expr <= value + allowed)
        else:
            model.cp.add(expr >= value - allowed)
        if goal.name == "continuity_balance" and (kept := self._settled()) is not None:
            fix_kept(model, kept)

    # --- bounds that need no search ---

    def _easy_bound(self, name: str) -> int | None:
        if name in ("coverage", "merit", "deviation", "bids", "penalty", "jurisdiction"):
            return 0
        if name == "fit":
            return range_of_pairs(self.problem, self.problem.fit)[1]
        if name == "cost":
            return range_of_pairs(self.problem, self.problem.cost)[0]
        if name == "handovers":
            return range_of_pairs(self.problem, self.problem.handover)[0]
        if name == "tier_preference":
            return range_of_pairs(self.problem, self.problem.tier_place)[0]
        if name == "worst_served":
            return fit_reach(self.problem)[1]
        if name == "coverage_balance":
            return 0 if min(self.problem.balance) >= 0 else None
        if self.keeping is not None and name == "continuity":
            return self.keeping.bound[0]
        if self.keeping is not None and name == "continuity_balance":
            counted = self._is_locked_at("continuity", self.keeping.bound[0])
            return self.keeping.bound[1] if counted else None
        return None

    def _settled(self) -> Keeping | None:
        """What the locks on continuity settle, where both stand at their bound without tolerance."""
        kept = self.keeping
        if (
            kept is not None
            and self._is_locked_at("continuity", kept.bound[0])
            and self._is_locked_at("continuity_balance", kept.bound[1])
        ):
            return kept
        return None

    def _is_locked_at(self, name: str, value: int) -> bool:
        return any(w.goal.name == name and w.value == value and not w.goal.allowance(value) for w in self.won)
