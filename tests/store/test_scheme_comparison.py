"""Schemes against each other on one case: counts, whose tier differs, which accounts change hands."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case
from cmopt.service import Order, compare_schemes, one_case

SMALL = """
extends = "annual"
name = "small"
teams = []
at_most = []
[[grading.tiers]]
key = "senior"
rank_to = {senior}
[[grading.tiers]]
key = "intermediate"
rank_from = {next}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Thirty people who pass, E00 the best, and two large loans that nobody holds."""
    staff = []
    for n in range(30):
        points = {"written": f"{50 - n / 10:.1f}", "conduct": "5", "language": "5", "adaptability": "20"}
        scores = {k: to_fixed(v) for k, v in points.items()}
        staff.append(Staff(f"E{n:02}", f"员工 {n:02}", "支行", registered=True, scores=scores))
    clients = [Client(f"C{n}", f"样例企业 {n:03}", "支行", "loan", to_fixed(1200 + n)) for n in range(2)]
    write_case(Case(Roster(tuple(staff)), clients), load_scheme("annual"), tmp_path / "case", "en")
    for name, senior in (("few", 2), ("many", 25)):
        text = SMALL.replace("{senior}", str(senior)).replace("{next}", str(senior + 1))
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path / "case"


def compared(case: Path, *schemes: str, out: Path | None = None) -> dict[tuple[str, str], tuple[str, ...]]:
    named = [s if s == "annual" else str(case.parent / f"{s}.toml") for s in schemes]
    found = compare_schemes(Order(case, report=False), named, out)
    assert found.runs == schemes
    return {(section, name): tuple(cells) for section, name, group, _, *cells in found.rows if not group}


def test_who_would_be_senior_under_which_plan(case: Path) -> None:
    rows = compared(case, "few", "many")
    assert rows["status", ""] == ("optimal", "optimal")
    assert rows["people", "senior"] == ("2", "25")
    assert rows["people", "intermediate"] == ("28", "5")
    differ = {name for section, name in rows if section == "tier"}
    assert differ == {f"E{n:02}" for n in range(2, 25)}
    assert all(rows["tier", f"E{n:02}"][1] == "senior" for n in range(2, 25))


def test_holders_are_of_the_tier_each_scheme_asks_for(case: Path, tmp_path: Path) -> None:
    rows = compared(case, "few", "many", out=tmp_path / "compare.csv")
    held = {name: cells for (section, name), cells in rows.items() if section == "holder"}
    for few, many in held.values():
        assert few in {"E00", "E01"} and many in {f"E{n:02}" for n in range(25)}
    with (tmp_path / "compare.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert written[0] == ["section", "name", "group", "measure", "few", "many"]
    assert ["people", "senior", "", "", "2", "25"] in written


def test_a_scheme_that_refuses_the_case_is_named(case: Path) -> None:
    with pytest.raises(InputError) as caught:
        compare_schemes(Order(case, report=False), ["annual", "annual-2003"], None)
    assert all((f.where or "").startswith("annual-2003: ") for f in caught.value.findings)


def test_what_is_refused(case: Path) -> None:
    for schemes in (["annual"], ["annual", "annual"]):
        with pytest.raises(InputError) as caught:
            compare_schemes(Order(case, report=False), schemes, None)
        assert [f.code for f in caught.value.findings] == ["compare-schemes"]
    with pytest.raises(InputError) as caught:
        one_case([case, case], "zh")
    assert [f.code for f in caught.value.findings] == ["compare-case"]
