"""How much of a measure managers may hold."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.consistency import limit_faults, refuse
from cmopt.domain.declared import LARGEST, Declared, Fixed, Key, Percent, Title
from cmopt.domain.fixed import UNIT


class Limit(Declared):
    """How much of a measure the managers of `tiers` may hold, one by one or a group of them together.

    measure: what is added up, the base load included unless `base` is false; none: the number of accounts.
    segments: the divided accounts that count (none: all). tiers, branches: whose (no branch: every one).
    per: whose total is limited: each person's, or that of each tier, of each branch, of all of them together.
    least, most: in the measure's unit. least_column, most_column: a column of figures of the staff table with
    each person's own (a blank cell: no limit). within: as far from the mean of those limited, in per cent.
    except_teams: whoever has a seat on a team is not limited.
    price: what each begun `step` beyond the limit costs in the goal `penalty`; none: the rule is hard.
    """

    key: Key
    title: Title
    measure: Key | None = None
    segments: tuple[Key, ...] = ()
    tiers: tuple[Key, ...] = Field(min_length=1)
    branches: tuple[str, ...] = ()
    per: Literal["person", "tier", "branch", "all"] = "person"
    least: Fixed | None = None
    most: Fixed | None = None
    least_column: str | None = None
    most_column: str | None = None
    within: Percent | None = None
    base: bool = True
    except_teams: bool = False
    price: int | None = Field(default=None, ge=1, le=LARGEST)
    step: Fixed = Field(default=UNIT, gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(limit_faults(self))
        return self
