"""Backups, levels, soft rules and the new goals in the workbook, the page, the tables and the sentences."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from report_sample import open_book

from cmopt.audit import audit_division
from cmopt.domain.allocation import Allocation, left_out
from cmopt.domain.goals import SENSE
from cmopt.domain.result import Phase, Result, Status
from cmopt.domain.run import Run
from cmopt.explain import explain_lines
from cmopt.grading import grade
from cmopt.i18n import LANGS, Lang
from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import parse_scheme
from cmopt.metrics import fairness, portfolios
from cmopt.metrics.soft import overstepped
from cmopt.metrics.views import handover_view
from cmopt.problem import build_problem
from cmopt.reports.book import sheet_names
from cmopt.reports.html import render_html
from cmopt.reports.soft import soft_rows
from cmopt.reports.summary import outcome_sentences
from cmopt.reports.tables import result_json, write_tables
from cmopt.reports.terms import GOALS
from cmopt.reports.view import backups_of, counts, segments_divided
from cmopt.reports.wording import (
    goal_meaning,
    goal_title,
    proof_words,
    show_figure,
    show_goal,
    show_levels,
)
from cmopt.reports.workbook import write_workbook

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
HOLDER = {"C01": "E01", "C02": "E02", "C03": "E02", "C04": None, "C05": "E04", "C07": "E04"}


@cache
def wide_run(levels: tuple[int, ...] = (2_000_000, 3_000_000, 4_500_000)) -> Run:
    """The guide's example with a division by hand: C01 has its backup, C02 lacks one, C04 is left out."""
    scheme = parse_scheme((EXAMPLES / "wider.toml").read_text(encoding="utf-8"), {})
    case = require_case(read_case(EXAMPLES / "wider", scheme))
    grades = grade(case.roster, scheme, 1)
    allocation = Allocation(HOLDER, {"C01": ("E03",)})
    problem = build_problem(case, scheme, grades, 1)
    audit = audit_division(case, scheme, grades, allocation, 1)
    goals = tuple(
        Phase(g.name, SENSE[g.name], audit.goals[g.name], audit.goals[g.name], True, 0.0)
        if g.name != "leximin"
        else Phase(g.name, "max", levels[0], levels[0], True, 0.0, levels)
        for g in scheme.goals
    )
    held = portfolios(case, scheme, grades, allocation)
    return Run(
        case_name="wider",
        case=case,
        scheme=scheme,
        grades=grades,
        result=Result(Status.OPTIMAL, "cpsat", 0.1, goals, allocation, "checked"),
        lines=explain_lines(case, scheme, grades, problem, allocation),
        portfolios=held,
        fairness=fairness(case, scheme, grades, held, allocation, "cpsat"),
        audit=audit,
        seed=1,
    )


def test_accounts_are_counted_once_whatever_they_need() -> None:
    run = wide_run()
    assert counts(run) == {"moved": 1, "new": 4, "unassigned": 1}
    assert segments_divided(run) == [("large_loan", 6)]
    assert backups_of(run) == {"C01": ["E03"]}
    assert [(x.client_id, x.is_backup, n) for x, n in left_out(run.lines)] == [
        ("C04", False, 1),
        ("C02", True, 1),
    ]
    view = handover_view(run)
    assert view.kept + sum(len(e.client_ids) for e in view.edges) == 6


@pytest.mark.parametrize("lang", LANGS)
def test_the_workbook_shows_backups_levels_and_soft_rules(tmp_path: Path, lang: Lang) -> None:
    run = wide_run()
    write_workbook(run, None, tmp_path / "a.xlsx", lang)
    book, names = open_book(tmp_path / "a.xlsx"), sheet_names(lang)
    rows = list(book[names["allocation"]].iter_rows(min_row=2, values_only=True))
    assert [r[0] for r in rows] == ["C01", "C01", "C02", "C02", "C03", "C04", "C05", "C07"]
    assert [r[6] for r in rows] == ["E01", "E03", "E02", None, "E02", None, "E04", "E04"]
    assert [r[4] is None for r in rows] == [False, True, False, True, False, False, False, False]
    backup = "协办" if lang == "zh" else "backup manager"
    assert [r[11] == backup for r in rows] == [r[4] is None for r in rows]
    handed = list(book[names["handovers"]].iter_rows(values_only=True))
    assert len(handed) == 1 + 5 and len(handed[0]) == 9 + 1 + 4
    assert {r[1]: r[9] for r in handed[1:] if r[9]} == {
        "C01": f"员工 03{'（E03）' if lang == 'zh' else ' (E03)'}"
    }
    cells = {
        str(c) for row in book[names["summary"]].iter_rows(values_only=True) for c in row if c is not None
    }
    assert any(show_levels(run.result.goals[3], lang, run.scheme) in c for c in cells)
    assert {cell for row in soft_rows(run, lang) for cell in row.cells} <= cells
    assert any(c.startswith("样例企业 02") and c.endswith("× 1）" if lang == "zh" else "× 1)") for c in cells)


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_shows_backups_levels_and_soft_rules(lang: Lang) -> None:
    run = wide_run()
    text = render_html(run, None, lang, [])
    assert len(re.findall(r'<tr data-outcome="', text)) == 8
    assert ("协办：员工 03" if lang == "zh" else "backups: 员工 03") in text
    assert show_levels(run.result.goals[3], lang, run.scheme) in text
    assert 'id="soft"' in text
    for row in soft_rows(run, lang):
        assert row.who in text and row.beyond in text
    plain = run.scheme.model_copy(update={"limits": ()})
    assert 'id="soft"' not in render_html(replace(run, scheme=plain), None, lang, [])


