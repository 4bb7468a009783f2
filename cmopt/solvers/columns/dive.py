"""Dives: bundle after bundle of the relaxation is settled, what is left priced anew, the last jobs exactly.

R. Sadykov, F. Vanderbeck, A. Pessoa, I. Tahiri, E. Uchoa, *Primal heuristics for branch and price: the assets
of diving methods*, INFORMS Journal on Computing 31 (2019). Every dive but the first prefers
other bundles by lot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.assignment import Assignment
from cmopt.solvers.columns.finish import finish
from cmopt.solvers.columns.master import Bundle, Generated, generate

SMALL = 64  # jobs: so many that are left are settled exactly
BUNDLES, COMBINATIONS = 50_000, 400_000
ROUNDS = 60  # of column generation after each step
LOT = 0.3  # of a share, by lot
SURE = 0.9  # a share that is settled together with others


@dataclass(frozen=True)
class Node:
    """What is left to divide: managers and jobs by number, their multipliers (by all jobs), known bundles; and
    what is settled."""

    managers: Ints
    jobs: Ints
    y: Ints
    bundles: Sequence[Bundle]
    held: Ints
    settled: int


class Dives:
    """Dives from one relaxation, as long as anything better can lie below it."""

    def __init__(
        self, assignment: Assignment, root: Generated, stop: Callable[[], bool], left: Callable[[], float]
    ) -> None:
        self._all, self._root, self._stop, self._left = assignment, root, stop, left
        self._dice = Random(1)
        self._lot = 0.0

    def dive(self, end: int) -> Ints | None:
        """A division with a cost below `end`, None where this dive meets none."""
        a = self._all
        m, n = a.shape
        node = Node(
            np.arange(m),
            np.arange(n),
            self._root.priced.y,
            (),
            np.full(n, -1, dtype=np.int64),
            0,
        )
        generated: Generated | None = self._root
        while generated is not None and generated.covered and not self._stop():
            if generated.priced.lower > (end - 1 - node.settled) * a.scale:
                break
            if len(node.jobs) <= SMALL:
                part = a.part(node.managers, node.jobs)
                done = finish(part, generated.priced, end - node.settled, BUNDLES, COMBINATIONS)
                if done.held is not None:
                    self._lot = LOT
                    held = node.held.copy()
                    held[node.jobs] = node.managers[done.held]
                    return held
                if done.settled:
                    break
            node = self._settle(node, generated)
            if not len(node.jobs):
                self._lot = LOT
                return node.held if node.settled < end else None
            generated = self._generate(node, end)
        self._lot = LOT
        return None

    def _settle(self, node: Node, generated: Generated) -> Node:
        """The bundle with the largest share, and with it others of large shares that share nothing with it."""
        lots = np.array([self._dice.random() for _ in generated.bundles])
        liked = np.where(generated.share > 0.05, generated.share + self._lot * lots, 0.0)
        order = np.argsort(-liked, kind="stable").tolist()
        managers: set[int] = set()
        jobs: set[int] = set()
        held, settled = node.held.copy(), node.settled
        for place, b in enumerate(order[: max(1, len(node.managers) // 8)]):
            i, own = generated.bundles[b]
            if place and (generated.share[b] < SURE or i in managers or not jobs.isdisjoint(own)):
                continue
            managers.add(i)
            jobs.update(own)
            who, what = int(node.managers[i]), node.jobs[list(own)]
            held[what] = who
            settled += int(self._all.cost[who, what].sum())
        y = node.y.copy()
        y[node.jobs] = generated.priced.y
        kept_managers = np.array([i for i in range(len(node.managers)) if i not in managers], dtype=np.int64)
        kept_jobs = np.array([j for j in range(len(node.jobs)) if j not in jobs], dtype=np.int64)
        known = [
            (int(node.managers[i]), tuple(node.jobs[list(own)].tolist())) for i, own in generated.bundles
        ]
        return Node(node.managers[kept_managers], node.jobs[kept_jobs], y, known, held, settled)

    def _generate(self, node: Node, end: int) -> Generated | None:
        """node.bundles are of all managers and jobs: those that nothing settled touches go on."""
        manager_at = {int(i): k for k, i in enumerate(node.managers)}
        job_at = {int(j): k for k, j in enumerate(node.jobs)}
        known = [
            (manager_at[i], tuple(job_at[j] for j in own))
            for i, own in node.bundles
            if i in manager_at and all(j in job_at for j in own)
        ]
        a = self._all
        beyond = (end - 1 - node.settled) * a.scale + 1
        part = a.part(node.managers, node.jobs)
        return generate(part, node.y[node.jobs], known, beyond, ROUNDS, self._left())
