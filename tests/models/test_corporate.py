"""Corporate managers: 5 levels, 15 grades by simulated profit, two certificates, probation, promotion."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from whole_runs import refused, whole_run

from cmopt.domain.fixed import UNIT, to_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.roster import CertificateHeld, Outturn, Roster, Staff, Standing
from cmopt.errors import InputError, SchemeError
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme

EXAMPLE = load_scheme("corporate-example")
LEVELS = ("principal", "senior", "intermediate", "junior", "assistant")
GRADES = tuple(f"{level}_{n}" for level in LEVELS for n in (1, 2, 3))
MEASURES = ("average_deposit", "average_loan", "fee_income", "expenses", "credit_cost")

# deposits, loans, fees, expenses, credit cost
# A  0.015 x 8000 + 0.02 x 4000 + 30 - 12 - 8 = 120 + 80 + 30 - 20      = 210: principal, grade 3 (from 200)
# B  0.015 x 3000 + 0.02 x 2500 + 6.5 - 4 - 1.25 = 45 + 50 + 6.5 - 5.25 = 96.25: intermediate, grade 2 (from 85)
# C  0.015 x 1000 + 0.02 x  500 + 2 - 3 - 5 = 15 + 10 + 2 - 8             = 19: assistant, grade 2 (from 15)
A = (8000, 4000, 30, 12, 8)
B = (3000, 2500, 6.5, 4, 1.25)
C = (1000, 500, 2, 3, 5)


def person(
    staff_id: str,
    figures: tuple[float | None, ...],
    held: tuple[str, ...] = ("post", "credit"),
    before: str | None = None,
    probation: bool = False,
    until: date | None = None,
    **more: object,
) -> Staff:
    return Staff(
        staff_id,
        f"员工 {staff_id}",
        "支行",
        registered=True,
        results=tuple(
            Outturn(measure, "2025", to_fixed(str(value)))
            for measure, value in zip(MEASURES, figures, strict=True)
            if value is not None
        ),
        certificates=tuple(CertificateHeld(c, date(2020, 1, 1), until) for c in held),
        standings=() if before is None else (Standing("2024", before, probation),),
        **more,  # type: ignore[arg-type]
    )


def one(figures: tuple[float | None, ...], **more: object) -> Grade:
    return grade(Roster((person("A", figures, **more),)), EXAMPLE, 1)["A"]  # type: ignore[arg-type]


def profit(amount: float) -> tuple[float, ...]:
    """Fees alone bring it in."""
    return (0, 0, amount, 0, 0)


def said(found: Grade) -> str:
    return "; ".join(m.render("en") for m in found.reasons)


def test_three_people_by_hand() -> None:
    people = (
        person("A", A, before="principal_2"),
        person("B", B, before="intermediate_3"),
        person("C", C, before="assistant_3"),
    )
    grades = grade(Roster(people), EXAMPLE, 1)
    assert {i: (g.total, g.rank, g.rung, g.tier) for i, g in grades.items()} == {
        "A": (to_fixed("210"), 1, "principal_3", "senior"),
        "B": (to_fixed("96.25"), 2, "intermediate_2", "intermediate"),
        "C": (to_fixed("19"), 3, "assistant_2", "provisional"),
    }
    assert {g.figures["profit"] for g in grades.values()} == {
        to_fixed("210"),
        to_fixed("96.25"),
        to_fixed("19"),
    }


@pytest.mark.parametrize(("rung", "least"), [(r, EXAMPLE.parameters[f"profit_{r}"].value) for r in GRADES])
def test_fifteen_grades_by_simulated_profit(rung: str, least: int) -> None:
    assert one(profit(least), before=rung).rung == rung
    below = dict(zip(GRADES, (*GRADES[1:], None), strict=True))[rung]
    assert one(profit(least - 0.01), before=rung).rung == below


def test_costs_are_taken_off_and_no_component_may_be_missing() -> None:
    assert one((0, 0, 100, 30, 0), before="intermediate_2").total == to_fixed("70")
    assert one((0, 0, 100, 0, 30), before="intermediate_2").total == to_fixed("70")
    assert one((0, 0, 10, 30, 0), before="intermediate_2").total == 0
    with pytest.raises(InputError) as caught:
        one((8000, 4000, 30, 12, None), before="principal_2")
    assert [(f.code, f.where) for f in caught.value.findings] == [("result-missing", "staff A")]


# --- certificates ----------------------------------------------------------------------------------------


def test_without_the_licence_an_assistant_whatever_the_profit() -> None:
    found = one(A, held=("post",), before="assistant_1")
    assert (found.rung, found.tier) == ("assistant_1", "provisional")
    assert "Licence for credit business" in said(found)
    expired = one(A, before="principal_2", until=date(2025, 12, 30))
    assert (expired.rung, expired.tier) == (None, None)  # both ran out the day before
    assert one(A, before="principal_2", until=date(2025, 12, 31)).rung == "principal_3"


def test_without_the_certificate_for_the_post_no_grade() -> None:
    found = one(A, held=("credit",), before="principal_2")
    assert (found.rung, found.tier, found.route) == (None, None, "prerequisites")
    assert "Certificate for the post" in said(found)


# --- set anew each year, probation -----------------------------------------------------------------------


def test_at_most_one_level_up_a_year_and_down_as_the_profit_says() -> None:
    up = one(A, before="intermediate_2")  # 210 would be principal
    assert (up.rung, up.tier, up.probation) == ("senior_1", "senior", False)
    assert said(up) == "at most 1 steps up a year from Intermediate, grade 2: Senior, grade 1"
    down = one(C, before="senior_1")  # 19 would be an assistant
    assert (down.rung, down.tier) == ("assistant_2", "provisional")
    assert said(down).startswith("demoted from Senior, grade 1")
    within = one(B, before="intermediate_3")
    assert said(within) == "promoted from Intermediate, grade 3"
    assert within.rung == "intermediate_2"  # grades of a level are not limited
    nothing = one(profit(0), before="assistant_3")
    assert (nothing.rung, nothing.tier) == (None, None)


def test_a_newcomer_is_on_probation_for_a_year() -> None:
    new = one(B)
    assert (new.rung, new.tier, new.probation) == ("intermediate_2", "provisional", True)
    confirmed = one(profit(12), before="assistant_3", probation=True)
    assert (confirmed.rung, confirmed.probation) == ("assistant_3", False)
    missed = one(profit(11.99), before="assistant_3", probation=True)
    assert (missed.rung, missed.tier, missed.route) == (None, None, "demoted")
    assert "not confirmed" in said(missed)
    assert one(profit(11.99), before="assistant_3").rung == "assistant_3"  # not on probation


# --- what the rules state --------------------------------------------------------------------------------


def test_what_the_rules_state_stands_in_the_file() -> None:
    grading = EXAMPLE.grading
    assert [level.key for level in grading.levels] == [f"{name}_level" for name in LEVELS]
    assert [level.title.zh[:2] for level in grading.levels] == ["资深", "高级", "中级", "初级", "助理"]
    assert (len(grading.levels), len(grading.rungs)) == (5, 15)
    assert {r.level for r in grading.rungs} == {level.key for level in grading.levels}
    assert [c.title.zh for c in grading.certificates] == ["上岗资格证", "授信业务执业资格证"]
    assert grading.prerequisites.needs_certificates == ("post",)
    assert [lv.needs_certificates for lv in grading.levels] == [("credit",)] * 4 + [()]
    (derived,) = grading.derived
    assert derived.title.zh == "模拟创利"
    assert {c.measure: c.coefficient / UNIT for c in derived.components} == {
        "average_deposit": 0.015,
        "average_loan": 0.02,
        "fee_income": 1,
        "expenses": -1,
        "credit_cost": -1,
    }
    assert grading.movement is not None and grading.movement.probation is not None
    assert grading.movement.demote_below is None  # the grade itself follows the profit of each year


def test_unfilled_it_is_refused_by_every_parameter() -> None:
    assert refused("corporate") == {
        *("deposit_spread", "loan_spread", "profit_most", "probation_profit"),
        *(f"profit_{rung}" for rung in GRADES),
    }


def test_grades_that_do_not_fall_are_refused() -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme("corporate-example", {"parameters.profit_senior_2.value": "175"})
    assert [f.where for f in caught.value.findings] == ["grading.rungs.senior_2.score_from"]


def test_from_invented_tables_to_a_division(tmp_path: Path) -> None:
    found = whole_run("corporate-example", tmp_path)
    assert sum(found.rungs[r] >= 1 for r in GRADES) >= 14, found.rungs
    assert found.tiers["senior"] >= 17 and found.tiers["intermediate"] >= 13
    assert found.tiers["junior"] >= 5 and found.tiers["provisional"] >= 10
    assert found.routes["prerequisites"] >= 5
    assert (found.placed, found.open) == (35, 0)
