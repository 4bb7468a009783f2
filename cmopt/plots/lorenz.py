"""Lorenz curves: how evenly a measure is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.views import LorenzView
from cmopt.plots.sheet import axes_for
from cmopt.plots.style import MUTED, SERIES_COLOURS, SERIES_LINES, drawing, series_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_lorenz(data: LorenzView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """One measure: a curve a series with its Gini coefficient, and the line of equality."""
    with drawing():
        ax = axes_for(ax, 4.8, 4.8)
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
        for k, (name, (points, gini)) in enumerate(data.series.items()):
            if points is None or gini is None:
                continue
            said = tr(N_("{series}: Gini {gini}"), lang, series=series_title(name, lang), gini=f"{gini:.3f}")
            xs, ys = zip(*points, strict=True)
            ax.plot(
                xs, ys, color=SERIES_COLOURS[k % 4], linestyle=SERIES_LINES[k % 4], linewidth=1.8, label=said
            )
        if len(ax.get_lines()) == 1:
            ax.text(0.5, 0.3, tr(N_("nobody holds any"), lang), ha="center", color=MUTED)
        else:
            ax.legend(loc="upper left", handlelength=2.2, borderaxespad=0.3)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ticks = [0, 0.25, 0.5, 0.75, 1]
        ax.set_xticks(ticks, [f"{t:.0%}" for t in ticks])
        ax.set_yticks(ticks, [f"{t:.0%}" for t in ticks])
        ax.set_aspect("equal")
        ax.grid(True)
        ax.set_title(data.measure.title.render(lang), loc="left")
        ax.set_xlabel(tr(N_("share of managers, the lightest first"), lang))
        ax.set_ylabel(tr(N_("share of the total"), lang))
    return ax
