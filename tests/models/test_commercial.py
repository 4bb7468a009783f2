"""The commercial bank's plan: what it names, totals by hand, growth and missing sources, a whole run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from area_people import asks_for_every_parameter, figures, graded, line, person, points, whole_run

from cmopt.domain.roster import Staff
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme

EXAMPLE = load_scheme("commercial-example")


def employee(staff_id: str, now: dict[str, float], before: dict[str, float] | None, **scores: Any) -> Staff:
    """`scores`: item__source=points; `now` and `before`: results of 2025 and of 2024 (None: no lines)."""
    lines = [line(*name.split("__"), score) for name, score in scores.items()]
    years = {"2025": now} | ({} if before is None else {"2024": before})
    return person(staff_id, *lines, results=figures(years))


def sales(
    deposits: float, loans: float, wealth: float, count: float = 0, clients: float = 0
) -> dict[str, Any]:
    return {
        "new_deposits": deposits,
        "new_loans": loans,
        "wealth_sold": wealth,
        "sales_count": count,
        "new_clients": clients,
    }


def first() -> Staff:
    return employee(
        "E1", sales(1200, 900, 600, 48, 20), sales(900, 750, 600),
        client_service__complaints=100, client_service__feedback=90, exam__exam=90,
        upkeep__crm=90, expansion__crm=85, teamwork__peers=80, teamwork__supervisor=90,
        training__peers=70, training__supervisor=80,
    )  # fmt: skip


def second(before: dict[str, float] | None = None) -> Staff:
    return employee(
        "E2", sales(1350, 800, 400, 45, 25), before, client_service__complaints=85, exam__exam=80,
        upkeep__crm=80, expansion__crm=75, teamwork__peers=80, teamwork__supervisor=80,
        training__peers=80, training__supervisor=80,
    )  # fmt: skip


def third(exam: float = 70) -> Staff:
    return employee(
        "E3", sales(900, 500, 250, 36, 15), sales(1000, 600, 400), client_service__complaints=60,
        client_service__feedback=70, exam__exam=exam, upkeep__crm=65, expansion__crm=70,
        teamwork__peers=75, teamwork__supervisor=75, training__peers=75, training__supervisor=75,
    )  # fmt: skip


def test_what_the_plan_names() -> None:
    parts = {p.key: p for p in EXAMPLE.grading.parts}
    assert [p.title.zh for p in parts.values()] == [
        "客户服务", "知识考试与销售业绩", "客户关系维护与拓展", "团队协作与培训",
    ]  # fmt: skip
    sources = {p.key: {s.source for i in p.items for s in i.sources} for p in parts.values()}
    assert sources == {
        "service": {"complaints", "feedback"},
        "business": {"exam"},
        "relationship": {"crm"},
        "team": {"peers", "supervisor"},
    }
    measured = {(i.key, i.measure, i.figure) for i in parts["business"].items if i.measure}
    assert measured == {
        ("sales_count_item", "sales_count", "value"),
        ("sales_amount_item", "sales", "value"),
        ("sales_growth_item", "sales", "growth_rate"),
        ("new_clients_item", "new_clients", "value"),
        ("deposits_item", "new_deposits", "value"),
        ("loans_item", "new_loans", "value"),
        ("wealth_item", "wealth_sold", "value"),
    }
    assert [i.title.zh for i in parts["relationship"].items] == ["关系维护", "关系拓展"]
    assert [i.title.zh for i in parts["team"].items] == ["团队协作", "培训"]


def test_what_is_not_stated_is_asked_for() -> None:
    asks_for_every_parameter("commercial", 4 + 8 + 7 + 4 + 4 + 3)


def test_three_totals_by_hand() -> None:
    """Example figures: service 20 % (complaints 60, feedback 40); business 50 % (exam 20, deposits 20,
    six others 10 each; targets 60 sales, 3000, 15 %, 25 clients, 1500, 1000, 500); relationship 20 %
    (60, 40); team 10 % (60, 40; peers 40, supervisor 60); senior from 82, intermediate 74, junior 60."""
    got = graded(EXAMPLE, first(), second(), third())
    # E1  service       100 × 60 % + 90 × 40 % = 96, × 20 % = 19.2
    #     business      exam 90 × 20 % = 18; count 48/60 = 80, × 10 % = 8
    #                   amount 1200 + 900 + 600 = 2700, of 3000 = 90, × 10 % = 9
    #                   growth from 900 + 750 + 600 = 2250 to 2700 = 20 %, the target is 15 %: full, 10
    #                   clients 20/25 = 80, × 10 % = 8; deposits 1200/1500 = 80, × 20 % = 16
    #                   loans 900/1000 = 90, × 10 % = 9; wealth 600/500: full, 10; together 88, × 50 % = 44
    #     relationship  90 × 60 % + 85 × 40 % = 88, × 20 % = 17.6
    #     team          teamwork 80 × 40 % + 90 × 60 % = 86; training 70 × 40 % + 80 × 60 % = 76
    #                   86 × 60 % + 76 × 40 % = 82, × 10 % = 8.2
    assert points(got["E1"]) == ({"service": 19.2, "business": 44, "relationship": 17.6, "team": 8.2}, 89)
    assert (got["E1"].tier, got["E1"].rank) == ("senior", 1)
    # E2  service       no feedback: complaints alone, 85 × 20 % = 17
    #     business      16 + 45/60: 7.5 + 2550/3000: 8.5 + no year before: 0 + 25/25: 10 + 1350/1500: 18
    #                   + 800/1000: 8 + 400/500: 8 = 76, × 50 % = 38
    #     relationship  48 + 30 = 78 × 20 % = 15.6; team 80 × 10 % = 8
    assert points(got["E2"]) == ({"service": 17, "business": 38, "relationship": 15.6, "team": 8}, 78.6)
    assert got["E2"].tier == "intermediate"
    told = [m.render("en") for m in got["E2"].trace]
    assert any("Feedback: no line" in t and "its weight goes to the other sources" in t for t in told)
    assert any("has no figure (2024); counts 0" in t for t in told)
    # E3  service       36 + 28 = 64 × 20 % = 12.8
    #     business      14 + 36/60: 6 + 1650/3000: 5.5 + growth from 2000 to 1650, below 0: 0 + 15/25: 6
    #                   + 900/1500: 12 + 500/1000: 5 + 250/500: 5 = 53.5 × 50 % = 26.75
    #     relationship  39 + 28 = 67 × 20 % = 13.4; team 75 × 10 % = 7.5
    assert points(got["E3"]) == (
        {"service": 12.8, "business": 26.75, "relationship": 13.4, "team": 7.5},
        60.45,
    )
    assert got["E3"].tier == "junior"


def test_growth_decides_a_tier() -> None:
    """E2 with sales of 2040 in 2024: 2550 is 25 % more, the item is full: 10 × 50 % = 5 more than 78.6."""
    got = graded(EXAMPLE, second(sales(1040, 600, 400)))["E2"]
    assert (points(got)[1], got.tier) == (83.6, "senior")


def test_five_points_of_the_exam_decide_the_pass() -> None:
    """5 × 20 % × 50 % = 0.5 less: 59.95."""
    got = graded(EXAMPLE, third(exam=65))["E3"]
    assert (points(got)[1], got.tier, got.qualified) == (59.95, None, False)


def test_missing_statistics_and_records_are_refused_by_name() -> None:
    whole = first()
    lacking = person(
        "E1",
        *(a for a in whole.assessed if a.item != "upkeep"),
        results=tuple(r for r in whole.results if (r.measure, r.period) != ("new_clients", "2025")),
    )
    with pytest.raises(InputError) as caught:
        graded(EXAMPLE, lacking)
    assert {(f.code, f.where) for f in caught.value.findings} == {
        ("score-missing", "staff E1"),
        ("result-missing", "staff E1"),
    }
    said = " ".join(f.render("en") for f in caught.value.findings)
    assert "New clients" in said and "Upkeep" in said


def test_from_invented_tables_to_an_audited_division(tmp_path: Path) -> None:
    rows = whole_run("commercial-example", tmp_path)
    tiers = Counter(r["tier"] for r in rows)
    assert all(tiers[t] >= 5 for t in ("senior", "intermediate", "junior", "")), tiers
