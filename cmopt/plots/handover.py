"""The handover network: who hands divided accounts to whom."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.views import Handover, HandoverNode, HandoverView
from cmopt.plots.fonts import printable
from cmopt.plots.layout import place_nodes
from cmopt.plots.sheet import axes_for, outlined
from cmopt.plots.style import MUTED, NO_TIER, drawing, group_title, tier_colour, tier_place, tier_title

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

COLUMN, LINE = 1.75, 0.56  # inches between neighbours
MOST_ARROWS = 48  # a sheet shows so many handovers, the largest
MOST_LABELLED = 120  # with more people than this they have no names


def handover_graph(data: HandoverView) -> nx.DiGraph:
    """A node a person (`person`), an edge a handover (`handover`). Nobody (before or after) is a node of its
    own for every edge, so that accounts without a manager do not tie strangers together."""
    import networkx as nx

    graph = nx.DiGraph()
    people = {n.staff_id: n for n in data.nodes}
    for k, edge in enumerate(data.edges):
        ends = (edge.previous or f"?{k}", edge.holder or f"!{k}")
        for end in ends:
            graph.add_node(end, person=people.get(end))
        graph.add_edge(*ends, handover=edge)
    return graph


def handover_size(data: HandoverView) -> tuple[float, float]:
    """Inches that keep the names apart."""
    places = place_nodes(handover_graph(data)).values()
    columns = 1 + max((x for x, _ in places), default=0)
    lines = 1 + max((y for _, y in places), default=0)
    return max(6.0, COLUMN * columns + 0.4), max(2.4, LINE * lines + 1.6)


def plot_handovers(data: HandoverView, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Dots are people, coloured by tier; an arrow goes from the previous to the new manager, with the number
    of accounts (where more than one) and their balance in 万元; a ring stands for nobody."""
    with drawing():
        graph = handover_graph(data)
        places = place_nodes(graph)
        ax = axes_for(ax, *handover_size(data))
        ax.set_axis_off()
        ax.set_xlim(-0.5, max(2.9, 0.5 + max((x for x, _ in places.values()), default=0)))
        ax.set_ylim(0.7 + max((y for _, y in places.values()), default=0), -0.6)
        if not data.edges:
            ax.text(0.5, 0.5, tr(N_("no account changes hands"), lang), transform=ax.transAxes, ha="center")
            return ax
        _arrows(ax, graph, places, lang)
        _dots(ax, data, graph, places, lang)
        ax.legend(
            loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=6, handletextpad=0.3, columnspacing=1.4
        )
    return ax


def _arrows(ax: Axes, graph: nx.DiGraph, places: dict[str, Any], lang: Lang) -> None:
    """An arrow a handover, each with its figure at the first place along it that is free."""
    from matplotlib.patches import FancyArrowPatch

    taken: list[Any] = list(ax.transData.transform(list(places.values())))
    at, said = [], []
    for giver, taker in sorted(graph.edges, key=lambda e: (places[e[0]], places[e[1]])):
        handover: Handover = graph.edges[giver, taker]["handover"]
        start, end = places[giver], places[taker]
        forward = end[0] - start[0] == 1
        bend = 0.0 if forward else 0.22 if end[0] > start[0] else 0.35
        ax.add_patch(
            FancyArrowPatch(
                start,
                end,
                connectionstyle=f"arc3,rad={bend}",
                arrowstyle="-|>",
                mutation_scale=9,
                shrinkA=6,
                shrinkB=6,
                linewidth=min(3.0, 0.8 + 0.4 * len(handover.client_ids)),
                color=MUTED,
                alpha=0.75,
                zorder=1,
            )
        )
        first, last = ax.transData.transform([start, end])
        place = _free_place(first, last, bend, taken, ax.figure.dpi)
        taken.append(place)
        at.append(tuple(ax.transData.inverted().transform(place)))
        balance, n = f"{handover.balance:,.0f}", len(handover.client_ids)
        said.append(tr(N_("{n}: {balance}"), lang, n=n, balance=balance) if n > 1 else balance)
    outlined(ax, at, said, 7, backing=0.85)


def _free_place(start: Any, end: Any, bend: float, taken: list[Any], inch: float) -> tuple[float, float]:
    """A place along the arc3 curve from `start` to `end`, near its middle, clear of the places `taken`."""
    (x0, y0), (x1, y1) = start, end
    x2, y2 = (x0 + x1) / 2 + bend * (y1 - y0), (y0 + y1) / 2 - bend * (x1 - x0)
    found = []
    for way in (0.5, 0.4, 0.6, 0.32, 0.68, 0.26):
        a, b, c = (1 - way) ** 2, 2 * way * (1 - way), way**2
        at = (a * x0 + b * x2 + c * x1, a * y0 + b * y2 + c * y1)
        if all(abs(at[0] - x) > 0.42 * inch or abs(at[1] - y) > 0.13 * inch for x, y in taken):
            return at
        found.append(at)
    return found[0]


def _dots(ax: Axes, data: HandoverView, graph: nx.DiGraph, places: dict[str, Any], lang: Lang) -> None:
    often = Counter(n.name for n in data.nodes)
    kinds: dict[str, list[str]] = {}
    people: dict[str, HandoverNode] = {n: p for n in graph if (p := graph.nodes[n]["person"]) is not None}
    for node in sorted(people, key=lambda n: _tier_key(data, people[n])):
        kinds.setdefault(_kind(data, people[node], lang), []).append(node)
    for kind, nodes in kinds.items():
        first = people[nodes[0]]
        colour = tier_colour(first.tier, data.scheme)
        marker = "D" if first.on_team else "o"
        xs, ys = zip(*(places[n] for n in nodes), strict=True)
        ax.scatter(xs, ys, s=46, marker=marker, color=colour, linewidths=0, label=kind, zorder=3)
    for sign, said in (("?", N_("nobody before")), ("!", N_("nobody after"))):
        nodes = [n for n in graph if n not in people and n.startswith(sign)]
        if nodes:
            xs, ys = zip(*(places[n] for n in nodes), strict=True)
            colour, marker = (NO_TIER, "o") if sign == "?" else ("#D55E00", "X")
            face = "white" if sign == "?" else colour
            ax.scatter(
                xs,
                ys,
                s=40,
                marker=marker,
                facecolors=face,
                edgecolors=colour,
                linewidths=1.1,
                label=tr(said, lang),
                zorder=3,
            )
    if len(people) > MOST_LABELLED:
        return
    spots, names, rise = [], [], []
    for node, person in people.items():
        x, y = places[node]
        about = [places[n][1] - y for n in (*graph.pred[node], *graph.succ[node])]
        spots.append((x, y))
        rise.append(10.0 if sum(about) > 0 else -11.0)  # where the arrows are below, the name goes above
        name = person.name if often[person.name] == 1 else f"{person.name} {person.staff_id}"
        names.append(printable(name, 12))
    outlined(ax, spots, names, 7.5, rise=rise, backing=0.7)


def _kind(data: HandoverView, person: HandoverNode, lang: Lang) -> str:
    if person.tier is None or not person.on_team:
        return tier_title(person.tier, data.scheme, lang)
    return group_title(f"tier:{person.tier}/team", data.scheme, lang)


def _tier_key(data: HandoverView, person: HandoverNode) -> tuple[int, bool, str]:
    place = tier_place(person.tier, data.scheme)
    return (99 if place is None else place, person.on_team, person.staff_id)
