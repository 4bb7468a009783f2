"""Time against size: every solver on the branch books, and the whole banks, on one logarithmic chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARKS = {"cmopt": "o", "highs": "s", "cpsat": "^", "greedy": "v", "whole bank": "D"}
COLOURS = {"cmopt": "#1f4e79", "highs": "#c55a11", "cpsat": "#548235", "greedy": "#7f7f7f"}


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
                axes.annotate(p.label, where, (4, 5), textcoords="offset points", fontsize=7, color=colour)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("clients")
        axes.set_ylabel("seconds (wall-clock)")
        axes.set_title("Dividing books: time against size; labels: distance from the bound")
        axes.grid(visible=True, which="major", color="#dddddd")
        axes.legend()
        figure.savefig(path, dpi=120)
