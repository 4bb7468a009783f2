"""The numbers each chart draws, out of finished runs. No drawing here, no numbers there.

Amounts are floats in the measure's own unit (万元, points, clients), for display only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmopt.domain.fixed import UNIT
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.run import Run
from cmopt.domain.scheme import Measure, Scheme
from cmopt.metrics.correlation import spearman
from cmopt.metrics.groups import by_tier, managers_of
from cmopt.metrics.indices import gini, lorenz_curve, ratio
from cmopt.metrics.rows import loads

BEFORE = "before"
"""The series before the division; the others are called by their solver."""


@dataclass(frozen=True, slots=True)
class BalanceView:
    """One measure, every manager's load: series (before, a solver, ...) -> tier group -> loads."""

    measure: Measure
    scheme: Scheme
    groups: tuple[str, ...]
    series: Mapping[str, Mapping[str, tuple[float, ...]]]


@dataclass(frozen=True, slots=True)
class LorenzView:
    """One measure over the `managers` of the balanced tiers: series -> (points or None, Gini or None)."""

    measure: Measure
    scheme: Scheme
    managers: int
    series: Mapping[str, tuple[tuple[tuple[float, float], ...] | None, float | None]]


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One manager, or all `managers` of a branch. `relative`: the load over the mean of their tier group, None
    where that is 0."""

    staff_id: str
    name: str
    group: str
    loads: tuple[float, ...]
    relative: tuple[float | None, ...]
    managers: int = 1


@dataclass(frozen=True, slots=True)
class HeatView:
    """Managers of the tiers the scheme balances, by tier group and rank, against the measures."""

    scheme: Scheme
    measures: tuple[Measure, ...]
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True, slots=True)
class HandoverNode:
    """A person who gives or takes an account; `tier` None = no client manager."""

    staff_id: str
    name: str
    tier: str | None
    on_team: bool


@dataclass(frozen=True, slots=True)
class Handover:
    """Accounts that go from `previous` to `holder`; None = nobody. `balance` in 万元."""

    previous: str | None
    holder: str | None
    client_ids: tuple[str, ...]
    balance: float


@dataclass(frozen=True, slots=True)
class HandoverView:
    scheme: Scheme
    nodes: tuple[HandoverNode, ...]
    edges: tuple[Handover, ...]
    kept: int


@dataclass(frozen=True, slots=True)
class MeritView:
    """One measure against the total score: tier -> (score, load) of each manager with a total."""

    measure: Measure
    scheme: Scheme
    points: Mapping[str, tuple[tuple[float, float], ...]]
    correlation: float | None


def balance_views(run: Run, rival: Run | None = None) -> tuple[BalanceView, ...]:
    """One view a measure; the groups are those of either run, best tier first."""
    scheme = run.scheme
    told = {(BEFORE, "before"): run, (run.result.solver, "after"): run}
    if rival is not None:
        told[_rival_name(run, rival), "after"] = rival
    grouped = {key: by_tier(r.portfolios, scheme) for key, r in told.items()}
    groups = list(dict.fromkeys(g for by in grouped.values() for g in by))
    return tuple(
        BalanceView(
            measure,
            scheme,
            tuple(groups),
            {
                name: {g: tuple(_shown(by.get(g, ()), measure, when)) for g in groups}
                for (name, when), by in grouped.items()
            },
        )
        for measure in scheme.measures
    )


def lorenz_views(run: Run, rival: Run | None = None) -> tuple[LorenzView, ...]:
    """One view a measure, over the managers of the tiers the scheme balances (those the accounts go to)."""
    told = [(BEFORE, "before", run), (run.result.solver, "after", run)]
    if rival is not None:
        told.append((_rival_name(run, rival), "after", rival))
    views = []
    for measure in run.scheme.measures:
        series = {}
        for name, when, of in told:
            values = loads(_balanced(of), measure.key, when)
            series[name] = (lorenz_curve(values), gini(values))
        views.append(LorenzView(measure, run.scheme, len(_balanced(run)), series))
    return tuple(views)


def heat_view(run: Run) -> HeatView:
    """What each manager of a balanced tier holds after the division, and how that compares with the group."""
    scheme, rows = run.scheme, []
    for group, members in by_tier(run.portfolios, scheme).items():
        if members[0].tier not in scheme.balance.tiers:
            continue
        columns = [loads(members, m.key, "after") for m in scheme.measures]
        totals = [sum(column) for column in columns]
        for i, p in sorted(enumerate(members), key=lambda pair: _place(run, pair[1])):
            rows.append(
                HeatRow(
                    p.staff_id,
                    run.case.roster.by_id[p.staff_id].name,
                    group,
                    tuple(column[i] / UNIT for column in columns),
                    tuple(
                        ratio(column[i] * len(members), t) for column, t in zip(columns, totals, strict=True)
                    ),
                )
            )
    return HeatView(scheme, scheme.measures, tuple(rows))


def handover_view(run: Run) -> HandoverView:
    """Every divided account that does not stay where it was, from its previous manager to the new one (of
    several managers the lead)."""
    moved: dict[tuple[str | None, str | None], list[str]] = {}
    kept = 0
    for line in run.lines:
        if line.is_backup:
            continue
        if line.previous == line.staff_id and line.staff_id is not None:
            kept += 1
        else:
            moved.setdefault((line.previous, line.staff_id), []).append(line.client_id)
    clients, by_id = run.case.client_by_id, run.case.roster.by_id
    edges = tuple(
        Handover(previous, holder, tuple(ids), sum(clients[c].balance for c in ids) / UNIT)
        for (previous, holder), ids in sorted(moved.items(), key=lambda e: (e[0][0] or "", e[0][1] or ""))
    )
    on_team = {p.staff_id for p in run.portfolios if p.on_team}
    people = sorted({s for e in edges for s in (e.previous, e.holder) if s is not None})
    nodes = []
    for s in people:
        grade = run.grades.get(s)
        name = by_id[s].name if s in by_id else s
        nodes.append(HandoverNode(s, name, grade.tier if grade else None, s in on_team))
    return HandoverView(run.scheme, tuple(nodes), edges, kept)


def merit_views(run: Run) -> tuple[MeritView, ...]:
    """One view a measure; empty where nobody has a total (tiers given, grading skipped)."""
    scheme = run.scheme
    graded = [
        (total, p) for p in managers_of(run.portfolios) if (total := run.grades[p.staff_id].total) is not None
    ]
    if not graded:
        return ()
    views = []
    for measure in scheme.measures:
        points: dict[str, list[tuple[float, float]]] = {t.key: [] for t in scheme.grading.tiers}
        for total, p in graded:
            points.setdefault(p.tier or "", []).append((total / UNIT, p.after[measure.key] / UNIT))
        found = spearman([total for total, _ in graded], [p.after[measure.key] for _, p in graded])
        views.append(MeritView(measure, scheme, {t: tuple(v) for t, v in points.items() if v}, found))
    return tuple(views)


def _balanced(run: Run) -> list[Portfolio]:
    return [p for p in run.portfolios if p.tier in run.scheme.balance.tiers]


def _shown(members: Sequence[Portfolio], measure: Measure, when: str) -> list[float]:
    return [v / UNIT for v in loads(members, measure.key, when)]


def _place(run: Run, portfolio: Portfolio) -> tuple[bool, int, str]:
    rank = run.grades[portfolio.staff_id].rank
    return (rank is None, rank or 0, portfolio.staff_id)


def _rival_name(run: Run, rival: Run) -> str:
    """The rival's solver; marked where both runs have the same one (two scenarios)."""
    return rival.result.solver if rival.result.solver != run.result.solver else f"{rival.result.solver} (2)"
