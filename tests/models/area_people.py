"""People of the schemes by areas, and what the tests of both ask: unfilled parameters, a whole run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cmopt import service
from cmopt.domain.fixed import to_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Assessed, Mark, Outturn, Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.errors import SchemeError
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme, own_text
from cmopt.reports.tables import read_table


def line(item: str, source: str, score: object, evidence: str | None = None) -> Assessed:
    """One line of the scores table of 2025."""
    given = score if isinstance(score, Mark) else to_fixed(str(score))
    return Assessed(item, source, "2025", given, evidence)


def figures(of_years: Mapping[str, Mapping[str, float]]) -> tuple[Outturn, ...]:
    """period -> measure -> figure, as lines of the results table."""
    return tuple(
        Outturn(measure, period, to_fixed(str(value)))
        for period, year in of_years.items()
        for measure, value in year.items()
    )


def person(staff_id: str, *assessed: Assessed, results: tuple[Outturn, ...] = (), **more: Any) -> Staff:
    return Staff(
        staff_id, f"员工 {staff_id}", "样例支行 01", assessed=tuple(assessed), results=results, **more
    )


def graded(scheme: Scheme, *staff: Staff) -> dict[str, Grade]:
    return grade(Roster(staff), scheme, 1)


def points(grade: Grade) -> tuple[dict[str, float | None], float | None]:
    """Points by part and total, in points."""
    by_part = {key: None if p is None else p / 10**6 for key, p in grade.parts.items()}
    return by_part, None if grade.total is None else grade.total / 10**6


def asks_for_every_parameter(name: str, count: int) -> None:
    """The scheme as it ships is refused, naming each parameter; the example fills all of them."""
    declared = set(re.findall(r"^\[parameters\.(\w+)\]", own_text(name), re.MULTILINE))
    assert len(declared) == count
    with pytest.raises(SchemeError) as caught:
        load_scheme(name)
    assert {f.code for f in caught.value.findings} == {"parameter-unfilled"}
    assert {f.where for f in caught.value.findings} == {f"parameters.{p}.value" for p in declared}
    assert all("not stated in the source" in f.render("en") for f in caught.value.findings)
    filled = load_scheme(f"{name}-example")
    assert set(filled.filled_parameters) == declared
    assert {p["filled_by"] for p in filled.filled_parameters.values()} == {f"{name}-example"}
    assert filled.example and "示例" in filled.title.zh


def whole_run(name: str, folder: Path) -> list[dict[str, str]]:
    """Invented tables, grades, division, audit and record, nobody left out; the lines of grades.csv."""
    service.synth(
        folder / "case", name, "zh", branches=4, staff=60, clients=40, seed=5, large=5, medium=4,
        key_deposits=4, recusals=2,
    )  # fmt: skip
    service.allocate(service.Order(folder / "case", name, report=False), folder / "run")
    assert service.verify(folder / "run") == ()
    head, *places = read_table(folder / "run" / "allocation.csv")
    assert len(places) == 13
    assert all(place[head.index("staff_id")] for place in places)
    head, *rows = read_table(folder / "run" / "grades.csv")
    return [dict(zip(head, row, strict=True)) for row in rows]
