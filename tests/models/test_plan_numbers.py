"""Every number the bank's plans state stands under the key it belongs to, in the schemes that ship."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Part, PointsRule, Scheme
from cmopt.intake.schemes import load_scheme, shipped_schemes

MODELS = Path(__file__).resolve().parents[2] / "models"
PLANS = ("annual", "annual-2003")


@pytest.fixture(scope="module", params=PLANS)
def plan(request: pytest.FixtureRequest) -> Scheme:
    """Each of the two plans in turn: what is asked of it here is stated for both."""
    return load_scheme(request.param)


def part(scheme: Scheme, key: str) -> Part:
    return next(p for p in scheme.grading.parts if p.key == key)


def rule(scheme: Scheme, key: str) -> PointsRule:
    return next(r for r in part(scheme, "experience").rules if r.key == key)


def whole(amount: int | None) -> float | None:
    return None if amount is None else amount / UNIT


def test_both_plans_ship() -> None:
    assert set(PLANS) <= set(shipped_schemes())


# --- step 2: exam and assessment ---------------------------------------------------------------------


def test_annual_exam_is_50_and_30_and_20() -> None:
    annual = load_scheme("annual")
    assert {p.key: whole(p.max) for p in annual.grading.parts} == {
        "written": 50,
        "interview": 30,
        "experience": 20,
    }
    assert {i.key: whole(i.max) for i in part(annual, "interview").items} == {
        "conduct": 5,
        "language": 5,
        "adaptability": 20,
    }


@pytest.mark.parametrize(
    ("key", "points", "per"), [("branch_head", 4, 1), ("deputy_head", 3, 1), ("supervisor", 2, 0.5)]
)
def test_annual_points_for_posts(key: str, points: float, per: float) -> None:
    found = rule(load_scheme("annual"), key)
    assert (found.post, whole(found.points), whole(found.per), found.every) == (key, points, per, 1)


def test_annual_one_point_for_each_three_years_in_finance() -> None:
    found = rule(load_scheme("annual"), "finance_years")
    assert (found.column, whole(found.points), whole(found.per), found.every) == ("finance_years", 0, 1, 3)


def test_annual_knows_no_other_experience() -> None:
    rules = {r.key for r in part(load_scheme("annual"), "experience").rules}
    assert rules == {"branch_head", "deputy_head", "supervisor", "finance_years"}


def test_2003_exam_is_60_and_40_without_experience() -> None:
    plan = load_scheme("annual-2003")
    assert {p.key: whole(p.max) for p in plan.grading.parts} == {"theory": 60, "interview": 40}
    assert {i.key: whole(i.max) for i in part(plan, "interview").items} == {
        "conduct": 10,
        "language": 10,
        "adaptability": 20,
    }
    assert not any(p.rules for p in plan.grading.parts)


def test_parts_add_up_to_100(plan: Scheme) -> None:
    assert sum(p.max for p in plan.grading.parts) == 100 * UNIT


# --- step 3: qualification ---------------------------------------------------------------------------


def test_pass_mark_75(plan: Scheme) -> None:
    assert whole(plan.grading.pass_mark) == 75


def test_ranks_of_the_tiers(plan: Scheme) -> None:
    assert {t.key: (t.rank_from, t.rank_to) for t in plan.grading.tiers} == {
        "senior": (1, 20),
        "intermediate": (21, 40),
        "junior": (41, None),
        "provisional": (None, None),
    }


def test_deposit_route_300(plan: Scheme) -> None:
    (route,) = plan.grading.routes
    assert (route.tier, route.registered, route.marketing) == ("provisional", True, True)
    assert whole(route.min_average_deposits) == 300


def test_agents_are_offered_to_marketing_staff(plan: Scheme) -> None:
    assert plan.grading.agent_offer == "marketing"


def test_ties_end_in_the_draw(plan: Scheme) -> None:
    assert plan.grading.tie_order[-1] == "draw"


# --- step 4: division of clients ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kind", "at_least", "below", "tiers"),
    [
        ("large_loan", "loan", 1000, None, {"senior"}),
        ("medium_loan", "loan", 500, 1000, {"senior", "intermediate"}),
        ("middle_loan", "loan", 300, 500, {"senior", "intermediate", "junior", "provisional"}),
        ("small_loan", "loan", None, 300, {"senior", "intermediate", "junior", "provisional"}),
        ("key_deposit", "deposit", None, None, {"senior"}),
        ("deposit", "deposit", None, None, {"senior", "intermediate", "junior", "provisional"}),
    ],
)
def test_segments(
    plan: Scheme, key: str, kind: str, at_least: int | None, below: int | None, tiers: set[str]
) -> None:
    segment = plan.segment_by_key[key]
    assert (segment.kind, whole(segment.at_least), whole(segment.below)) == (kind, at_least, below)
    assert set(segment.tiers) == tiers


def test_what_is_divided(plan: Scheme) -> None:
    divided = {s.key: s.level for s in plan.segments if s.divide}
    assert divided == {"large_loan": 2, "medium_loan": 1, "key_deposit": 0}


def test_small_loans_are_mainly_for_juniors(plan: Scheme) -> None:
    assert plan.segment_by_key["small_loan"].tiers[0] == "junior"


def test_key_deposits_are_the_flagged_ones(plan: Scheme) -> None:
    assert plan.segment_by_key["key_deposit"].key_deposit is True
    keys = [s.key for s in plan.segments]
    assert keys.index("key_deposit") < keys.index("deposit")


def test_at_most_one_of_the_27(plan: Scheme) -> None:
    (cap,) = plan.at_most
    assert (set(cap.segments), cap.k) == ({"large_loan", "medium_loan"}, 1)


def test_deposit_team_of_three_set_apart(plan: Scheme) -> None:
    (team,) = plan.teams
    assert (set(team.segments), team.size, team.least) == ({"key_deposit"}, 3, 1)
    assert set(team.exclusive_of) == {"large_loan", "medium_loan"}
    assert team.level == plan.segment_by_key["large_loan"].level == 2


def test_incumbency_is_in_principle(plan: Scheme) -> None:
    assert plan.incumbency.mode == "goal"


def test_goals_in_their_order(plan: Scheme) -> None:
    assert [g.name for g in plan.goals] == [
        "coverage",
        "coverage_balance",
        "continuity",
        "continuity_balance",
        "merit",
        "balance",
        "jurisdiction",
        "draw",
    ]
    assert {g.tolerance for g in plan.goals} == {"0"}


def test_balance_compares_seniors_and_intermediates_on_four_measures(plan: Scheme) -> None:
    assert plan.balance.tiers == ("senior", "intermediate")
    assert {m.measure: m.weight for m in plan.balance.measures} == {
        "loan_balance": 1,
        "deposits": 1,
        "difficulty": 1,
        "npl": 1,
    }
    assert plan.measure_by_key["npl"].quality_at_least == 3
    assert (plan.balance.teams_apart, plan.balance.base_load) == (True, "incumbent")


def test_jurisdiction_looks_at_the_27(plan: Scheme) -> None:
    assert set(plan.jurisdiction) == {"large_loan", "medium_loan"}


def test_the_plans_differ_in_the_exam_only() -> None:
    annual, older = (load_scheme(name).model_dump() for name in PLANS)
    exam = ("parts", "tie_order")
    for plan in (annual, older):
        plan["grading"] = {k: v for k, v in plan["grading"].items() if k not in exam}
        for key in ("name", "title", "source"):
            del plan[key]
    assert annual == older


# --- where the numbers come from ---------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANS)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    text = (MODELS / f"{name}.toml").read_text(encoding="utf-8")
    numbered = [line for line in text.splitlines() if re.search(r"=\s*-?\d", line.split("#")[0])]
    assert len(numbered) > 20
    assert [line for line in numbered if not re.search(r"#.*\[(plan|ours)\]", line)] == []
