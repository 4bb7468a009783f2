"""The city bank's assessment rules: three tiers, the deposit route, agents are no managers."""

from __future__ import annotations

from pathlib import Path

import pytest
from whole_runs import read_rows, refused, unmarked_numbers, whole_run

from cmopt import service
from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import Roster, Staff
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case

EXAMPLE = load_scheme("city-rules-example")  # juniors from 60, intermediate from 75, senior from 85


def person(staff_id: str, score: str, *, marketing: bool = True, **more: object) -> Staff:
    deposits = more.pop("deposits", None)
    average = None if deposits is None else to_fixed(str(deposits))
    scores = {"assessment": to_fixed(score)}
    return Staff(
        staff_id,
        f"员工 {staff_id}",
        "支行",
        registered=True,
        marketing=marketing,
        average_deposits=average,
        scores=scores,
        **more,  # type: ignore[arg-type]
    )


def stands(*people: Staff) -> dict[str, tuple[str | None, str | None, str]]:
    """staff_id -> rung, tier, route."""
    grades = grade(Roster(people), EXAMPLE, 1)
    return {i: (g.rung, g.tier, g.route) for i, g in grades.items()}


def test_three_people_by_hand() -> None:
    """The total is the score: 88.5 >= 85; 75 <= 84.9 < 85; 60 <= 74.9 < 75."""
    people = [person("A", "88.5"), person("B", "84.9"), person("C", "74.9")]
    grades = grade(Roster(tuple(people)), EXAMPLE, 1)
    assert [(grades[i].total, grades[i].rank) for i in "ABC"] == [
        (to_fixed("88.5"), 1),
        (to_fixed("84.9"), 2),
        (to_fixed("74.9"), 3),
    ]
    assert stands(*people) == {
        "A": ("senior_manager", "senior", "exam"),
        "B": ("intermediate_manager", "intermediate", "exam"),
        "C": ("junior_manager", "junior", "exam"),
    }


@pytest.mark.parametrize(
    ("score", "tier"), [("85", "senior"), ("75", "intermediate"), ("60", "junior"), ("59.9", None)]
)
def test_the_marks_themselves_belong_to_the_better_tier(score: str, tier: str | None) -> None:
    assert stands(person("A", score))["A"][1] == tier


def test_the_deposit_route() -> None:
    """Who fails, is in marketing and has 300 or more is provisionally junior; no other."""
    found = stands(
        person("A", "59.9", deposits=300),
        person("B", "59.9", deposits="299.99"),
        person("C", "59.9", deposits=500, marketing=False),
        person("D", "60", deposits=500),
    )
    assert found == {
        "A": ("provisional_junior", "provisional", "deposit"),
        "B": (None, None, "agent_offer"),
        "C": (None, None, "none"),
        "D": ("junior_manager", "junior", "exam"),
    }


def test_agents_are_no_managers(tmp_path: Path) -> None:
    """Neither score nor deposits nor the client they hold makes an agent a manager."""
    agent = person("E1", "99", deposits=900, position="agent")
    assert stands(agent)["E1"] == (None, None, "agent")
    people = (agent, *(person(f"E{n}", "90") for n in range(2, 7)))
    held = Client("C1", "样例企业 001", "支行", "loan", to_fixed("1200"), incumbent="E1")
    case = Case(
        Roster(people),
        [
            held,
            *(
                Client(f"K{n}", f"样例机构 {n}", "支行", "deposit", to_fixed("900"), key_deposit=True)
                for n in range(3)
            ),
        ],
    )
    write_case(case, EXAMPLE, tmp_path / "case", "zh")
    run = service.allocate(
        service.Order(tmp_path / "case", "city-rules-example", report=False), tmp_path / "run"
    )
    assert not run.audit.breaches
    rows = {r["client_id"]: r["staff_id"] for r in read_rows(tmp_path / "run" / "allocation.csv")}
    assert set(rows) == {"C1", "K0", "K1", "K2"}
    assert "E1" not in rows.values() and "" not in rows.values()


def test_what_the_rules_state_stands_in_the_file() -> None:
    grading = EXAMPLE.grading
    assert [level.key for level in grading.levels] == ["senior_level", "intermediate_level", "junior_level"]
    assert [(r.level, r.counts_as) for r in grading.rungs] == [
        ("senior_level", "senior"),
        ("intermediate_level", "intermediate"),
        ("junior_level", "junior"),
        ("junior_level", "provisional"),
    ]
    (route,) = grading.routes
    assert (route.tier, route.marketing, route.min_average_deposits) == (
        "provisional_junior",
        True,
        to_fixed("300"),
    )


def test_unfilled_it_is_refused_by_every_parameter() -> None:
    assert refused("city-rules") == {"pass_mark", "intermediate_from", "senior_from"}


def test_from_invented_tables_to_a_division(tmp_path: Path) -> None:
    found = whole_run("city-rules-example", tmp_path)
    for rung in ("senior_manager", "intermediate_manager", "junior_manager", "provisional_junior"):
        assert found.rungs[rung] >= 2, found.rungs
    assert found.tiers["senior"] >= 17 and found.tiers["intermediate"] >= 13
    assert found.routes["agent"] >= 1
    assert (found.placed, found.open) == (35, 0)


def test_every_number_says_where_it_comes_from() -> None:
    assert unmarked_numbers("city-rules") == unmarked_numbers("city-rules-example") == []
