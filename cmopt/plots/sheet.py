"""The sheet a chart is drawn on: figures without global state, panels, axes of amounts, files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmopt.domain.scheme import Measure
from cmopt.i18n import N_, Lang, tr
from cmopt.plots.style import measure_title

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


def new_axes(width: float = 6.0, height: float = 4.2) -> Axes:
    return new_figure(width, height).subplots()


def panels(count: int, plot: Callable[[int, Axes], object], title: str, size: tuple[float, float]) -> Figure:
    """A sheet of `count` panels, two a row, each `size` inches, title above, room for a legend below."""
    columns = min(2, count)
    rows = -(-count // columns)
    width, height = columns * size[0], rows * size[1] + 1.0
    figure = new_figure(width, height)
    for i in range(count):
        axes = figure.add_subplot(rows, columns, i + 1)
        plot(i, axes)
    figure.subplots_adjust(
        left=0.85 / width,
        right=1 - 0.25 / width,
        bottom=0.95 / height,
        top=1 - 0.85 / height,
        wspace=0.95 / (size[0] - 0.95),
        hspace=0.85 / (size[1] - 0.85),
    )
    heading(figure, title)
    return figure


def heading(figure: Figure, title: str) -> None:
    """The title of the sheet, at the left above everything."""
    width, height = figure.get_size_inches()
    figure.text(0.2 / width, 1 - 0.2 / height, title, fontsize=13, va="top", ha="left")


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

    Image.frombytes("RGBA", size, pixels).convert("RGB").save(path, dpi=(150, 150), compress_level=6)


def amounts_axis(ax: Axes, values: Sequence[float], measure: Measure, lang: Lang) -> None:
    """The y axis of a measure, its title above. Where a few hold more than `SKEWED` times what three quarters
    of the holders hold at most, the scale is logarithmic (and says so): else nothing else is seen."""
    from matplotlib.ticker import NullLocator

    title = measure_title(measure, lang)
    held = sorted(v for v in values if v > 0)
    top, low = max(values, default=0.0), min(values, default=0.0)
    usual = held[len(held) * 3 // 4] if held else 0.0
    if low >= 0 and usual > 0 and top > SKEWED * usual:
        knee = 10.0 ** math.floor(math.log10(usual))
        ax.set_yscale("symlog", linthresh=knee, linscale=1.0)
        ax.set_ylim(-0.08 * knee, top * 1.6)
        decades = math.floor(math.log10(top)) - round(math.log10(knee))
        ax.set_yticks([0, knee / 2, *(knee * 10**d for d in range(decades + 1))])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(thousands)
        title = tr(N_("{title}, logarithmic scale"), lang, title=title)
    else:
        room = 0.05 * ((top - min(low, 0.0)) or 1.0)
        ax.set_ylim(min(low, 0.0) - room, top + room)
        few_ticks(ax.yaxis)
    ax.set_title(title, loc="left")


def few_ticks(axis: Any, most: int = 5) -> None:
    """At most `most` round values on an axis, with thousands marked."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(thousands)


def thousands(value: float, _position: object = None) -> str:
    """A tick: 12,000 or 0.5."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,g}"
