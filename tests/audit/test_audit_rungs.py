"""The tier of the division is the one that the rung counts as: accepted, and rejected by name."""

from __future__ import annotations

import dataclasses

import pytest
from audit_bank import SEED, case, loan

from cmopt.audit import audit_division
from cmopt.domain.allocation import Allocation
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Roster, Staff
from cmopt.grading import grade
from cmopt.intake.schemes import parse_scheme, read_scheme_text

RUNGS = """
[[grading.rungs]]
key = "upper"
title = { zh = "上", en = "Upper" }
counts_as = "senior"
rank_from = 1
rank_to = 3
[[grading.rungs]]
key = "lower"
title = { zh = "下", en = "Lower" }
counts_as = "junior"
rank_from = 4
[[grading.rungs]]
key = "start"
title = { zh = "始", en = "Start" }
counts_as = "none"
by_route = true
[grading.movement]
newcomers = "start"
[grading.movement.probation]
who = ["promoted"]
counts_as = "intermediate"
[grading.period]
year = "2025"

# --- 客户分档"""
ANNUAL = read_scheme_text("annual")
RANKED = ("rank_from = 1 ", "rank_to = 20 ", "rank_from = 21 ", "rank_to = 40 ", "rank_from = 41 ")


def ladder_text() -> str:
    text = ANNUAL
    for line in RANKED:
        text = text.replace(f"\n{line}", f"\n# {line}")
    return text.replace("# --- 客户分档", RUNGS, 1)


LADDER = parse_scheme(ladder_text())
BANK = case(
    loan("C1", 1200),
    people=Roster(
        tuple(Staff(i, i, "A", tier=t) for i, t in (("U", "upper"), ("L", "lower"), ("S", "start")))
    ),
)
GRADES = grade(BANK.roster, LADDER, SEED)


def codes(grades: dict[str, Grade], holder: str) -> list[str]:
    return [f.code for f in audit_division(BANK, LADDER, grades, Allocation({"C1": holder}), SEED).breaches]


def test_rungs_hold_what_they_count_as() -> None:
    assert {i: (g.rung, g.tier) for i, g in GRADES.items()} == {
        "U": ("upper", "senior"),
        "L": ("lower", "junior"),
        "S": ("start", None),
    }
    assert codes(GRADES, "U") == []
    assert codes(GRADES, "L") == ["audit-eligibility"]
    assert codes(GRADES, "S") == ["audit-eligibility"]


@pytest.mark.parametrize(
    ("who", "change", "accepted"),
    [
        ("L", {"tier": "senior"}, False),
        ("S", {"tier": "junior"}, False),
        ("U", {"tier": None}, False),
        ("U", {"rung": "lower"}, False),
        ("L", {"probation": True, "tier": "intermediate"}, True),
        ("L", {"probation": True}, False),
        ("L", {"rung": None}, True),  # a tier by a route, from no rung
    ],
)
def test_a_tier_that_does_not_follow_from_the_rung(
    who: str, change: dict[str, object], accepted: bool
) -> None:
    forged = {**GRADES, who: dataclasses.replace(GRADES[who], **change)}  # type: ignore[arg-type]
    found = codes(forged, "U" if who != "U" else "L")
    assert ("audit-rung" in found) is not accepted
