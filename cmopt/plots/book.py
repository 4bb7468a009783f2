"""Charts of the whole book that still read at hundreds of managers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.book_views import ChangeView, MatrixView, OutcomeRow, SpreadView
from cmopt.metrics.crowd import Box
from cmopt.plots.fonts import printable
from cmopt.plots.sheet import amounts_axis, axes_for, outlined
from cmopt.plots.style import GRID, INK, MUTED, SERIES_COLOURS, drawing, measure_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.2  # inches of a row with a name
NAMES = 1.75  # inches for the names at the left
OUTCOME_COLOURS = {"kept": "#0072B2", "moved": "#E69F00", "new": "#56B4E9", "left": "#D55E00"}
OUTCOME_TITLES = {
    "kept": N_("stays"),
    "moved": N_("changes hands"),
    "new": N_("first manager"),
    "left": N_("without a manager"),
}
SHADES = ("#f3f6fa", "#9ec3e0", "#0b4f8a")


def change_height(rows: int) -> float:
    """Inches of the axes that keep `rows` rows apart."""
    return ROW * max(rows, 4)


def plot_change(data: ChangeView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """One measure, a row a manager (grey dot before, blue after) or a branch (line to the ends, bar of the
    middle half, mark at the median; grey above: before, blue below: after)."""
    with drawing():
        ax = axes_for(ax, 6.2, change_height(len(data.rows)) + 1.2)
        boxes = [b for r in data.rows for b in (r.before, r.after)]
        shown = [b.median for b in boxes] + [min(b.low for b in boxes), max(b.high for b in boxes)]
        amounts_axis(ax, shown, data.measure, lang, across=True, skewed=8.0)
        if data.people:
            ends = [(r.before.mean, r.after.mean) for r in data.rows]
            ax.hlines(range(len(ends)), *zip(*ends, strict=True), color=GRID, linewidth=2, zorder=1)
        else:
            _ranges(ax, -0.18, [r.before for r in data.rows], SERIES_COLOURS[0])
            _ranges(ax, 0.18, [r.after for r in data.rows], SERIES_COLOURS[1])
        middle = "mean" if data.people else "median"
        for k, (when, said) in enumerate((("before", N_("before")), ("after", N_("after")))):
            rise = 0.0 if data.people else (-0.18, 0.18)[k]
            xs = [getattr(getattr(r, when), middle) for r in data.rows]
            ys = [y + rise for y in range(len(xs))]
            ax.scatter(
                xs, ys, s=20 if data.people else 10, marker=("o", "D")[k], edgecolors=SERIES_COLOURS[k],
                facecolors=SERIES_COLOURS[k] if data.people else "white",
                linewidths=0 if data.people else 0.9, label=tr(said, lang), zorder=4 + k,
            )  # fmt: skip
        _rows(ax, [_named(r.name, r.n, r.others, data.people, lang) for r in data.rows])
        ax.xaxis.grid(True)
    return ax


def _ranges(ax: Axes, rise: float, found: Sequence[Box], colour: str) -> None:
    ys = [y + rise for y in range(len(found))]
    ax.hlines(ys, [b.low for b in found], [b.high for b in found], color=colour, linewidth=0.8, zorder=2)
    ax.hlines(ys, [b.q1 for b in found], [b.q3 for b in found], color=colour, linewidth=3.2, zorder=3)


def plot_spread(data: SpreadView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """One measure: which share of the managers (upwards) holds at most so much of the mean of their branch."""
    with drawing():
        ax = axes_for(ax, 4.8, 3.6)
        if data.within is not None:
            said = tr(N_("band of ±{within} %"), lang, within=f"{100 * data.within:g}")
            ax.axvspan(1 - data.within, 1 + data.within, color="#dff0e6", zorder=0, label=said)
        ax.axvline(1, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        for k, (values, title) in enumerate(((data.before, N_("before")), (data.after, N_("after")))):
            if values:
                shares = [(i + 1) / len(values) for i in range(len(values))]
                ax.step(
                    [min(values[0], 0), *values], [0, *shares], where="post",
                    color=SERIES_COLOURS[k], linewidth=1.8, label=tr(title, lang), zorder=3 + k,
                )  # fmt: skip
        if not data.after:
            ax.text(
                0.5, 0.5, tr(N_("nobody holds any"), lang), transform=ax.transAxes, ha="center", color=MUTED
            )
        ax.set_xlim(0, RATIO)
        ax.set_ylim(0, 1.02)
        ticks = [0, 0.25, 0.5, 0.75, 1]
        ax.set_yticks(ticks, [f"{t:.0%}" for t in ticks])
        ax.set_title(measure_title(data.measure, lang).split(" (")[0].split("（")[0], loc="left")
        ax.set_xlabel(tr(N_("load ÷ mean of the branch"), lang))
        beyond = sum(v > RATIO for v in data.after)
        if beyond:
            said = tr(N_("after: {n} beyond {most}"), lang, n=beyond, most=f"{RATIO:g}")
            ax.set_title(said, loc="right", fontsize=7.5, color=MUTED)
        ax.grid(True)
    return ax


RATIO = 3.0  # the axis of the spread ends at three times the mean


def plot_outcomes(data: Sequence[OutcomeRow], ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """A bar a branch: what share of its divided clients stays, changes hands, is first managed, has nobody."""
    with drawing():
        ax = axes_for(ax, 7.5, change_height(len(data)) + 1.2)
        left = [0.0] * len(data)
        for key, title in OUTCOME_TITLES.items():
            shares = [getattr(r, key) / r.divided for r in data]
            if any(shares):
                at = range(len(data))
                ax.barh(at, shares, 0.72, left=left, color=OUTCOME_COLOURS[key], label=tr(title, lang))
                left = [a + b for a, b in zip(left, shares, strict=True)]
        changed = [
            ((1.01, float(y)), f"{(r.divided - r.kept):,} / {r.divided:,}") for y, r in enumerate(data)
        ]
        outlined(ax, [at for at, _ in changed], [said for _, said in changed], 7, align=0.0)
        ax.text(1.01, -0.9, tr(N_("changed / divided"), lang), fontsize=7.5, va="bottom", color=MUTED)
        _rows(ax, [_named(r.name, 0, r.others, True, lang) for r in data])
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
        ax.spines["right"].set_visible(False)
    return ax


def plot_matrix(data: MatrixView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Clients handed over, from row to column; the shade grows with the number. The top row: from nobody."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    with drawing():
        size = len(data.names)
        ax = axes_for(ax, *matrix_size(data))
        cells = np.array([data.nobody, *data.clients], dtype=float)
        own = sum(n is not None for n in data.names)  # what is summed up does not set the shades
        top = max(float(cells[1 : own + 1, :own].max()), 1.0)
        ax.pcolormesh(
            np.arange(size + 1), np.arange(size + 2), np.ma.masked_equal(cells, 0),
            norm=PowerNorm(0.5, 0, top, clip=True),
            cmap=LinearSegmentedColormap.from_list("clients", SHADES).with_extremes(bad="white"),
            edgecolors=GRID, linewidth=0.4,
        )  # fmt: skip
        filled = [(r, c, int(v)) for (r, c), v in np.ndenumerate(cells) if v]
        dark = [e for e in filled if e[2] > 0.55 * top]
        for group, colour in ((dark, "white"), ([e for e in filled if e not in dark], INK)):
            at = [(c + 0.5, r + 0.5) for r, c, _ in group]
            outlined(ax, at, [f"{n:,}" for _, _, n in group], 6, colour=colour)
        others = tr(N_("{n} others"), lang, n=data.others)
        names = [others if n is None else printable(n, 12) for n in data.names]
        ax.set_xticks([i + 0.5 for i in range(size)], names, rotation=90, fontsize=7)
        ax.set_yticks([i + 0.5 for i in range(size + 1)], [tr(N_("nobody before"), lang), *names], fontsize=7)
        ax.set_ylim(size + 1, 0)
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
        ax.set_xlabel(tr(N_("taken over by"), lang))
        ax.set_ylabel(tr(N_("handed over by"), lang))
        ax.spines[:].set_visible(False)
    return ax


def matrix_size(data: MatrixView) -> tuple[float, float]:
    """Inches of the cells, which keep the names apart; the names need room beside them."""
    side = max(0.21 * len(data.names), 2.4)
    return side, side * (len(data.names) + 1) / len(data.names)


def _rows(ax: Axes, names: Sequence[str]) -> None:
    """Names at the left of the rows, the first row on top."""
    ax.set_yticks(range(len(names)), names, fontsize=7.5)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _named(name: str | None, n: int, others: int, alone: bool, lang: Lang) -> str:
    if name is None:
        return tr(N_("{n} other branches"), lang, n=others)
    return printable(name, 14) if alone else f"{printable(name, 12)} ({n})"
