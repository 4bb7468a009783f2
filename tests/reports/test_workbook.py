"""allocation.xlsx: what is in it, and that nothing in it is live."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from report_sample import build_run, open_book, with_names

from cmopt.domain.result import Status
from cmopt.i18n import LANGS, Lang
from cmopt.reports.book import sheet_names
from cmopt.reports.view import accounts_handed_over
from cmopt.reports.workbook import write_workbook


@pytest.mark.parametrize("lang", LANGS)
def test_sheets_and_rows(tmp_path: Path, lang: Lang) -> None:
    run, path = build_run(), tmp_path / "allocation.xlsx"
    write_workbook(run, build_run(solver="greedy"), path, lang)
    book = open_book(path)
    names = sheet_names(lang)
    assert book.sheetnames == list(names.values())
    assert book[names["grades"]].max_row == 1 + len(run.grades)
    assert book[names["allocation"]].max_row == 1 + len(run.lines)
    assert book[names["portfolios"]].max_row == 2 + len(run.portfolios)
    assert book[names["fairness"]].max_row == 1 + len(run.fairness)
    assert book[names["handovers"]].max_row == 1 + len(accounts_handed_over(run))
    for key in ("grades", "allocation", "portfolios", "fairness", "handovers"):
        sheet = book[names[key]]
        assert sheet.auto_filter.ref and sheet.freeze_panes and sheet.print_title_rows
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert str(sheet.page_setup.paperSize) == "9"


def test_figures_are_numbers_and_ids_text(tmp_path: Path) -> None:
    run, path = build_run(), tmp_path / "a.xlsx"
    write_workbook(run, None, path, "en")
    sheet = open_book(path)["Allocation"]
    balances = {row[0]: row[4] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert balances == {c.client_id: pytest.approx(c.balance / 1e6) for c in run.case.clients[:35]}


def test_native_charts_and_bars(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(build_run(), build_run(solver="greedy"), path, "zh")
    with zipfile.ZipFile(path) as packed:
        charts = [n for n in packed.namelist() if n.startswith("xl/charts/chart")]
        assert len(charts) == 1 + 2 * 4  # goals; mean and spread of four measures
        assert "dataBar" in packed.read("xl/worksheets/sheet4.xml").decode()


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(build_run(), build_run(solver="greedy"), tmp_path / name, "zh")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_run_without_a_division_is_still_a_workbook(tmp_path: Path) -> None:
    run = build_run()
    result = replace(run.result, status=Status.UNKNOWN, allocation=None, goals=())
    none = replace(run, result=result, lines=(), portfolios=(), fairness=(), notes=())
    write_workbook(none, None, tmp_path / "a.xlsx", "zh")
    assert open_book(tmp_path / "a.xlsx")["客户划分"].max_row == 1


def test_overlong_text_is_cut_not_lost(tmp_path: Path) -> None:
    write_workbook(with_names(build_run(), "长" * 40_000, "员工 001"), None, tmp_path / "a.xlsx", "zh")
    cell = open_book(tmp_path / "a.xlsx")["客户划分"]["B2"].value
    assert isinstance(cell, str) and cell.endswith("长…")


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write_workbook(build_run(), None, tmp_path / "missing" / "a.xlsx", "zh")
