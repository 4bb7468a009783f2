"""What a total is made of: parts (areas), items (aspects), their sources and the rules that give points."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.consistency import refuse
from cmopt.domain.declared import Declared, Fixed, Key, Percent, Title
from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_consistency import item_faults, part_faults, per_faults, rule_faults, source_faults

Missing = Literal["refuse", "zero", "renormalise"]
Fold = Literal["mean", "sum", "weighted", "last"]
Figure = Literal["value", "growth", "growth_rate"]


class SourceUse(Declared):
    """One source of an item in the scores table (exam, complaints, crm, peers, supervisor, self ...).

    `weight`: its share of the item's points. `out_of`: full marks of this source's scores; none: the item's
    `max`. `scored` false: shown beside the grade, never counted. `needs_evidence`: nobody is graded without a
    line of it that names its evidence.
    """

    source: Key
    weight: Percent | None = None
    out_of: Fixed | None = Field(default=None, gt=0)
    scored: bool = True
    needs_evidence: bool = False

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        refuse(source_faults(self))
        return self


class Step(Declared):
    """From this figure on, so many points, up to the next step."""

    at_least: Fixed
    points: Fixed


class Per(Declared):
    """`base` points and `points` for each `unit` of the figure; `whole`: full units only."""

    points: Fixed
    unit: Fixed = Field(default=UNIT, gt=0)
    base: Fixed = 0
    whole: bool = False

    @model_validator(mode="after")
    def _gives(self) -> Self:
        refuse(per_faults(self))
        return self


class Item(Declared):
    """An aspect: a score column of the staff table, `sources` in the scores table, or a `measure` of results.

    `weight`: its share of the part (all items of the part, or none). `period`: the year's own line, or its
    four quarters folded (`fold`; none: as grading.period says). `missing`: what a source (or figure) that is
    not there means. Of a measure: `figure` is taken, and one of `target`, `steps`, `per` turns it into points
    from 0 to `max`.
    """

    key: Key
    title: Title
    max: Fixed = Field(gt=0)
    weight: Percent | None = None
    sources: tuple[SourceUse, ...] = ()
    measure: Key | None = None
    figure: Figure = "value"
    target: Fixed | None = Field(default=None, gt=0)
    steps: tuple[Step, ...] = ()
    per: Per | None = None
    period: Literal["year", "quarters"] = "year"
    fold: Fold | None = None
    missing: Missing = "refuse"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        refuse(item_faults(self))
        return self

    @property
    def by_column(self) -> bool:
        """Whether it is a score column of the staff table."""
        return not self.sources and self.measure is None


class PointsRule(Declared):
    """Experience points from a post held (`post`) or from a years column of the staff table (`column`).

    points: given once; per: given for each `every` full years (in that post, or in the column).
    """

    key: Key
    title: Title
    post: Key | None = None
    column: Literal["finance_years", "bank_years"] | None = None
    points: Fixed = Field(default=0, ge=0)
    per: Fixed = Field(default=0, ge=0)
    every: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        refuse(rule_faults(self))
        return self


class Part(Declared):
    """A part of the total: one score column (no items), the sum of its items, or the sum of its rules.

    `weight`: its share of the full marks (all parts, or none).
    """

    key: Key
    title: Title
    max: Fixed = Field(gt=0)
    weight: Percent | None = None
    items: tuple[Item, ...] = ()
    rules: tuple[PointsRule, ...] = ()

    @model_validator(mode="after")
    def _parts(self) -> Self:
        refuse(part_faults(self))
        return self

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Its items; a part with neither items nor rules is one score column of its own name."""
        if self.rules:
            return ()
        return self.items or (Item.model_construct(key=self.key, title=self.title, max=self.max),)

    @property
    def score_items(self) -> tuple[Item, ...]:
        """The score columns this part reads from the staff table."""
        return tuple(i for i in self.all_items if i.by_column)
