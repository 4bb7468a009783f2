"""Goals one after the other: prove the best value, lock it, go on to the next."""

from __future__ import annotations

import time

from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.progress import NullProgress, Progress
from cmopt.domain.result import SENSE, Phase, Result, Status
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.balance import BalanceParts, prove_balance
from cmopt.solvers.cpsat.chain import Chain, chained
from cmopt.solvers.cpsat.goals import express
from cmopt.solvers.cpsat.leximin import prove_levels
from cmopt.solvers.cpsat.linear import DRAW_SHARE, PAIR_SUMS, first_division, prove_linear
from cmopt.solvers.cpsat.matching_search import Won
from cmopt.solvers.cpsat.model import DivisionModel, Expr
from cmopt.solvers.cpsat.rules import add_rules
from cmopt.solvers.cpsat.run import PARAMETERS, Clock, Ending, run
from cmopt.solvers.cpsat.state import State
from cmopt.solvers.even import MANY_ACCOUNTS, counted_bound, even_out, first_even
from cmopt.solvers.score import cost, levels


class CpSat:
    """Lexicographic optimisation with CP-SAT. Deterministic unless a time limit cuts a phase short."""

    name = "cpsat"

    def solve(self, problem: Problem, limits: Limits, progress: Progress | None = None) -> Result:
        """The best division by the goals in strict priority, each value with its bound and proof.

        Without time for a proof the best division found is returned, labelled so; where the rules leave no
        division at all, the status says infeasible.
        """
        search = _Search(problem, Clock(limits.time_limit), progress or NullProgress())
        while len(search.won) < len(problem.goals):
            number = len(search.won)
            search.progress.phase(problem.goals[number].name, number + 1, len(problem.goals))
            if not search.prove_next():
                return search.without_division()
        return search.result()


def is_feasible(problem: Problem) -> bool:
    """Whether the hard rules leave any division at all (accounts may be left out)."""
    model = DivisionModel.of(problem)
    add_rules(model)
    ending = run(model.cp, None, NullProgress(), minimise=True).ending
    if ending is Ending.UNKNOWN:
        raise RuntimeError("feasibility not decided although no time limit was set")
    return ending is not Ending.INFEASIBLE


