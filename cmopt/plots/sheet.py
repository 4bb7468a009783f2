"""The sheet a chart is drawn on: figures without global state, panels, axes of amounts, files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmopt.domain.scheme import Measure
from cmopt.i18n import N_, Lang, tr
from cmopt.plots.fonts import CAPITALS, FAMILY, outline
from cmopt.plots.style import INK, measure_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SKEWED = 20.0  # see amounts_axis


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of `width` x `height` inches that belongs to nobody (no pyplot)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def axes_for(ax: Axes | None, width: float = 6.0, height: float = 4.2) -> Axes:
    """The given axes, made to write in the bundled font (whoever made them), or new ones of this size."""
    from matplotlib.text import Text

    if ax is None:
        ax = new_figure(width, height).subplots()
    elif ax.title.get_fontfamily() == [FAMILY]:
        return ax
    for text in ax.findobj(Text):
        text.set_fontfamily([FAMILY])
        text.set_parse_math(False)
    ax.tick_params(labelfontfamily=[FAMILY])  # also for ticks that come only when it is drawn
    return ax


def panels(
    count: int, plot: Callable[[int, Axes], object], title: str, size: tuple[float, float], said: str = ""
) -> Figure:
    """A sheet of `count` panels, two a row, each `size` inches, title above (and `said` below it), room for a
    legend below."""
    columns = min(2, count)
    rows = -(-count // columns)
    above = 1.1 if said else 0.85
    width, height = columns * size[0], rows * size[1] + above + 0.15
    figure = new_figure(width, height)
    for i in range(count):
        axes = figure.add_subplot(rows, columns, i + 1)
        plot(i, axes)
    figure.subplots_adjust(
        left=0.85 / width,
        right=1 - 0.25 / width,
        bottom=0.95 / height,
        top=1 - above / height,
        wspace=0.95 / (size[0] - 0.95),
        hspace=0.85 / (size[1] - 0.85),
    )
    heading(figure, title)
    if said:
        subheading(figure, said)
    return figure


def heading(figure: Figure, title: str) -> None:
    """The title of the sheet, at the left above everything."""
    width, height = figure.get_size_inches()
    figure.text(0.2 / width, 1 - 0.2 / height, title, fontsize=13, va="top", ha="left")


def subheading(figure: Figure, said: str) -> None:
    """A line below the title."""
    width, height = figure.get_size_inches()
    figure.text(0.2 / width, 1 - 0.5 / height, said, va="top", fontsize=9)


def shared_legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    at = (0.5, 0.1 / figure.get_size_inches()[1])
    figure.legend(handles, labels, loc="lower center", bbox_to_anchor=at, ncols=min(6, len(labels)))


def save(figure: Figure, folder: Path, name: str, encoder: Executor) -> tuple[Path, Path, Future[None]]:
    """`name`.png (150 dpi) and `name`.svg, without dates or versions: the same run gives the same bytes.

    The PNG is written by `encoder`, beside further drawing; its future is done when the file is whole.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    own = figure.dpi
    figure.dpi = 150
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = bytes(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    task = encoder.submit(_encode, pixels, canvas.get_width_height(), png)
    figure.dpi = own
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return png, svg, task


def _encode(pixels: bytes, size: tuple[int, int], path: Path) -> None:
    from PIL import Image

    Image.frombytes("RGBA", size, pixels).convert("RGB").save(path, dpi=(150, 150), compress_level=4)


def amounts_axis(
    ax: Axes,
    values: Sequence[float],
    measure: Measure,
    lang: Lang,
    across: bool = False,
    skewed: float = SKEWED,
) -> None:
    """The y axis (with `across` the x axis) of a measure, its title above. Where a few hold more than `skewed`
    times what three quarters of the holders hold at most, the scale is logarithmic (and says so): else nothing
    else is seen."""
    from matplotlib.ticker import NullLocator

    axis, scale, limits, ticks = ax.yaxis, ax.set_yscale, ax.set_ylim, ax.set_yticks
    if across:
        axis, scale, limits, ticks = ax.xaxis, ax.set_xscale, ax.set_xlim, ax.set_xticks  # type: ignore[assignment]
    title = measure_title(measure, lang)
    held = sorted(v for v in values if v > 0)
    top, low = max(values, default=0.0), min(values, default=0.0)
    usual = held[len(held) * 3 // 4] if held else 0.0
    if low >= 0 and usual > 0 and top > skewed * usual:
        knee = 10.0 ** math.floor(math.log10(usual))
        scale("symlog", linthresh=knee, linscale=1.0)
        limits(-0.08 * knee, top * 1.6)
        decades = math.floor(math.log10(top)) - round(math.log10(knee))
        ticks([0, knee / 2, *(knee * 10**d for d in range(decades + 1))])
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(thousands)
        title = tr(N_("{title}, logarithmic scale"), lang, title=title)
    else:
        room = 0.05 * ((top - min(low, 0.0)) or 1.0)
        limits(min(low, 0.0) - room, top + room)
        few_ticks(axis)
    ax.set_title(title, loc="left")


def outlined(
    ax: Axes,
    at: Sequence[tuple[float, float]],
    said: Sequence[str],
    size: float,
    align: float = 0.5,
    rise: Sequence[float] | None = None,
    backing: float = 0.0,
    colour: str = INK,
) -> None:
    """Many short texts, `size` points high, as one collection of outlines: far quicker than as many texts.

    `at` is in data coordinates: the middle of the height, and of the width (`align` 0.5) or its end (1.0);
    each text stands `rise` points higher. `backing`: how opaque the white behind each text is.
    """
    from matplotlib.path import Path as Outline

    inches, room = size / 72, 0.25
    texts, boxes = [], []
    for i, text in enumerate(said):
        vertices, codes, width = outline(text)
        up = (rise[i] if rise is not None else 0.0) / 72
        texts.append(Outline((vertices - (align * width, CAPITALS / 2)) * inches + (0.0, up), codes))
        left, right = (-align * width - room / 2) * inches, ((1 - align) * width + room / 2) * inches
        half = (CAPITALS / 2 + room) * inches
        corners = [(left, up - half), (right, up - half), (right, up + half), (left, up + half)]
        boxes.append(Outline([*corners, corners[0]], closed=True))
    if backing:
        _collect(ax, boxes, at, "white", backing, 2.0)
    _collect(ax, texts, at, colour, 1.0, 3.5)


def _collect(ax: Axes, paths: Sequence[Any], at: Any, colour: str, alpha: float, zorder: float) -> None:
    """Paths in inches, set at places in data coordinates."""
    from matplotlib.collections import PathCollection

    drawn = PathCollection(
        paths,
        offsets=list(at),
        offset_transform=ax.transData,
        facecolors=colour,
        alpha=alpha,
        linewidths=0,
        clip_on=False,
        snap=False,
        zorder=zorder,
    )
    drawn.set_transform(ax.figure.dpi_scale_trans)
    ax.add_collection(drawn, autolim=False)


def few_ticks(axis: Any, most: int = 6) -> None:
    """At most `most` round values on an axis, with thousands marked."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(thousands)


def thousands(value: float, _position: object = None) -> str:
    """A tick: 12,000 or 0.5."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,g}"
