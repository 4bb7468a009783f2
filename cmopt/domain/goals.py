"""The goals a scheme may put in order, and what each of them is told."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from cmopt.domain.consistency import fault, goal_faults, refuse
from cmopt.domain.declared import LARGEST, Declared, Key
from cmopt.i18n import N_

Sense = Literal["min", "max"]

# Which way each goal is better.
SENSE: dict[str, Sense] = {
    "coverage": "min",
    "coverage_balance": "min",
    "continuity": "max",
    "continuity_balance": "max",
    "merit": "min",
    "balance": "min",
    "deviation": "min",
    "leximin": "max",
    "leximax": "min",
    "fit": "max",
    "worst_served": "max",
    "cost": "min",
    "bids": "min",
    "penalty": "min",
    "jurisdiction": "min",
    "handovers": "min",
    "tier_preference": "min",
    "bands": "min",
    "mix": "min",
    "draw": "min",
}

# Goals of the book alone (`cmopt.domain.book`).
OF_THE_BOOK = ("handovers", "tier_preference", "bands", "mix")

# Goals that make the worst-off manager best off, then the next: their value is the first of several levels.
LEXICOGRAPHIC = ("leximin", "leximax")

GoalName = Literal[
    "coverage",
    "coverage_balance",
    "continuity",
    "continuity_balance",
    "merit",
    "balance",
    "deviation",
    "leximin",
    "leximax",
    "fit",
    "worst_served",
    "cost",
    "bids",
    "penalty",
    "jurisdiction",
    "handovers",
    "tier_preference",
    "bands",
    "mix",
    "draw",
]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Goal(Declared):
    """One goal; its place in the file is its priority. `tolerance`: how much of the won value later goals
    may give back, in the goal's units ("3") or in per cent of the won value ("5%", rounded down).

    For leximin and leximax alone: `measure`, whose totals are compared; `tiers`, between whose managers
    (none: those of the balance); `levels`, how many of the worst-off are looked at (none: all).
    """

    name: GoalName
    tolerance: Annotated[str, BeforeValidator(_as_text)] = "0"
    measure: Key | None = None
    tiers: tuple[Key, ...] = ()
    levels: int | None = Field(default=None, ge=1, le=LARGEST)

    @model_validator(mode="after")
    def _fields(self) -> Self:
        if not re.fullmatch(r"[0-9]{1,15}|[0-9]{1,3}(\.[0-9]{1,6})?%", self.tolerance):
            refuse([fault(N_('write a whole number ("3") or per cent ("5%")'), "tolerance")])
        refuse(goal_faults(self))
        return self

    def allowance(self, value: int) -> int:
        """How far from `value` later goals may move, in the goal's units."""
        if self.tolerance.endswith("%"):
            return int(abs(value) * Decimal(self.tolerance[:-1]) / 100)
        return int(self.tolerance)
