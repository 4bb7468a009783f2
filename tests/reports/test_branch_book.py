"""The workbook of a branch and handover.csv: what stands in them, and that nothing in them is a formula."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from handover_runs import book_run, finished
from openpyxl.workbook import Workbook

from cmopt.domain.clients import Case, Client
from cmopt.domain.edits import COLUMNS, DECISIONS, HIDDEN
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Staff
from cmopt.i18n import LANGS, Lang, tr
from cmopt.metrics.handover_plan import plan_of
from cmopt.reports.handover_files import handover_table, write_handover
from cmopt.reports.tables import read_table


def opened(path: Path) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize("lang", LANGS)
def test_every_line_of_a_branch_is_in_its_workbook(tmp_path: Path, lang: Lang) -> None:
    run, lines = book_run()
    flows, *books = write_handover(run, tmp_path, lang, lines)
    assert [b.name for b in books] == [f"{k:02}-样例支行 {k:03}.xlsx" for k in (1, 2, 3)]
    assert flows.name == "handover.csv"
    seen: dict[Any, Any] = {}
    for path in books:
        book = opened(path)
        assert book[HIDDEN].sheet_state == "hidden"
        assert len(book.worksheets) == 5
        rows = list(book.worksheets[0].iter_rows(min_row=4, values_only=True))
        assert list(rows[0]) == [tr(title, lang) for title in COLUMNS.values()]
        seen |= {row[0]: row for row in rows[1:]}
        branch = {c.client_id for c in run.case.clients if c.branch == path.stem[3:]}
        assert {row[0] for row in rows[1:]} == branch
    plan = plan_of(run)
    for j, line in enumerate(lines):
        row = seen[line.client_id]
        assert (row[4], row[6]) == (line.previous, line.staff_id)
        assert row[9] == (int(plan.wave[j]) or None)
        assert row[10] == line.reason.render(lang)
        assert row[11:] == (None, None, None)


def test_the_decisions_and_the_people_are_offered(tmp_path: Path) -> None:
    run, lines = book_run()
    sheet = opened(write_handover(run, tmp_path, "zh", lines)[1]).worksheets[0]
    decision, person = sorted(sheet.data_validations.dataValidation, key=lambda v: str(v.sqref))
    assert decision.formula1 == '"' + ",".join(tr(d, "zh") for d in DECISIONS.values()) + '"'
    assert str(decision.sqref).startswith("L5:L")
    hidden = opened(tmp_path / "handover" / "01-样例支行 001.xlsx")[HIDDEN]
    offered = [hidden.cell(r, 6).value for r in range(10, 14)]
    assert offered == [f"S{i:05d} 员工 {i:05d}" for i in (0, 3, 6, 9)]
    assert person.formula1 == "cmopt!$F$10:$F$13"
    assert sheet["L5"].protection.locked is False and sheet["H5"].protection.locked is True
    assert sheet.protection.sheet


def test_totals_before_and_after_and_the_work_of_each_wave(tmp_path: Path) -> None:
    run, lines = book_run()
    _, managers, handovers, waves, _ = opened(write_handover(run, tmp_path, "en", lines)[1]).worksheets
    own = [p for p in run.portfolios if p.branch == "样例支行 001"]
    rows = list(managers.iter_rows(min_row=2, values_only=True))
    assert [(r[0], r[3], r[4]) for r in rows[:-1]] == [
        (p.staff_id, p.clients_before, p.clients_after) for p in own
    ]
    assert rows[-1][3:5] == (sum(p.clients_before for p in own), sum(p.clients_after for p in own))
    handed = sum(r[4] for r in handovers.iter_rows(min_row=2, values_only=True))
    moving = [
        x
        for x in lines
        if x.staff_id != x.previous and run.case.client_by_id[x.client_id].branch == own[0].branch
    ]
    assert handed == len(moving)
    taken = [r[5] for r in waves.iter_rows(min_row=2, values_only=True) if isinstance(r[0], int)]
    assert sum(taken) == len(moving)


def test_handover_csv_has_every_flow(tmp_path: Path) -> None:
    run, lines = book_run()
    plan = plan_of(run)
    there = read_table(write_handover(run, tmp_path, "zh", lines)[0])
    assert there == handover_table(run, plan)
    assert sum(int(row[4]) for row in there[1:]) == sum(x.staff_id != x.previous for x in lines)
    ids = [i for row in there[1:] for i in row[-1].split(" ")]
    assert sorted(ids) == sorted(x.client_id for x in lines if x.staff_id != x.previous)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run, lines = book_run(60)
    for folder in "ab":
        (tmp_path / folder).mkdir()
    one = write_handover(run, tmp_path / "a", "zh", lines)
    two = write_handover(run, tmp_path / "b", "zh", reversed(lines))
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_no_name_becomes_a_formula_or_a_path(tmp_path: Path) -> None:
    bad = '=HYPERLINK("http://样例")'
    people = (Staff("=1+1", bad, "../样例/支行"), Staff("-2", "+样例", "../样例/支行"))
    client = Client("@C1", bad, "../样例/支行", "loan", UNIT, incumbent="=1+1")
    run, lines = finished(Case(Roster(people), (client,)), np.array([0]))
    flows, path = write_handover(run, tmp_path, "zh", lines)
    assert path.parent == tmp_path / "handover" and path.name == "01-___样例_支行.xlsx"
    for sheet in opened(path).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert len(read_table(flows)) == 1 + len(plan_of(run).flows)


def test_what_others_take_from_a_branch_is_in_its_handovers_too(tmp_path: Path) -> None:
    people = (Staff("S1", "员工 1", "甲"), Staff("S2", "员工 2", "乙"))
    client = Client("C1", "样例企业", "甲", "loan", UNIT, incumbent="S1")
    run, lines = finished(Case(Roster(people), (client,)), np.array([1]))
    _, taking, giving = write_handover(run, tmp_path, "en", lines)
    for path in (taking, giving):
        assert opened(path).worksheets[2]["C2"].value == "员工 1 (S1)"
    assert opened(taking).worksheets[0]["A5"].value is None
    assert opened(giving).worksheets[0]["A5"].value == "C1"
