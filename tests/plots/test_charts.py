"""Every chart in both languages with awkward names: no missing glyph (warnings are errors), same bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from itertools import pairwise

import pytest
from plot_runs import runs

from cmopt.domain.allocation import Allocation
from cmopt.i18n import tr
from cmopt.metrics.indices import gini
from cmopt.metrics.views import (
    BEFORE,
    balance_views,
    handover_view,
    heat_view,
    lorenz_views,
    merit_views,
)
from cmopt.plots import (
    chart_title,
    charts,
    plot_balance,
    plot_handovers,
    plot_heatmap,
    plot_lorenz,
    plot_merit,
    write_charts,
)
from cmopt.plots.handover import handover_graph
from cmopt.plots.layout import place_nodes
from cmopt.plots.sheet import new_figure

NAMES = ("portfolio_by_tier", "lorenz", "heatmap", "handovers", "score_portfolio")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """language -> the files of a run with awkward names."""
    run, rival = runs(60, odd_names=True)
    return {
        lang: write_charts(run, rival, tmp_path_factory.mktemp("charts") / lang / "deep", lang)
        for lang in ("zh", "en")
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_charts_are_written(written, lang):
    assert charts()[: len(NAMES)] == NAMES  # those of the whole book: test_book_charts
    assert [p.name for p in written[lang]] == [f"{n}.{kind}" for n in NAMES for kind in ("png", "svg")]
    for path in written[lang]:
        head = path.read_bytes()[:8]
        assert head == b"\x89PNG\r\n\x1a\n" if path.suffix == ".png" else head.startswith(b"<?xml")


def test_svg_needs_no_font_no_network_and_holds_no_markup_of_names(written):
    for path in written["zh"]:
        if path.suffix == ".svg":
            text = path.read_text(encoding="utf-8")
            assert "<text" not in text and "<script" not in text and "@import" not in text
            assert "--></" not in text
            assert not re.findall(r'(?:href|src)="(?!#|data:image/png;base64,)', text)
            assert "<dc:date>" not in text


def test_languages_differ():
    for stem in charts():
        assert chart_title(stem, "zh") != chart_title(stem, "en")
    assert tr("mean", "zh") == "人均"


def test_same_run_same_bytes_whatever_the_users_settings(written, tmp_path):
    import matplotlib

    run, rival = runs(60, odd_names=True)
    with matplotlib.rc_context({"font.family": ["monospace"], "lines.linewidth": 9, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        again = write_charts(run, rival, tmp_path, "zh")
        assert dict(matplotlib.rcParams) == before
    assert [_hash(p) for p in again] == [_hash(p) for p in written["zh"]]


def test_nothing_to_show_is_no_crash(tmp_path):
    """Nothing divided, nobody graded: charts that have nothing are left out or say so."""
    run, _ = runs(45)
    bare = dataclasses.replace(
        run,
        lines=(),
        portfolios=(),
        result=dataclasses.replace(run.result, allocation=Allocation({})),
    )
    names = {p.stem for p in write_charts(bare, None, tmp_path, "zh")}
    assert names == set(NAMES) - {"score_portfolio"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_plots_draw_into_given_axes_or_new_ones(lang):
    run, rival = runs(45, odd_names=True)
    for plot, view in (
        (plot_balance, balance_views(run, rival)[0]),
        (plot_lorenz, lorenz_views(run)[0]),
        (plot_heatmap, heat_view(run)),
        (plot_handovers, handover_view(run)),
        (plot_merit, merit_views(run)[0]),
    ):
        own = plot(view, lang=lang)
        own.figure.canvas.draw()
        given = new_figure(6, 4).subplots()
        assert plot(view, given, lang) is given
        given.figure.canvas.draw()


def test_no_pyplot_state():
    import sys

    run, _ = runs(45)
    plot_balance(balance_views(run)[0])
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_balance_dots_are_the_portfolios():
    run, rival = runs(90)
    view = balance_views(run, rival)[0]
    assert list(view.series) == [BEFORE, "cpsat", "greedy"]
    ax = plot_balance(view, lang="en")
    dots = [c for c in ax.collections if c.get_label() in ("before", "after (exact)", "after (greedy)")]
    for drawn, by_group in zip(dots, view.series.values(), strict=True):
        values = sorted(v for vs in by_group.values() for v in vs)
        assert sorted(y for _, y in drawn.get_offsets().tolist()) == pytest.approx(values)
    assert sum(len(v) for v in view.series["cpsat"].values()) == sum(
        p.tier is not None for p in run.portfolios
    )


def test_lorenz_is_that_of_the_balanced_tiers():
    run, _ = runs(130)
    view = lorenz_views(run)[0]
    held = [p.after["loan_balance"] for p in run.portfolios if p.tier in ("senior", "intermediate")]
    assert (view.managers, view.series["cpsat"][1]) == (40, gini(held))


def test_heat_rows_have_the_mean_of_their_group_at_one():
    view = heat_view(runs(130)[0])
    assert len(view.rows) == 40
    for group in {r.group for r in view.rows}:
        for j in range(len(view.measures)):
            ratios = [r.relative[j] for r in view.rows if r.group == group]
            assert None in ratios or sum(ratios) == pytest.approx(len(ratios))


def test_every_handover_is_an_edge_and_no_two_people_share_a_place():
    run, _ = runs(130)
    view = handover_view(run)
    moved = [line for line in run.lines if line.previous != line.staff_id or line.staff_id is None]
    assert sorted(c for e in view.edges for c in e.client_ids) == sorted(line.client_id for line in moved)
    assert view.kept + len(moved) == len(run.lines)
    graph = handover_graph(view)
    assert graph.number_of_edges() == len(view.edges)
    places = place_nodes(graph)
    for column in {x for x, _ in places.values()}:
        lines = sorted(y for x, y in places.values() if x == column)
        assert all(b - a >= 1 - 1e-9 for a, b in pairwise(lines))


def test_who_lost_the_post_is_named_as_such():
    run, _ = runs(45)
    lost = sorted(
        {line.previous for line in run.lines if line.previous and not run.grades[line.previous].tier}
    )
    assert lost  # the invented run has such people
    legend = plot_handovers(handover_view(run), lang="en").get_legend()
    assert "no client manager" in [t.get_text() for t in legend.get_texts()]


def test_two_runs_of_one_solver_stay_apart():
    run, _ = runs(45)
    assert list(balance_views(run, run)[0].series) == [BEFORE, "cpsat", "cpsat (2)"]


def _hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
