"""Appeals: a corrected fact, both records kept, whoever moves with it named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import PostHeld, Roster, Staff
from cmopt.errors import InputError
from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case
from cmopt.service import AppealOrder, Order, appeal, appeal_source, grade_case, verify
from cmopt.store.folder import hashes_below, sha256_of

ANNUAL = load_scheme("annual")


def person(n: int, written: str) -> Staff:
    scores = {"written": written, "conduct": "5", "language": "5", "adaptability": "20"}
    posts = (PostHeld("supervisor", to_fixed("1.5")),) if n == 1 else ()
    return Staff(
        f"E{n:02}",
        f"员工 {n:02}",
        "支行",
        registered=True,
        scores={k: to_fixed(v) for k, v in scores.items()},
        posts=posts,
    )


@pytest.fixture(params=["csv", "xlsx"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Twenty-two people who pass, a fifth of a point apart: the last two are intermediate."""
    staff = [person(n, f"{50 - n / 5:.1f}") for n in range(22)]
    made = Case(Roster(tuple(staff)), [Client("C1", "样例企业 001", "支行", "loan", to_fixed(1200))])
    path = tmp_path / ("case" if request.param == "csv" else "case.xlsx")
    write_case(made, ANNUAL, path, "zh")
    return path


def graded(case: Path, out: Path) -> Path:
    grade_case(Order(case), out)
    return out


def asked(staff: str = "E21", reason: str = "复核卷面", **facts: str) -> AppealOrder:
    return AppealOrder(
        staff, {k.replace("__", "."): v for k, v in facts.items()} or {"written": "48.9"}, reason
    )


def test_both_records_are_kept_and_stand(case: Path, tmp_path: Path) -> None:
    record = graded(case, tmp_path / "record")
    before = hashes_below(record)
    found = appeal(record, asked(), tmp_path / "appeal")
    assert hashes_below(record) == before
    assert verify(tmp_path / "appeal" / "before") == ()
    assert verify(tmp_path / "appeal" / "after") == ()
    assert (tmp_path / "appeal" / "before" / "grades.csv").read_bytes() == (
        record / "grades.csv"
    ).read_bytes()
    assert (found.before["E21"].rank, found.after["E21"].rank) == (22, 7)


def test_who_else_moves(case: Path, tmp_path: Path) -> None:
    """48.9 is between the written 49 of E05 and the 48.8 of E06."""
    found = appeal(Order(case), asked(), tmp_path / "appeal")
    moved = [i for i in found.before if found.before[i].rank != found.after[i].rank]
    assert found.changed == ("E21", *sorted(set(moved) - {"E21"}))
    with (tmp_path / "appeal" / "appeal.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["staff_id"] == "E21" and rows[0]["who"] == "appellant"
    assert {r["staff_id"] for r in rows} == set(found.changed)
    for row in rows:
        after = found.after[row["staff_id"]]
        assert (row["rank_after"], row["tier_after"]) == (str(after.rank or ""), after.tier or "")
    lost = [r["staff_id"] for r in rows if (r["tier_before"], r["tier_after"]) == ("senior", "intermediate")]
    assert len(lost) == 1


def test_the_record_says_what_and_against_what(case: Path, tmp_path: Path) -> None:
    record = graded(case, tmp_path / "record")
    appeal(record, asked(), tmp_path / "appeal")
    kept = json.loads((tmp_path / "appeal" / "appeal.json").read_text(encoding="utf-8"))
    assert kept["corrections"] == [{"fact": "written", "before": "45.8", "after": "48.9"}]
    assert kept["reason"] == "复核卷面"
    assert kept["original"]["manifest.json"] == sha256_of(record / "manifest.json")
    assert kept["manifests"]["after"] == sha256_of(tmp_path / "appeal" / "after" / "manifest.json")
    assert all(sha256_of(tmp_path / "appeal" / name) == digest for name, digest in kept["files"].items())


def test_only_the_fact_differs_in_the_corrected_case(case: Path, tmp_path: Path) -> None:
    appeal(Order(case), asked(), tmp_path / "appeal")
    old = require_case(read_case(case, ANNUAL))
    inputs = tmp_path / "appeal" / "after" / "inputs" / "case"
    new = require_case(read_case(inputs if case.is_dir() else next(inputs.iterdir()), ANNUAL))
    assert [s.staff_id for s in old.roster if new.roster.by_id[s.staff_id] != s] == ["E21"]
    assert (list(new.clients), new.links) == (list(old.clients), old.links)


def test_an_appeal_against_an_appeal(case: Path, tmp_path: Path) -> None:
    appeal(Order(case), asked(), tmp_path / "first")
    found = appeal(tmp_path / "first" / "after", asked(written="45.8"), tmp_path / "second")
    assert found.after["E21"].rank == 22


@pytest.mark.parametrize(
    ("fact", "value", "was", "now"),
    [
        ("笔试", "缺考", "45.8", "absent"),
        ("posts.deputy_head", "2", "", "2"),
        ("finance_years", "9", "", "9"),
        ("营销人员", "是", "no", "yes"),
        ("average_deposits", "310.5", "", "310.5"),
    ],
)
def test_facts_by_key_or_title(case: Path, tmp_path: Path, fact: str, value: str, was: str, now: str) -> None:
    found = appeal(Order(case), AppealOrder("E21", {fact: value}, "复核"), tmp_path / "appeal")
    assert [(c.before, c.after) for c in found.corrections] == [(was, now)]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (asked("E99"), "appeal-staff"),
        (asked(reason=" "), "appeal-reason"),
        (asked(luck="3"), "appeal-fact"),
        (asked(written="many"), "appeal-fact"),
        (asked(written="45.8"), "appeal-same"),
        (asked(marketing="perhaps"), "appeal-fact"),
        (asked(posts__pope="3"), "appeal-fact"),
        (AppealOrder("E21", {}, "复核"), "appeal-none"),
    ],
)
def test_what_is_refused(case: Path, tmp_path: Path, order: AppealOrder, code: str) -> None:
    with pytest.raises(InputError) as caught:
        appeal(Order(case), order, tmp_path / "appeal")
    assert [f.code for f in caught.value.findings] == [code]
    assert not (tmp_path / "appeal").exists()


def test_a_score_above_its_maximum_is_refused_as_everywhere(case: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        appeal(Order(case), asked(written="50.5"), tmp_path / "appeal")


def test_a_changed_record_is_no_ground(case: Path, tmp_path: Path) -> None:
    record = graded(case, tmp_path / "record")
    grades = record / "grades.csv"
    grades.write_bytes(grades.read_bytes().replace(b"E05", b"E50"))
    with pytest.raises(InputError) as caught:
        appeal(record, asked(), tmp_path / "appeal")
    assert [(f.code, f.where) for f in caught.value.findings] == [("appeal-changed", "grades.csv")]


def test_a_run_brings_its_scheme(case: Path, tmp_path: Path) -> None:
    record = graded(case, tmp_path / "record")
    assert appeal_source(record, None, None, "zh") == record
    with pytest.raises(InputError) as caught:
        appeal_source(record, "annual", None, "zh")
    assert [f.code for f in caught.value.findings] == ["appeal-scheme"]
    assert isinstance(appeal_source(case, None, 3, "en"), Order)
