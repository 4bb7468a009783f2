"""Each goal in turn: "better by one than the bound" is impossible, and the value is attained."""

from __future__ import annotations

import time
from collections.abc import Iterator

from cmopt.domain.goals import LEXICOGRAPHIC, SENSE, Goal
from cmopt.domain.problem import Problem
from cmopt.domain.result import Phase
from cmopt.solvers.broken import broken
from cmopt.solvers.score import COUNT, levels
from cmopt.solvers.second.division import Division, Holders
from cmopt.solvers.second.goals import EXPRESS, covers
from cmopt.solvers.second.levels import level_cost
from cmopt.solvers.second.loads import add_limits
from cmopt.solvers.second.milp import Sum
from cmopt.solvers.second.question import Ended, Found, Question, Questions
from cmopt.solvers.second.seatings import add_seatings
from cmopt.solvers.second.spreads import balance, rest_steps, team_steps
from cmopt.solvers.second.verdict import Answer, Claim, Means, Verdict, Why


def prove(problem: Problem, claim: Claim, seconds: float) -> Iterator[Verdict]:
    """A verdict for each goal in priority order; none after the first that disagrees."""
    proof = _Proof(problem, claim, time.monotonic() + seconds)
    for goal, phase in zip(problem.goals, claim.phases, strict=True):
        begun = time.perf_counter()
        outcome = proof.next(goal, phase)
        disagrees = outcome.answer is Answer.DISAGREES
        yield Verdict(
            goal=goal.name,
            answer=outcome.answer,
            seconds=time.perf_counter() - begun,
            means=outcome.means,
            why=outcome.why,
            better=outcome.better if disagrees else None,
            model=proof.asked(goal, phase) if disagrees else None,
        )
        if disagrees:
            return


class Outcome:
    """What became of one goal."""

    def __init__(
        self, answer: Answer, means: Means | None = None, why: Why | None = None, better: Found | None = None
    ) -> None:
        self.answer, self.means, self.why = answer, means, why
        self.better = None if better is None or better.holders is None else tuple(better.holders)


