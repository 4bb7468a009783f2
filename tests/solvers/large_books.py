"""Random books for the large solver's tests and measurements: heavy-tailed balances, uneven incumbents."""

from __future__ import annotations

import numpy as np

from cmopt.domain.goals import Goal
from cmopt.domain.problem import LoadLimit, Problem, Spread


def book(
    n: int,
    m: int,
    seed: int,
    goals: tuple[str, ...] = ("coverage", "penalty", "handovers", "draw"),
    within: int = 200,
    soft: bool = True,
    loads: int = 4,
    held: float = 0.9,
    tail: float = 1.6,
    largest: float = 0.06,
) -> Problem:
    """n clients, m managers, `loads` measures within `within` hundredths of a per cent of their means.

    largest: the most of a manager's mean that one client's balance may be.
    """
    dice = np.random.default_rng(seed)
    balance = np.floor(dice.pareto(tail, n) * 60 + 1)
    balance = np.minimum(balance, largest * balance.sum() / m).astype(np.int64)
    measures = [
        balance,
        np.ones(n, dtype=np.int64),
        dice.integers(1, 6, n),
        np.floor(dice.lognormal(2, 1, n)) + 1,
    ]
    measures = [np.asarray(v, dtype=np.int64) * 1_000_000 for v in measures[:loads]]
    weight = dice.random(m) ** 1.5 + 0.2
    incumbent = dice.choice(m, size=n, p=weight / weight.sum())
    has = dice.random(n) < held
    keeper = tuple(int(i) if h else None for i, h in zip(incumbent, has, strict=True))
    handover = np.broadcast_to(1 + balance // 50, (m, n)).copy()
    for j, i in enumerate(keeper):
        if i is not None:
            handover[i, j] = 0
    handover[:, ~has] = 0
    limits = []
    for at, load in enumerate(measures):
        mean = int(load.sum()) // m
        limits.append(
            LoadLimit(
                key=f"load{at}",
                units=tuple((i,) for i in range(m)),
                base=(0,) * m,
                load=tuple(load.tolist()),
                pair={},
                least=(None,) * m,
                most=(None,) * m,
                within=within,
                except_teams=False,
                price=1 if soft else None,
                step=max(1, mean // 1000),
            )
        )
    spreads = tuple(
        Spread(
            "junior",
            f"load{at}",
            1,
            max(1, int(v.sum()) // m // 1_000_000),
            tuple(range(m)),
            (0,) * m,
            tuple((v // 1_000_000).tolist()),
        )
        for at, v in enumerate(measures[-2:])
    )
    return Problem(
        managers=tuple(f"M{i:04}" for i in range(m)),
        accounts=tuple(f"C{j:06}" for j in range(n)),
        tier=("junior",) * m,
        rank=(None,) * m,
        segment=("small",) * n,
        balance=tuple((balance * 1_000_000).tolist()),
        level=(0,) * n,
        incumbent=keeper,
        keeper=keeper,
        keep_is_rule=False,
        eligible=np.ones((m, n), dtype=np.bool_),
        outside=np.zeros((m, n), dtype=np.bool_),
        draw=dice.integers(0, 2**30, (m, n)),
        pins=(),
        caps=(),
        teams=(),
        spreads=spreads if "balance" in goals else (),
        resolution=1000,
        teams_apart=False,
        goals=tuple(Goal(name=g) for g in goals),
        limits=tuple(limits),
        handover=handover,
    )
