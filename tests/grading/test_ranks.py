"""Ranks, ties and the ladder; what a rank may and may not depend on."""

from __future__ import annotations

import dataclasses
from random import Random
from typing import Any

import pytest
from exam import fixed, person, roster
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cmopt.domain.draw import draw_number
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme

ANNUAL = load_scheme("annual")


def ranks(grades: dict[str, Grade]) -> list[str]:
    """Ids from the best."""
    return sorted((i for i, g in grades.items() if g.rank is not None), key=lambda i: grades[i].rank or 0)


# --- ties --------------------------------------------------------------------------------------------

# Each pair has a total of 80 and is equal in every key before the one named; the winner is given first.
TIES = {
    "written": (
        person("B", 46, (5, 5, 19), {"branch_head": 1}),
        person("A", 45, (5, 5, 20), {"branch_head": 1}),
    ),
    "interview": (
        person("B", 45, (5, 5, 20), {"branch_head": 1}),
        person("A", 45, (5, 5, 18), {"branch_head": 3}),
    ),
    "adaptability": (
        person("B", 45, (3, 5, 20), {"branch_head": 3}),
        person("A", 45, (5, 5, 18), {"branch_head": 3}),
    ),
    "language": (
        person("B", 45, (4, 5, 19), {"branch_head": 3}),
        person("A", 45, (5, 4, 19), {"branch_head": 3}),
    ),
    "finance_years": (
        person("B", 45, (4, 5, 19), {"branch_head": 3}, years="2.9"),
        person("A", 45, (4, 5, 19), {"branch_head": 3}, years="2.8"),
    ),
    "average_deposits": (
        person("B", 45, (4, 5, 19), {"branch_head": 3}, 2, deposits="0.01"),
        person("A", 45, (4, 5, 19), {"branch_head": 3}, 2, deposits=0),
    ),
}


@pytest.mark.parametrize("key", TIES)
def test_each_key_of_the_tie_order_decides(key: str) -> None:
    winner, loser = TIES[key]
    grades = grade(roster(winner, loser), ANNUAL, 1)
    assert grades["A"].total == grades["B"].total
    assert (grades["B"].rank, grades["A"].rank) == (1, 2)
    for staff_id, other, place in (("B", "A", 2), ("A", "B", 1)):
        note = grades[staff_id].tie_note
        assert note is not None
        assert (note.params["other"], note.params["rank"]) == (other, place)
        assert note.params["key"].render("en") == _key_title(key)


def test_experience_decides_where_the_order_comes_to_it() -> None:
    """With one total and equal exams the experience is equal too; it decides in another order."""
    scheme = _with_tie_order("experience", "draw")
    grades = grade(roster(*TIES["interview"]), scheme, 1)
    assert grades["A"].rank == 1  # three years as head against one
    note = grades["A"].tie_note
    assert note is not None and note.params["key"].render("en") == "Experience"


@pytest.mark.parametrize("absent", [{"years": None}, {"deposits": None}])
def test_a_blank_cell_stands_behind_every_figure(absent: dict[str, Any]) -> None:
    full: dict[str, Any] = {"years": 0, "deposits": "-3"}
    grades = grade(roster(person("A", 45, **{**full, **absent}), person("B", 45, **full)), ANNUAL, 1)
    assert (grades["B"].rank, grades["A"].rank) == (1, 2)
    note = grades["B"].tie_note
    assert note is not None
    assert "blank" in note.render("en")


def test_a_negative_figure_is_shown_as_it_is() -> None:
    grades = grade(roster(person("A", 45, deposits="-3"), person("B", 45, deposits="-2")), ANNUAL, 1)
    assert (grades["B"].rank, grades["A"].rank) == (1, 2)
    note = grades["B"].tie_note
    assert note is not None and "-2 against -3" in note.render("en")


@given(st.integers(0, 2**40))
def test_the_draw_decides_last_and_by_the_seed(seed: int) -> None:
    people = [person(i, 45) for i in ("A", "B", "C")]
    grades = grade(roster(*people), ANNUAL, seed)
    by_draw = sorted("ABC", key=lambda i: -draw_number(seed, "rank", i))
    assert ranks(grades) == by_draw
    notes = [grades[i].tie_note for i in by_draw]
    assert all(n is not None for n in notes)
    assert "draw" in notes[0].render("en")  # type: ignore[union-attr]
    middle = notes[1].render("en")  # type: ignore[union-attr]
    assert by_draw[0] in middle and by_draw[2] in middle  # behind the one, ahead of the other


