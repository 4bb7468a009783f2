"""The rural bank's class A managers: one class, trainees beside it, appeal and reconsideration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from whole_runs import read_rows, refused, unmarked_numbers, whole_run

from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import InputError
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme, read_scheme_text
from cmopt.intake.write import write_case
from cmopt.service import AppealOrder, Order, appeal, grade_case, verify

EXAMPLE = load_scheme("rural-class-a-example")  # class A from 70


def person(staff_id: str, score: str | None, **more: object) -> Staff:
    scores = {} if score is None else {"assessment": to_fixed(score)}
    return Staff(staff_id, f"员工 {staff_id}", "支行", registered=True, scores=scores, **more)  # type: ignore[arg-type]


PEOPLE = (person("A", "83.5"), person("B", "70"), person("C", "69.9"), person("D", None, position="trainee"))


def test_three_people_and_a_trainee_by_hand() -> None:
    """The total is the score: 83.5 and 70 reach 70, 69.9 does not; the trainee is not graded."""
    grades = grade(Roster(PEOPLE), EXAMPLE, 1)
    assert {i: (g.total, g.rank, g.rung, g.tier, g.route) for i, g in grades.items()} == {
        "A": (to_fixed("83.5"), 1, "class_a", "senior", "exam"),
        "B": (to_fixed("70"), 2, "class_a", "senior", "exam"),
        "C": (to_fixed("69.9"), None, None, None, "none"),
        "D": (None, None, "trainee", None, "trainee"),
    }


@pytest.fixture
def record(tmp_path: Path) -> Path:
    case = Case(Roster(PEOPLE), [Client("C1", "样例企业 001", "支行", "loan", to_fixed("1200"))])
    write_case(case, EXAMPLE, tmp_path / "case", "zh")
    grade_case(Order(tmp_path / "case", "rural-class-a-example"), tmp_path / "record")
    return tmp_path / "record"


def test_an_appeal_is_reconsidered_and_both_results_are_kept(record: Path, tmp_path: Path) -> None:
    """C's 69.9 was added up wrongly: 71.4 reaches 70 and comes before B's 70."""
    asked = AppealOrder("C", {"assessment": "71.4"}, "复核得分")
    found = appeal(record, asked, tmp_path / "appeal")
    assert (found.before["C"].rung, found.after["C"].rung) == (None, "class_a")
    assert (found.before["B"].rank, found.after["B"].rank) == (2, 3)
    for side, total in (("before", "69.9"), ("after", "71.4")):
        assert verify(tmp_path / "appeal" / side) == ()
        grades = {r["staff_id"]: r for r in read_rows(tmp_path / "appeal" / side / "grades.csv")}
        assert float(grades["C"]["total"]) == float(total)
    told = json.loads((tmp_path / "appeal" / "appeal.json").read_text(encoding="utf-8"))
    assert "复核得分" in json.dumps(told, ensure_ascii=False)


def test_a_scheme_may_take_no_appeals(record: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed.toml"
    text = read_scheme_text("rural-class-a-example")
    assert text.count('appeals = "reconsideration"') == 1
    closed.write_text(text.replace('appeals = "reconsideration"', 'appeals = "none"'), encoding="utf-8")
    order = Order(record.parent / "case", str(closed))
    with pytest.raises(InputError) as caught:
        appeal(order, AppealOrder("C", {"assessment": "71.4"}, "复核得分"), tmp_path / "appeal")
    assert [(f.code, f.where) for f in caught.value.findings] == [("appeal-closed", "grading.appeals")]
    assert not (tmp_path / "appeal").exists()


def test_what_the_rules_state_stands_in_the_file() -> None:
    grading = EXAMPLE.grading
    assert [r.key for r in grading.rungs] == ["class_a", "trainee"]
    assert grading.rungs[1].title.zh.startswith("见习")
    assert grading.trainees == "trainee"
    assert grading.appeals == "reconsideration"
    assert {t for s in EXAMPLE.segments for t in s.tiers} == {"senior"}


def test_unfilled_it_is_refused_by_every_parameter() -> None:
    assert refused("rural-class-a") == {"pass_mark"}


def test_from_invented_tables_to_a_division(tmp_path: Path) -> None:
    found = whole_run("rural-class-a-example", tmp_path)
    assert found.rungs["class_a"] >= 30 and found.rungs["trainee"] >= 2 and found.rungs[""] >= 8
    assert set(found.tiers) == {"senior", ""}
    assert (found.placed, found.open) == (35, 0)


def test_every_number_says_where_it_comes_from() -> None:
    assert unmarked_numbers("rural-class-a") == unmarked_numbers("rural-class-a-example") == []
