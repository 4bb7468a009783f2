"""Backups, levels, limits and prices in a run's files: verify recounts them, compare sets them side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tampering import Record, Rows, edit_json, edit_rows, read_rows, rehash, write_rows

from cmopt import service
from cmopt.reports.tables import read_allocation

TITLE = '{ zh = "均衡", en = "Even" }'
SETTINGS = {
    "backups.share": "25%",
    "limits": f'[{{ key = "even", title = {TITLE}, tiers = ["senior"], within = "5%", price = 2 }}]',
    "goals": '[{ name = "coverage" }, { name = "continuity" }, { name = "merit" }, { name = "penalty" }, '
    '{ name = "leximin", measure = "loan_balance", tiers = ["senior"], levels = 2 }, { name = "draw" }]',
}


@dataclass(frozen=True)
class Wide:
    order: service.Order
    run: Path


@pytest.fixture(scope="module")
def wide(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wide]:
    """The tiny bank with three managers for one large loan, nine (more than there are) for another."""
    import shutil

    home = tmp_path_factory.mktemp("wide")
    shutil.copytree(tiny_bank.case, home / "case")

    def ask(rows: Rows) -> None:
        needed = rows[0].index("所需经理数")
        for row, n in zip([r for r in rows[1:] if r[0] in large_loans], "39", strict=False):
            row[needed] = n

    large_loans = {r["client_id"] for r in table(tiny_bank.run) if r["segment"] == "large_loan"}
    edit_rows(home / "case" / "clients.csv", ask)
    order = service.Order(home / "case", str(tiny_bank.scheme), SETTINGS, report=False)
    service.allocate(order, home / "run")
    yield Wide(order, home / "run")


@pytest.fixture
def run(wide: Wide, copy_of: Callable[[Path], Path]) -> Path:
    return copy_of(wide.run)


def table(run: Path) -> list[dict[str, str]]:
    head, *rows = read_rows(run / "allocation.csv")
    return [dict(zip(head, row, strict=True)) for row in rows]


def record(run: Path) -> Record:
    return dict(json.loads((run / "result.json").read_text(encoding="utf-8")))


def codes(run: Path) -> list[str]:
    rehash(run)
    return [f.code for f in service.verify(run)]


def test_the_record_stands_and_says_who_is_missing(run: Path) -> None:
    rows = table(run)
    backups = [r for r in rows if r["role"] == "backup"]
    assert len(backups) == 2 + 8
    assert {r["previous"] for r in backups} == {""} == {r["balance"] for r in backups}
    assert {r["outcome"] for r in backups if r["staff_id"]} == {"new"}
    assert {r["outcome"] for r in backups if not r["staff_id"]} == {"unassigned"}
    assert [(r["client_id"], r["role"] == "backup") for r in rows] == sorted(
        (r["client_id"], r["role"] == "backup") for r in rows
    )
    said = record(run)
    (missing,) = said["backups_missing"]
    assert missing["missing"] == sum(not r["staff_id"] for r in backups) > 0
    assert [len(g["levels"]) for g in said["goals"] if g["name"] == "leximin"] == [2]
    assert all("levels" not in g for g in said["goals"] if g["name"] != "leximin")
    assert codes(run) == []


def test_a_backup_is_read_back(run: Path) -> None:
    told: dict[str, list[str]] = {}
    for row in table(run):
        if row["role"] == "backup" and row["staff_id"]:
            told.setdefault(row["client_id"], []).append(row["staff_id"])
    assert {c: list(b) for c, b in read_allocation(run / "allocation.csv").backups.items()} == told


def test_another_backup_is_found_out(run: Path) -> None:
    """Somebody else of the tier, on whom draw and loads fall differently; then one who holds it already."""

    def change(to: Callable[[Rows, list[str]], str]) -> None:
        rows = read_rows(run / "allocation.csv")
        backup = next(r for r in rows[1:] if r[3] == "backup" and r[1])
        backup[1] = to(rows, backup)
        write_rows(run / "allocation.csv", rows)

    grades = read_rows(run / "grades.csv")
    tier = grades[0].index("tier")
    seniors = sorted(r[0] for r in grades[1:] if r[tier] == "senior")

    def other(rows: Rows, backup: list[str]) -> str:
        taken = {r[1] for r in rows if r[0] == backup[0]}
        return next(s for s in seniors if s not in taken)

    change(other)
    assert codes(run)[0] == "record-value"
    change(lambda rows, backup: next(r[1] for r in rows if r[0] == backup[0]))
    assert codes(run)[0].startswith("audit-")


def test_a_line_of_a_missing_backup_taken_out_is_found_out(run: Path) -> None:
    def drop(rows: Rows) -> None:
        rows.remove(next(r for r in rows[1:] if r[3] == "backup" and not r[1]))

    edit_rows(run / "allocation.csv", drop)
    assert codes(run)[0] in ("verify-row", "verify-rows")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda r: r.pop("backups_missing"), "verify-unassigned"),
        (lambda r: r["backups_missing"][0].update(missing=1), "verify-unassigned"),
        (lambda r: _leximin(r)["levels"].__setitem__(1, 1), "record-"),
        (lambda r: _leximin(r).pop("levels"), "record-"),
    ],
)
def test_a_changed_record_is_found_out(run: Path, change: Callable[[Record], None], code: str) -> None:
    edit_json(run / "result.json", change)
    found = codes(run)
    assert found and found[0].startswith(code)


def _leximin(of: Record) -> Record:
    return next(g for g in of["goals"] if g["name"] == "leximin")


def test_runs_with_different_goals_side_by_side(wide: Wide, tmp_path: Path) -> None:
    other = replace(wide.order, overrides={"backups.share": "25%"}, solver="greedy")
    service.allocate(other, tmp_path / "greedy")
    found = service.compare([wide.run, tmp_path / "greedy"], None)
    rows = {(r[0], r[1]): r[4:] for r in found.rows}
    assert [bool(c) for c in rows["goal", "leximin"]] == [True, False]
    assert [bool(c) for c in rows["goal", "balance"]] == [False, True]
    assert len(rows["levels", "leximin"][0].split()) == 2 and rows["levels", "leximin"][1] == ""
    backups = [read_allocation(f / "allocation.csv").backups for f in (wide.run, tmp_path / "greedy")]
    differ = {c for c in backups[0] | backups[1] if backups[0].get(c) != backups[1].get(c)}
    assert {name for section, name in rows if section == "backups"} == differ
