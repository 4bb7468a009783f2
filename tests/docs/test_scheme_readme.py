"""models/README.md: its worked examples run, and its tables list exactly the keys a scheme may have."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cmopt.domain import book, goals, grading_ladder, grading_parts, grading_scheme, parameters
from cmopt.domain import declared as forms
from cmopt.domain import scheme as declared
from cmopt.domain.fixed import UNIT

README = Path(__file__).resolve().parents[2] / "models" / "README.md"
TEXT = README.read_text(encoding="utf-8")

SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "Top level / 顶层": (declared.Scheme,),
    "`grading`": (grading_scheme.Grading,),
    "`grading.parts`, `grading.parts.items`, `grading.parts.rules`": (
        grading_scheme.Part,
        grading_scheme.Item,
        grading_scheme.PointsRule,
    ),
    "`grading.posts`, `grading.routes`, `grading.tiers`": (
        grading_scheme.PostKind,
        grading_scheme.Route,
        grading_scheme.Tier,
    ),
    "`parameters`": (parameters.Parameter,),
    "`grading.parts.items.sources`, `grading.parts.items.steps`, `grading.parts.items.per`": (
        grading_parts.SourceUse,
        grading_parts.Step,
        grading_parts.Per,
    ),
    "`grading.period`, `grading.sources`, `grading.results`, `grading.derived`": (
        grading_scheme.Period,
        grading_scheme.Named,
        grading_scheme.ResultKind,
        grading_scheme.Derived,
        grading_scheme.Component,
    ),
    "Needs: `grading.prerequisites`, `grading.conditional`, `grading.levels`, `grading.rungs`": (
        grading_ladder.Needs,
        grading_ladder.Prerequisites,
        grading_ladder.Conditional,
        grading_ladder.Level,
        grading_ladder.Rung,
        grading_ladder.NeededResult,
        grading_ladder.NeededPoints,
    ),
    "`grading.movement`, `grading.movement.probation`": (
        grading_ladder.Movement,
        grading_ladder.Probation,
    ),
    "`segments`": (declared.Segment,),
    "`at_most`, `teams`, `incumbency`": (declared.AtMost, declared.Team, declared.Incumbency),
    "`limits`, `backups`, `links`": (declared.Limit, declared.Backups, declared.PairFigures),
    "`measures`, `balance`, `balance.measures`": (
        declared.Measure,
        declared.Balance,
        declared.BalanceMeasure,
    ),
    "`book`, `book.bands`, `book.handover`, `book.mix`": (
        book.Book,
        book.Band,
        book.HandoverWeights,
        book.MixMeasure,
    ),
    "`goals`": (goals.Goal,),
}


# Defaults that are held in another unit than they are written in.
WRITTEN = {
    "step": "`1`",
    "share": '`"0%"`',
    "client": "`1`",
    "full_marks": "`100`",
    "coefficient": "`1`",
    "gap": '`"0.5%"`',
    "head_posts": '`["支行行长", "行长", "branch_head", "Branch head"]`',
}


def test_worked_examples() -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(code, {}, README.name, str(README), 0)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.attempted > 30
    assert result.failed == 0, "".join(said)


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_listed_with_its_default(heading: str) -> None:
    rows = _rows(heading)
    fields = {
        (field.alias or name, WRITTEN.get(name) or _default(field))
        for model in SECTIONS[heading]
        for name, field in model.model_fields.items()
    }
    assert {name for name, _ in rows} == {name for name, _ in fields}
    assert {(name, default) for name, default in fields if (name, default) not in rows} == set()


def test_every_declared_table_is_covered() -> None:
    documented = {model for models in SECTIONS.values() for model in models}
    every = {
        m
        for module in (declared, grading_scheme, grading_parts, grading_ladder, parameters, goals, book)
        for m in vars(module).values()
        if isinstance(m, type) and issubclass(m, forms.Declared) and m is not forms.Declared
    }
    assert every - documented == {forms.Title}


def test_every_goal_has_its_formula() -> None:
    for name in goals.Goal.model_fields["name"].annotation.__args__:  # type: ignore[union-attr]
        assert re.search(rf"^### .*`{name}`", TEXT, re.MULTILINE), name


def _rows(heading: str) -> set[tuple[str, str]]:
    """(key, default) of the table below a heading."""
    section = TEXT.split(f"\n### {heading}\n", 1)[1]
    section = re.split(r"\n##+ ", section)[0]
    lines = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    head = [cell.strip() for cell in lines[0]]
    at = head.index("default")
    return {(row[0].strip().strip("`"), row[at].strip()) for row in lines[1:]}


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "`{}`"
    value = field.default
    assert value is not PydanticUndefined
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        return "`{}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[]`"
    if value == UNIT:  # one whole unit, in millionths
        return "`1`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"
