"""The whole book: handover plan and workbooks in the run's folder; edits of book clients honoured and told."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import cmopt, on

from cmopt import service
from cmopt.metrics.handover_plan import plan_of
from cmopt.reports.handover_files import handover_table
from cmopt.reports.tables import read_table


@pytest.fixture(scope="module")
def book(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The run and its folder."""
    out = tmp_path_factory.mktemp("book") / "run"
    order = service.Order(
        tiny_bank.case, str(tiny_bank.scheme), book=True, charts=False, time_limit=3, workers=1
    )
    return service.allocate(order, out), out


def lines(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "allocation.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["client_id"]: row for row in csv.DictReader(file)}


def test_the_plan_is_in_the_folder_and_in_the_banks_workbook(book: Any) -> None:
    run, out = book
    plan = plan_of(run)
    assert read_table(out / "handover.csv") == handover_table(run, plan)
    branches = {run.case.client_by_id[c].branch for c in lines(out)}
    assert {p.stem[3:] for p in (out / "handover").iterdir()} >= branches
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl does not know data bars of 2010
        sheets = openpyxl.load_workbook(io.BytesIO((out / "allocation.xlsx").read_bytes())).worksheets
    by_branch, flows = sheets[-2:]
    assert by_branch.cell(by_branch.max_row, 3).value == sum(b.divided for b in plan.branches)
    assert flows.max_row - 1 == len(plan.flows)
    assert cmopt("verify", out).code == 0


def test_an_edit_of_a_book_client_is_honoured_told_and_verified(
    book: Any, tiny_bank: Any, tmp_path: Path
) -> None:
    run, out = book
    told = lines(out)
    books = tmp_path / "handed back"
    books.mkdir()
    asked: dict[str, str] = {}
    for path in (out / "handover").iterdir():
        workbook = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        sheet = workbook.worksheets[0]
        for row in range(5, sheet.max_row + 1):
            client, previous, holder = (sheet.cell(row, c).value for c in (1, 5, 7))
            tier = run.grades[previous].tier if previous else None
            segment = told[client]["segment"] if client else ""
            if holder and previous != holder and tier and segment in ("small_loan", "middle_loan", "deposit"):
                sheet.cell(row, 12).value, sheet.cell(row, 14).value = "维持原管户人", "客户要求"
                asked[client] = previous
                break
        workbook.save(books / path.name)
    assert asked
    again = tmp_path / "again"
    said = cmopt(
        "allocate",
        *on(tiny_bank, "--book", "--workers", 1, "--out", again, "--no-report", "--time-limit", 3),
        *("--edits", books),
    )
    assert said.code == 0, said.err
    new = lines(again)
    for client, previous in asked.items():
        assert new[client]["staff_id"] == previous
        assert new[client]["reason"].endswith(f"支行意见：由 {previous} 管户（“客户要求”）")
    assert cmopt("verify", again).code == 0
