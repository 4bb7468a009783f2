"""Where the people of the handover network stand: every group of connected people in its own box, from left
(who gives) to right (who takes), the boxes set where there is room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

Place = tuple[float, float]
COLUMNS = 6  # the sheet is so wide, unless one box is wider


def place_nodes(graph: nx.DiGraph) -> dict[str, Place]:
    """node -> (column, line), no two alike; lines grow downwards. The same for the same graph."""
    import networkx as nx

    boxes = []
    for members in nx.weakly_connected_components(graph):
        places = _box(graph.subgraph(members))
        width = 1 + int(max(x for x, _ in places.values()))
        height = 1 + max(y for _, y in places.values())
        boxes.append((-height, -width, min(members), places))
    boxes.sort(key=lambda box: box[:3])

    filled = [0.0] * max([COLUMNS, *(-w for _, w, _, _ in boxes)])  # how far down each column is taken
    found: dict[str, Place] = {}
    for negative_height, negative_width, _, places in boxes:
        starts = range(len(filled) + negative_width + 1)
        top, left = min((max(filled[x : x - negative_width]), x) for x in starts)
        for node, (x, y) in places.items():
            found[node] = (left + x, top + y)
        filled[left : left - negative_width] = [top - negative_height] * -negative_width
    return found


def _box(graph: nx.DiGraph) -> dict[str, Place]:
    """One connected group: a column a step of the handover (longest way from a giver), centred lines."""
    column = _columns(graph)
    stacks: dict[int, list[str]] = {}
    for node in sorted(graph):
        stacks.setdefault(column[node], []).append(node)
    line: dict[str, float] = {}
    for x in sorted(stacks):
        stack = sorted(stacks[x], key=lambda n: (_mean(line[p] for p in graph.pred[n] if p in line), n))
        stacks[x] = stack
        line.update((n, float(i)) for i, n in enumerate(stack))
    for x in sorted(stacks, reverse=True)[1:]:  # and once back, so that givers stand by who takes from them
        ahead = {n: line[n] for n in line if column[n] > x}
        stacks[x].sort(key=lambda n: (_mean(ahead[s] for s in graph.succ[n] if s in ahead), n))
        line.update((n, float(i)) for i, n in enumerate(stacks[x]))
    tallest = max(len(stack) for stack in stacks.values())
    for stack in stacks.values():
        gap = tallest / len(stack)
        line.update((n, (i + 0.5) * gap - 0.5) for i, n in enumerate(stack))
    return {n: (float(column[n]), line[n]) for n in sorted(graph)}


def _columns(graph: nx.DiGraph) -> dict[str, int]:
    """Steps from a giver; people who hand over in a ring stand one after the other, in id order."""
    import networkx as nx

    rings = nx.condensation(graph)
    start: dict[int, int] = {}
    column: dict[str, int] = {}
    order = nx.lexicographical_topological_sort(rings, key=lambda r: min(rings.nodes[r]["members"]))
    for ring in order:
        members = sorted(rings.nodes[ring]["members"])
        start[ring] = max(
            (start[p] + len(rings.nodes[p]["members"]) for p in rings.predecessors(ring)), default=0
        )
        column.update((n, start[ring] + i) for i, n in enumerate(members))
    for node in sorted(graph):  # who only gives stands right before the first who takes
        if not graph.pred[node]:
            column[node] = min(column[s] for s in graph.succ[node]) - 1
    return column


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else float("1e9")
