"""Charts of the whole book at 10, 60, 500 and 700 managers: readable, of the right numbers."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import pytest
from handover_runs import book_run
from plot_runs import runs

from cmopt.metrics.book_views import MOST_BRANCHES, change_views, matrix_view, outcome_rows, spread_views
from cmopt.metrics.crowd import BY_BRANCH, box, heat_by_branch, largest_handovers
from cmopt.metrics.handover_plan import plan_of
from cmopt.metrics.views import BalanceView, balance_views, handover_view, heat_view
from cmopt.plots import files, plot_balance, write_charts
from cmopt.plots.book import plot_change, plot_matrix, plot_outcomes, plot_spread
from cmopt.plots.book_files import book_change, book_matrix, book_outcomes, book_spread
from cmopt.plots.style import drawing

SIZES = {10: (200, 10, 1), 60: (600, 60, 6), 500: (4000, 500, 50), 700: (3000, 700, 100)}


@pytest.fixture(scope="module", params=SIZES)
def run(request: pytest.FixtureRequest):
    return book_run(*SIZES[request.param])[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("sheet", [book_change, book_spread, book_outcomes, book_matrix])
def test_names_keep_apart_and_nothing_is_cut(run, sheet, lang) -> None:
    with drawing():
        figure = sheet(run, None, lang)
        if figure is None:
            assert sheet is book_matrix and len(run.portfolios) > 40
            return
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        whole = figure.bbox
        for axes in figure.axes:
            named = [t for t in axes.get_yticklabels() if t.get_text()]
            boxes = sorted((t.get_window_extent(renderer) for t in named), key=lambda b: b.y0)
            assert all(a.y1 <= b.y0 + 1 for a, b in pairwise(boxes))
            low, high = axes.get_xlim()
            ticks = [t for t in axes.get_xticklabels() if low <= t.get_position()[0] <= high]  # drawn ones
            texts = [*named, *ticks, axes._left_title, axes.xaxis.label, axes.yaxis.label]
            for text in texts:
                if text.get_text():
                    at = text.get_window_extent(renderer)
                    assert at.x0 >= whole.x0 - 1 and at.x1 <= whole.x1 + 1, text.get_text()
                    assert at.y0 >= whole.y0 - 1 and at.y1 <= whole.y1 + 1, text.get_text()
        title, said = figure.texts[:2]
        assert title.get_window_extent(renderer).y0 >= said.get_window_extent(renderer).y1
        for axes in figure.axes:
            assert said.get_window_extent(renderer).y0 >= axes._left_title.get_window_extent(renderer).y1 - 1


def test_charts_of_the_book_only_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {k: v for k, v in files._DRAW.items() if k.startswith("book") or k == "lorenz"}
    monkeypatch.setattr(files, "_DRAW", drawn)
    run, _ = book_run()
    with_book = {p.stem for p in write_charts(run, None, tmp_path / "a", "zh")}
    without = {p.stem for p in write_charts(dataclasses.replace(run, book=None), None, tmp_path / "b", "zh")}
    assert with_book - without == {"book_change", "book_spread", "book_outcomes", "book_matrix"}
    assert not any(s.startswith("book") for s in without)


def test_change_has_every_manager_in_one_row(run) -> None:
    for view in change_views(run):
        assert sum(r.n for r in view.rows) == len(run.portfolios)
        assert len(view.rows) <= MOST_BRANCHES
        total = sum(r.after.mean * r.n for r in view.rows) * 1_000_000
        assert total == pytest.approx(sum(p.after[view.measure.key] for p in run.portfolios))
        others = [r for r in view.rows if r.name is None]
        assert bool(others) == (not view.people and len({p.branch for p in run.portfolios}) > MOST_BRANCHES)


def test_spread_is_around_one() -> None:
    run, _ = book_run(600, 60, 6)
    for view in spread_views(run):
        for series in (view.before, view.after):
            assert list(series) == sorted(series)
            assert sum(series) == pytest.approx(60)


def test_outcomes_and_matrix_count_every_client(run) -> None:
    plan = plan_of(run)
    rows = outcome_rows(plan)
    assert len(rows) <= MOST_BRANCHES
    assert sum(r.divided for r in rows) == len(run.case.clients)
    handed = sum(len(f.clients) for f in plan.flows)
    assert sum(r.moved + r.new for r in rows) == handed
    view = matrix_view(run, plan)
    if view is not None:
        assert sum(map(sum, view.clients)) + sum(view.nobody) == handed


def test_plots_draw_into_new_axes_in_both_languages() -> None:
    run, _ = book_run()
    plan = plan_of(run)
    matrix = matrix_view(run, plan)
    assert matrix is not None
    for lang in ("zh", "en"):
        for ax in (
            plot_change(change_views(run)[0], lang=lang),
            plot_spread(spread_views(run)[0], lang=lang),
            plot_outcomes(outcome_rows(plan), lang=lang),
            plot_matrix(matrix, lang=lang),
        ):
            ax.figure.canvas.draw()


# --- charts of key accounts at many managers ---------------------------------------------------------


def test_quantiles_of_a_box() -> None:
    found = box([4.0, 1.0, 2.0, 3.0, 5.0])
    assert found is not None
    assert (found.low, found.q1, found.median, found.q3, found.high, found.mean, found.n) == (
        1,
        2,
        3,
        4,
        5,
        3,
        5,
    )
    assert (found.p5, found.p95) == (pytest.approx(1.2), pytest.approx(4.8))
    assert box([]) is None


def test_a_large_group_is_a_box_and_a_small_one_dots() -> None:
    run, _ = runs(130)
    view = balance_views(run)[0]
    group, values = max(((g, v) for g, v in view.series["before"].items()), key=lambda e: len(e[1]))
    assert len(values) > 60
    alone = BalanceView(view.measure, view.scheme, (group,), {"before": {group: values}})
    ax = plot_balance(alone, lang="en")
    found = box(values)
    assert found is not None
    drawn = sorted((p.get_y(), p.get_y() + p.get_height()) for p in ax.patches)
    assert drawn == [pytest.approx((found.p5, found.p95)), pytest.approx((found.q1, found.q3))]
    assert not any(len(c.get_offsets()) == len(values) for c in ax.collections)


def test_a_crowded_heat_table_has_a_row_a_branch() -> None:
    run, _ = runs(130)
    view = heat_view(run)
    branch_of = {s.staff_id: s.branch for s in run.case.roster}
    whole, hidden = heat_by_branch(view, branch_of, 100)
    assert hidden == 0 and {r.group for r in whole.rows} == {BY_BRANCH}
    assert sum(r.managers for r in whole.rows) == len(view.rows)
    total = sum(r.loads[0] for r in view.rows)
    assert sum(r.loads[0] * r.managers for r in whole.rows) == pytest.approx(total)
    few, hidden = heat_by_branch(view, branch_of, 3)
    assert len(few.rows) == 3 and hidden == len(whole.rows) - 3


def test_of_many_handovers_the_largest_are_drawn_and_the_rest_summed_up() -> None:
    run, _ = runs(60)
    view = handover_view(run)
    few, others, moved = largest_handovers(view, 5)
    assert len(few.edges) == 5 and others == len(view.edges) - 5
    assert min(e.balance for e in few.edges) >= max(e.balance for e in view.edges if e not in few.edges)
    assert sum(e.balance for e in few.edges) + moved == pytest.approx(sum(e.balance for e in view.edges))
    assert {n.staff_id for n in few.nodes} == {s for e in few.edges for s in (e.previous, e.holder) if s}
    same, none, nothing = largest_handovers(view, 1000)
    assert (same.edges, none, nothing) == (view.edges, 0, 0)
