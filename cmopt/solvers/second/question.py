"""One question: is there a division that keeps every rule and lock and costs at most so much?

No, if exact duality says so; else it is searched for. What the engine finds counts only if it stands up to the
recount in exact integers; what does not is forbidden, and the question put again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from cmopt.solvers.broken import broken
from cmopt.solvers.second.division import Division, Holders
from cmopt.solvers.second.engine import Ending, Highs
from cmopt.solvers.second.exact import Dual, dual
from cmopt.solvers.second.milp import Row, Sum
from cmopt.solvers.second.seatings import Seatings
from cmopt.solvers.second.spreads import team_steps
from cmopt.solvers.second.verdict import Means, Why

MOST_ROUNDS = 4  # of closing in on the variables' bounds
ENOUGH = 0.02  # the share of the variables that must gain for another round
MOST_TRIES = 30  # points of the engine that did not stand up to the recount before a question is left open


@dataclass
class Question:
    """`cost` is to be small; `best` is the least that is claimed. Costs are multiples of `step`. `count`: what
    a division costs, in exact integers and without the program."""

    cost: Sum
    best: int
    step: int
    count: Callable[[Holders], int]


class Ended(StrEnum):
    NONE = "none"
    FOUND = "found"
    OPEN = "open"


@dataclass(frozen=True)
class Found:
    ended: Ended
    means: Means | None = None
    why: Why | None = None
    holders: Holders | None = None


class Questions:
    """The program, the engine that knows it, and what has been locked."""

    def __init__(self, division: Division, claimed: Holders, until: float) -> None:
        self.division, self.claimed, self.until = division, claimed, until
        self.engine = Highs(division.milp)
        self.locks: list[tuple[Callable[[Holders], int], int]] = []
        self.seatings: Seatings | None = None  # the team's part of the cost is only bounded by these

    def ask(self, question: Question, most: int) -> Found:
        if self._bounded(question.cost, most):
            return Found(Ended.NONE, Means.ARITHMETIC)
        kept = self._narrow(question.cost, most)
        try:
            return self._search(question, most)
        finally:
            self._put_back(kept)

    def lock(self, question: Question, most: int) -> None:
        """From now on only divisions that cost at most `most`."""
        self.division.milp.add("lock", question.cost, most=most)
        self.locks.append((question.count, most))
        self._narrow(question.cost, most)

    # --- by exact duality ---

    def _bounded(self, cost: Sum, most: int) -> bool:
        """Whether no cost is as low as `most`."""
        if dual(self.division.milp, cost, [Fraction(0)] * len(self.division.milp.rows)).above(most):
            return True
        proof = self._dual(cost)
        return proof is not None and proof.above(most)

    def _dual(self, cost: Sum) -> Dual | None:
        multipliers = self.engine.multipliers(cost, self._left())
        return None if multipliers is None else dual(self.division.milp, cost, multipliers)

    def _narrow(self, cost: Sum, most: int) -> dict[int, tuple[int, int]]:
        """Closer bounds of the variables, which hold in exact arithmetic wherever the cost is at most `most`.
        They are in place afterwards; what is returned is what was there before, to put back."""
        milp = self.division.milp
        before: dict[int, tuple[int, int]] = {}
        for _ in range(MOST_ROUNDS):
            proof = self._dual(cost)
            found = {} if proof is None else proof.narrower(milp, most)
            for v, (low, high) in found.items():
                before.setdefault(v, (milp.lower[v], milp.upper[v]))
                milp.lower[v], milp.upper[v] = low, high
            self.engine.narrow(found)
            if len(found) < ENOUGH * len(milp.names):
                break
        return before

    def _put_back(self, before: Mapping[int, tuple[int, int]]) -> None:
        for v, (low, high) in before.items():
            self.division.milp.lower[v], self.division.milp.upper[v] = low, high
        self.engine.narrow(before)

    # --- by search ---

    def _search(self, question: Question, most: int) -> Found:
        forbidden = self._known_worse(question, most)
        for _ in range(MOST_TRIES):
            cost = question.cost
            # a sum of choices is searched soonest without an objective
            goal = Sum() if self._decides(cost) else cost
            answer = self.engine.ask([_at_most(cost, most), *forbidden], goal, self._left())
            if answer.ending is Ending.NONE:
                return Found(Ended.NONE, Means.SEARCH)
            if answer.values is None:
                return Found(Ended.OPEN, why=Why.TIME if answer.ending is Ending.OPEN else Why.FAILED)
            for holders in self._options(answer.values):
                if self._stands(question, holders, most):
                    return Found(Ended.FOUND, Means.SEARCH, holders=holders)
            if not self._tighten(question):
                forbidden.append(_other_than(self._support(cost), answer.values))
        return Found(Ended.OPEN, why=Why.UNCLEAR)

    def _stands(self, question: Question, holders: Holders, most: int) -> bool:
        """Whether a division keeps every rule and lock and costs at most `most`, in exact integers."""
        if broken(self.division.problem, holders) or question.count(holders) > most:
            return False
        return all(count(holders) <= worst for count, worst in self.locks)

    def _options(self, values: Sequence[int]) -> list[list[int | None]]:
        """The divisions that a point of the engine may stand for."""
        found = self.division.read(values)
        ways = [] if self.seatings is None else self.seatings.cheapest(values)
        return [found, *([way.get(j, i) for j, i in enumerate(found)] for way in ways)]

    def _tighten(self, question: Question) -> bool:
        """Where the team's part was only bounded: count it as it is from now on."""
        if self.seatings is None:
            return False
        question.cost = question.cost - self.seatings.price + team_steps(self.division)
        self.seatings = None
        return True

    def _known_worse(self, question: Question, most: int) -> list[Row]:
        """The claimed division costs more (that is counted). Where who holds what decides the cost alone, it
        is left out: an engine could take it for better within its tolerance."""
        if not self._decides(question.cost) or question.count(self.claimed) <= most:
            return []
        chosen = self.division.chosen(self.claimed)
        return [_other_than(list(question.cost.terms), {v: int(v in chosen) for v in question.cost.terms})]

    def _support(self, cost: Sum) -> list[int]:
        """The variables that decide the cost: who holds what, or only some of it."""
        return list(cost.terms) if self._decides(cost) else sorted(self.division.choices)

    def _decides(self, cost: Sum) -> bool:
        return self.division.choices.issuperset(cost.terms)

    def _left(self) -> float:
        return self.until - time.monotonic()


def _at_most(cost: Sum, most: int) -> Row:
    return Row("better", {v: c for v, c in cost.terms.items() if c}, None, most - cost.constant)


def _other_than(support: Sequence[int], values: Mapping[int, int] | Sequence[int]) -> Row:
    """A row that no point keeps that is like this one in `support`."""
    like = {v: 1 if values[v] else -1 for v in support}
    return Row("other_than", like, None, sum(1 for v in support if values[v]) - 1)
