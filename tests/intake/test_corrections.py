"""Corrected facts by key or title, with and without a period: the line that counts is the one that changes."""

from __future__ import annotations

import pytest

from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import Assessed, Outturn, Staff, Standing
from cmopt.errors import InputError
from cmopt.intake.corrections import corrected
from cmopt.intake.schemes import load_scheme

CORPORATE = load_scheme("corporate-example")
RURAL = load_scheme("rural-management-example")


def person(**more: object) -> Staff:
    return Staff("E1", "员工 001", "支行", registered=True, **more)  # type: ignore[arg-type]


def fees(*lines: tuple[str | None, int]) -> Staff:
    return person(results=tuple(Outturn("fee_income", p, to_fixed(str(v))) for p, v in lines))


@pytest.mark.parametrize("fact", ["results.fee_income", "results.中间业务收入", "results.Fee income.2025年"])
@pytest.mark.parametrize("before", [(("2025", 10),), (("2024", 5), ("2025", 10))])
def test_without_a_period_the_line_of_the_year_is_meant(
    fact: str, before: tuple[tuple[str | None, int], ...]
) -> None:
    staff, (done,) = corrected(fees(*before), {fact: "30"}, CORPORATE)
    assert staff == fees(*before[:-1], ("2025", 30))
    assert (done.before, done.after) == ("10", "30")


def test_a_line_without_a_period_stays_one() -> None:
    staff, _ = corrected(fees((None, 10)), {"results.fee_income": "30"}, CORPORATE)
    assert staff == fees((None, 30))
    staff, (done,) = corrected(person(), {"results.fee_income": "30"}, CORPORATE)
    assert (staff, done.before) == (fees((None, 30)), "")


def test_which_quarter_is_asked_back() -> None:
    lines = tuple(
        Assessed("business_quarters", "assessors", f"2025Q{n}", to_fixed("80")) for n in (1, 2, 3, 4)
    )
    with pytest.raises(InputError) as caught:
        corrected(person(assessed=lines), {"scores.business_quarters": "90"}, RURAL)
    assert "scores.business_quarters.assessors.2025Q2" in caught.value.findings[0].render("en")
    staff, _ = corrected(person(assessed=lines), {"scores.经营业绩季度分.考核小组.2025Q2": "90"}, RURAL)
    assert [a.score for a in staff.assessed] == [to_fixed(n) for n in ("80", "90", "80", "80")]


def test_standings_and_certificates_by_their_titles() -> None:
    staff, _ = corrected(
        person(), {"standings.2024": "高级三档", "certificates.授信业务执业资格证": "有"}, CORPORATE
    )
    assert staff.standings == (Standing("2024", "senior_3", False),)
    assert [c.certificate for c in staff.certificates] == ["credit"]


@pytest.mark.parametrize(
    "facts", [{"standings.2024": "高级九档"}, {"results.fees": "3"}, {"certificates.x": "有"}]
)
def test_what_is_not_known_is_refused_with_what_is(facts: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        corrected(person(), facts, CORPORATE)
    assert [f.code for f in caught.value.findings] == ["appeal-fact"]


def test_a_corrected_standing_stays_on_probation() -> None:
    before = person(standings=(Standing("2024", "senior_2", True),))
    staff, _ = corrected(before, {"standings.2024": "senior_3"}, CORPORATE)
    assert staff.standings == (Standing("2024", "senior_3", True),)
