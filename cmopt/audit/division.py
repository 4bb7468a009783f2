"""Audit one division."""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.audit.fairness import LEVELS
from cmopt.audit.given import Given
from cmopt.audit.goals import GOALS
from cmopt.audit.rules import RULES
from cmopt.audit.view import view
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.findings import Audit
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding


def audit_division(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation, seed: int
) -> Audit:
    """Every broken rule, and the value of every goal of the scheme, in exact integers.

    `grades` must come from grading `case` under `scheme` (the caller grades again where it reads a record).
    """
    seen = view(Given(case, scheme, grades), allocation)
    breaches: list[Finding] = []
    for rule in RULES:
        breaches += rule(seen)
    values: dict[str, int] = {goal.name: GOALS[goal.name](seen, seed) for goal in scheme.goals}
    levels: dict[str, tuple[int, ...]] = {
        goal.name: LEVELS[goal.name](seen) for goal in scheme.goals if goal.name in LEVELS
    }
    return Audit(tuple(breaches), values, levels)
