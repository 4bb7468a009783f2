"""What a solver says: a status, the goals in priority order, and the allocation if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from cmopt.domain.allocation import Allocation
from cmopt.domain.goals import SENSE, Sense
from cmopt.errors import Finding

Certificate = Literal["checked", "bounded", "cross-checked"]

__all__ = ["SENSE", "Certificate", "Phase", "Result", "Sense", "Status"]


class Status(StrEnum):
    OPTIMAL = "optimal"  # every goal proven
    FEASIBLE = "feasible"  # a division, not every goal proven
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Phase:
    """One goal's record. `value` None = no division; `bound` None = no bound known; never 0 or inf for absent.

    `value` is what the final division scores, `bound` what no division can beat given the goals before
    it (within their tolerances), `proven` True only when the solver proved value == bound (or, with a
    tolerance, that the optimum it was locked at is the bound).

    `levels`: of leximin and leximax alone, the totals of the worst-off in order, `value` being the first;
    `bound` bounds the first, `proven` means all of them.
    """

    name: str
    sense: Sense
    value: int | None
    bound: int | None
    proven: bool
    seconds: float
    levels: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Result:
    status: Status
    solver: str
    seconds: float
    goals: tuple[Phase, ...]
    allocation: Allocation | None
    certificate: Certificate | None = None
    findings: tuple[Finding, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> tuple[int | None, ...]:
        return tuple(g.value for g in self.goals)
