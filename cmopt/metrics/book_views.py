"""The numbers the charts of the whole book draw: change of each branch or manager, spread, outcomes, flows.

Amounts are floats in the measure's own unit, for display only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmopt.domain.fixed import UNIT
from cmopt.domain.handover import HandoverPlan
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.run import Run
from cmopt.domain.scheme import Measure, Scheme
from cmopt.metrics.crowd import Box, box
from cmopt.metrics.groups import managers_of

MOST_PEOPLE = 40  # so many managers have a row each; more: a row a branch
MOST_BRANCHES = 60  # so many branches have a row each; of more, the largest, and one row for all the others


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A manager (one of `n` = 1) or a branch with n managers; `name` None: all the other branches, `others`."""

    name: str | None
    n: int
    before: Box
    after: Box
    others: int = 0


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One measure before and after, a row a manager or a branch, those with the most after on top."""

    measure: Measure
    scheme: Scheme
    rows: tuple[ChangeRow, ...]
    people: bool


@dataclass(frozen=True, slots=True)
class SpreadView:
    """Each manager's load over the mean of their branch, sorted: before and after. `within`: the book's band on
    this measure, as a share of the mean; None: there is none."""

    measure: Measure
    before: tuple[float, ...]
    after: tuple[float, ...]
    within: float | None


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """A branch's divided clients by what became of them; `name` None: all the other branches, `others`."""

    name: str | None
    kept: int
    moved: int
    new: int
    left: int
    others: int = 0

    @property
    def divided(self) -> int:
        return self.kept + self.moved + self.new + self.left


@dataclass(frozen=True, slots=True)
class MatrixView:
    """Clients handed from row to column, people or branches; the last name is None where others are summed up.

    names: id and shown name; None: all others together, `others` of them. nobody: clients who had no manager.
    """

    names: tuple[str | None, ...]
    clients: tuple[tuple[int, ...], ...]
    nobody: tuple[int, ...]
    people: bool
    others: int


def change_views(run: Run) -> tuple[ChangeView, ...]:
    """One view a measure of which anybody holds anything; none where there are no managers."""
    managers = managers_of(run.portfolios)
    people = len(managers) <= MOST_PEOPLE
    groups: list[tuple[str, Sequence[Portfolio]]] = []
    if people:
        groups = [(run.case.roster.by_id[p.staff_id].name, [p]) for p in managers]
    else:
        of: dict[str, list[Portfolio]] = {}
        for p in managers:
            of.setdefault(p.branch, []).append(p)
        groups = sorted(of.items())
    return tuple(_change(run, m, groups, people) for m in _held(run, managers))


def _held(run: Run, managers: Sequence[Portfolio]) -> list[Measure]:
    """The measures of which a manager holds anything before or after."""
    return [m for m in run.scheme.measures if any(p.before[m.key] or p.after[m.key] for p in managers)]


def _change(
    run: Run, measure: Measure, groups: Sequence[tuple[str, Sequence[Portfolio]]], people: bool
) -> ChangeView:
    """The largest groups by what they hold after; all others as one."""

    def held(pair: tuple[str, Sequence[Portfolio]]) -> tuple[int, str]:
        members = pair[1]
        return -sum(p.after[measure.key] for p in members) // max(len(members), 1), pair[0]

    order = sorted(groups, key=held)
    own = order if len(order) <= MOST_BRANCHES else sorted(order, key=_weight)[: MOST_BRANCHES - 1]
    rows = [_row(name, members, measure) for name, members in order if (name, members) in own]
    others = [pair for pair in order if pair not in own]
    if others:
        rows.append(_row(None, [p for _, members in others for p in members], measure, len(others)))
    return ChangeView(measure, run.scheme, tuple(rows), people)


def _weight(pair: tuple[str, Sequence[Portfolio]]) -> tuple[int, str]:
    """The branches with the most clients first."""
    return -sum(p.clients_after for p in pair[1]), pair[0]


