"""Managers x measures: who carries what, against the mean of their own tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.crowd import BY_BRANCH
from cmopt.metrics.views import HeatRow, HeatView
from cmopt.plots.fonts import printable
from cmopt.plots.sheet import axes_for, outlined
from cmopt.plots.style import drawing, group_title, measure_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NAMED = 80  # with more managers than this the rows have no names and no figures
ROW, ABOVE, BELOW = 0.19, 0.95, 0.65  # inches: a row, the room above and below the table
COLOURS = (
    "#8f86c4",
    "#f8f8f8",
    "#ee9a3c",
)  # purple and orange: told apart by the colour-blind, text readable
TOP = 2.0  # colours end at twice the mean


def heatmap_size(data: HeatView) -> tuple[float, float]:
    """Inches that fit the rows; more than 80 rows share the height of 80."""
    rows = _lines(data) if len(data.rows) <= MOST_NAMED else MOST_NAMED
    return 2.4 + 1.3 * len(data.measures), ABOVE + ROW * max(rows, 4) + BELOW


def plot_heatmap(data: HeatView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """A row a manager by tier group and rank, a column a measure; the figure is the load, the colour its
    ratio to the mean of the tier group (purple: less, white: the mean, orange: more, grey: none held)."""
    with drawing():
        if ax is None:
            width, height = heatmap_size(data)
            ax = axes_for(None, width, height)
            ax.figure.subplots_adjust(
                left=1.5 / width, right=1 - 0.3 / width, top=1 - ABOVE / height, bottom=BELOW / height
            )
        ax = axes_for(ax)
        table = len(data.rows) <= MOST_NAMED
        names: list[tuple[float, str]] = []
        line, image = 0, None
        for group in dict.fromkeys(r.group for r in data.rows):
            rows = [r for r in data.rows if r.group == group]
            title = group_title(group, data.scheme, lang)
            said = tr(N_("{group}: {n} managers, by rank"), lang, group=title, n=len(rows))
            if group == BY_BRANCH:
                n = sum(r.managers for r in rows)
                said = tr(N_("{k} branches, {n} managers: mean of each branch"), lang, k=len(rows), n=n)
            ax.text(0.02, line + 0.82, said, va="baseline", ha="left", fontsize=8.5)
            image = _block(ax, rows, line + 1, table)
            names += zip((line + 1.5 + i for i in range(len(rows))), _names(data, rows), strict=True)
            line += 1 + len(rows)
        ax.set_xlim(0, len(data.measures))
        ax.set_ylim(max(line, 1), 0)
        titles = [measure_title(m, lang).replace(" (", "\n(").replace("（", "\n（") for m in data.measures]
        ax.set_xticks([i + 0.5 for i in range(len(data.measures))], titles, linespacing=1.35)
        ax.set_yticks([])
        if table:
            outlined(ax, [(-0.04, y) for y, _ in names], [name for _, name in names], 8, align=1.0)
        ax.xaxis.tick_top()
        ax.tick_params(length=0, labelsize=8)
        ax.spines[:].set_visible(False)
        if image is not None:
            _scale(ax, image, lang)
    return ax


def _block(ax: Axes, rows: Sequence[HeatRow], top: int, table: bool) -> Any:
    """The cells of one group, from line `top` downwards."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    ratios = np.array([[np.nan if v is None else v for v in r.relative] for r in rows])
    edges_x, edges_y = range(ratios.shape[1] + 1), range(top, top + len(rows) + 1)
    image = ax.pcolormesh(
        edges_x,
        edges_y,
        np.ma.masked_invalid(ratios),
        cmap=LinearSegmentedColormap.from_list("less-more", COLOURS).with_extremes(bad="#eeeeee"),
        vmin=0,
        vmax=TOP,
        edgecolors="white" if table else "none",
        linewidth=0.6,
    )
    if table:
        cells = [(j + 0.5, top + i + 0.5, v) for i, r in enumerate(rows) for j, v in enumerate(r.loads)]
        said = [f"{v:,.0f}" if abs(v) >= 100 or v == round(v) else f"{v:.1f}" for _, _, v in cells]
        outlined(ax, [(x, y) for x, y, _ in cells], said, 7)
    return image


def _names(data: HeatView, rows: Sequence[HeatRow]) -> list[str]:
    """Names; with the id where two have the same."""
    often = Counter(r.name for r in data.rows)
    if rows[0].group == BY_BRANCH:
        return [printable(f"{r.name} ({r.managers})", 18) for r in rows]
    return [
        printable(r.name, 14) if often[r.name] == 1 else printable(f"{r.name} {r.staff_id}", 18) for r in rows
    ]


def _lines(data: HeatView) -> int:
    return len(data.rows) + len({r.group for r in data.rows})


def _scale(ax: Axes, image: Any, lang: Lang) -> None:
    """The colour bar, below the table."""
    height = ax.get_window_extent().height / ax.figure.dpi
    inset = ax.inset_axes((0.0, -0.3 / height, 0.6, 0.12 / height))
    bar = ax.figure.colorbar(image, cax=inset, orientation="horizontal", ticks=[0, 0.5, 1, 1.5, 2])
    inset.set_xticklabels(["0", "0.5", "1", "1.5", "≥2"])
    inset.tick_params(labelsize=7.5, length=2)
    bar.outline.set_visible(False)
    inset.text(
        1.05,
        0.5,
        tr(N_("load ÷ mean of the group"), lang),
        transform=inset.transAxes,
        va="center",
        fontsize=8,
    )
