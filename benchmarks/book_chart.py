"""Time against size: every solver on the branch books, and the whole banks, on one logarithmic chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARKS = {"cmopt": "o", "highs": "s", "cpsat": "^", "greedy": "v", "whole bank": "D"}
COLOURS = {"cmopt": "#1f4e79", "highs": "#c55a11", "cpsat": "#548235", "greedy": "#7f7f7f"}

# Where a label stands beside its mark: right and up in points, and which side of it is there.
PLACES = {"cmopt": (6, -12, "left"), "cpsat": (-6, -3, "right")}


@dataclass(frozen=True)
class Point:
    """clients; seconds; label: the solver's gap in words, or that it found nothing."""

    clients: int
    seconds: float
    label: str


def draw(series: Mapping[str, Sequence[Point]], path: Path) -> None:
    """One line a solver, a label a point, as PNG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from cmopt.plots.fonts import FAMILY, add_font

    add_font()
    with rc_context({"font.family": FAMILY, "axes.unicode_minus": False}):
        figure = Figure(figsize=(9, 5.5), layout="constrained")
        axes = figure.add_subplot()
        for name, points in series.items():
            ordered = sorted(points, key=lambda p: p.clients)
            colour = COLOURS.get(name, "#1f4e79")
            axes.plot(
                [p.clients for p in ordered], [p.seconds for p in ordered],
                marker=MARKS.get(name, "o"), color=colour, label=name,
                linestyle="--" if name == "whole bank" else "-",
            )  # fmt: skip
            for p in ordered:
                where = (p.clients, p.seconds)
                x, y, side = PLACES.get(name, (6, 6, "left"))
                axes.annotate(
                    p.label, where, (x, y), textcoords="offset points", fontsize=7, color=colour, ha=side
                )
        sizes = sorted({p.clients for points in series.values() for p in points})
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axes.set_xticks([], minor=True)
        axes.set_xmargin(0.2)
        axes.set_yscale("log")
        axes.set_xlabel("clients")
        axes.set_ylabel("seconds (wall-clock)")
        axes.set_title("Dividing books: time against size; labels: distance from the bound")
        axes.grid(visible=True, which="major", color="#dddddd")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        figure.savefig(path, dpi=120)