def test_no_tie_no_note() -> None:
    grades = grade(roster(person("A", 45), person("B", 46), person("C", 47)), ANNUAL, 1)
    assert [g.tie_note for g in grades.values()] == [None] * 3


def test_failing_equally_is_no_tie() -> None:
    grades = grade(roster(person("A", 20), person("B", 20)), ANNUAL, 1)
    assert [g.tie_note for g in grades.values()] == [None] * 2


@pytest.mark.parametrize(
    ("last_in", "above", "below"), [(20, "senior", "intermediate"), (40, "intermediate", "junior")]
)
def test_a_tie_across_a_tier_boundary(last_in: int, above: str, below: str) -> None:
    """Of two with one total at 20/21 (40/41), the one with the better written exam gets the higher tier."""
    better = [person(f"A{n:02}", 50, posts={"branch_head": 2}) for n in range(last_in - 1)]
    tied = [person("T1", 45), person("T2", 46, (4, 5, 20))]
    worse = [person("W1", 45, (5, 5, "19.9"), {}, 0, registered=True, deposits=0)]
    grades = grade(roster(*better, *tied, *worse), ANNUAL, 1)
    assert grades["T1"].total == grades["T2"].total == fixed(75)
    assert (grades["T2"].rank, grades["T2"].tier) == (last_in, above)
    assert (grades["T1"].rank, grades["T1"].tier) == (last_in + 1, below)
    up, down = grades["T2"].tie_note, grades["T1"].tie_note
    assert up is not None and "next tier" in up.render("en")
    assert down is not None and "tier above" in down.render("en")
    assert not grades["W1"].qualified


# --- the ladder --------------------------------------------------------------------------------------


def test_tiers_by_rank() -> None:
    people = [person(f"E{n:02}", 45 + n / 10) for n in range(45)]
    found = grade(roster(*people), ANNUAL, 1)
    assert [found[i].tier for i in ranks(found)] == ["senior"] * 20 + ["intermediate"] * 20 + ["junior"] * 5


def test_tiers_by_score() -> None:
    scheme = _with_tiers(
        {"key": "senior", "score_from": 90},
        {"key": "intermediate", "score_from": "80.5", "score_below": 90},
        {"key": "junior", "score_below": "80.5"},
        {"key": "provisional"},
    )
    totals = {"A": 74, "B": 75, "C": "80.499999", "D": "80.5", "E": "89.999999", "F": 90, "G": 100}
    people = [person(i, *_scores(t)) for i, t in totals.items()]
    found = grade(roster(*people), scheme, 1)
    assert {i: g.tier for i, g in found.items()} == {
        "A": None,
        "B": "junior",
        "C": "junior",
        "D": "intermediate",
        "E": "intermediate",
        "F": "senior",
        "G": "senior",
    }
    assert ranks(found) == ["G", "F", "E", "D", "C", "B"]


def test_beyond_a_closed_ladder_there_is_no_tier() -> None:
    scheme = _with_tiers({"key": "senior", "rank_from": 1, "rank_to": 2}, {"key": "provisional"})
    found = grade(roster(*(person(f"E{n}", 45 + n) for n in range(4))), scheme, 1)
    assert [found[i].tier for i in ranks(found)] == ["senior", "senior", None, None]
    assert all(g.qualified for g in found.values())


# --- properties --------------------------------------------------------------------------------------


