"""What the audit found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmopt.errors import Finding


@dataclass(frozen=True)
class Audit:
    """Every broken rule, and every goal recomputed from case, scheme and allocation alone.

    `levels`: of leximin and leximax all totals of the worst-off that count, of which the goal is the first.
    """

    breaches: tuple[Finding, ...]
    goals: Mapping[str, int]
    levels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.breaches
