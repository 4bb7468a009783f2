"""What the audit of the book found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from cmopt.errors import Finding

# How a goal's bound stands: counted again from its multipliers; proven by the large solver's search to be more
# than these give, that more not counted again; no better than what the rules alone give; proven by the part's
# exact solver, not counted again; claimed by a solver without any of that; no bound.
Standing = Literal["duals", "searched", "counted", "solver", "claimed", "none"]


@dataclass(frozen=True)
class PartAudit:
    """One part's goals recounted from case, scheme and allocation; empty where it has no division.

    standing: of every goal, how its bound stands. recounted: the bound that its multipliers give, of the goals
    that have any.
    """

    name: str
    goals: Mapping[str, int]
    standing: Mapping[str, Standing]
    recounted: Mapping[str, int]


@dataclass(frozen=True)
class BookAudit:
    """Every broken rule and every claim that does not stand, and what each part scores."""

    breaches: tuple[Finding, ...]
    parts: tuple[PartAudit, ...]

    @property
    def clean(self) -> bool:
        return not self.breaches

    @cached_property
    def goals(self) -> dict[str, int]:
        """Each goal's values added up over the parts that have a division."""
        total: dict[str, int] = {}
        for part in self.parts:
            for name, value in part.goals.items():
                total[name] = total.get(name, 0) + value
        return total


@dataclass(frozen=True)
class PartProof:
    """What `verify --solve` did again of one part's proofs.

    solved: whether the part was solved again at all. again: goals whose bound solving again found, or a
    stronger one. counted: the others whose bound `verify` counted from its multipliers in any case. open: the
    others with a bound: neither was done.
    """

    part: str
    solved: bool
    again: tuple[str, ...]
    counted: tuple[str, ...]
    open: tuple[str, ...]


Tell = Callable[[PartProof], None]