def _people() -> st.SearchStrategy[list[Staff]]:
    """Staff with few different scores, so that ties abound."""
    score = st.sampled_from([0, 30, 45, 46, 50])
    row = st.tuples(
        score,
        st.sampled_from([(5, 5, 20), (4, 5, 20), (5, 4, 20), (5, 5, 19), (0, 0, 0)]),
        st.sampled_from([None, {"branch_head": 1}, {"supervisor": "2.5"}]),
        st.sampled_from([None, 0, "2.9", 3]),
        st.sampled_from([None, 0, 299, 300]),
        st.booleans(),
        st.sampled_from([None, None, None, True, False]),
    )
    return st.lists(row, min_size=1, max_size=30).map(
        lambda rows: [
            person(f"E{n:02}", w, i, p, y, d, marketing=m, registered=r)  # type: ignore[arg-type]
            for n, (w, i, p, y, d, m, r) in enumerate(rows)
        ]
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_people(), st.integers(0, 5), st.randoms())
def test_the_order_of_rows_changes_nothing(people: list[Staff], seed: int, rng: Random) -> None:
    shuffled = list(people)
    rng.shuffle(shuffled)
    assert grade(Roster(tuple(shuffled)), ANNUAL, seed) == grade(Roster(tuple(people)), ANNUAL, seed)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_people(), st.integers(0, 5))
def test_ranks_are_one_to_n_in_the_order_of_totals(people: list[Staff], seed: int) -> None:
    grades = grade(Roster(tuple(people)), ANNUAL, seed)
    order = ranks(grades)
    assert [grades[i].rank for i in order] == list(range(1, len(order) + 1))
    totals = [grades[i].total or 0 for i in order]
    assert totals == sorted(totals, reverse=True)
    assert {i for i, g in grades.items() if g.total is not None and g.total >= fixed(75)} == set(order)
    assert all(
        (g.tie_note is not None) == (totals.count(g.total or 0) > 1) for g in map(grades.get, order) if g
    )


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    _people(),
    st.integers(0, 5),
    st.integers(0, 29),
    st.sampled_from(["written", "conduct", "language", "adaptability", "finance_years", "average_deposits"]),
    st.integers(1, 3_000_000),
)
def test_more_points_never_worsen_a_rank(
    people: list[Staff], seed: int, who: int, what: str, more: int
) -> None:
    staff = people[who % len(people)]
    assume(staff.registered is not False)
    most = next((i.max for i in ANNUAL.grading.items if i.key == what), None)
    if most is None:
        raised = dataclasses.replace(staff, **{what: (getattr(staff, what) or 0) + more})
    else:
        score = staff.scores[what]
        assert isinstance(score, int)
        assume(score < most)
        raised = dataclasses.replace(staff, scores={**staff.scores, what: min(most, score + more)})
    before = grade(Roster(tuple(people)), ANNUAL, seed)
    after = grade(Roster(tuple(raised if s is staff else s for s in people)), ANNUAL, seed)
    old, new = before[staff.staff_id].rank, after[staff.staff_id].rank
    assert old is None or (new is not None and new <= old)
    # and nobody gains on the others by it
    rest = [i for i in ranks(before) if i != staff.staff_id]
    assert [i for i in ranks(after) if i != staff.staff_id] == rest


# --- schemes -----------------------------------------------------------------------------------------


def _scores(total: Any) -> tuple[Any, tuple[int, int, int], dict[str, int]]:
    """Written exam, interview and posts that come to `total`: 20 for the interview, 16 years as head or 6."""
    head = 16 if fixed(total) > fixed(80) else 6
    return (
        str((fixed(total) - fixed(30 if head == 16 else 20) - fixed(4 + head)) / 1_000_000),
        (5, 5, 20) if head == 16 else (0, 0, 20),
        {"branch_head": head},
    )


def _with_tie_order(*keys: str) -> Scheme:
    return ANNUAL.model_copy(update={"grading": ANNUAL.grading.model_copy(update={"tie_order": keys})})


def _with_tiers(*tiers: dict[str, Any]) -> Scheme:
    from cmopt.domain.scheme import Tier

    titled = tuple(Tier.model_validate({"title": {"zh": t["key"], "en": t["key"]}, **t}) for t in tiers)
    return ANNUAL.model_copy(update={"grading": ANNUAL.grading.model_copy(update={"tiers": titled})})


def _key_title(key: str) -> str:
    titles = {
        "written": "Written exam",
        "interview": "Interview",
        "adaptability": "Adaptability",
        "language": "Language",
        "finance_years": "years in finance",
        "average_deposits": "average deposits",
    }
    return titles[key]
