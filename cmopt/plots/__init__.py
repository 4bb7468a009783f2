"""Charts: plot_<what>(data, ax=None, lang="zh") -> Axes. They only draw; the numbers come from metrics."""

from cmopt.plots.balance import plot_balance
from cmopt.plots.files import chart_title, charts, write_charts
from cmopt.plots.fonts import font_file
from cmopt.plots.handover import plot_handovers
from cmopt.plots.heatmap import plot_heatmap
from cmopt.plots.lorenz import plot_lorenz
from cmopt.plots.merit import plot_merit

__all__ = [
    "chart_title",
    "charts",
    "font_file",
    "plot_balance",
    "plot_handovers",
    "plot_heatmap",
    "plot_lorenz",
    "plot_merit",
    "write_charts",
]
