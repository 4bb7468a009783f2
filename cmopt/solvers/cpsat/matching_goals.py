"""The goals that a cheapest matching settles: plain sums, and merit as far as envy is certain.

Merit counts pairs, but most of its envies are certain before anything is divided: who keeps a medium loan, say,
envies everybody ranked lower who gets an open large one. Those are a sum over pairs, so a cheapest matching
bounds the goal; where a division without any other envy reaches that bound, it is proven, and "no other envy"
is all that has to go into a model for the goals that follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmopt.domain.problem import Bools, Ints, Problem
from cmopt.solvers.cpsat.matching import Matching, columns_of

Costs = tuple[Ints, Ints]  # by pair of manager and column; by column left out
NO_RANK = 1 << 40


def costs(made: Matching, goal: str, settled: set[str]) -> Costs | None:
    """What the goal adds up, to be minimised; None where it is no sum over the matching. `settled`: the goals
    before, each at the bound that the matching gave."""
    problem, accounts = made.problem, list(made.accounts)
    pair = np.zeros(made.possible.shape, dtype=np.int64)
    out = np.zeros(len(made.out), dtype=np.int64)
    balance = np.array(problem.balance, dtype=np.int64)
    match goal:
        case "coverage" | "coverage_balance":
            return pair, left_out(made, goal)
        case "continuity":
            return _kept(made, np.ones_like(balance)), out
        case "continuity_balance" if "continuity" in settled:
            return _kept(made, balance), out
        case "jurisdiction" if made.team is None or not problem.outside[:, list(made.team.accounts)].any():
            pair[:, : len(accounts)] = problem.outside[:, accounts]
        case "draw" if made.team is None:
            pair[:, : len(accounts)] = problem.draw[:, accounts]
        case _:
            return None
    return pair, out


def left_out(made: Matching, goal: str) -> Ints:
    """[column] -> what leaving the account out adds to a goal."""
    figures = np.zeros(len(made.out), dtype=np.int64)
    if goal == "coverage":
        figures[: len(made.accounts)] = 1
    elif goal == "coverage_balance":
        figures[: len(made.accounts)] = np.array(made.problem.balance, dtype=np.int64)[list(made.accounts)]
    return figures


def pair_costs(problem: Problem, goal: str) -> Ints | None:
    """[manager, account] -> what the pair adds to a goal, to be minimised; None where it is no sum of pairs."""
    match goal:
        case "coverage" | "coverage_balance":
            return np.zeros(problem.eligible.shape, dtype=np.int64)
        case "continuity" | "continuity_balance":
            pair = np.zeros(problem.eligible.shape, dtype=np.int64)
            for j, i in enumerate(problem.keeper):
                if i is not None:
                    pair[i, j] = -problem.balance[j] if goal == "continuity_balance" else -1
            return pair
        case "jurisdiction":
            return problem.outside.astype(np.int64)
        case "draw":
            return problem.draw
        case "cost":
            return problem.cost
        case "fit" if problem.fit is not None:
            return -problem.fit
        case "bids":
            return problem.bid
        case "handovers":
            return problem.handover
        case "tier_preference":
            return problem.tier_place
        case _:
            return None


def _kept(made: Matching, worth: Ints) -> Ints:
    """Minus what each manager keeps with a column; with a seat, all of the team's accounts that were theirs."""
    pair = np.zeros(made.possible.shape, dtype=np.int64)
    for c, j in enumerate(made.accounts):
        if (i := made.problem.keeper[j]) is not None:
            pair[i, c] = -worth[j]
    for j in made.team.accounts if made.team is not None else ():
        if (i := made.problem.keeper[j]) is not None:
            pair[i, -1] -= worth[j]
    return pair


