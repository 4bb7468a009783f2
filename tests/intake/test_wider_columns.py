"""Columns of the wider problem: limits of people, loads and bids of pairs, what the template asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from raw_tables import STAFF_HEADER, STAFF_ROWS, by_code, check, said, table

from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme
from cmopt.errors import InputError
from cmopt.grading import grade
from cmopt.i18n import LANGS, Lang
from cmopt.intake.case import read_case
from cmopt.intake.schemes import load_scheme
from cmopt.intake.template import write_template
from cmopt.problem import build_problem
from cmopt.problem.fit import fit_notes

LINKS = ["工号", "客户号"]
LIMITS = (
    '[{ key = "own", title = { zh = "额度", en = "Own limit" }, measure = "loan_balance", tiers = ["senior"], '
    'least_column = "下限", most_column = "上限", most = 5000 }, '
    '{ key = "count", title = { zh = "户数", en = "Accounts" }, tiers = ["senior"], '
    'most_column = "most accounts" }]'
)
GOALS = (
    """[{ name = "coverage" }, { name = "fit" }, { name = "bids" }, { name = "cost" }, { name = "draw" }]"""
)


def under(**overrides: str) -> Scheme:
    return load_scheme("annual", overrides)


def staff(*columns: tuple[str, list[Any]]) -> Any:
    rows = [[*row, *(values[n] for _, values in columns)] for n, row in enumerate(STAFF_ROWS)]
    return table("staff", [*STAFF_HEADER, *(name for name, _ in columns)], rows)


def test_each_persons_limits_are_read_in_the_unit_of_the_measure() -> None:
    own = staff(
        ("下限(元)", ["1,000,000", ""]), ("上限（亿元）", ["0.2", "0.3"]), ("most accounts", ["3", None])
    )
    case = check(own, scheme=under(limits=LIMITS)).case
    assert case is not None
    assert [dict(s.measures) for s in case.roster] == [
        {"下限": 100 * UNIT, "上限": 2000 * UNIT, "most accounts": 3 * UNIT},
        {"上限": 3000 * UNIT},
    ]


@pytest.mark.parametrize("column", ["上限", "most accounts"])
def test_a_limit_that_is_no_figure_is_refused_not_left_out(column: str) -> None:
    """Without the scheme's limit the column is only reported; with it the cell is an error."""
    own = staff((column, ["0012", "many"]))
    assert check(own).case is not None
    intake = check(own, scheme=under(limits=LIMITS))
    assert [f.where for f in by_code(intake, "not-a-number")] == ["staff!H3"]


def test_a_persons_least_above_their_most_is_refused() -> None:
    crossed = staff(("下限", ["6000", "10"]), ("上限", ["", "9"]))
    found = by_code(check(crossed, scheme=under(limits=LIMITS)), "limit-crossed")
    assert [(f.where, f.severity) for f in found] == [("staff!H2", "error"), ("staff!H3", "error")]
    assert "at least 6000 but at most 5000" in found[0].render("en")
    assert not by_code(
        check(staff(("下限", ["9", "10"]), ("上限", ["", "10"])), scheme=under(limits=LIMITS)),
        "limit-crossed",
    )


def test_loads_of_pairs_are_figures_of_the_measures_column() -> None:
    rows = [["0001", "C001", "5,000,000", "1.5"], ["0002", "C001", "", "x1"]]
    links = table("links", [*LINKS, "余额(元)", "fees"], rows)
    case = check(links).case
    assert case is not None
    assert [dict(k.measures) for k in case.links] == [{"balance": 500 * UNIT}, {}]  # fees: not all figures
    intake = check(links, scheme=under(**{"measures.difficulty.column": "fees"}))
    assert [f.where for f in by_code(intake, "not-a-number")] == ["links!D3"]
    wrong = table("links", [*LINKS, "余额"], [["0001", "C001", "twelve"]])
    assert [f.where for f in by_code(check(wrong), "not-a-number")] == ["links!C2"]


def test_bids_are_whole_and_each_choice_stands_once() -> None:
    def bids(*values: Any, rule: str = "") -> Any:
        pairs = [("0001", "C001"), ("0001", "C002"), ("0002", "C001")]
        return check(
            table(
                "links",
                [*LINKS, "竞聘志愿", "规则"],
                [[*p, v, rule] for p, v in zip(pairs, values, strict=False)],
            )
        )

    for wrong in ("0", "-1", "1.5", "first", "99999999999999999999"):
        assert bids(wrong).errors
    fine = bids("1", "2", "1")
    assert fine.case is not None and not by_code(fine, "bid-twice")
    (twice,) = by_code(bids("1", "1", "1"), "bid-twice")
    assert (twice.severity, twice.where) == ("warning", "links!C3")
    assert "0001" in twice.render("en") and "links!C2" in twice.render("en")
    assert not by_code(fine, "bid-gap")
    (gap,) = by_code(bids("1", "50", "1"), "bid-gap")
    assert (gap.severity, gap.where) == ("warning", "links!C3")
    assert "50" in gap.render("zh") and "第 2 志愿" in gap.render("zh")
    (recused,) = by_code(bids("1", rule="回避"), "bid-recused")
    assert (recused.severity, recused.where) == ("warning", "links!C2")


def test_a_step_without_a_price_is_refused_as_nothing_would_count_it() -> None:
    limit = '[{ key = "a", title = { zh = "甲", en = "A" }, tiers = ["senior"], most = 9, step = 2 }]'
    with pytest.raises(InputError) as refused:
        under(limits=limit)
    assert [f.where for f in refused.value.findings] == ["limits.a.step"]


@pytest.mark.parametrize("lang", LANGS)
def test_the_template_has_what_the_scheme_asks_for(tmp_path: Path, lang: Lang) -> None:
    """And its rows, as they are, can be divided without a word about figures that are missing or not used."""
    import openpyxl

    scheme = under(limits=LIMITS, goals=GOALS)
    write_template(tmp_path / "case.xlsx", scheme, lang)
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    heads = [[str(cell.value) for cell in sheet[1]] for sheet in book.worksheets[1:]]
    money = "上限(万元)" if lang == "zh" else "上限 (10,000 yuan)"
    assert {money, "most accounts"} <= set(heads[0])
    assert ["所需经理数", "managers_needed"][lang == "en"] in heads[2]
    intake = read_case(tmp_path / "case.xlsx", scheme)
    assert intake.case is not None, said(intake.errors)
    assert [s.measures.get("most accounts") for s in intake.case.roster] == [5000 * UNIT, None, None]
    build_problem(intake.case, scheme, grade(intake.case.roster, scheme, 1), 1)
    assert {"links-unused", "goal-no-figures"}.isdisjoint(f.code for f in fit_notes(intake.case, scheme))
    write_template(tmp_path / "plain.xlsx", under(), lang)
    plain = read_case(tmp_path / "plain.xlsx", under()).case
    assert plain is not None and fit_notes(plain, under()) == []
