"""Cases H80 and H81: text from the bank's tables stays text in every file people open."""

from __future__ import annotations

import csv
import importlib.util
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from cmopt.reports.html import render_html
from cmopt.reports.tables import read_allocation, write_tables
from cmopt.reports.workbook import write_workbook

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " =1+1",
    '=HYPERLINK("http://x")',
]
SCRIPTS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "<!--",
]


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    path = Path(__file__).parents[1] / "reports" / "report_sample.py"
    spec = importlib.util.spec_from_file_location("report_sample_for_faults", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FORMULAS)
def test_H80_formula_in_a_name_is_text_in_csv(sample: ModuleType, tmp_path: Path, name: str) -> None:
    run = sample.with_names(sample.build_run(), name, name)
    number = re.compile(r"-?\d+(\.\d+)?")
    for path in write_tables(run, tmp_path):
        rows = cells_of(path)
        for cell in (c for row in rows for c in row if c):
            assert number.fullmatch(cell) or not cell.strip().startswith(("=", "+", "-", "@", "＝")), cell
    assert f"'{name}" in {c for row in cells_of(tmp_path / "grades.csv") for c in row}


def cells_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_H80_ids_that_look_like_formulas_read_back(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.build_run()
    odd = {x.client_id: text for x, text in zip(run.lines, [*FORMULAS, "-1", "'x", "''"], strict=False)}
    lines = tuple(
        replace(x, client_id=odd.get(x.client_id, x.client_id), staff_id=x.staff_id and "-" + x.staff_id)
        for x in run.lines
    )
    _, path, *_ = write_tables(replace(run, lines=lines), tmp_path)
    assert read_allocation(path).holder == {x.client_id: x.staff_id for x in lines}


def test_H80_negative_numbers_stay_numbers(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.build_run()
    low = replace(run.portfolios[0], after={**run.portfolios[0].after, "loan_balance": -5_500_000})
    *_, path, _ = write_tables(replace(run, portfolios=(low,)), tmp_path)
    head, row = cells_of(path)
    assert dict(zip(head, row, strict=True))["loan_balance_after"] == "-5.5"


@pytest.mark.parametrize("name", FORMULAS)
def test_H80_formula_in_a_name_is_text_in_the_workbook(sample: ModuleType, tmp_path: Path, name: str) -> None:
    run = sample.with_names(sample.build_run(), name, name)
    write_workbook(run, run, tmp_path / "a.xlsx", "zh")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as packed:
        for part in packed.namelist():
            if part.startswith("xl/worksheets/"):
                content = packed.read(part).decode()
                assert "<f>" not in content and "<hyperlink" not in content
                assert "http://x" not in content
        assert not any("externalLink" in part for part in packed.namelist())
    cells = sample.open_book(tmp_path / "a.xlsx")["客户划分"]
    assert cells["B2"].data_type == "s"
    assert str(cells["B2"].value).replace("_x000D_", "\r").strip() == name.strip()


class Live(HTMLParser):
    """Counts script and style elements, and collects what could run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts = 0
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.bad += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.bad += [tag] if tag in ("iframe", "object", "embed", "base") else []

    def handle_comment(self, data: str) -> None:
        self.bad.append(f"comment {data[:20]}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_H81_script_in_names_is_escaped(sample: ModuleType, name: str) -> None:
    run = sample.with_names(sample.build_run(), name, name)
    text = render_html(run, run, "zh", [])
    page = Live(text)
    assert page.scripts == 1 and page.bad == []
    if "<" in name:
        assert name not in text
    else:
        assert "49" not in re.findall(r'<td class="who">(.*?)<', text)
        assert name.replace("'", "&#39;") in text


def test_H81_script_in_ids_branches_and_charts(sample: ModuleType, tmp_path: Path) -> None:
    bad = "\"'><script>alert(1)</script>"
    run = sample.build_run()
    lines = tuple(replace(x, client_id=bad + x.client_id, previous=bad) for x in run.lines)
    portfolios = tuple(replace(p, branch=bad) for p in run.portfolios)
    chart = tmp_path / 'x" onerror=alert(1) <b>.svg'
    chart.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    text = render_html(replace(run, case_name=bad, lines=lines, portfolios=portfolios), run, "en", [chart])
    page = Live(text)
    assert page.scripts == 1 and page.bad == []
    assert "<svg xmlns" not in text  # a chart is a picture, never part of the page
