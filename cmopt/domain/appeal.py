"""An appeal of a grade: the fact that is corrected, and everybody's grades before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Correction:
    """One fact, as it was and as it is now; both in words of a file, '' for a blank."""

    fact: str
    before: str
    after: str


@dataclass(frozen=True)
class Appeal:
    """`before` and `after`: staff_id -> Grade of everybody, with the fact as it was and corrected."""

    staff_id: str
    reason: str
    corrections: tuple[Correction, ...]
    before: Mapping[str, Grade]
    after: Mapping[str, Grade]
    scheme: Scheme

    @property
    def changed(self) -> tuple[str, ...]:
        """The appellant, and then whoever's total, rank, tier, rung or route is another one now."""
        others = (
            i for i in self.before if i != self.staff_id and _what(self.before[i]) != _what(self.after[i])
        )
        return (self.staff_id, *sorted(others))


def _what(grade: Grade) -> tuple[object, ...]:
    return (grade.total, grade.rank, grade.tier, grade.rung, grade.route, grade.probation)
