"""Each goal in turn: "better by one than the bound" is impossible, and the value is attained."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from cmopt.domain.problem import Problem
from cmopt.domain.result import SENSE, Phase
from cmopt.domain.scheme import Goal
from cmopt.solvers.greedy import broken
from cmopt.solvers.score import COUNT
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.engine import Ending, Highs
from cmopt.solvers.second.exact import Dual, dual
from cmopt.solvers.second.goals import EXPRESS
from cmopt.solvers.second.milp import Row, Sum
from cmopt.solvers.second.seatings import Seatings, add_seatings
from cmopt.solvers.second.spreads import balance, rest_steps, team_steps
from cmopt.solvers.second.verdict import Answer, Claim, Means, Verdict, Why

MOST_ROUNDS = 4  # of closing in on the variables' bounds
ENOUGH = 0.02  # the share of the variables that must gain for another round
MOST_TRIES = 30  # points of the engine that did not stand up to the recount before a question is left open


def prove(problem: Problem, claim: Claim, seconds: float) -> Iterator[Verdict]:
    """A verdict for each goal in priority order; none after the first that disagrees."""
    proof = _Proof(problem, claim, time.monotonic() + seconds)
    for goal, phase in zip(problem.goals, claim.phases, strict=True):
        begun = time.perf_counter()
        answer, means, why = proof.next(goal, phase)
        disagrees = answer is Answer.DISAGREES
        yield Verdict(
            goal=goal.name,
            answer=answer,
            seconds=time.perf_counter() - begun,
            means=means,
            why=why,
            better=proof.better if disagrees else None,
            model=proof.asked(goal, phase) if disagrees else None,
        )
        if disagrees:
            return


Outcome = tuple[Answer, Means | None, Why | None]


class _Proof:
    """The program with all earlier goals locked, and the engine that knows it."""

    def __init__(self, problem: Problem, claim: Claim, until: float) -> None:
        self.problem, self.claim, self.until = problem, claim, until
        self.division = Division.of(problem)
        self.engine = Highs(self.division.milp)
        self.locked: dict[str, int] = {}  # goal -> the worst value that is allowed
        self.expr = Sum()
        self.seatings: Seatings | None = None
        self.better: tuple[int | None, ...] | None = None
        self.open_lock = False

    def next(self, goal: Goal, phase: Phase) -> Outcome:
        """One goal; afterwards it is locked at what it was won at."""
        if not self._counts(phase):
            return Answer.DISAGREES, None, Why.VALUE
        if not phase.proven or phase.bound is None:
            self.open_lock = True
            return Answer.UNDECIDED, None, Why.UNPROVEN
        if self.open_lock:
            return Answer.UNDECIDED, None, Why.EARLIER
        if goal.name not in EXPRESS:
            self.open_lock = True
            return Answer.UNDECIDED, None, Why.UNKNOWN_GOAL
        self.expr = self._express(goal.name)
        outcome = self._impossible(goal.name, phase.bound)
        if outcome[0] is Answer.CONFIRMED and phase.value != phase.bound:
            outcome = self._attained(goal.name, phase.bound, outcome)
        if outcome[0] is not Answer.DISAGREES:
            self._lock(goal, phase.bound, outcome[0] is Answer.CONFIRMED)
        return outcome

    # --- the two questions ---

    def _impossible(self, name: str, bound: int) -> Outcome:
        """Whether anything better than `bound` is left."""
        best = bound if SENSE[name] == "min" else -bound
        if self._bounded(self._cost(name), best - 1):
            return Answer.CONFIRMED, Means.ARITHMETIC, None
        return self._search(name, best - 1)

    def _bounded(self, cost: Sum, most: int) -> bool:
        """Whether duality shows in exact arithmetic that no cost is as low as `most`."""
        if dual(self.division.milp, cost, [Fraction(0)] * len(self.division.milp.rows)).above(most):
            return True
        proof = self._dual(cost)
        return proof is not None and proof.above(most)

    def _dual(self, cost: Sum) -> Dual | None:
        multipliers = self.engine.multipliers(cost, self.until - time.monotonic())
        return None if multipliers is None else dual(self.division.milp, cost, multipliers)

    def _narrow(self, cost: Sum, most: int) -> dict[int, tuple[int, int]]:
        """Closer bounds of the variables, which hold in exact arithmetic wherever the cost is at most `most`.
        They are in place afterwards; what is returned is what was there before, to put back."""
        milp = self.division.milp
        kept: dict[int, tuple[int, int]] = {}
        for _ in range(MOST_ROUNDS):
            proof = self._dual(cost)
            found = {} if proof is None else proof.narrower(milp, most)
            for v, (low, high) in found.items():
                kept.setdefault(v, (milp.lower[v], milp.upper[v]))
                milp.lower[v], milp.upper[v] = low, high
            self.engine.narrow(found)
            if len(found) < ENOUGH * len(milp.names):
                break
        return kept

    def _widen(self, kept: dict[int, tuple[int, int]]) -> None:
        for v, (low, high) in kept.items():
            self.division.milp.lower[v], self.division.milp.upper[v] = low, high
        self.engine.narrow(kept)

    def _search(self, name: str, most: int) -> Outcome:
        """A division whose cost is at most `most`, and by the exact recount too."""
        kept = self._narrow(self._cost(name), most)
        try:
            return self._searched(name, most)
        finally:
            self._widen(kept)

    def _searched(self, name: str, most: int) -> Outcome:
        local = self._known_worse(self._cost(name))
        for _ in range(MOST_TRIES):
            cost = self._cost(name)
            question = _at_most(cost, most)
            answer = self.engine.ask(
                [question, *local], Sum() if name != "balance" else cost, self.until - time.monotonic()
            )
            if answer.ending is Ending.NONE:
                return Answer.CONFIRMED, Means.SEARCH, None
            if answer.values is None:
                return Answer.UNDECIDED, None, Why.TIME if answer.ending is Ending.OPEN else Why.FAILED
            for found in self._options(answer.values):
                if self._stands(name, found, most):
                    self.better = tuple(found)
                    return Answer.DISAGREES, None, Why.BETTER
            if not self._tighten(name):
                local.append(self._other_than(self._support(cost), answer.values))
        return Answer.UNDECIDED, None, Why.UNCLEAR

    def _attained(self, name: str, bound: int, proven: Outcome) -> Outcome:
        """A later goal has used the tolerance: whether some division reaches the bound itself."""
        answer, _, why = self._search(name, bound if SENSE[name] == "min" else -bound)
        if answer is Answer.DISAGREES:  # found and recounted
            self.better = None
            return proven
        if answer is Answer.CONFIRMED:
            return Answer.DISAGREES, None, Why.UNATTAINED
        return answer, None, why

    # --- recounting ---

    def _counts(self, phase: Phase) -> bool:
        """Whether the division itself keeps the rules and has the value, and the value is not beyond what the
        tolerance allows."""
        holders = list(self.claim.holders)
        if broken(self.problem, holders) or phase.value != COUNT[phase.name](self.problem, holders):
            return False
        if phase.bound is None:
            return True
        over = phase.value - phase.bound if phase.sense == "min" else phase.bound - phase.value
        goal = next(g for g in self.problem.goals if g.name == phase.name)
        return over >= 0 and (not phase.proven or over <= goal.allowance(phase.bound))

    def _stands(self, name: str, holders: Sequence[int | None], most: int) -> bool:
        """Whether a division keeps every rule and lock and costs at most `most`, in exact integers."""
        if broken(self.problem, holders):
            return False
        for earlier, worst in self.locked.items():
            value = COUNT[earlier](self.problem, holders)
            if value > worst if SENSE[earlier] == "min" else value < worst:
                return False
        value = COUNT[name](self.problem, holders)
        return (value if SENSE[name] == "min" else -value) <= most

    def _options(self, values: Sequence[int]) -> list[list[int | None]]:
        """The divisions that a point of the engine may stand for."""
        found = self.division.read(values)
        options = [found]
        if self.seatings is not None:
            for way in self.seatings.cheapest(values):
                options.append([way.get(j, i) for j, i in enumerate(found)])
        return options

    def _known_worse(self, cost: Sum) -> list[Row]:
        """The claimed division costs more than what is looked for (that was counted). Where who holds what
        decides the cost alone, it is left out: an engine could take it for better within its tolerance."""
        if not self._decides(cost):
            return []
        chosen = self.division.chosen(self.claim.holders)
        return [self._other_than(list(cost.terms), {v: int(v in chosen) for v in cost.terms})]

    def _support(self, cost: Sum) -> list[int]:
        """The variables that decide the cost: who holds what, or only some of it."""
        return list(cost.terms) if self._decides(cost) else sorted(self.division.choices)

    def _decides(self, cost: Sum) -> bool:
        return self.division.choices.issuperset(cost.terms)

    def _other_than(self, support: list[int], values: Mapping[int, int] | Sequence[int]) -> Row:
        """A row that no point keeps that is like this one in `support`."""
        like = {v: 1 if values[v] else -1 for v in support}
        return Row("other_than", like, None, sum(1 for v in support if values[v]) - 1)

    # --- goals and locks ---

    def _cost(self, name: str) -> Sum:
        return self.expr if SENSE[name] == "min" else self.expr * -1

    def _express(self, name: str) -> Sum:
        if name != "balance":
            return EXPRESS[name](self.division)
        self.seatings = add_seatings(self.division, self.locked)
        if self.seatings is None:
            return balance(self.division)
        return rest_steps(self.division) + self.seatings.price

    def _tighten(self, name: str) -> bool:
        """Where the team's part was only bounded: count it as it is from now on."""
        if name != "balance" or self.seatings is None:
            return False
        self.expr = self.expr - self.seatings.price + team_steps(self.division)
        self.seatings = None
        return True

    def _lock(self, goal: Goal, won: int, confirmed: bool) -> None:
        slack = goal.allowance(won)
        worst = won + slack if SENSE[goal.name] == "min" else won - slack
        self.locked[goal.name] = worst
        if goal.name == "balance" and self.seatings is not None:
            self.expr = self._with_ways(self.seatings, slack if confirmed else None)
            self.seatings = None
        cost = self._cost(goal.name)
        most = worst if SENSE[goal.name] == "min" else -worst
        self.division.milp.add(f"lock_{goal.name}", cost, most=most)
        self._narrow(cost, most)  # for good

    def _with_ways(self, seatings: Seatings, slack: int | None) -> Sum:
        """The balance with the team's shares fixed. It is proven that the rest and a column's price are together
        never below the bound, so a way may cost this price plus what the tolerance gives, no more."""
        rest = self.expr - seatings.price
        price = None if slack is None else seatings.add_ways(self.division, slack)
        return rest + (team_steps(self.division) if price is None else price)

    def asked(self, goal: Goal, phase: Phase) -> str:
        """The question of this goal in LP format."""
        said = f"{goal.name}: with all rules and earlier goals kept, is anything better than {phase.bound}?"
        return self.division.milp.text(self._cost(goal.name), said)


def _at_most(cost: Sum, most: int) -> Row:
    return Row("better", {v: c for v, c in cost.terms.items() if c}, None, most - cost.constant)
