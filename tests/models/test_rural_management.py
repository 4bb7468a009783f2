"""The rural bank's management rules: certificate and performance, five aspects by quarter and by year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from whole_runs import refused, unmarked_numbers, whole_run

from cmopt.domain.fixed import to_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Assessed, CertificateHeld, Roster, Staff, Standing
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme

EXAMPLE = load_scheme("rural-management-example")
ASPECTS = ("business", "ethics", "groundwork", "credit", "service")
LEVELS = ("principal", "senior", "intermediate", "junior")
ALL = tuple(f"{level}_certificate" for level in LEVELS)
Year = tuple[Sequence[float | None], float]  # the four quarters, the yearly score


def person(
    staff_id: str,
    scored: dict[str, Year],
    held: Sequence[str] = ALL,
    before: str | None = None,
    **more: object,
) -> Staff:
    lines = []
    for aspect, (quarters, year) in scored.items():
        lines += [
            Assessed(f"{aspect}_quarters", "assessors", f"2025Q{n}", to_fixed(str(points)))
            for n, points in enumerate(quarters, 1)
            if points is not None
        ]
        lines.append(Assessed(f"{aspect}_year", "assessors", "2025", to_fixed(str(year))))
    return Staff(
        staff_id,
        f"员工 {staff_id}",
        "支行",
        registered=True,
        assessed=tuple(sorted(lines, key=lambda a: (a.item, str(a.period)))),
        certificates=tuple(CertificateHeld(c, date(2020, 1, 1), None) for c in held),
        standings=() if before is None else (Standing("2024", before, False),),
        **more,  # type: ignore[arg-type]
    )


def flat(points: float) -> Year:
    return [points] * 4, points


# business   (92+88+90+94)/4 = 91, 60% x 91 + 40% x 90 = 54.6 + 36   = 90.6
# ethics     90 a quarter, 60% x 90 + 40% x 95 = 54 + 38             = 92
# groundwork (85+87+86+86)/4 = 86, 60% x 86 + 40% x 90 = 51.6 + 36   = 87.6
# credit     90 throughout                                           = 90
# service    95 a quarter, 60% x 95 + 40% x 100 = 57 + 40            = 97
# total      40% x 90.6 + 10% x 92 + 20% x 87.6 + 20% x 90 + 10% x 97
#            = 36.24 + 9.2 + 17.52 + 18 + 9.7                        = 90.66
FIRST: dict[str, Year] = {
    "business": ([92, 88, 90, 94], 90),
    "ethics": ([90, 90, 90, 90], 95),
    "groundwork": ([85, 87, 86, 86], 90),
    "credit": flat(90),
    "service": ([95, 95, 95, 95], 100),
}
# business   (87+87+88+88)/4 = 87.5, 60% x 87.5 + 40% x 88 = 52.5 + 35.2 = 87.7: below principal's 88
# the others 100 throughout
# total      40% x 87.7 + 60% x 100 = 35.08 + 60                        = 95.08
SECOND: dict[str, Year] = {"business": ([87, 87, 88, 88], 88)} | {a: flat(100) for a in ASPECTS[1:]}
# business   Q2 is missing: (72+75+78)/3 = 75, 60% x 75 + 40% x 70 = 45 + 28 = 73
# the others 70 throughout
# total      40% x 73 + 60% x 70 = 29.2 + 42                             = 71.2
THIRD: dict[str, Year] = {"business": ([72, None, 75, 78], 70)} | {a: flat(70) for a in ASPECTS[1:]}


def one(*args: object, **more: object) -> Grade:
    staff = person("A", *args, **more)  # type: ignore[arg-type]
    return grade(Roster((staff,)), EXAMPLE, 1)["A"]


def said(found: Grade) -> str:
    return "; ".join(m.render("en") for m in found.reasons)


def test_three_people_by_hand() -> None:
    people = (person("A", FIRST), person("B", SECOND), person("C", THIRD))
    grades = grade(Roster(people), EXAMPLE, 1)
    assert {i: (g.total, g.rank, g.rung, g.tier) for i, g in grades.items()} == {
        "A": (to_fixed("90.66"), 2, "principal_1", "senior"),  # at least 90; business 90.6 reaches 88
        "B": (to_fixed("95.08"), 1, "senior_1", "senior"),  # 87.7 does not: the level below
        "C": (to_fixed("71.2"), 3, "intermediate_2", "intermediate"),  # from 70; business 73 reaches 68
    }
    assert said(grades["B"]) == "not Principal manager: Business results is 87.7, below 88"


def test_the_missing_quarter_is_told() -> None:
    assert any("2025Q2" in m.render("en") for m in one(THIRD).trace)


def test_without_its_certificate_no_treatment_at_a_level() -> None:
    assert one(FIRST, held=ALL[1:]).rung == "senior_1"
    assert "Principal manager's certificate" in said(one(FIRST, held=ALL[1:]))
    assert one(FIRST, held=ALL[2:]).rung == "intermediate_1"
    assert one(FIRST, held=ALL[3:]).rung == "junior_1"
    assert (one(FIRST, held=()).rung, one(FIRST, held=()).tier) == (None, None)


@pytest.mark.parametrize(
    ("business", "rung"),
    [(88, "principal_1"), (87.9, "senior_1"), (77.9, "intermediate_1"), (67.9, "junior_1"), (54.9, None)],
)
def test_without_its_performance_no_treatment_at_a_level(business: float, rung: str | None) -> None:
    """100 in all else keeps the total (60 + 40% of business) high enough for what is asked here."""
    scored = {"business": flat(business)} | {a: flat(100) for a in ASPECTS[1:]}
    assert one(scored).total == to_fixed("60") + to_fixed(str(business)) * 4 // 10
    assert one(scored).rung == rung


@pytest.mark.parametrize(
    ("points", "rung"),
    [
        (90, "principal_1"),
        (89.9, "senior_1"),
        (84.9, "senior_2"),
        (79.9, "intermediate_1"),
        (74.9, "intermediate_2"),
        (69.9, "junior_1"),
        (64.9, "junior_2"),
        (59.9, None),
    ],
)
def test_seven_grades_by_the_score(points: float, rung: str | None) -> None:
    """The same points throughout are the total."""
    found = one({a: flat(points) for a in ASPECTS})
    assert (found.total, found.rung) == (to_fixed(str(points)), rung)


def test_promotion_and_demotion_follow_the_score() -> None:
    assert said(one(FIRST, before="senior_1")) == "promoted from Senior, grade 1"
    assert said(one(THIRD, before="senior_2")) == "demoted from Senior, grade 2"
    assert one(THIRD, before="senior_2").rung == "intermediate_2"
    assert one(FIRST, before="intermediate_1").rung == "senior_2"  # one grade up a year
    assert said(one(THIRD, before="intermediate_2")) == ""
    fallen = one({a: flat(50) for a in ASPECTS}, before="junior_2")
    assert (fallen.rung, said(fallen)) == (None, "demoted from Junior, grade 2")


def test_trainees_stand_outside() -> None:
    found = one({}, held=(), position="trainee")
    assert (found.total, found.rung, found.tier, found.route) == (None, None, None, "trainee")


def test_what_the_rules_state_stands_in_the_file() -> None:
    grading = EXAMPLE.grading
    assert [level.key for level in grading.levels] == [f"{name}_level" for name in LEVELS]
    of_level = {level: [r.grade for r in grading.rungs if r.level == f"{level}_level"] for level in LEVELS}
    assert of_level == {"principal": [1], "senior": [1, 2], "intermediate": [1, 2], "junior": [1, 2]}
    assert (len(grading.levels), len(grading.rungs), grading.trainees) == (4, 7, "outside")
    for name, level in zip(LEVELS, grading.levels, strict=True):
        assert level.needs_certificates == (f"{name}_certificate",)
        assert [n.part for n in level.needs_points] == ["business"]
    assert tuple(p.key for p in grading.parts) == ASPECTS
    assert all([i.period for i in part.items] == ["quarters", "year"] for part in grading.parts)
    assert grading.movement is not None


def test_unfilled_it_is_refused_by_every_parameter() -> None:
    grades = (
        "principal_1",
        "senior_1",
        "senior_2",
        "intermediate_1",
        "intermediate_2",
        "junior_1",
        "junior_2",
    )
    assert refused("rural-management") == {
        *(f"weight_{aspect}" for aspect in ASPECTS),
        *("weight_quarters", "weight_year"),
        *(f"performance_{level}" for level in LEVELS),
        *(f"score_{rung}" for rung in grades),
    }


def test_from_invented_tables_to_a_division(tmp_path: Path) -> None:
    found = whole_run("rural-management-example", tmp_path, staff=110)
    assert all(found.rungs[r.key] >= 2 for r in EXAMPLE.grading.rungs), found.rungs
    assert found.tiers["senior"] >= 17 and found.tiers["intermediate"] >= 13
    assert found.routes["trainee"] >= 1
    assert (found.placed, found.open) == (35, 0)


def test_every_number_says_where_it_comes_from() -> None:
    assert unmarked_numbers("rural-management") == unmarked_numbers("rural-management-example") == []