def _row(name: str | None, members: Sequence[Portfolio], measure: Measure, others: int = 0) -> ChangeRow:
    before = box([p.before[measure.key] / UNIT for p in members])
    after = box([p.after[measure.key] / UNIT for p in members])
    assert before is not None and after is not None
    return ChangeRow(name, len(members), before, after, others)


def spread_views(run: Run) -> tuple[SpreadView, ...]:
    """One view a measure of which anybody holds anything; managers of branches without it are not in it."""
    managers = managers_of(run.portfolios)
    of: dict[str, list[Portfolio]] = {}
    for p in managers:
        of.setdefault(p.branch, []).append(p)
    bands = {} if run.scheme.book is None else {b.measure: b.within / 10_000 for b in run.scheme.book.bands}
    views = []
    for measure in _held(run, managers):
        series = []
        for when in ("before", "after"):
            ratios: list[float] = []
            for members in of.values():
                loads = [(p.before if when == "before" else p.after)[measure.key] for p in members]
                total = sum(loads)
                ratios += [load * len(loads) / total for load in loads] if total > 0 else []
            series.append(tuple(sorted(ratios)))
        views.append(SpreadView(measure, series[0], series[1], bands.get(measure.key)))
    return tuple(views)


def outcome_rows(plan: HandoverPlan) -> tuple[OutcomeRow, ...]:
    """Branches of divided clients, those where the largest share changes hands first; of more than 60 the 59
    with the most clients, and the others as one."""
    found = [b for b in plan.branches if b.divided]
    large = sorted(found, key=lambda b: (-b.divided, b.branch))
    own = large if len(large) <= MOST_BRANCHES else large[: MOST_BRANCHES - 1]
    own = sorted(own, key=lambda b: (-(b.divided - b.kept) / b.divided, b.branch))
    rows = [OutcomeRow(b.branch, b.kept, b.moved, b.new, b.left) for b in own]
    others = large[len(own) :]
    if others:
        kept, moved = sum(b.kept for b in others), sum(b.moved for b in others)
        new, left = sum(b.new for b in others), sum(b.left for b in others)
        rows.append(OutcomeRow(None, kept, moved, new, left, len(others)))
    return tuple(rows)


def matrix_view(run: Run, plan: HandoverPlan) -> MatrixView | None:
    """Who hands how many clients to whom: by person where few take part, else by branch. None where nothing is
    handed over, or where by branch nothing leaves its branch (then the outcomes say it all)."""
    staff = run.case.roster.by_id
    people = {s for f in plan.flows for s in (f.giver, f.receiver) if s is not None}
    by_person = len(people) <= MOST_PEOPLE
    sums: dict[tuple[str | None, str], int] = {}
    for f in plan.flows:
        giver, receiver = f.giver, f.receiver
        if not by_person:
            giver, receiver = staff[giver].branch if giver else None, staff[receiver].branch
        pair = giver, receiver
        sums[pair] = sums.get(pair, 0) + len(f.clients)
    if not sums or (not by_person and all(a is None or a == b for a, b in sums)):
        return None
    weight: dict[str, int] = {}
    for (a, b), n in sums.items():
        for end in {b} if a is None else {a, b}:
            weight[end] = weight.get(end, 0) + n
    keys = sorted(weight, key=lambda k: (-weight[k], k))
    own = sorted(keys if len(keys) <= MOST_PEOPLE else keys[: MOST_PEOPLE - 1])
    place = {k: i for i, k in enumerate(own)}
    size = len(own) + (len(keys) > len(own))
    cells, nobody = [[0] * size for _ in range(size)], [0] * size
    for (a, b), n in sums.items():
        column = place.get(b, size - 1)
        if a is None:
            nobody[column] += n
        else:
            cells[place.get(a, size - 1)][column] += n
    names: list[str | None] = [_name(staff[k].name, k, run) if by_person else k for k in own]
    names += [None] * (size - len(own))
    return MatrixView(tuple(names), tuple(map(tuple, cells)), tuple(nobody), by_person, len(keys) - len(own))


def _name(name: str, staff_id: str, run: Run) -> str:
    """The name; with the id where somebody else has the same."""
    return name if sum(s.name == name for s in run.case.roster) == 1 else f"{name} {staff_id}"
