"""Points, totals, absences and routes of the annual plan, worked out by hand from its words."""

from __future__ import annotations

import pytest
from exam import fixed, person, roster

from cmopt.domain.grade import Grade
from cmopt.domain.roster import Mark, Roster, Staff
from cmopt.errors import InputError
from cmopt.grading import grade, is_registered
from cmopt.intake.schemes import load_scheme

ANNUAL = load_scheme("annual")
ABSENT = Mark.ABSENT


def graded(*staff: Staff) -> dict[str, Grade]:
    return grade(roster(*staff), ANNUAL, 1)


def experience(staff: Staff) -> int | None:
    return graded(staff)[staff.staff_id].parts["experience"]


# --- experience: 4 + 1 a full year, 3 + 1, 2 + 0.5, 1 per 3 full years in finance, 20 at the most -----


@pytest.mark.parametrize(
    ("posts", "years", "points"),
    [
        (None, None, 0),
        ({"branch_head": "2.9"}, None, 6),  # 4 + 2 full years
        ({"branch_head": "2.999999"}, None, 6),
        ({"branch_head": 3}, None, 7),
        ({"branch_head": "0.9"}, None, 4),  # the post counts, no full year does
        ({"branch_head": 0}, None, 4),
        ({"deputy_head": "1.5"}, None, 4),
        ({"supervisor": "3.99"}, None, "3.5"),  # 2 + 3 × 0.5
        ({"supervisor": 1}, None, "2.5"),
        ({"branch_head": 2, "deputy_head": 3, "supervisor": 1}, None, "14.5"),  # 6 + 6 + 2.5: posts add up
        (None, "2.9", 0),
        (None, 3, 1),
        (None, "8.99", 2),
        (None, 9, 3),
        ({"branch_head": 10}, 12, 18),  # 14 + 4
        ({"branch_head": 16}, None, 20),  # exactly the cap
        ({"branch_head": 16}, 30, 20),  # 20 + 10, capped
        ([("branch_head", "1.5"), ("branch_head", "1.5")], None, 7),  # twice in post: 4 once, 3 years in all
    ],
)
def test_experience(posts: object, years: object, points: object) -> None:
    assert experience(person("E1", posts=posts, years=years)) == fixed(points)  # type: ignore[arg-type]


def test_the_cap_is_told_in_the_trace() -> None:
    told = graded(person("E1", posts={"branch_head": 16}, years=30))["E1"].trace
    capped = next(m for m in told if m.params.get("points") == "20" and "sum" in m.params)
    assert (capped.params["max"], capped.params["sum"]) == ("20", "30")
    assert all(s in capped.render("en") for s in ("4+1×16=20", "=10", "from 30"))


def test_the_parts_add_up() -> None:
    grade_of = graded(person("E1", "41.5", ("4.5", 3, "17.25"), {"deputy_head": "2.9"}, "6.5"))["E1"]
    assert grade_of.parts == {
        "written": fixed("41.5"),
        "interview": fixed("24.75"),
        "experience": fixed(7),  # 3 + 2, and 6 full years in finance: 2
    }
    assert grade_of.total == fixed("73.25")
    assert not grade_of.qualified


def test_tenths_add_up_exactly() -> None:
    """0.1 + 0.2 + ... never falls short of the mark by a rounding error."""
    grades = graded(person("E1", "44.7", ("0.1", "0.2", 20), {"branch_head": "6.0"}))  # 44.7 + 20.3 + 10
    assert grades["E1"].total == fixed(75)
    assert grades["E1"].qualified


# --- the mark ----------------------------------------------------------------------------------------


def test_every_total_of_75_or_more_qualifies_and_nothing_less() -> None:
    grades = graded(person("E1", 45), person("E2", 45), person("E3", "44.999999"), person("E4", 50))
    assert {i: g.qualified for i, g in grades.items()} == {"E1": True, "E2": True, "E3": False, "E4": True}
    assert grades["E3"].rank is None
    assert grades["E3"].tier is None
    assert sorted(grades[i].rank or 0 for i in ("E1", "E2", "E4")) == [1, 2, 3]


# --- 0, absent, blank --------------------------------------------------------------------------------


def test_zero_counts_as_a_score() -> None:
    grades = graded(person("E1", 0))
    assert grades["E1"].total == fixed(30)
    assert grades["E1"].parts["written"] == 0


def test_who_was_absent_has_no_total_and_no_rank() -> None:
    grades = graded(person("E1", ABSENT), person("E2", 50))
    assert (grades["E1"].total, grades["E1"].rank, grades["E1"].qualified) == (None, None, False)
    assert set(grades["E1"].parts.values()) == {None}
    assert grades["E2"].rank == 1


