"""The division as a matching: every manager takes one account outside the team, or a seat on it, or nothing.

That is what the rules of the annual plan come to: one cap of 1 on all accounts outside the only team, and
members who hold nothing else. Then a cheapest matching, which takes milliseconds, bounds every goal that is a
plain sum, and its dual tells which pairs can still be in a division that reaches the bound (network simplex
duality and complementary slackness: R. Ahuja, T. Magnanti, J. Orlin, Network Flows, 1993, chapters 9 and 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Bools, Ints, Problem, TeamSeats

UNBOUNDED = 1 << 60


@dataclass(frozen=True)
class Taken:
    """A cheapest matching: its cost, and [manager] -> the column taken (-1: nothing)."""

    cost: int
    column: Ints


@dataclass(frozen=True)
class Matching:
    """Managers and columns: the accounts outside the team, and last, if there is a team, its seats.

    `possible[i, c]`: manager i may still take column c. `idle[i]`: i may still take nothing. `out[c]`: nobody
    may take account c (never a seat). `room[c]`: how many managers column c takes.
    """

    problem: Problem
    accounts: tuple[int, ...]
    team: TeamSeats | None
    possible: Bools
    idle: Bools
    out: Bools

    @property
    def room(self) -> Ints:
        room = np.ones(self.possible.shape[1], dtype=np.int64)
        if self.team is not None:
            room[-1] = self.team.size
        return room

    def cheapest(self, cost: Ints, out_cost: Ints) -> Taken | None:
        """A matching of least cost; None if there is none. `cost` as `possible`, `out_cost` as `out`."""
        from ortools.graph.python import min_cost_flow

        m, n = self.possible.shape
        full, mask = self._with_nobody(cost, out_cost)
        rows, columns = np.nonzero(mask)
        flow: Any = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(
            rows, m + 1 + columns, np.where(rows == m, m + n, 1), full[rows, columns]
        )
        total = int(self.room.sum())
        supply = np.concatenate([np.ones(m, np.int64), [total], -self.room, [-m]])
        flow.set_nodes_supplies(np.arange(m + n + 2), supply)
        if flow.solve() != flow.OPTIMAL:
            return None
        used = flow.flows(arcs) > 0
        column = np.full(m, -1, dtype=np.int64)
        real = used & (rows < m) & (columns < n)
        column[rows[real]] = columns[real]
        return Taken(flow.optimal_cost(), column)

    def narrowed(self, cost: Ints, out_cost: Ints, taken: Taken) -> Matching:
        """What is left once the cost is locked at that of `taken`, a cheapest matching: the pairs of reduced
        cost 0. All matchings of the result have this cost."""
        m, n = self.possible.shape
        full, mask = self._with_nobody(cost, out_cost)
        weight = np.where(mask, full, UNBOUNDED)
        used = self._used(taken)
        row, column = np.zeros(m + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
        while True:  # potentials: shortest distances in the residual network, where no cycle is negative
            reached = np.minimum(column, (weight + row[:, None]).min(axis=0))
            back = np.where(used, reached[None, :] - full, UNBOUNDED).min(axis=1)
            closer = np.minimum(row, back)
            if (reached == column).all() and (closer == row).all():
                break
            row, column = closer, reached
        left = mask & (full + row[:, None] - column[None, :] == 0)
        return self.keep(left[:m, :n], left[:m, n], left[m, :n]).without_dead_ends(taken)

    def without_dead_ends(self, taken: Taken) -> Matching:
        """Without the pairs that are in no matching at all: those that no alternating cycle through `taken`
        passes (C. Berge, Two theorems in graph theory, 1957)."""
        m, n = self.possible.shape
        _, mask = self._with_nobody(np.zeros_like(self.possible, dtype=np.int64), np.zeros(n, dtype=np.int64))
        used = self._used(taken)
        part = strong_components(mask, used)
        left = mask & (used | (part[: m + 1, None] == part[None, m + 1 :]))
        return self.keep(left[:m, :n], left[:m, n], left[m, :n])

    def keep(self, possible: Bools, idle: Bools, out: Bools) -> Matching:
        return Matching(
            self.problem, self.accounts, self.team, self.possible & possible, self.idle & idle, self.out & out
        )

    def _with_nobody(self, cost: Ints, out_cost: Ints) -> tuple[Ints, Bools]:
        """Costs and what is possible, with a row for nobody and a column for nothing."""
        m, n = self.possible.shape
        full = np.zeros((m + 1, n + 1), dtype=np.int64)
        full[:m, :n], full[m, :n] = cost, out_cost
        mask = np.ones((m + 1, n + 1), dtype=np.bool_)
        mask[:m, :n], mask[:m, n], mask[m, :n] = self.possible, self.idle, self.out
        return full, mask

    def _used(self, taken: Taken) -> Bools:
        m, n = self.possible.shape
        used = np.zeros((m + 1, n + 1), dtype=np.bool_)
        used[np.arange(m), taken.column] = True  # -1, nothing, is the last column
        used[m, :n] = used[:m, :n].sum(axis=0) < self.room
        used[m, n] = True
        return used


def strong_components(forward: Bools, back: Bools) -> Ints:
    """Number of the strongly connected component of each row, then of each column. Arcs lead from row i to
    column c where forward[i, c], and back where back[i, c] (R. Tarjan, SIAM Journal on Computing 1, 1972).
    """
    rows, columns = forward.shape
    after = [np.flatnonzero(f).tolist() for f in forward]
    arcs = [[rows + c for c in a] for a in after] + [np.flatnonzero(b).tolist() for b in back.T]
    number = [0] * (rows + columns)  # 0: not seen yet
    low = [0] * (rows + columns)
    part = np.full(rows + columns, -1, dtype=np.int64)
    seen = parts = 0
    stack: list[int] = []
    for root in range(rows + columns):
        if number[root]:
            continue
        seen += 1
        number[root] = low[root] = seen
        stack.append(root)
        path = [(root, iter(arcs[root]))]
        while path:
            here, rest = path[-1]
            for there in rest:
                if not number[there]:
                    seen += 1
                    number[there] = low[there] = seen
                    stack.append(there)
                    path.append((there, iter(arcs[there])))
                    break
                if part[there] < 0:
                    low[here] = min(low[here], number[there])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[here])
                if low[here] == number[here]:
                    while True:
                        member = stack.pop()
                        part[member] = parts
                        if member == here:
                            break
                    parts += 1
    return part


def plain(problem: Problem) -> bool:
    """Whether the problem has nothing but eligibility, pins, caps, teams and incumbents: no backups, no limits
    on loads, nothing that belongs together, no rule with a price."""
    return (
        not problem.same
        and not problem.together
        and not problem.limits
        and len(problem.hard_caps) == len(problem.caps)
    )


def matching(problem: Problem) -> Matching | None:
    """The matching before any goal is looked at; None where a division is more than a matching."""
    if not plain(problem) or len(problem.teams) > 1:
        return None
    team = problem.teams[0] if problem.teams and problem.teams[0].accounts else None
    inside = set(team.accounts) if team else set()
    accounts = tuple(j for j in range(len(problem.accounts)) if j not in inside)
    outside = set(accounts)
    if any(set(c.accounts) & inside and c.k < len(c.accounts) for c in problem.caps):
        return None
    if any(set(c.accounts) & outside and c.k < 1 for c in problem.caps):
        return None
    if len(accounts) > 1 and not any(c.k == 1 and outside <= set(c.accounts) for c in problem.caps):
        return None
    if team is not None and not (
        outside <= set(team.excluded) and team.size > 0 and not inside & set(team.excluded)
    ):
        return None
    possible = columns_of(problem, accounts, team)
    out = np.ones(possible.shape[1], dtype=np.bool_)
    out[len(accounts) :] = False
    made = Matching(problem, accounts, team, possible, np.ones(len(possible), dtype=np.bool_), out)
    return _fixed(made)


def columns_of(problem: Problem, accounts: tuple[int, ...], team: TeamSeats | None) -> Bools:
    """[manager, column] -> eligible; for a seat: for any of the team's accounts."""
    eligible: Bools = problem.eligible[:, list(accounts)]
    if team is None:
        return eligible
    seats = problem.eligible[:, list(team.accounts)].any(axis=1)
    return np.concatenate([eligible, np.reshape(seats, (-1, 1))], axis=1)


def _fixed(made: Matching) -> Matching:
    """With the pairs that the rules fix: pins, and incumbents where keeping is a rule."""
    problem, column = made.problem, {j: c for c, j in enumerate(made.accounts)}
    pairs = list(problem.pins)
    if problem.keep_is_rule:
        pairs += [(i, j) for j, i in enumerate(problem.keeper) if i is not None]
    possible, idle, out = made.possible.copy(), made.idle.copy(), made.out.copy()
    for i, j in pairs:
        c = column.get(j, len(made.accounts))
        possible[i, np.arange(possible.shape[1]) != c] = False
        idle[i] = False
        if j in column:
            possible[np.arange(len(possible)) != i, c] = False
            out[c] = False
    return Matching(problem, made.accounts, made.team, possible, idle, out)
