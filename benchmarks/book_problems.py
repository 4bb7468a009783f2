"""Branch books of any size as Problems: heavy-tailed balances, uneven incumbents, one in ten with nobody.

Four loads a client (the client itself, its balance, its difficulty, its revenue), each manager's total of each
within 2 % of the mean; every manager may hold every client. Handing a client over costs a point, one for each
point of difficulty and one for each 100 of its balance (the annual plan's weights), in hundredths of a point.
The same seed gives the same book on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmopt.domain.fixed import UNIT
from cmopt.domain.goals import Goal
from cmopt.domain.problem import Ints, LoadLimit, Problem

WITHIN = 200  # hundredths of a per cent: 2 %
RESOLUTION = 1000  # what lies outside a band counts in thousandths of the mean
GOALS = ("coverage", "penalty", "handovers")
LOADS = ("clients", "balance", "difficulty", "revenue")


@dataclass(frozen=True)
class Size:
    clients: int
    managers: int

    @property
    def name(self) -> str:
        return f"{self.clients}x{self.managers}"


def branch_book(size: Size, seed: int) -> Problem:
    """One branch: no balance above a quarter of a manager's mean, so that the bands can be kept."""
    n, m = size.clients, size.managers
    dice = np.random.default_rng(seed)
    drawn = np.ceil(dice.pareto(1.6, n) * 60)
    balance = np.minimum(drawn, drawn.sum() / m / 4).astype(np.int64) + 1
    figures = {
        "clients": np.ones(n, dtype=np.int64),
        "balance": balance,
        "difficulty": dice.integers(1, 6, n),
        "revenue": np.ceil(balance * dice.uniform(0.004, 0.06, n)).astype(np.int64),
    }
    weights = np.exp(dice.standard_normal(m) * 0.5)
    incumbent = dice.choice(m, size=n, p=weights / weights.sum())
    held = dice.random(n) < 0.9
    keeper = tuple(int(i) if there else None for i, there in zip(incumbent, held, strict=True))
    cost = np.where(held, 100 + balance + 100 * figures["difficulty"], 0)
    handover = cost * (np.arange(m)[:, None] != incumbent)
    return Problem(
        managers=tuple(f"M{i:04}" for i in range(m)),
        accounts=tuple(f"C{j:06}" for j in range(n)),
        tier=("junior",) * m,
        rank=(None,) * m,
        segment=("book",) * n,
        balance=tuple((balance * UNIT).tolist()),
        level=(0,) * n,
        incumbent=keeper,
        keeper=keeper,
        keep_is_rule=False,
        eligible=np.ones((m, n), dtype=np.bool_),
        outside=np.zeros((m, n), dtype=np.bool_),
        draw=np.zeros((m, n), dtype=np.int64),
        pins=(),
        caps=(),
        teams=(),
        spreads=(),
        resolution=RESOLUTION,
        teams_apart=False,
        goals=tuple(Goal(name=g) for g in GOALS),
        limits=tuple(_band(name, figures[name], m) for name in LOADS),
        handover=handover,
    )


def _band(name: str, figures: Ints, managers: int) -> LoadLimit:
    load = figures * UNIT
    return LoadLimit(
        key=name,
        units=tuple((i,) for i in range(managers)),
        base=(0,) * managers,
        load=tuple(load.tolist()),
        pair={},
        least=(None,) * managers,
        most=(None,) * managers,
        within=WITHIN,
        except_teams=False,
        price=1,
        step=max(1, int(load.sum()) // managers // RESOLUTION),
    )


def figures(problem: Problem) -> list[tuple[Ints, int, int]]:
    """(load by client in whole units, least, most of a manager) of each band."""
    found = []
    for band in problem.limits:
        load = np.array(band.load, dtype=np.int64) // UNIT
        total, m = int(load.sum()), len(problem.managers)
        least = -(-total * (10_000 - WITHIN) // (10_000 * m))
        found.append((load, least, total * (10_000 + WITHIN) // (10_000 * m)))
    return found
