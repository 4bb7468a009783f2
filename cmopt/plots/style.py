"""What all charts share: one look, one palette that the colour-blind can read, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import TYPE_CHECKING, Any

from cmopt.domain.scheme import Measure, Scheme
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.views import BEFORE
from cmopt.plots.fonts import FAMILY, add_font

if TYPE_CHECKING:
    pass

INK, MUTED, GRID = "#222222", "#6b6b6b", "#e3e3e3"
TIER_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")  # Okabe & Ito, 2008
TIER_MARKERS = ("o", "s", "^", "D", "v", "P")
NO_TIER = "#8c8c8c"
SERIES_COLOURS = ("#8c8c8c", "#0072B2", "#D55E00", "#009E73")  # before, this run, the rival
SERIES_MARKERS = ("o", "D", "^", "s")
SERIES_LINES: tuple[Any, ...] = ("-", "-", (0, (4, 2)), ":")

STYLE: dict[str, Any] = {
    "font.family": [FAMILY],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titley": 1.0,
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in a name is a dollar sign
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # looks right where no Chinese font is installed
    "svg.hashsalt": "cmopt",
}

_ONE_AT_A_TIME = RLock()  # matplotlib's settings belong to the process
_inside = ContextVar("cmopt_drawing", default=False)


@contextmanager
def drawing() -> Iterator[None]:
    """matplotlib's own defaults, then ours, whatever the user's settings are; put back afterwards."""
    if _inside.get():
        yield
        return
    import matplotlib

    settings: Any = {**_defaults(), **STYLE}
    with _ONE_AT_A_TIME, matplotlib.rc_context(settings):
        add_font()
        token = _inside.set(True)
        try:
            yield
        finally:
            _inside.reset(token)


def _defaults() -> dict[str, Any]:
    """matplotlib's built-in settings of how things look, without those of how it runs."""
    import matplotlib

    kinds = {"axes", "figure", "font", "grid", "image", "legend", "lines", "markers", "mathtext", "patch"}
    kinds |= {"path", "savefig", "scatter", "svg", "text", "xaxis", "xtick", "yaxis", "ytick"}
    default = matplotlib.rcParamsDefault
    return {key: default[key] for key in default if key.split(".")[0] in kinds}


def series_title(name: str, lang: Lang) -> str:
    """``before``, or what a solver's division is called."""
    known = {
        BEFORE: N_("before"),
        "cpsat": N_("after (exact)"),
        "greedy": N_("after (greedy)"),
        "stable": N_("after (by bids)"),
        "large": N_("after (large-scale)"),
    }
    return tr(known[name], lang) if name in known else tr(N_("after ({solver})"), lang, solver=name)


def measure_title(measure: Measure, lang: Lang) -> str:
    """The measure for an axis, money with its unit."""
    title = measure.title.render(lang)
    if measure.unit != "money":
        return title
    return tr(N_("{measure} ({unit})"), lang, measure=title, unit=tr(N_("10,000 yuan"), lang))


def tier_title(tier: str | None, scheme: Scheme, lang: Lang) -> str:
    if tier is None:
        return tr(N_("no client manager"), lang)
    return next((t.title.render(lang) for t in scheme.grading.tiers if t.key == tier), tier)


def group_title(group: str, scheme: Scheme, lang: Lang) -> str:
    """``tier:senior/team`` in words."""
    tier, _, team = group.removeprefix("tier:").partition("/")
    said = tier_title(tier, scheme, lang)
    return tr(N_("{tier}, team"), lang, tier=said) if team else said


def tier_place(tier: str | None, scheme: Scheme) -> int | None:
    return None if tier is None else scheme.grading.tier_order.get(tier)


def tier_colour(tier: str | None, scheme: Scheme) -> str:
    place = tier_place(tier, scheme)
    return NO_TIER if place is None else TIER_COLOURS[place % len(TIER_COLOURS)]