def test_soft_rules_cost_what_the_goal_says() -> None:
    run = wide_run()
    rows = soft_rows(run, "en")
    assert rows and sum(int(r.cost.replace(",", "")) for r in rows) == run.audit.goals["penalty"]
    assert run.result.allocation is not None
    found = overstepped(run.case, run.scheme, run.grades, run.result.allocation)
    assert sum(x.cost for x in found) == run.audit.goals["penalty"]


def test_balances_stand_once_in_the_table(tmp_path: Path) -> None:
    run = wide_run()
    _, path, *_ = write_tables(run, tmp_path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert [r["role"] for r in rows] == [
        "lead",
        "backup",
        "lead",
        "backup",
        "manager",
        "",
        "manager",
        "manager",
    ]
    assert sum(float(r["balance"] or 0) for r in rows) == 3200 + 2800 + 1500 + 1400 + 1200 + 1900


def test_the_record_has_levels_and_missing_backups_where_there_are_any() -> None:
    run = wide_run()
    said = result_json(run)
    assert [g.get("levels") for g in said["goals"] if "levels" in g] == [[2_000_000, 3_000_000, 4_500_000]]
    assert [x["client_id"] for x in said["unassigned"]] == ["C04"]
    assert [(x["client_id"], x["missing"]) for x in said["backups_missing"]] == [("C02", 1)]
    full = replace(run, lines=tuple(x for x in run.lines if x.staff_id is not None))
    assert "backups_missing" not in result_json(full)


@pytest.mark.parametrize("lang", LANGS)
def test_every_goal_has_words(lang: Lang) -> None:
    assert set(SENSE) == set(GOALS)
    for name in SENSE:
        assert goal_title(name, lang) and goal_meaning(name, lang)
        assert show_goal(name, 12_000_000, lang)


def test_figures_of_goals_in_their_units() -> None:
    scheme = wide_run().scheme
    assert goal_title("leximin", "zh", scheme) == "逐级保底（最少者最多） · 贷款余额"
    assert goal_title("leximin", "zh") == "逐级保底（最少者最多）"
    assert show_goal("leximin", 2_660_000_000, "zh", scheme) == "2,660.00 万元"
    assert show_goal("leximin", 2_660_000_000, "en") == "2,660"
    assert show_goal("fit", 40_500_000, "en") == "40.5"
    assert show_goal("bids", 7, "en") == "7" and show_goal("deviation", 7, "en") == "7 steps"
    assert (show_figure(-1_234_567_890), show_figure(0)) == ("-1,234.56789", "0")


def test_levels_in_words() -> None:
    run = wide_run()
    phase = run.result.goals[3]
    assert proof_words(phase, "en", scheme=run.scheme).endswith("from the lightest on: 2.00 · 3.00 · 4.50")
    assert show_levels(replace(phase, sense="min"), "en", run.scheme, most=2).endswith(
        "heaviest on: 2.00 · 3.00 · …"
    )
    assert show_levels(run.result.goals[0], "en") == ""
    half = replace(phase, proven=False)
    assert proof_words(half, "en").startswith("the first level is proven, those after it")


@pytest.mark.parametrize(
    ("theirs", "word"),
    [((2, 2, 9), "better"), ((2, 4, 1), "worse"), ((1, 9, 9), "better"), ((2, 3, 4), None)],
)
def test_levels_decide_between_divisions(theirs: tuple[int, ...], word: str | None) -> None:
    def with_levels(levels: tuple[int, ...], name: str) -> Run:
        run = wide_run()
        goals: Any = [replace(g, levels=levels, value=levels[0]) if g.levels else g for g in run.result.goals]
        return replace(run, result=replace(run.result, goals=tuple(goals), solver=name))

    sentences = outcome_sentences(with_levels((2, 3, 4), "cpsat"), with_levels(theirs, "greedy"), "en")
    if word is None:
        assert sentences[-1] == "The greedy division scores the same in every goal."
    else:
        assert f"it is {word} in Worst-off first" in sentences[-1]
    assert "Of 2 places of backup managers 1 are filled; the causes are below." in sentences
