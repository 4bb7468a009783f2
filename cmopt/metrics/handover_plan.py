"""The handover plan: who hands what to whom, in which wave, and how much work that is for each manager.

How the waves are made stands in `handover_waves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import NOBODY, BookResult
from cmopt.domain.clients import Case
from cmopt.domain.handover import BranchHandover, Flow, HandoverPlan, Holders, Work
from cmopt.domain.problem import Ints
from cmopt.domain.run import Run
from cmopt.metrics.handover_waves import Group, Rings, deal, rings_of

WAVE_CLIENTS = 40  # what a manager hands and takes over at most in a wave, where no scheme says otherwise


def handover_plan(case: Case, holders: Holders, most: int | None = WAVE_CLIENTS) -> HandoverPlan:
    """The plan of a division. The same whatever the order of rows; time and memory grow with clients + flows.

    most: how many clients a manager hands over and takes over in a wave, together, at most (from 1 on).
    """
    figures = _figures(case)
    groups = _groups(holders, figures)
    rings = rings_of(groups)
    dealt = deal(groups, rings, most)
    flows = _flows(case, groups, dealt, rings, figures)
    wave = np.zeros(len(case.clients), dtype=np.int64)
    for flow in flows:
        wave[list(flow.clients)] = flow.wave
    return HandoverPlan(
        flows=flows,
        work=_work(flows),
        branches=_branches(holders, figures, flows),
        circles=_circles(case, rings),
        wave=wave,
        most=most,
    )


def plan_of(run: Run) -> HandoverPlan:
    """The handover plan of a run, both layers, with the scheme's limit per wave."""
    most = WAVE_CLIENTS if run.scheme.book is None else run.scheme.book.wave_clients
    return handover_plan(run.case, holders(run.case, run.result.allocation, run.book), most)


def holders(case: Case, allocation: Allocation | None, book: BookResult | None = None) -> Holders:
    """Before: the incumbents. After: the key accounts' holder (of several managers the lead), the book's, and
    for all other clients (undivided segments, what the counter keeps, parts without a division) as before."""
    number = {s.staff_id: i for i, s in enumerate(case.roster)}
    before = case.clients.incumbent
    after, divided = before.copy(), np.zeros(len(before), dtype=np.bool_)
    if book is not None:
        for part in book.parts:
            if part.holder is not None:
                after[part.clients], divided[part.clients] = part.holder, True
    for client_id, staff_id in ({} if allocation is None else allocation.holder).items():
        j = case.clients.position(client_id)
        if j is not None:
            after[j], divided[j] = number.get(staff_id or "", NOBODY), True
    return Holders(before, after, divided)


# --- flows -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Figures:
    """Of every client: its branch (position in `names`), balance and difficulty."""

    names: tuple[str, ...]
    branch: Ints
    balance: Ints
    difficulty: Ints
    order: Ints  # of the clients: companies of one group side by side, then by id


def _figures(case: Case) -> _Figures:
    clients = case.clients
    group = clients.group_code.astype(np.int64)
    group[group < 0] = len(clients.groups)
    place = np.empty(len(clients), dtype=np.int64)
    place[np.argsort(group, kind="stable")] = np.arange(len(clients))
    return _Figures(
        clients.branches, clients.branch_code, clients.balance, clients.column("difficulty")[0], place
    )


def _groups(held: Holders, figures: _Figures) -> list[Group]:
    """In the order of branch, giver, receiver; clients side by side with their group, then by id."""
    moving = np.flatnonzero(held.divided & (held.after != NOBODY) & (held.after != held.before))
    keys = np.stack([figures.branch[moving], held.before[moving], held.after[moving]], axis=1)
    order = np.lexsort((figures.order[moving], keys[:, 2], keys[:, 1], keys[:, 0]))
    moving, keys = moving[order], keys[order]
    starts = np.flatnonzero(np.any(np.diff(keys, axis=0, prepend=-2), axis=1)).tolist()
    ends = [*starts[1:], len(moving)] if starts else []
    return [
        Group(int(keys[a, 0]), int(keys[a, 1]), int(keys[a, 2]), moving[a:b])
        for a, b in zip(starts, ends, strict=True)
    ]


def _flows(
    case: Case,
    groups: Sequence[Group],
    dealt: Sequence[list[tuple[int, int]]],
    rings: Rings,
    figures: _Figures,
) -> tuple[Flow, ...]:
    """The dealt out shares as flows."""
    ids = [s.staff_id for s in case.roster]
    found = []
    for group, shares in zip(groups, dealt, strict=True):
        start = 0
        for wave, count in shares:
            clients = group.clients[start : start + count]
            start += count
            found.append(
                Flow(
                    branch=figures.names[group.branch],
                    wave=wave,
                    giver=None if group.giver == NOBODY else ids[group.giver],
                    receiver=ids[group.receiver],
                    clients=tuple(np.sort(clients).tolist()),
                    balance=sum(figures.balance[clients].tolist()),
                    difficulty=sum(figures.difficulty[clients].tolist()),
                    joint=rings.joint(group),
                )
            )
    return tuple(sorted(found, key=lambda f: (f.branch, f.wave, f.giver or "", f.receiver)))


def _circles(case: Case, rings: Rings) -> tuple[tuple[str, ...], ...]:
    ids = [s.staff_id for s in case.roster]
    return tuple(tuple(ids[i] for i in ring) for ring in rings.members if len(ring) > 1)


# --- what it amounts to ------------------------------------------------------------------------------


def _work(flows: Sequence[Flow]) -> tuple[Work, ...]:
    sums: dict[tuple[str, int], list[int]] = {}
    for flow in flows:
        for who, at in ((flow.giver, 0), (flow.receiver, 1)):
            if who is not None:
                row = sums.setdefault((who, flow.wave), [0, 0, 0, 0])
                row[at] += len(flow.clients)
                row[at + 2] += flow.balance
    return tuple(Work(who, wave, *row) for (who, wave), row in sorted(sums.items()))


def _branches(held: Holders, figures: _Figures, flows: Sequence[Flow]) -> tuple[BranchHandover, ...]:
    by_branch: dict[str, list[Flow]] = {}
    for flow in flows:
        by_branch.setdefault(flow.branch, []).append(flow)
    before, after, divided = held.before != NOBODY, held.after != NOBODY, held.divided

    def count(mask: Any) -> list[int]:
        counted: list[int] = np.bincount(figures.branch[mask], minlength=len(figures.names)).tolist()
        return counted

    clients = count(np.ones(len(divided), dtype=np.bool_))
    parted = count(divided)
    kept = count(divided & after & (held.after == held.before))
    moved = count(divided & after & before & (held.after != held.before))
    new = count(divided & after & ~before)
    left = count(divided & ~after)
    found = []
    for k, name in enumerate(figures.names):
        if clients[k] == 0:  # only staff
            continue
        own = by_branch.get(name, [])
        found.append(
            BranchHandover(
                branch=name,
                clients=clients[k],
                divided=parted[k],
                kept=kept[k],
                moved=moved[k],
                new=new[k],
                left=left[k],
                balance=sum(f.balance for f in own),
                flows=len({(f.giver, f.receiver) for f in own}),
                people=len({i for f in own for i in (f.giver, f.receiver) if i is not None}),
                waves=max((f.wave for f in own), default=0),
            )
        )
    return tuple(found)
