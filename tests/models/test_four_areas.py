"""The plan by four areas: its areas and items, totals by hand, the self-assessment beside, a whole run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from area_people import asks_for_every_parameter, graded, line, person, points, whole_run

from cmopt.domain.roster import Assessed, Mark, Staff
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme

EXAMPLE = load_scheme("four-areas-example")
AREAS = {  # what the plan states, word by word
    "专业知识": ("产品知识", "业务流程", "法律法规"),
    "销售": ("新客户开发", "销售技能", "客户维系"),
    "团队协作": ("协作配合", "经验共享", "团队建设"),
    "客户满意": ("服务质量", "解决问题", "客户关怀"),
}
ITEMS = [
    "products", "process", "law", "new_clients", "skills", "retention",
    "cooperation", "sharing", "team_building", "quality", "problem_solving", "care",
]  # fmt: skip


def employee(staff_id: str, scores: list[Any], own: object = 100, **more: Any) -> Staff:
    """The twelve scores of the assessors in the order of ITEMS; a self-assessment of each with its evidence."""
    lines = [line(item, "assessors", score) for item, score in zip(ITEMS, scores, strict=True)]
    lines += [line(item, "self", own, "样例材料 001") for item in ITEMS]
    return person(staff_id, *lines, **more)


def test_four_areas_of_three_items() -> None:
    parts = EXAMPLE.grading.parts
    assert {p.title.zh: tuple(i.title.zh for i in p.items) for p in parts} == AREAS
    assert [i.key for p in parts for i in p.items] == ITEMS
    for item in EXAMPLE.grading.assessed_items:
        own = next(s for s in item.sources if s.source == "self")
        assert (own.scored, own.needs_evidence) == (False, True)


def test_what_is_not_stated_is_asked_for() -> None:
    asks_for_every_parameter("four-areas", 4 + 12 + 3)


def test_three_totals_by_hand() -> None:
    """Example weights: knowledge 20 % (40, 30, 30), sales 35 % (40, 25, 35), teamwork 15 % (40, 30, 30),
    satisfaction 30 % (40, 35, 25); senior from 82, intermediate from 75, junior from 65."""
    got = graded(
        EXAMPLE,
        employee("E1", [90, 80, 100, 85, 80, 90, 75, 80, 90, 95, 80, 88]),
        employee("E2", [55, 55, 55, 80, 80, 80, 70, 70, 70, 85, 85, 85]),
        employee("E3", [50, 70, 60, 72, 60, 64, 80, 60, 70, 70, 66, 62]),
    )
    # E1  knowledge     90 × 40 % + 80 × 30 % + 100 × 30 % = 36 + 24 + 30   = 90    × 20 % = 18
    #     sales         85 × 40 % + 80 × 25 % + 90 × 35 %  = 34 + 20 + 31.5 = 85.5  × 35 % = 29.925
    #     teamwork      75 × 40 % + 80 × 30 % + 90 × 30 %  = 30 + 24 + 27   = 81    × 15 % = 12.15
    #     satisfaction  95 × 40 % + 80 × 35 % + 88 × 25 %  = 38 + 28 + 22   = 88    × 30 % = 26.4
    assert points(got["E1"]) == (
        {"knowledge": 18, "sales": 29.925, "teamwork": 12.15, "satisfaction": 26.4},
        86.475,
    )
    assert (got["E1"].tier, got["E1"].rank, got["E1"].qualified) == ("senior", 1, True)
    # E2  55 × 20 % + 80 × 35 % + 70 × 15 % + 85 × 30 % = 11 + 28 + 10.5 + 25.5 = 75, the mark itself
    assert points(got["E2"])[1] == 75
    assert (got["E2"].tier, got["E2"].rank) == ("intermediate", 2)
    # E3  knowledge     20 + 21 + 18       = 59    × 20 % = 11.8
    #     sales         28.8 + 15 + 22.4   = 66.2  × 35 % = 23.17
    #     teamwork      32 + 18 + 21       = 71    × 15 % = 10.65
    #     satisfaction  28 + 23.1 + 15.5   = 66.6  × 30 % = 19.98, together 65.6
    assert points(got["E3"]) == (
        {"knowledge": 11.8, "sales": 23.17, "teamwork": 10.65, "satisfaction": 19.98},
        65.6,
    )
    assert got["E3"].tier == "junior"


def test_just_below_the_marks() -> None:
    got = graded(EXAMPLE, employee("E1", [64.9] * 12), employee("E2", [74.9] * 12))
    assert (got["E1"].tier, got["E1"].qualified) == (None, False)
    assert got["E2"].tier == "junior"


def test_the_self_assessment_stands_beside_and_does_not_count() -> None:
    modest, proud = employee("E1", [70] * 12, own=10), employee("E2", [70] * 12, own=100)
    got = graded(EXAMPLE, modest, proud)
    assert got["E1"].total == got["E2"].total == 70 * 10**6
    assert [(b.item, b.score, b.evidence) for b in got["E1"].beside] == [
        (item, 10 * 10**6, "样例材料 001") for item in ITEMS
    ]


def changed(staff: Staff, item: str, source: str, *new: Assessed) -> Staff:
    kept = [a for a in staff.assessed if (a.item, a.source) != (item, source)]
    return person(staff.staff_id, *kept, *new)


@pytest.mark.parametrize("evidence", [None, " "])
def test_it_starts_from_a_self_assessment_with_evidence(evidence: str | None) -> None:
    whole = employee("E1", [70] * 12)
    without = changed(whole, "care", "self")
    bare = changed(employee("E2", [70] * 12), "law", "self", line("law", "self", 90, evidence))
    with pytest.raises(InputError) as caught:
        graded(EXAMPLE, without, bare)
    assert [(f.code, f.where) for f in caught.value.findings] == [
        ("evidence-missing", "staff E1"),
        ("evidence-missing", "staff E2"),
    ]
    first, second = caught.value.findings
    assert "Care" in first.render("en") and "客户关怀" in first.render("zh")
    assert "Law" in second.render("en") and "依据" in second.render("zh")


def test_a_missing_score_is_refused_and_an_absence_is_not_graded() -> None:
    whole = employee("E1", [70] * 12)
    with pytest.raises(InputError) as caught:
        graded(EXAMPLE, changed(whole, "care", "assessors"))
    assert [(f.code, f.where) for f in caught.value.findings] == [("score-missing", "staff E1")]
    absent = changed(whole, "care", "assessors", line("care", "assessors", Mark.ABSENT))
    got = graded(EXAMPLE, absent)["E1"]
    assert (got.total, got.rank, got.tier) == (None, None, None)


def test_from_invented_tables_to_an_audited_division(tmp_path: Path) -> None:
    rows = whole_run("four-areas-example", tmp_path)
    tiers = Counter(r["tier"] for r in rows)
    assert all(tiers[t] >= 5 for t in ("senior", "intermediate", "junior", "")), tiers


def test_the_template_has_a_self_assessment_with_evidence(tmp_path: Path) -> None:
    """So that its sample rows are in order as they stand."""
    from cmopt import service

    service.write_template("four-areas-example", tmp_path / "case.xlsx", "zh")
    found = service.check(service.Order(tmp_path / "case.xlsx", "four-areas-example")).findings
    assert not {"line-missing", "evidence-missing"} & {f.code for f in found}


def test_check_names_who_lacks_self_assessment_or_evidence(tmp_path: Path) -> None:
    from cmopt import service

    service.synth(
        tmp_path / "case", "four-areas-example", "zh", branches=2, staff=20, clients=10, large=0, medium=0,
        key_deposits=0, recusals=0,
    )  # fmt: skip
    order = service.Order(tmp_path / "case", "four-areas-example")
    assert not {"line-missing", "evidence-missing"} & {f.code for f in service.check(order).findings}
    scores = next(p for p in (tmp_path / "case").iterdir() if p.stem in ("scores", "评分"))
    lines = scores.read_text(encoding="utf-8-sig").splitlines()
    own = [n for n, text in enumerate(lines) if "样例材料" in text]
    gone, bare = own[0], own[-1]
    lines[bare] = ",".join("" if "样例材料" in cell else cell for cell in lines[bare].split(","))
    del lines[gone]
    scores.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    codes = [f.code for f in service.check(order).findings if f.severity == "warning"]
    assert codes.count("line-missing") == 1
    assert codes.count("evidence-missing") == 1
