"""Many managers in few figures: what charts show where single people can no longer be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cmopt.metrics.views import HandoverView, HeatRow, HeatView


@dataclass(frozen=True, slots=True)
class Box:
    """A distribution: least, quantiles of 5, 25, 50, 75, 95 per cent, largest, mean, and how many."""

    low: float
    p5: float
    q1: float
    median: float
    q3: float
    p95: float
    high: float
    mean: float
    n: int


def box(values: Sequence[float]) -> Box | None:
    """None where there are no values. Quantiles are interpolated (Hyndman & Fan 1996, type 7)."""
    held = sorted(values)
    if not held:
        return None

    def at(share: float) -> float:
        place = share * (len(held) - 1)
        below = int(place)
        above = min(below + 1, len(held) - 1)
        return held[below] + (place - below) * (held[above] - held[below])

    p5, q1, median, q3, p95 = (at(q) for q in (0.05, 0.25, 0.5, 0.75, 0.95))
    return Box(held[0], p5, q1, median, q3, p95, held[-1], sum(held) / len(held), len(held))


def heat_by_branch(view: HeatView, branch_of: Mapping[str, str], most: int) -> tuple[HeatView, int]:
    """The rows of each branch as one: mean load a manager, and the mean of the managers' ratios to their tier
    group. At most `most` branches, those farthest from the mean in any measure; and how many are not shown."""
    of: dict[str, list[HeatRow]] = {}
    columns = range(len(view.measures))
    for row in view.rows:
        of.setdefault(branch_of[row.staff_id], []).append(row)
    rows = []
    for branch, members in sorted(of.items()):
        ratios = [[r for row in members if (r := row.relative[k]) is not None] for k in columns]
        rows.append(
            HeatRow(
                staff_id=branch,
                name=branch,
                group=BY_BRANCH,
                loads=tuple(sum(r.loads[k] for r in members) / len(members) for k in columns),
                relative=tuple(sum(r) / len(r) if r else None for r in ratios),
                managers=len(members),
            )
        )
    farthest = sorted(rows, key=lambda r: (-_off(r), r.staff_id))[:most]
    shown = {r.staff_id for r in farthest}
    return replace(view, rows=tuple(r for r in rows if r.staff_id in shown)), len(rows) - len(shown)


BY_BRANCH = "branches"


def _off(row: HeatRow) -> float:
    """How far the branch is from the mean where it is farthest."""
    return max((abs(r - 1) for r in row.relative if r is not None), default=0.0)


def largest_handovers(view: HandoverView, most: int) -> tuple[HandoverView, int, float]:
    """The `most` handovers of the largest balance with their people; how many others there are, and what they
    move together (万元)."""
    order = sorted(view.edges, key=lambda e: (-e.balance, e.previous or "", e.holder or ""))
    shown, others = set(map(id, order[:most])), order[most:]
    edges = tuple(e for e in view.edges if id(e) in shown)
    named = {s for e in edges for s in (e.previous, e.holder)}
    nodes = tuple(n for n in view.nodes if n.staff_id in named)
    moved = sum(e.balance for e in others)
    return HandoverView(view.scheme, nodes, edges, view.kept), len(others), moved
