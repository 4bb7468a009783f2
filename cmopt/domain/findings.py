"""What the audit found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmopt.errors import Finding


@dataclass(frozen=True)
class Audit:
    """Every broken rule, and every goal recomputed from case, scheme and allocation alone."""

    breaches: tuple[Finding, ...]
    goals: Mapping[str, int]

    @property
    def clean(self) -> bool:
        return not self.breaches