@dataclass(frozen=True)
class Envy:
    """Who may want what: `level[c]`, `wants[a, c]` (a may hold column c), `open[b, c]` (it was not b's before),
    `rank[a]`; `reach[a]`: the highest level that a could still get when this was made."""

    level: Ints
    wants: Bools
    open: Bools
    rank: Ints
    reach: Ints

    @cached_property
    def certain(self) -> Ints:
        """[b, c] -> how many are certain to envy b if b takes column c, whatever they get themselves."""
        sure = self.wants & (self.level[None, :] > self.reach[:, None])
        return np.where(self.open, self.ranked_before(sure), 0)

    @cached_property
    def levels(self) -> list[int]:
        return sorted({v for v in self.level.tolist() if v > 0})

    def unsure(self, v: int) -> Bools:
        """[a, c] -> whether a, holding less than level v, would envy who takes column c of that level."""
        found: Bools = self.wants & (self.level[None, :] == v) & (self.reach >= v)[:, None]
        return found

    def ranked_before(self, who: Bools) -> Ints:
        """[b, c] -> how many of `who`[:, c] are ranked before b."""
        order = np.argsort(self.rank, kind="stable")
        counted = np.zeros((len(order) + 1, who.shape[1]), dtype=np.int64)
        ranked = who & (self.rank < NO_RANK)[:, None]
        counted[1:] = ranked[order].cumsum(axis=0)
        before: Ints = counted[np.searchsorted(self.rank[order], self.rank, side="left")]
        return before


def envy(made: Matching) -> Envy:
    problem, team = made.problem, made.team
    level = [problem.level[j] for j in made.accounts]
    opened = np.ones(made.possible.shape, dtype=np.bool_)
    for c, j in enumerate(made.accounts):
        if (i := problem.incumbent[j]) is not None:
            opened[i, c] = False
    if team is not None:
        level.append(team.level)
        opened[:, -1] = ~np.array(team.served)
    levels = np.array(level, dtype=np.int64)
    return Envy(
        levels,
        columns_of(problem, made.accounts, team),
        opened,
        np.array([NO_RANK if r is None else r for r in problem.rank], dtype=np.int64),
        np.where(made.possible, levels[None, :], 0).max(axis=1, initial=0),
    )


def without_other_envy(made: Matching, envy: Envy) -> Matching:
    """Without what counting rules out once nobody may envy but those who are certain to.

    If b takes an open column, everybody ranked before b who may want it takes something as good; there must be
    enough of that. And whoever takes less than level v leaves the open columns of that level to people who are
    not ranked behind; there must be enough of those.
    """
    possible, idle = made.possible.copy(), made.idle.copy()
    room = made.room
    for v in envy.levels:
        good = envy.level >= v
        best = np.where(possible, envy.level[None, :], 0).max(axis=1, initial=0)
        sure = ~idle & ~(possible & ~good).any(axis=1)  # takes at least v in any case
        unsure = envy.unsure(v)
        needing = envy.ranked_before(unsure & ~sure[:, None])
        hopeless = envy.ranked_before(unsure & (best < v)[:, None]) > 0
        wanted = needing + int(sure.sum()) + ~sure[:, None]
        full = (wanted > int(room[good].sum())) | hopeless
        possible &= ~(full & envy.open & (envy.level == v)[None, :])
        for a in np.flatnonzero(~sure & unsure.any(axis=1) & (envy.rank < NO_RANK)).tolist():
            mine = unsure[a] & ~made.out
            behind = (envy.rank > envy.rank[a])[:, None] & envy.open
            takers = (possible & ~behind)[:, mine].any(axis=1)
            takers[a] = False
            if int(takers.sum()) < int(room[mine].sum()):
                possible[a] &= good
                idle[a] = False
    return made.keep(possible, idle, made.out)


def by_rank(made: Matching, envy: Envy) -> Costs:
    """Costs that give the higher levels to the better ranked."""
    before = envy.ranked_before(np.ones_like(made.possible))
    return before * envy.level[None, :], np.zeros(len(made.out), dtype=np.int64)
