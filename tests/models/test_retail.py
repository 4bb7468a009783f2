"""Retail wealth managers: five levels, eight grades by results, prerequisites, an exam for those who sell."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from whole_runs import refused, whole_run

from cmopt.domain.fixed import UNIT, to_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.roster import CertificateHeld, Outturn, Roster, Staff
from cmopt.errors import InputError, SchemeError
from cmopt.grading import grade
from cmopt.intake.case import read_case
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case
from cmopt.synth import SynthOptions, synth_case

EXAMPLE = load_scheme("retail-example")
LEVELS = {"principal": 1, "senior": 3, "intermediate": 2, "junior": 1, "trainee": 1}
GRADES = tuple(f"{level}_{n}" for level, most in LEVELS.items() for n in range(1, most + 1))


def person(
    staff_id: str,
    results: float | None,
    *,
    exam: bool = False,
    assets: int | None = None,
    investments: int | None = None,
    **more: object,
) -> Staff:
    figures = {"performance": results, "asset_deals": assets or 0, "investment_deals": investments or 0}
    fields: dict[str, object] = {"education": "college", "bank_years": UNIT, "serious_breach": False}
    return Staff(
        staff_id,
        f"员工 {staff_id}",
        "支行",
        registered=True,
        results=tuple(
            sorted(
                (Outturn(m, "2025", to_fixed(str(v))) for m, v in figures.items() if v is not None),
                key=lambda r: r.measure,
            )
        ),
        certificates=(CertificateHeld("sales_exam", date(2024, 3, 1), None),) if exam else (),
        **(fields | more),  # type: ignore[arg-type]
    )


def one(results: float | None, **more: object) -> Grade:
    return grade(Roster((person("A", results, **more),)), EXAMPLE, 1)["A"]  # type: ignore[arg-type]


def said(found: Grade) -> str:
    return "; ".join(m.render("en") for m in found.reasons)


# A  results 2600, counted up to 2500                          total 2500:   principal (from 2000)
# B  results 1399.99: senior 3 from 1200, senior 2 from 1400   total 1399.99: senior, grade 3
# C  results 900 with two asset deals, but no exam             total 900, but off the ladder, and no rank
# C2 the same with the exam: intermediate 2 from 750, 1 from 950              intermediate, grade 2
def test_three_people_by_hand() -> None:
    people = (person("A", 2600, exam=True, investments=1), person("B", 1399.99), person("C", 900, assets=2))
    grades = grade(Roster(people), EXAMPLE, 1)
    assert {i: (g.total, g.rank, g.rung, g.tier) for i, g in grades.items()} == {
        "A": (to_fixed("2500"), 1, "principal_1", "senior"),
        "B": (to_fixed("1399.99"), 2, "senior_3", "senior"),
        "C": (to_fixed("900"), None, None, None),
    }
    assert grades["C"].route == "prerequisites"
    assert "Exam for selling" in said(grades["C"])
    found = one(900, assets=2, exam=True)
    assert (found.rung, found.tier) == ("intermediate_2", "intermediate")


@pytest.mark.parametrize(("rung", "least"), [(r, EXAMPLE.parameters[f"results_{r}"].value) for r in GRADES])
def test_eight_grades_by_results(rung: str, least: int) -> None:
    assert one(least).rung == rung
    assert one(least - 0.01).rung == dict(zip(GRADES, (*GRADES[1:], None), strict=True))[rung]


def test_no_grade_without_figures_of_the_results() -> None:
    with pytest.raises(InputError) as caught:
        one(None)
    assert "A" in str(caught.value.findings[0].where)


@pytest.mark.parametrize(
    ("fact", "lack"),
    [
        ({"education": "secondary"}, "education is Secondary school, below College"),
        ({"bank_years": to_fixed("0.9")}, "0.9 years in banks, fewer than 1"),
        ({"serious_breach": True}, "a serious breach is on record"),
        ({"assets": 1}, "does not hold the certificate Exam for selling asset and investment business"),
        ({"investments": 1}, "does not hold the certificate Exam for selling asset and investment business"),
    ],
)
def test_prerequisites_keep_anybody_off_the_ladder(fact: dict[str, object], lack: str) -> None:
    found = one(2500, **fact)
    assert (found.rank, found.rung, found.tier, found.route) == (None, None, None, "prerequisites")
    assert said(found) == lack


@pytest.mark.parametrize(
    "fact",
    [
        {"education": "bachelor"},
        {"bank_years": to_fixed("1")},
        {"assets": 0, "investments": 0},  # sells neither: no exam is asked for
        {"assets": 3, "investments": 1, "exam": True},
    ],
)
def test_who_has_all_of_them_is_graded(fact: dict[str, object]) -> None:
    assert one(2500, **fact).rung == "principal_1"


@pytest.mark.parametrize("measure", ["asset_deals", "investment_deals"])
def test_leaving_the_deals_out_does_not_waive_the_exam(measure: str) -> None:
    whole = person("A", 2500)
    silent = replace(whole, results=tuple(r for r in whole.results if r.measure != measure))
    with pytest.raises(InputError) as caught:
        grade(Roster((silent,)), EXAMPLE, 1)
    assert [(f.code, f.where) for f in caught.value.findings] == [("result-missing", "staff A")]


def test_check_names_who_has_no_line_of_the_deals(tmp_path: Path) -> None:
    case = synth_case(SynthOptions(clients=60, staff=40), EXAMPLE)
    first = next(s for s in case.roster if s.results)
    people = [
        replace(s, results=tuple(r for r in s.results if r.measure != "asset_deals")) if s is first else s
        for s in case.roster
    ]
    write_case(replace(case, roster=Roster(tuple(people))), EXAMPLE, tmp_path / "case", "en")
    told = [f for f in read_case(tmp_path / "case", EXAMPLE).warnings if f.code == "line-missing"]
    assert [first.staff_id in f.render("en") and "asset" in f.render("en") for f in told] == [True]


def test_trainees_are_the_lowest_level_without_being_graded() -> None:
    found = one(None, position="trainee")
    assert (found.total, found.rung, found.tier, found.route) == (None, "trainee_1", "provisional", "trainee")
    assert one(150).rung == "trainee_1"


def test_what_the_rules_state_stands_in_the_file() -> None:
    grading = EXAMPLE.grading
    assert [level.title.zh[:2] for level in grading.levels] == ["资深", "高级", "中级", "初级", "见习"]
    assert Counter(r.level for r in grading.rungs) == {f"{k}_level": n for k, n in LEVELS.items()}
    assert (len(grading.levels), len(grading.rungs)) == (5, 8)
    before = grading.prerequisites
    assert (before.needs_education, before.needs_bank_years) == ("college", UNIT)
    assert before.needs_no_serious_breach
    exams = {c.when.measure: c.needs_certificates for c in grading.conditional}
    assert exams == {"asset_deals": ("sales_exam",), "investment_deals": ("sales_exam",)}
    lowest = {
        level: EXAMPLE.parameters[f"results_{level}_{most}"].value * UNIT for level, most in LEVELS.items()
    }
    assert {lv.key: [(n.measure, n.at_least) for n in lv.needs_results] for lv in grading.levels} == {
        f"{level}_level": [("performance", least)] for level, least in lowest.items()
    }


def test_unfilled_it_is_refused_by_every_parameter() -> None:
    assert refused("retail") == {"results_most", *(f"results_{rung}" for rung in GRADES)}


def test_results_that_do_not_fall_are_refused() -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme("retail-example", {"parameters.results_junior_1.value": "750"})
    assert [f.where for f in caught.value.findings] == ["grading.rungs.junior_1.score_from"]


def test_from_invented_tables_to_a_division(tmp_path: Path) -> None:
    found = whole_run("retail-example", tmp_path)
    assert all(found.rungs[r] >= 1 for r in GRADES), found.rungs
    assert found.tiers["senior"] >= 17 and found.tiers["intermediate"] >= 13
    assert found.tiers["junior"] >= 5 and found.tiers["provisional"] >= 3
    assert found.routes["prerequisites"] >= 5 and found.routes["trainee"] >= 1
    assert (found.placed, found.open) == (35, 0)