def test_absent_for_one_item_is_absent() -> None:
    assert graded(person("E1", 50, (5, ABSENT, 20)))["E1"].total is None


def test_absent_may_count_zero_where_the_scheme_says_so() -> None:
    scheme = load_scheme("annual", {"grading.absent": "zero"})
    grades = grade(roster(person("E1", 50, (5, ABSENT, 20))), scheme, 1)
    assert grades["E1"].total == fixed(75)
    assert grades["E1"].qualified


def test_blank_scores_of_the_registered_are_refused_all_at_once() -> None:
    people = [
        person("E1", None),
        person("E2", 40, (5, None, 20)),
        person("E3", 50),
        person("E4", None, (None, None, None), registered=True),
        person("E5", None, (None, None, None), registered=False),
        person("E6", None, (None, None, None)),  # the table does not say: not registered
        person("E7", "50.000001"),
    ]
    with pytest.raises(InputError) as caught:
        graded(*people)
    found = [(f.code, f.where) for f in caught.value.findings]
    assert found == [
        ("score-blank", "staff E1"),
        ("score-blank", "staff E2"),
        *[("score-blank", "staff E4")] * 4,
        ("score-range", "staff E7"),
    ]


def test_a_negative_score_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        graded(person("E1", "-0.5"))
    assert [f.code for f in caught.value.findings] == ["score-range"]


def test_who_did_not_register_is_not_graded_even_with_scores() -> None:
    grades = graded(person("E1", 50, registered=False), person("E2", 45))
    assert (grades["E1"].total, grades["E1"].rank, grades["E1"].route) == (None, None, "none")
    assert grades["E2"].rank == 1


def test_registered_where_the_table_does_not_say() -> None:
    assert is_registered(person("E1", ABSENT, (None, None, None)))
    assert not is_registered(person("E1", None, (None, None, None)))
    assert not is_registered(person("E1", 50, registered=False))


# --- other ways: deposits, agent status --------------------------------------------------------------


@pytest.mark.parametrize(
    ("staff", "tier", "route"),
    [
        (person("E1", 10, marketing=True, deposits=300), "provisional", "deposit"),
        (person("E1", 10, marketing=True, deposits="299.99"), None, "agent_offer"),
        (person("E1", 10, marketing=True), None, "agent_offer"),
        (person("E1", 10, marketing=False, deposits=900), None, "none"),
        (person("E1", 10, marketing=False), None, "none"),
        (person("E1", 50, marketing=True, deposits=900), "senior", "exam"),
        (person("E1", 50, marketing=True, deposits=900, registered=False), None, "agent_offer"),
        (person("E1", None, (None,) * 3, marketing=True, deposits=900), None, "agent_offer"),
        (person("E1", None, (None,) * 3, marketing=False), None, "none"),
        # "who fails" is read as: registered and did not qualify, the exam sat or not
        (person("E1", ABSENT, marketing=True, deposits=300), "provisional", "deposit"),
    ],
)
def test_routes(staff: Staff, tier: str | None, route: str) -> None:
    found = graded(staff)["E1"]
    assert (found.tier, found.route) == (tier, route)


def test_the_deposit_route_gives_no_rank() -> None:
    found = graded(person("E1", 10, marketing=True, deposits=400))["E1"]
    assert (found.rank, found.qualified) == (None, False)


def test_agent_status_is_offered_only_where_the_scheme_says_so() -> None:
    scheme = load_scheme("annual", {"grading.agent_offer": "none"})
    assert grade(roster(person("E1", 10, marketing=True)), scheme, 1)["E1"].route == "none"


# --- tiers that are given ----------------------------------------------------------------------------


def test_given_tiers_are_taken_as_they_are() -> None:
    grades = graded(
        person("E1", None, (None,) * 3, tier="junior"),
        person("E2", 50, tier="senior", rank=7),
        person("E3", None, (None,) * 3, tier="senior"),
        person("E4", 50),  # good scores, but tiers are given: this one has none
        person("E5", None, (None, 5, 5), tier="intermediate"),  # blank cells do not matter
    )
    assert {i: (g.tier, g.rank, g.route) for i, g in grades.items()} == {
        "E1": ("junior", 3, "given"),
        "E2": ("senior", 7, "given"),
        "E3": ("senior", 1, "given"),
        "E4": (None, None, "none"),
        "E5": ("intermediate", 2, "given"),
    }
    assert all(g.total is None for g in grades.values())


def test_everybody_on_the_roster_gets_a_grade_in_id_order() -> None:
    assert list(graded(person("E3"), person("E1"), person("E2", registered=False))) == ["E1", "E2", "E3"]
    assert grade(Roster(()), ANNUAL, 1) == {}
