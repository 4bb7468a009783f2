"""The whole book's charts as sheets; where no book was divided there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmopt.domain.run import Run
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.book_views import change_views, matrix_view, outcome_rows, spread_views
from cmopt.metrics.handover_plan import plan_of
from cmopt.plots.book import (
    NAMES,
    change_height,
    matrix_size,
    plot_change,
    plot_matrix,
    plot_outcomes,
    plot_spread,
)
from cmopt.plots.sheet import heading, new_figure, panels, shared_legend, subheading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "book_change": N_("The whole book: what each holds, before and after"),
    "book_spread": N_("The whole book: how far managers are from the mean of their branch"),
    "book_outcomes": N_("The whole book: what becomes of each branch's clients"),
    "book_matrix": N_("The whole book: who hands clients to whom"),
}
ABOVE, BETWEEN, BELOW = 1.1, 0.75, 0.75  # inches above, between and below blocks of rows


def book_change(run: Run, rival: Run | None, lang: Lang) -> Figure | None:
    """A panel a measure, two side by side, a row a manager or a branch."""
    views = () if run.book is None else change_views(run)
    if not views:
        return None
    columns, wide, rows = min(2, len(views)), 3.6, change_height(len(views[0].rows))
    lines = -(-len(views) // columns)
    width = columns * (wide + NAMES) + 0.3
    height = ABOVE + lines * (rows + BETWEEN) - BETWEEN + BELOW
    figure = new_figure(width, height)
    for i, view in enumerate(views):
        left = (i % columns) * (wide + NAMES) + NAMES
        bottom = height - ABOVE - (i // columns) * (rows + BETWEEN) - rows
        place = (left / width, bottom / height, wide / width, rows / height)
        plot_change(view, figure.add_axes(place), lang)
    heading(figure, tr(TITLES["book_change"], lang))
    if views[0].people:
        said = tr(N_("one row a manager, those who hold most on top"), lang)
    else:
        text = N_("one row a branch (managers): line to the ends, bar of the middle half, mark at the median")
        said = tr(text, lang)
    subheading(figure, said)
    shared_legend(figure, *figure.axes[0].get_legend_handles_labels())
    return figure


def book_spread(run: Run, rival: Run | None, lang: Lang) -> Figure | None:
    """A panel a measure: the managers' loads over the mean of their branch."""
    views = () if run.book is None else spread_views(run)
    if not views:
        return None
    said = tr(
        N_("share of the managers (upwards) who hold at most so much: the steeper at 1, the more even"), lang
    )
    title = tr(TITLES["book_spread"], lang)
    figure = panels(len(views), lambda i, ax: plot_spread(views[i], ax, lang), title, (4.8, 3.5), said)
    shared_legend(figure, *figure.axes[0].get_legend_handles_labels())
    return figure


def book_outcomes(run: Run, rival: Run | None, lang: Lang) -> Figure | None:
    """A bar a branch."""
    rows = () if run.book is None else outcome_rows(plan_of(run))
    if not rows:
        return None
    tall = change_height(len(rows))
    width, height = NAMES + 6.6, tall + ABOVE + BELOW
    figure = new_figure(width, height)
    axes = figure.add_axes((NAMES / width, BELOW / height, 5.6 / width, tall / height))
    plot_outcomes(rows, axes, lang)
    heading(figure, tr(TITLES["book_outcomes"], lang))
    changed, divided = sum(r.divided - r.kept for r in rows), sum(r.divided for r in rows)
    text = N_("{changed} of {divided} clients do not stay where they were; most changes on top")
    subheading(figure, tr(text, lang, changed=f"{changed:,}", divided=f"{divided:,}"))
    shared_legend(figure, *axes.get_legend_handles_labels())
    return figure


def book_matrix(run: Run, rival: Run | None, lang: Lang) -> Figure | None:
    """Who hands how many clients to whom; None where nothing crosses between those shown."""
    view = None if run.book is None else matrix_view(run, plan_of(run))
    if view is None:
        return None
    wide, tall = matrix_size(view)
    width, height = max(wide + 1.9, 5.2), tall + 2.3
    figure = new_figure(width, height)
    axes = figure.add_axes((1.5 / width, 0.4 / height, wide / width, tall / height))
    plot_matrix(view, axes, lang)
    heading(figure, tr(TITLES["book_matrix"], lang))
    text = N_("number of clients, by manager") if view.people else N_("number of clients, by branch")
    subheading(figure, tr(text, lang))
    return figure