class _Search(State):
    """Which way each goal is proven."""

    def prove_next(self) -> bool:
        """One phase: find the best value of the next goal (or of some goals in one search), record it with its
        bound, lock it. False: there is no division."""
        if self.matching is not None:
            if phases := self.matching.prove_next():
                return self._take_over(phases)
            if self.matching.won:
                self.best = self.matching.best
            self.matching = None
        begun = time.perf_counter()
        number = len(self.won)
        goal = self.problem.goals[number]
        easy = self._easy_bound(goal.name)
        if self.best is not None and self._value(goal.name) == easy:
            expr = express(self.model, goal.name) if goal.name != "balance" else 0
            self._record(goal, expr, easy, True, time.perf_counter() - begun)
            return True
        if goal.name == "balance" and self.best is not None:
            parts = BalanceParts(self.model, self.best, self._settled(), self._is_locked_at("coverage", 0))
            seconds = self.clock.share(number + 1 == len(self.problem.goals))
            self.best, bound, proven, expr = prove_balance(parts, goal, self._locks, seconds, self.progress)
            self._record(goal, expr, bound, proven, time.perf_counter() - begun)
            return True
        if goal.name in LEXICOGRAPHIC:
            return self._prove_levels(goal, begun)
        if self.tight and goal.name in PAIR_SUMS and self._prove_linear(goal, easy, begun):
            return True
        chain = chained(self.problem, number)
        if len(chain) > 1:
            return self._prove_chain(chain, begun)
        expr = express(self.model, goal.name)
        bound, proven = self._solve(goal, expr, easy)
        if self.best is None:
            return False
        self._record(goal, expr, bound, proven, time.perf_counter() - begun)
        return True

    def _take_over(self, phases: list[Won]) -> bool:
        """What was proven of the division as a matching."""
        assert self.matching is not None
        self.best = self.matching.best
        for won in phases:
            self._note(won.goal, won.bound, won.proven, won.seconds)
        return True

    def _prove_chain(self, chain: list[Goal], begun: float) -> bool:
        """Several goals in one search: their weighted sum, each weight above all that the later ones can add up
        to, has the same optimum. The first goal carries the seconds of all."""
        combined = Chain(self.problem, chain)
        bounds: list[int | None] = [None] * len(chain)
        solve = self._run(
            combined.express(self.model),
            minimise=True,
            last=len(self.won) + len(chain) == len(self.problem.goals),
        )
        if solve is not None and solve.values is not None:
            found = self.model.read(solve.values)
            if self.best is None or combined.cost(found) < combined.cost(self.best):
                self.best = found
        if self.best is None:
            return False
        if solve is not None and solve.bound is not None:
            bounds = combined.bounds(self.best, solve.bound)
        for goal, bound in zip(chain, bounds, strict=True):
            easy = self._easy_bound(goal.name)
            known = bound if bound is not None else easy
            proven = self._value(goal.name) == known
            self._record(goal, combined.exprs[goal.name], known, proven, time.perf_counter() - begun)
            begun = time.perf_counter()
        return True

    def _prove_linear(self, goal: Goal, easy: int | None, begun: float) -> bool:
        """A plain sum over a large division with limits, from a division of its own making if there is none.
        False: nothing recorded, the whole model must do."""
        minimise, last = SENSE[goal.name] == "min", len(self.won) + 1 == len(self.problem.goals)
        if not self.started:
            self._start_well()
        if self.best is None:
            return False
        expr = express(self.model, goal.name)
        if self._value(goal.name) == easy:
            self._record(goal, expr, easy, True, time.perf_counter() - begun)
            return True
        seconds = self.clock.share(last)
        if goal.name == "draw":
            seconds = min(seconds, DRAW_SHARE * (seconds + self.clock.seconds()))
        proof = prove_linear(self.model, expr, minimise, self.best, self._locks, seconds, self.progress)
        if proof is None:
            return False
        self.best, bound, proven = proof
        self._record(goal, expr, bound, proven, time.perf_counter() - begun)
        return True

    def _start_well(self) -> None:
        """A division that covers everybody and is good by the first plain sum to come that says more than
        coverage: once, where it beats what there is."""
        self.started = True
        later = [g.name for g in self.problem.goals[len(self.won) :] if g.name in PAIR_SUMS]
        name = next((n for n in later if not n.startswith("coverage")), later[0])
        expr = express(self.model, name)
        seconds = self.clock.share(False) / 2
        found = first_division(self.model, expr, SENSE[name] == "min", seconds, self.progress)
        if found is None or not self._locks(found):
            return
        first = self.problem.goals[len(self.won)].name
        better = self.best is None or [cost(self.problem, n, found) for n in (first, name)] < [
            cost(self.problem, n, self.best) for n in (first, name)
        ]
        if better:
            self.best = found

    def _prove_levels(self, goal: Goal, begun: float) -> bool:
        """leximin or leximax, from any division there is. The search of the levels locks them itself."""
        last = len(self.won) + 1 == len(self.problem.goals)
        if self.best is None:
            solve = self._run(0, minimise=True, last=last)
            if solve is None or solve.values is None:
                return False
            self.best = self.model.read(solve.values)
        known = counted_bound(self.problem, goal.name, self._is_locked_at("coverage", 0))
        self._even_out(goal, known)
        seconds = self.clock.share(last)
        self.best, bound, proven = prove_levels(
            self.model, goal.name, self.best, seconds, self.progress, known
        )
        self._note(goal, bound, proven, time.perf_counter() - begun)
        return True

    def _even_out(self, goal: Goal, known: int) -> None:
        """Where many accounts are to be evened out, a better start than the goals before have left."""
        assert self.best is not None
        if len(self.problem.accounts) < MANY_ACCOUNTS or self._value(goal.name) == known:
            return
        end = self.clock.seconds() + self.clock.share(False) / 2
        starts = [h for h in (self.best, first_even(self.problem, goal.name)) if self._locks(h)]
        start = min(starts, key=lambda h: cost(self.problem, goal.name, h))

        def stop() -> bool:
            return self.clock.seconds() > end or self.progress.stop_asked()

        self.best = even_out(self.problem, goal.name, start, known, self._locks, stop)

    def _solve(self, goal: Goal, expr: Expr, easy: int | None) -> tuple[int | None, bool]:
        minimise = SENSE[goal.name] == "min"
        solve = self._run(expr, minimise, last=len(self.won) + 1 == len(self.problem.goals))
        if solve is None:
            return easy, False
        if solve.values is not None:
            found = self.model.read(solve.values)
            if self.best is None or self._is_better(goal.name, found):
                self.best = found
        bound = solve.bound if solve.bound is not None else easy
        proven = solve.ending is Ending.OPTIMAL and self.best is not None and self._value(goal.name) == bound
        return bound, proven

    # --- results ---

    def without_division(self) -> Result:
        status = Status.UNKNOWN
        if self.infeasible:
            status = Status.INFEASIBLE
        elif self.progress.stop_asked():
            status = Status.CANCELLED
        return Result(status, CpSat.name, self.clock.seconds(), (), None, parameters=dict(PARAMETERS))

    def result(self) -> Result:
        assert self.best is not None
        status = Status.OPTIMAL
        if not all(w.proven for w in self.won):
            status = Status.CANCELLED if self.progress.stop_asked() else Status.FEASIBLE
        return Result(
            status=status,
            solver=CpSat.name,
            seconds=self.clock.seconds(),
            goals=tuple(
                Phase(
                    w.goal.name,
                    SENSE[w.goal.name],
                    self._value(w.goal.name),
                    w.bound,
                    w.proven,
                    w.seconds,
                    levels(self.problem, w.goal.name, self.best),
                )
                for w in self.won
            ),
            allocation=self.problem.allocation(self.best),
            certificate="bounded" if status is Status.OPTIMAL else None,
            parameters=dict(PARAMETERS),
        )
