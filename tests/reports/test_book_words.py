"""What a planner reads of a divided book: no sentence without its subject, no gap that says nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

import openpyxl
import pytest

from cmopt import service
from cmopt.cli import show, show_book, working
from cmopt.domain.result import Phase, Result, Status
from cmopt.errors import finding
from cmopt.reports.html import render_html
from cmopt.reports.summary import outcome_sentences
from cmopt.reports.wording import gap_words, is_bounded, proof_words
from cmopt.reports.workbook import write_workbook
from cmopt.service.layers import MOST_NAMED, by_the_clock


@pytest.fixture(scope="module")
def run(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every goal of the key accounts proven, one goal of one part open with a bound that says nothing."""
    out = tmp_path_factory.mktemp("book_words") / "run"
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), report=False, book=True, workers=1)
    done = service.allocate(order, out)
    part = done.book.parts[0]
    last = dataclasses.replace(part.result.goals[-1], value=7, bound=0, proven=False)
    goals = (*part.result.goals[:-1], last)
    opened = dataclasses.replace(
        part, result=dataclasses.replace(part.result, goals=goals, status=Status.FEASIBLE)
    )
    book = dataclasses.replace(done.book, parts=(opened, *done.book.parts[1:]))
    return dataclasses.replace(
        done, book=book, result=dataclasses.replace(done.result, status=Status.FEASIBLE)
    )


def open_goal(value: int = 5, bound: int | None = 0) -> Phase:
    return Phase("handovers", "min", value, bound, False, 0.1)


@pytest.mark.parametrize(("lang", "said"), [("zh", "未证明"), ("en", "nothing proven")])
def test_a_bound_of_nothing_is_no_gap(lang: Any, said: str) -> None:
    assert gap_words(open_goal(), lang) == gap_words(open_goal(bound=None), lang) == said
    assert gap_words(open_goal(bound=4), lang) == "20 %"
    assert is_bounded(open_goal(value=0))
    assert "100 %" not in proof_words(open_goal(), lang)


def test_the_line_of_a_part_names_the_goal_of_which_nothing_is_known() -> None:
    result = Result(Status.FEASIBLE, "large", None, (open_goal(bound=4), open_goal()), 1.0)
    assert working._how(result, "en") == "Handover cost: nothing proven"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_summary_of_a_book_says_what_is_proven_and_what_is_not(run: Any, lang: Any) -> None:
    said = outcome_sentences(run, None, lang)
    assert not [s for s in said if "：。" in s or ": ." in s]
    assert said[0] == {"zh": "重点客户：", "en": "The key accounts:"}[lang]
    proven = sum(all(g.proven for g in p.result.goals) for p in run.book.parts)
    assert proven == len(run.book.parts) - 1
    assert {"zh": f"{proven} 个部分的各项目标均已证明", "en": f"In {proven} of the parts"}[lang] in said[-1]


def test_no_word_of_a_rival_where_there_is_none(run: Any) -> None:
    page = render_html(run, None, "zh", [])
    assert "对照划分" not in page
    assert "小字" not in page


def test_the_workbook_tells_of_the_book_and_keeps_figures_as_numbers(run: Any, tmp_path: Any) -> None:
    write_workbook(run, None, tmp_path / "a.xlsx", "en")
    with pytest.warns(UserWarning, match="extension is not supported"):
        sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    rows = {r[1].value: r for r in sheet.iter_rows() if r[1].value}
    place = next(n for n, g in enumerate(run.book.goals) if g.name == "handovers")
    assert rows["Handover cost"][2].value == run.book.goals[place].value
    figures = [r[3].value for r in sheet.iter_rows() if r[1].value == "Gini coefficient"]
    assert any(isinstance(v, float) for v in figures)
    assert {v for v in figures if isinstance(v, str)} <= {"—"}


def test_the_terminal_tells_the_layers_apart(run: Any, capsys: Any) -> None:
    """All goals of the key accounts are proven, so no line may call their division unproven."""
    show.run(run, "en")
    show_book.book(run, "en")
    said = capsys.readouterr().out
    assert said.startswith("All clients: ")
    assert "Key accounts (exact (CP-SAT)):" in said
    assert f"Parts not proven best (1 of {len(run.book.parts)})" in said
    assert "100 %" not in said


def test_a_warning_names_ten_parts_and_counts_the_others(run: Any) -> None:
    assert by_the_clock(run.book) == ()
    part = run.book.parts[0]
    near = dataclasses.replace(part.result, findings=(finding("part-clock", "near"),))
    many = tuple(dataclasses.replace(part, name=f"p{n:02}", result=near) for n in range(46))
    (told,) = by_the_clock(dataclasses.replace(run.book, parts=many))
    said = told.render("zh")
    assert f"p{MOST_NAMED - 1:02}、另 36 个" in said
    assert "p10" not in said
