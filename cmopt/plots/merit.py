"""Score against portfolio: do those with better marks hold more?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.views import MeritView
from cmopt.plots.sheet import amounts_axis, axes_for, few_ticks
from cmopt.plots.style import TIER_MARKERS, drawing, tier_colour, tier_place, tier_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_merit(data: MeritView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """One measure: a mark a manager, total score across, load after the division upwards, by tier."""
    with drawing():
        ax = axes_for(ax, 6.0, 4.2)
        for tier, points in data.points.items():
            xs, ys = zip(*points, strict=True)
            ax.scatter(
                xs,
                ys,
                s=22,
                marker=TIER_MARKERS[(tier_place(tier, data.scheme) or 0) % len(TIER_MARKERS)],
                color=tier_colour(tier, data.scheme),
                alpha=0.8,
                linewidths=0,
                label=tier_title(tier, data.scheme, lang),
            )
        amounts_axis(ax, [y for points in data.points.values() for _, y in points], data.measure, lang)
        if data.correlation is not None:
            said = tr(N_("Spearman's ρ = {rho}"), lang, rho=f"{data.correlation:.2f}")
            ax.set_title(said, loc="right", fontsize=8.5)
        ax.set_xlabel(tr(N_("total score"), lang))
        few_ticks(ax.xaxis)
        ax.grid(True)
    return ax
