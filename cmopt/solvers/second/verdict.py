"""What the second engine is told, and what it answers for each goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cmopt.domain.problem import Problem
from cmopt.domain.result import Phase, Result
from cmopt.errors import Message
from cmopt.i18n import N_


@dataclass(frozen=True)
class Claim:
    """A result to be confirmed: the goals as recorded, and manager by account."""

    phases: tuple[Phase, ...]
    holders: tuple[int | None, ...]

    @classmethod
    def of(cls, problem: Problem, result: Result) -> Claim:
        """The claim of a result that has a division."""
        allocation = result.allocation
        assert allocation is not None
        number = problem.manager_number
        holders: list[int | None] = []
        backups = {c: iter(who) for c, who in allocation.backups.items()}
        for j, account in enumerate(problem.accounts):
            lead = allocation.holder[account]
            who = next(backups.get(account, iter(())), None) if j in problem.backups else lead
            holders.append(None if who is None else number[who])
        return cls(result.goals, tuple(holders))


class Answer(StrEnum):
    CONFIRMED = "confirmed"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"


class Means(StrEnum):
    """How a goal was confirmed."""

    ARITHMETIC = "arithmetic"  # a dual bound, checked in exact numbers
    SEARCH = "search"  # the engine's own search found nothing


class Why(StrEnum):
    """Why a goal is not confirmed."""

    UNPROVEN = "unproven"  # the first engine did not prove it either
    EARLIER = "earlier"  # an earlier goal is not proven, so what it was locked at is not known
    TIME = "time"
    STOPPED = "stopped"
    UNCLEAR = "unclear"  # the engine's answer did not stand up to the recount
    FAILED = "failed"  # the engine gave up, or its process ended
    UNKNOWN_GOAL = "unknown_goal"  # no formulation of it
    BETTER = "better"  # disagrees: a better division
    UNATTAINED = "unattained"  # disagrees: no division reaches the bound
    VALUE = "value"  # disagrees: the division's own count is not the value, or breaks a rule or a lock


WHY: dict[Why, str] = {
    Why.UNPROVEN: N_("the first engine has not proven it"),
    Why.EARLIER: N_("an earlier goal is not proven"),
    Why.TIME: N_("the time was up"),
    Why.STOPPED: N_("stopped"),
    Why.UNCLEAR: N_("what the second engine found did not stand up to the recount"),
    Why.FAILED: N_("the second engine gave up"),
    Why.UNKNOWN_GOAL: N_("the second engine does not cover this goal in this case"),
    Why.BETTER: N_("there is a better division"),
    Why.UNATTAINED: N_("no division reaches the bound"),
    Why.VALUE: N_("the division does not have the value, or breaks a rule or an earlier goal"),
}


@dataclass(frozen=True)
class Verdict:
    """One goal's answer. `better`: the counterexample, manager by account. `model`: the question in MPS format,
    kept only where it disagrees."""

    goal: str
    answer: Answer
    seconds: float
    means: Means | None = None
    why: Why | None = None
    better: tuple[int | None, ...] | None = None
    model: str | None = None

    @property
    def reason(self) -> Message | None:
        return None if self.why is None else Message(WHY[self.why])


def all_confirmed(verdicts: Sequence[Verdict]) -> bool:
    return bool(verdicts) and all(v.answer is Answer.CONFIRMED for v in verdicts)
