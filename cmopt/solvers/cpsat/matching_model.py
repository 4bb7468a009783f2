"""The CP-SAT model of a matching: only what the goals before have left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from cmopt.domain.problem import Ints
from cmopt.solvers.cpsat.matching import Matching
from cmopt.solvers.cpsat.matching_goals import NO_RANK, Costs, Envy
from cmopt.solvers.cpsat.thresholds import Term, Window, add_window

Lit = Any


@dataclass
class MatchingModel:
    """`take[i, c]`, `idle[i]`, `out[c]`: literals of what `made` leaves possible."""

    made: Matching
    cp: cp_model.CpModel
    take: dict[tuple[int, int], Lit]
    idle: dict[int, Lit]
    out: dict[int, Lit]
    windows: list[Window] = field(default_factory=list)
    envies: list[tuple[int, int, Lit]] = field(default_factory=list)
    behind: list[tuple[Lit, tuple[int, ...], int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, made: Matching) -> MatchingModel:
        cp = cp_model.CpModel()
        take = {(i, c): cp.new_bool_var("") for i, c in np.argwhere(made.possible).tolist()}
        idle = {i: cp.new_bool_var("") for i in np.flatnonzero(made.idle).tolist()}
        out = {c: cp.new_bool_var("") for c in np.flatnonzero(made.out).tolist()}
        model = cls(made, cp, take, idle, out)
        m, n = made.possible.shape
        for i in range(m):
            cp.add_exactly_one(model.row(i, range(n)) + ([idle[i]] if i in idle else []))
        for c in range(len(made.accounts)):
            cp.add_exactly_one(model.column(c) + ([out[c]] if c in out else []))
        if made.team is not None:
            cp.add(sum(model.column(n - 1)) == made.team.size)
        return model

    def row(self, i: int, columns: Sequence[int]) -> list[Lit]:
        return [self.take[i, c] for c in columns if (i, c) in self.take]

    def column(self, c: int) -> list[Lit]:
        return [self.take[i, c] for i in np.flatnonzero(self.made.possible[:, c]).tolist()]

    def total(self, costs: Costs) -> Any:
        pair, left_out = costs
        figures = [(int(pair[p]), literal) for p, literal in self.take.items()]
        figures += [(int(left_out[c]), literal) for c, literal in self.out.items()]
        wanted = [(v, literal) for v, literal in figures if v]
        return cp_model.LinearExpr.weighted_sum([x for _, x in wanted], [v for v, _ in wanted])

    # --- merit ---

    def forbid_other_envy(self, envy: Envy) -> None:
        """Where somebody takes less than a level within reach, nobody behind takes an open column of it."""
        for a, good, c in self._unsure(envy):
            self.cp.add_bool_or([*good, self._behind(envy, a, c).Not()])

    def other_envies(self, envy: Envy) -> Any:
        """How many envies there are beside the certain ones."""
        pairs: dict[tuple[int, int], Lit] = {}
        for a, good, c in self._unsure(envy):
            for b in np.flatnonzero(
                self.made.possible[:, c] & envy.open[:, c] & (envy.rank > envy.rank[a])
            ).tolist():
                if (a, b) not in pairs:
                    pairs[a, b] = self.cp.new_bool_var("")
                    self.envies.append((a, b, pairs[a, b]))
                self.cp.add_bool_or([*good, self.take[b, c].Not(), pairs[a, b]])
        return sum(pairs.values())

    def _unsure(self, envy: Envy) -> Iterator[tuple[int, list[Lit], int]]:
        """(a, literals of what would content a, column c): a may envy who takes c."""
        made = self.made
        for v in envy.levels:
            good = envy.level >= v
            unsure = envy.unsure(v)
            lacking = made.idle | (made.possible & ~good).any(axis=1)
            for a in np.flatnonzero(lacking & (envy.rank < NO_RANK)).tolist():
                mine = self.row(a, np.flatnonzero(good).tolist())
                for c in np.flatnonzero(unsure[a]).tolist():
                    if (made.possible[:, c] & envy.open[:, c] & (envy.rank > envy.rank[a])).any():
                        yield a, mine, c

    def _behind(self, envy: Envy, a: int, c: int) -> Lit:
        """Somebody ranked behind a takes the open column c: one chain of literals a column."""
        if not hasattr(self, "_chains"):
            self._chains: dict[int, dict[int, Lit]] = {}
        if c not in self._chains:
            takers = np.flatnonzero(self.made.possible[:, c] & envy.open[:, c])
            chain: dict[int, Lit] = {}
            last = None
            for rank in sorted(set(envy.rank[takers].tolist()), reverse=True):
                at = [self.take[i, c] for i in takers[envy.rank[takers] == rank].tolist()]
                literal = self.cp.new_bool_var("")
                for x in [*at, *([last] if last is not None else [])]:
                    self.cp.add_implication(x, literal)
                chain[rank] = last = literal
                self.behind.append((literal, tuple(takers[envy.rank[takers] >= rank].tolist()), c, rank))
            self._chains[c] = chain
        return self._chains[c][min(r for r in self._chains[c] if r > envy.rank[a])]

    # --- balance ---

    def add_windows(self, parts: list[Term], found: list[tuple[int, int, int, int]]) -> Any:
        """The balance of the rest of the bank."""
        for term, ends in zip(parts, found, strict=True):
            window = add_window(self.cp, self.made, term, ends, self.take, self.idle)
            if window is not None:
                self.windows.append(window)
        return sum(w.cost for w in self.windows)

    # --- hints and answers ---

    def hint(self, column: Ints, envy: Envy | None) -> None:
        """A complete hint: [manager] -> column taken, or -1."""
        cp, made = self.cp, self.made
        cp.clear_hints()  # type: ignore[no-untyped-call]
        for (i, c), literal in self.take.items():
            cp.add_hint(literal, column[i] == c)
        for i, literal in self.idle.items():
            cp.add_hint(literal, column[i] == -1)
        taken = set(column.tolist())
        for c, literal in self.out.items():
            cp.add_hint(literal, c not in taken)
        for literal, takers, c, _ in self.behind:
            cp.add_hint(literal, any(column[i] == c for i in takers))
        if envy is not None:
            level = np.where(column >= 0, envy.level[column], 0)
            for a, b, literal in self.envies:
                c = column[b]
                cp.add_hint(
                    literal,
                    bool(
                        c >= 0
                        and envy.open[b, c]
                        and envy.wants[a, c]
                        and envy.level[c] > level[a]
                        and envy.reach[a] >= envy.level[c]
                    ),
                )
        for window in self.windows:
            if (ends := rest_ends(made, window.term, column)) is not None:
                for literal, value in window.hints(ends):
                    cp.add_hint(literal, value)

    def read(self, value: Any) -> Ints:
        column = np.full(len(self.made.possible), -1, dtype=np.int64)
        for (i, c), literal in self.take.items():
            if value(literal):
                column[i] = c
        return column


def rest_ends(made: Matching, term: Term, column: Ints) -> tuple[int, int] | None:
    """(low, high) of the term's group in a matching; None where it is empty."""
    mine = column[term.members]
    n = len(made.accounts)
    inside = mine < n  # the team is compared apart
    if not inside.any():
        return None
    load = (
        np.where(
            (mine >= 0) & (mine < n),
            term.load[np.arange(len(mine)), np.minimum(np.maximum(mine, 0), n - 1)],
            term.base,
        )
        if n
        else term.base
    )
    return int(load[inside].min()), int(load[inside].max())