class _Proof:
    """The program with all earlier goals locked."""

    def __init__(self, problem: Problem, claim: Claim, until: float) -> None:
        self.problem, self.claim = problem, claim
        self.division = Division.of(problem)
        add_limits(self.division)
        self.questions = Questions(self.division, claim.holders, until)
        self.locked: dict[str, int] = {}  # goal -> the worst value that is allowed
        self.last = Sum()
        self.open_lock = False

    def next(self, goal: Goal, phase: Phase) -> Outcome:
        """One goal; afterwards it is locked at what it was won at."""
        if not self._counts(goal, phase):
            return Outcome(Answer.DISAGREES, why=Why.VALUE)
        if not phase.proven or phase.bound is None:
            self.open_lock = True
            return Outcome(Answer.UNDECIDED, why=Why.UNPROVEN)
        if self.open_lock:
            return Outcome(Answer.UNDECIDED, why=Why.EARLIER)
        if not covers(self.division, goal.name):
            return self._not_covered(goal, phase.bound)
        if goal.name in LEXICOGRAPHIC:
            return self._levels(goal, phase)
        question = self._question(goal, phase.bound)
        outcome = self._decided(question)
        if outcome.answer is Answer.CONFIRMED and phase.value != phase.bound:
            outcome = self._attained(question, outcome)
        if outcome.answer is not Answer.DISAGREES:
            self._lock(goal, phase.bound, question, outcome.answer is Answer.CONFIRMED)
        return outcome

    def _not_covered(self, goal: Goal, won: int) -> Outcome:
        """Later goals are proved without its lock, which proves as much with it; the recount looks at it."""
        sense = 1 if SENSE[goal.name] == "min" else -1
        most = won * sense + goal.allowance(won)
        self.questions.locks.append((lambda holders: sense * COUNT[goal.name](self.problem, holders), most))
        return Outcome(Answer.UNDECIDED, why=Why.UNKNOWN_GOAL)

    def _levels(self, goal: Goal, phase: Phase) -> Outcome:
        """The worst-off, then the two worst-off together, and so on: the sums settle the levels one by one."""
        means = Means.ARITHMETIC
        sense = 1 if SENSE[goal.name] == "min" else -1
        open_: Outcome | None = None
        for n in range(1, len(phase.levels or ()) + 1):
            cost, step = level_cost(self.division, goal.name, n)

            def count(holders: Holders, n: int = n) -> int:
                return sense * sum((levels(self.problem, goal.name, holders) or ())[:n])

            question = Question(cost, sense * sum((phase.levels or ())[:n]), step, count)
            outcome = self._decided(question)
            if outcome.answer is Answer.DISAGREES:
                return outcome
            if outcome.answer is Answer.UNDECIDED:
                open_ = open_ or outcome
            elif outcome.means is Means.SEARCH:
                means = Means.SEARCH
            self.questions.lock(question, question.best)
        return open_ or Outcome(Answer.CONFIRMED, means)

    # --- the two questions ---

    def _decided(self, question: Question) -> Outcome:
        """Whether anything better than the bound is left."""
        self.last = question.cost
        found = self.questions.ask(question, question.best - question.step)
        if found.ended is Ended.FOUND:
            return Outcome(Answer.DISAGREES, why=Why.BETTER, better=found)
        if found.ended is Ended.NONE:
            return Outcome(Answer.CONFIRMED, found.means)
        return Outcome(Answer.UNDECIDED, why=found.why)

    def _attained(self, question: Question, proven: Outcome) -> Outcome:
        """A later goal has used the tolerance: whether some division reaches the bound itself."""
        found = self.questions.ask(question, question.best)
        if found.ended is Ended.FOUND:
            return proven
        if found.ended is Ended.NONE:
            return Outcome(Answer.DISAGREES, why=Why.UNATTAINED)
        return Outcome(Answer.UNDECIDED, why=found.why)

    def _counts(self, goal: Goal, phase: Phase) -> bool:
        """Whether the division itself keeps the rules and has the value, and the value is not beyond what the
        tolerance allows."""
        holders = list(self.claim.holders)
        if broken(self.problem, holders) or phase.value != COUNT[goal.name](self.problem, holders):
            return False
        if goal.name in LEXICOGRAPHIC and phase.levels != levels(self.problem, goal.name, holders):
            return False
        if phase.bound is None:
            return True
        over = phase.value - phase.bound if phase.sense == "min" else phase.bound - phase.value
        return over >= 0 and (not phase.proven or over <= goal.allowance(phase.bound))

    # --- goals and locks ---

    def _question(self, goal: Goal, bound: int) -> Question:
        sense = 1 if SENSE[goal.name] == "min" else -1
        return Question(
            cost=self._express(goal.name) * sense,
            best=bound * sense,
            step=1,
            count=lambda holders: sense * COUNT[goal.name](self.problem, holders),
        )

    def _express(self, name: str) -> Sum:
        """The goal; the balance with the team's part by counting, where that is possible."""
        if name != "balance":
            return EXPRESS[name](self.division)
        seatings = add_seatings(self.division, self.locked)
        if seatings is None:
            return balance(self.division)
        self.questions.seatings = seatings
        return rest_steps(self.division) + seatings.price

    def _lock(self, goal: Goal, won: int, question: Question, confirmed: bool) -> None:
        """Later goals may go as far as the tolerance.

        The team's shares are fixed then: it is proven that the rest and a column's price together are never
        below the bound, so a way may cost this price plus what the tolerance gives, no more.
        """
        slack = goal.allowance(won)
        self.locked[goal.name] = won + slack if SENSE[goal.name] == "min" else won - slack
        seatings = self.questions.seatings
        if seatings is not None:
            price = seatings.add_ways(self.division, slack) if confirmed else None
            question.cost = question.cost - seatings.price + (price or team_steps(self.division))
            self.questions.seatings = None
        self.questions.lock(question, question.best + slack)

    def asked(self, goal: Goal, phase: Phase) -> str:
        """The question of this goal in MPS format."""
        said = f"{goal.name}: with all rules and earlier goals kept, is anything better than {phase.bound}?"
        return self.division.milp.text(self.last, said)
