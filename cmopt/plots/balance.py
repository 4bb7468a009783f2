"""Portfolio balance by tier: every manager a dot, before, after and by the rival."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.crowd import box
from cmopt.metrics.views import BalanceView
from cmopt.plots.sheet import amounts_axis, axes_for
from cmopt.plots.style import (
    GRID,
    INK,
    SERIES_COLOURS,
    SERIES_MARKERS,
    drawing,
    group_title,
    series_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 40  # dots in one of so many bands of the axis are set side by side
MOST_DOTS = 60  # with more managers than this in a group: a box of its quantiles


def plot_balance(data: BalanceView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """One measure: a strip of dots a tier group and series, the mean as a bar, the range as a line. Of a large
    group no dots but boxes: 5 to 95 % pale, the middle half full."""
    with drawing():
        ax = axes_for(ax, 6.4, 4.2)
        every = [v for by in data.series.values() for values in by.values() for v in values]
        amounts_axis(ax, every, data.measure, lang)
        step = 0.84 / len(data.series)
        for k, (name, by_group) in enumerate(data.series.items()):
            shown = [(g, sorted(by_group[group])) for g, group in enumerate(data.groups) if by_group[group]]
            middles = [g + (k - (len(data.series) - 1) / 2) * step for g, _ in shown]
            columns = [values for _, values in shown]
            few = [
                (m, values) for m, values in zip(middles, columns, strict=True) if len(values) <= MOST_DOTS
            ]
            xs = [
                middle + x for middle, values in few for x in _side_by_side(_heights(ax, values), step * 0.4)
            ]
            for middle, values in zip(middles, columns, strict=True):
                if len(values) > MOST_DOTS:
                    _box(ax, middle, step * 0.36, values, SERIES_COLOURS[k % 4])
            ax.vlines(
                middles,
                [values[0] for values in columns],
                [values[-1] for values in columns],
                color=SERIES_COLOURS[k % 4],
                linewidth=1,
                zorder=2,
            )
            ax.scatter(
                xs,
                [v for _, values in few for v in values],
                s=13,
                marker=SERIES_MARKERS[k % 4],
                color=SERIES_COLOURS[k % 4],
                alpha=0.75,
                linewidths=0,
                label=series_title(name, lang),
                zorder=3,
            )
            ax.hlines(
                [sum(values) / len(values) for values in columns],
                [x - step * 0.42 for x in middles],
                [x + step * 0.42 for x in middles],
                color=INK,
                linewidth=1.6,
                zorder=4,
                label=tr(N_("mean"), lang) if k + 1 == len(data.series) else "",
            )
        _groups(ax, data, lang)
    return ax


def _box(ax: Axes, middle: float, half: float, values: Sequence[float], colour: str) -> None:
    """The quantiles of a group too large for dots."""
    from matplotlib.patches import Rectangle

    found = box(values)
    assert found is not None
    for low, high, width, alpha in (
        (found.p5, found.p95, half * 0.55, 0.35),
        (found.q1, found.q3, half, 0.75),
    ):
        place = (middle - width, low)
        ax.add_patch(
            Rectangle(place, 2 * width, high - low, facecolor=colour, alpha=alpha, linewidth=0, zorder=3)
        )


def _groups(ax: Axes, data: BalanceView, lang: Lang) -> None:
    sizes = [max(len(by[group]) for by in data.series.values()) for group in data.groups]
    titles = [
        f"{group_title(g, data.scheme, lang)}\n{tr(N_('{n} managers'), lang, n=n)}"
        for g, n in zip(data.groups, sizes, strict=True)
    ]
    ax.set_xticks(range(len(data.groups)), titles, linespacing=1.35)
    ax.set_xlim(-0.5, max(len(data.groups), 1) - 0.5)
    ax.tick_params(axis="x", length=0)
    for g in range(1, len(data.groups)):
        ax.axvline(g - 0.5, color=GRID, linewidth=0.8, zorder=0)
    ax.yaxis.grid(True)


def _heights(ax: Axes, values: Sequence[float]) -> list[float]:
    """Where on the axis the values are, in its own scale, 0 at the bottom and 1 at the top."""
    import numpy as np

    to_scale = ax.yaxis.get_transform().transform
    low, high = to_scale(np.array(ax.get_ylim(), dtype=float))
    return [float(v) for v in (to_scale(np.array(values, dtype=float)) - low) / (high - low)]


def _side_by_side(heights: Sequence[float], half: float) -> list[float]:
    """x offsets within +-half for dots at these heights, so that those in one band stand in a row."""
    bands: dict[int, list[int]] = {}
    for i, height in enumerate(heights):
        bands.setdefault(int(height * BINS), []).append(i)
    offsets = [0.0] * len(heights)
    for members in bands.values():
        gap = min(half / 4, 2 * half / max(1, len(members) - 1))
        for k, i in enumerate(members):
            offsets[i] = (k - (len(members) - 1) / 2) * gap
    return offsets
