"""All charts of a run, as files."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmopt.domain.run import Run
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.crowd import heat_by_branch, largest_handovers
from cmopt.metrics.views import balance_views, handover_view, heat_view, lorenz_views, merit_views
from cmopt.plots import book_files
from cmopt.plots.balance import MOST_DOTS, plot_balance
from cmopt.plots.handover import MOST_ARROWS, handover_size, plot_handovers
from cmopt.plots.heatmap import ABOVE, BELOW, MOST_NAMED, heatmap_size, plot_heatmap
from cmopt.plots.lorenz import plot_lorenz
from cmopt.plots.merit import plot_merit
from cmopt.plots.sheet import heading, new_figure, panels, save, shared_legend, subheading
from cmopt.plots.style import drawing, tier_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "portfolio_by_tier": N_("Portfolios by tier: before and after"),
    "lorenz": N_("Lorenz curves: how evenly each measure is held"),
    "heatmap": N_("Who carries what: managers and measures"),
    "handovers": N_("Handover network: from previous to new manager"),
    "score_portfolio": N_("Score against portfolio"),
    **book_files.TITLES,
}


def charts() -> tuple[str, ...]:
    """The stems of the chart files, in the order they are read."""
    return tuple(TITLES)


def chart_title(stem: str, lang: Lang) -> str:
    """The title of a chart from its stem."""
    return tr(TITLES[stem], lang)


def write_charts(run: Run, rival: Run | None, folder: Path, lang: Lang) -> list[Path]:
    """Write every chart of `run` (beside `rival`, if there is one) into `folder` as .png and .svg.

    Returns the files written, in the order of `charts()`. A chart that has nothing to show is not
    written: score_portfolio without any total score, those of the book where none was divided. The same run
    gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    tasks: list[Future[None]] = []
    with drawing(), ThreadPoolExecutor(1) as encoder:
        for stem, draw in _DRAW.items():
            figure = draw(run, rival, lang)
            if figure is not None:
                png, svg, task = save(figure, folder, stem, encoder)
                written += [png, svg]
                tasks.append(task)
    for task in tasks:
        task.result()
    return written


def _balance(run: Run, rival: Run | None, lang: Lang) -> Figure:
    views = balance_views(run, rival)
    said = ""
    if any(len(v) > MOST_DOTS for by in views[0].series.values() for v in by.values()):
        text = N_(
            "groups of more than {n}: a box for the middle half, pale from 5 to 95 %, a line to the ends"
        )
        said = tr(text, lang, n=MOST_DOTS)
    return _panels("portfolio_by_tier", views, plot_balance, (6.2, 3.7), lang, said)


def _lorenz(run: Run, rival: Run | None, lang: Lang) -> Figure:
    views, scheme = lorenz_views(run, rival), run.scheme
    tiers = tr(N_(" and "), lang).join(tier_title(t, scheme, lang) for t in scheme.balance.tiers)
    said = tr(
        N_("{title} ({tiers}, {n} managers)"),
        lang,
        title=chart_title("lorenz", lang),
        tiers=tiers,
        n=views[0].managers if views else 0,
    )
    figure = panels(len(views), lambda i, ax: plot_lorenz(views[i], ax, lang), said, (4.4, 4.3))
    for axes in figure.axes:
        axes.label_outer(remove_inner_ticks=True)
    return figure


def _heatmap(run: Run, rival: Run | None, lang: Lang) -> Figure:
    view, left_out = heat_view(run), 0
    by_branch = len(view.rows) > MOST_NAMED
    if by_branch:
        of = {s.staff_id: s.branch for s in run.case.roster}
        view, left_out = heat_by_branch(view, of, MOST_NAMED - 1)
    width, height = heatmap_size(view)
    above = ABOVE + (0.3 if by_branch else 0.0)
    height += above - ABOVE
    figure = new_figure(width, height)
    axes = figure.add_axes((1.5 / width, BELOW / height, 1 - 1.8 / width, 1 - (above + BELOW) / height))
    plot_heatmap(view, axes, lang)
    heading(figure, chart_title("heatmap", lang))
    if by_branch:
        said = tr(N_("too many managers for a row each: the mean manager of each branch"), lang)
        if left_out:
            text = N_("the mean manager of each branch; {n} branches nearer to the mean are not shown")
            said = tr(text, lang, n=left_out)
        subheading(figure, said)
    return figure


def _handovers(run: Run, rival: Run | None, lang: Lang) -> Figure:
    whole = handover_view(run)
    view, others, rest = largest_handovers(whole, MOST_ARROWS)
    width, height = handover_size(view)
    figure = new_figure(width, height)
    axes = figure.add_axes((0.02, 0.6 / height, 0.96, 1 - 1.35 / height))
    plot_handovers(view, axes, lang)
    heading(figure, chart_title("handovers", lang))
    moved = sum(len(e.client_ids) for e in whole.edges)
    said = tr(
        N_(
            "{moved} accounts are handed over or newly given, {kept} stay; figures are balances in 10,000 yuan"
        ),
        lang,
        moved=moved,
        kept=whole.kept,
    )
    if others:
        text = N_("{said}; the {n} largest handovers are drawn, {others} more move {balance} together")
        said = tr(text, lang, said=said, n=MOST_ARROWS, others=others, balance=f"{rest:,.0f}")
    subheading(figure, said)
    return figure


def _merit(run: Run, rival: Run | None, lang: Lang) -> Figure | None:
    views = merit_views(run)
    return _panels("score_portfolio", views, plot_merit, (6.0, 3.7), lang) if views else None


def _panels(
    stem: str, views: Any, plot: Callable[..., Any], size: tuple[float, float], lang: Lang, said: str = ""
) -> Figure:
    """The views as panels with one legend below."""
    title = chart_title(stem, lang)
    figure = panels(len(views), lambda i, ax: plot(views[i], ax, lang), title, size, said)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    shared_legend(figure, handles, labels)
    return figure


_DRAW: dict[str, Callable[[Run, Run | None, Lang], Figure | None]] = {
    "portfolio_by_tier": _balance,
    "lorenz": _lorenz,
    "heatmap": _heatmap,
    "handovers": _handovers,
    "score_portfolio": _merit,
    "book_change": book_files.book_change,
    "book_spread": book_files.book_spread,
    "book_outcomes": book_files.book_outcomes,
    "book_matrix": book_files.book_matrix,
}
