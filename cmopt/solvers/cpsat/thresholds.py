"""Spreads of managers who hold one thing each: which loads lie outside which window.

A manager who takes column c carries exactly base + load, so `high >= v` is implied by single pairs, and the
largest and the smallest load of a group become chains of literals, one for each load that can be one of them.
For a linear relaxation that is far tighter than `high >= base + load * x`, manager by manager;
and windows that no good division can leave rule pairs out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Bools, Ints, Spread
from cmopt.solvers.cpsat.matching import Matching

HUGE = 1 << 60
Lit = Any


@dataclass(frozen=True)
class Term:
    """One spread's group of managers on no team: `members`, `base`, `load[member, account column]`; what it
    costs is weight * ceil(resolution * (high - low) / scale)."""

    weight: int
    scale: int
    resolution: int
    members: Ints
    base: Ints
    load: Ints

    def cost(self, high: int, low: int) -> int:
        return self.weight * -(-self.resolution * (high - low) // self.scale) if high > low else 0

    def widest(self, cost: int) -> int:
        """The largest high - low of this cost or less."""
        return cost // self.weight * self.scale // self.resolution

    def options(self, made: Matching) -> Bools:
        """[member, account column] -> possible."""
        chosen: Bools = np.take(made.possible, self.members, axis=0)[:, : len(made.accounts)]
        return chosen

    def seatable(self, made: Matching) -> Bools:
        """[member] -> may be on the team, and so in another group."""
        if made.team is None:
            return np.zeros(len(self.members), dtype=np.bool_)
        seats: Bools = made.possible[self.members, -1]
        return seats

    def reach(self, made: Matching) -> tuple[int, int]:
        """(h, w): high is at least h and low at most w in every division; -HUGE and HUGE: nothing known."""
        options: Bools = self.options(made)
        idle: Bools = made.idle[self.members]
        lightest = np.where(options, self.load, HUGE).min(axis=1, initial=HUGE)
        heaviest = np.where(options, self.load, -HUGE).max(axis=1, initial=-HUGE)
        stays = ~self.seatable(made)
        lightest = np.where(idle, np.minimum(lightest, self.base), lightest)
        heaviest = np.where(idle, np.maximum(heaviest, self.base), heaviest)
        h, w = lightest[stays].max(initial=-HUGE), heaviest[stays].min(initial=HUGE)
        here = options.any(axis=0)
        n = len(made.accounts)
        others: Bools = np.delete(made.possible, self.members, axis=0)
        elsewhere = others[:, :n].any(axis=0)
        sure = here & ~elsewhere & ~made.out[:n]
        if sure.any():
            h = max(h, np.where(options, self.load, HUGE).min(axis=0)[sure].max())
            w = min(w, np.where(options, self.load, -HUGE).max(axis=0)[sure].min())
        return int(h), int(w)


def terms(made: Matching) -> list[Term]:
    """The terms of the rest of the bank, those without weight left out."""
    accounts = list(made.accounts)
    return [_term(made, s, accounts) for s in made.problem.spreads if s.weight]


def _term(made: Matching, spread: Spread, accounts: list[int]) -> Term:
    members = np.array(spread.members, dtype=np.int64)
    base = np.array(spread.base, dtype=np.int64)
    load = base[:, None] + np.array([spread.load[j] for j in accounts], dtype=np.int64)[None, :]
    place = {i: k for k, i in enumerate(spread.members)}
    column = {j: c for c, j in enumerate(accounts)}
    for (i, j), value in spread.pair.items():
        if i in place and j in column:
            load[place[i], column[j]] = base[place[i]] + value
    return Term(spread.weight, spread.scale, made.problem.resolution, members, base, load)


def windows(made: Matching, parts: list[Term], most: int) -> tuple[Matching, list[tuple[int, int, int, int]]]:
    """What is left of the pairs, and for each term (least low, most low, least high, most high), where all
    terms together cost at most `most`."""
    while True:
        reaches = [t.reach(made) for t in parts]
        floors = [
            t.cost(h, w) if h > -HUGE and w < HUGE else 0 for t, (h, w) in zip(parts, reaches, strict=True)
        ]
        possible, idle = made.possible.copy(), made.idle.copy()
        found = []
        for t, (h, w), floor in zip(parts, reaches, floors, strict=True):
            span = t.widest(max(0, most - sum(floors) + floor))
            top = w + span if w < HUGE else HUGE
            bottom = h - span if h > -HUGE else -HUGE
            found.append((bottom, w, h, top))
            chosen = possible[t.members]
            chosen[:, : t.load.shape[1]] &= (t.load >= bottom) & (t.load <= top)
            possible[t.members] = chosen
            idle[t.members] &= (t.base >= bottom) & (t.base <= top)
        left = made.keep(possible, idle, made.out)
        if left.possible.sum() == made.possible.sum() and left.idle.sum() == made.idle.sum():
            return made, found
        made = left


@dataclass(frozen=True)
class Side:
    """One end of a window: `steps` are the loads it can be at, from where it certainly is outwards; `beyond[k]`
    (k >= 1) says that it is at least as far out as steps[k]."""

    steps: list[int]
    beyond: list[Lit]
    outwards: int  # 1: the largest load, -1: the smallest

    def expr(self) -> Any:
        moved = [b - a for a, b in zip(self.steps, self.steps[1:], strict=False)]
        return self.steps[0] + sum(d * lit for d, lit in zip(moved, self.beyond[1:], strict=True))

    def hints(self, end: int) -> list[tuple[Lit, bool]]:
        return [
            (lit, (end - v) * self.outwards >= 0)
            for v, lit in zip(self.steps[1:], self.beyond[1:], strict=True)
        ]


@dataclass(frozen=True)
class Window:
    """A term in the model: its cost and its two ends."""

    term: Term
    steps: Lit
    high: Side
    low: Side

    @property
    def cost(self) -> Any:
        return self.term.weight * self.steps

    def hints(self, ends: tuple[int, int]) -> list[tuple[Lit, int]]:
        low, high = ends
        high, low = max(high, self.high.steps[0]), min(low, self.low.steps[0])
        at = self.term.cost(high, low) // self.term.weight
        return [(self.steps, at), *self.high.hints(high), *self.low.hints(low)]


def add_window(
    cp: Any,
    made: Matching,
    term: Term,
    ends: tuple[int, int, int, int],
    take: Mapping[tuple[int, int], Lit],
    idle: Mapping[int, Lit],
) -> Window | None:
    """The term's literals and constraints; None where its group has nobody."""
    options = term.options(made)
    pairs: list[tuple[int, int, Lit]] = []  # member, load, literal
    columns: dict[int, list[tuple[int, Lit]]] = {}
    for k, c in zip(*np.nonzero(options), strict=True):
        i, load = int(term.members[k]), int(term.load[k, c])
        pairs.append((i, load, take[i, int(c)]))
        columns.setdefault(int(c), []).append((load, take[i, int(c)]))
    for k in np.flatnonzero(made.idle[term.members]).tolist():
        i = int(term.members[k])
        pairs.append((i, int(term.base[k]), idle[i]))
    if not pairs:
        return None
    loads = {load for _, load, _ in pairs}
    _, most_low, least_high, _ = ends
    least_high = max(least_high, min(loads))
    most_low = min(most_low, max(loads))
    by_member: dict[int, list[tuple[int, Lit]]] = {}
    for i, load, literal in pairs:
        by_member.setdefault(i, []).append((load, literal))
    groups = [*by_member.values(), *columns.values()]
    high = _side(cp, [least_high, *sorted(v for v in loads if v > least_high)], groups, 1)
    low = _side(cp, [most_low, *sorted((v for v in loads if v < most_low), reverse=True)], groups, -1)
    widest = max(0, high.steps[-1] - low.steps[-1])
    steps = cp.new_int_var(0, -(-term.resolution * widest // term.scale), "")
    cp.add(term.scale * steps >= term.resolution * (high.expr() - low.expr()))
    return Window(term, steps, high, low)


def _side(cp: Any, steps: list[int], groups: list[list[tuple[int, Lit]]], outwards: int) -> Side:
    """Literals, and for each manager and each account: at most one of what lies at or beyond a step, or the
    window does not reach it."""
    beyond = [None, *(cp.new_bool_var("") for _ in steps[1:])]
    for further, nearer in zip(beyond[2:], beyond[1:], strict=False):
        cp.add_implication(further, nearer)
    at = {v: k for k, v in enumerate(steps) if k}
    for group in groups:
        outside = sorted(
            ((load * outwards, n) for n, (load, _) in enumerate(group) if load in at), reverse=True
        )
        so_far: list[Lit] = []
        for place, (load, n) in enumerate(outside):
            so_far.append(group[n][1])
            if place + 1 == len(outside) or outside[place + 1][0] != load:
                cp.add_at_most_one([*so_far, beyond[at[load * outwards]].Not()])
    return Side(steps, beyond, outwards)
