"""The families of brute force for the wider problem."""

from __future__ import annotations

from dataclasses import dataclass

from tiny_cases import Shape
from wider_cases import Wider


@dataclass(frozen=True)
class Family:
    """Cases of one shape, their share of all cases, and the paths they must have taken (share of the cases)."""

    name: str
    shape: Shape
    cases: int
    paths: dict[str, float]
    general: bool = False  # not as a matching
    searched: bool = False  # the ways to share out the team's accounts are not counted
    priced: bool = False  # small as they are, seatings and pairs are priced by the relaxation


NEW = ("deviation", "leximin", "leximax", "fit", "worst_served", "cost", "bids")

WIDER_FAMILIES = (
    Family(
        "several managers",
        Shape(most=420, wider=Wider(several=0.5, goals=("leximax", "deviation"), most_goals=1)),
        24,
        {"optimal": 0.5, "backups": 0.2},
    ),
    Family(
        "several managers, annual",
        Shape(team=True, apart=True, usual_goals=True, caps="one", most=420, wider=Wider(several=0.5)),
        18,
        {"optimal": 0.4, "backups": 0.05},
    ),
    Family(
        "hard limits",
        Shape(accounts=(2, 5), wider=Wider(limits=(1, 2), hard=1.0)),
        30,
        {"optimal": 0.3, "infeasible": 0.02, "limits decide": 0.05},
    ),
    Family(
        "hard limits, annual",
        Shape(team=True, usual_goals=True, caps="one", accounts=(2, 5), wider=Wider(limits=(1, 2), hard=1.0)),
        18,
        {"optimal": 0.3, "limits decide": 0.05},
    ),
    Family(
        "near the mean",
        Shape(accounts=(2, 5), wider=Wider(limits=(1, 1), hard=0.7, within=1.0, pair_loads=0.3)),
        40,
        {"optimal": 0.3, "limits decide": 0.05, "penalty paid": 0.02},
    ),
    Family(
        "prices",
        Shape(accounts=(2, 5), wider=Wider(limits=(1, 3), hard=0.1, soft_caps=0.7)),
        30,
        {"optimal": 0.5, "penalty decides": 0.2, "penalty paid": 0.1},
    ),
    Family(
        "fit, cost and bids",
        Shape(accounts=(2, 5), wider=Wider(figures=0.6, goals=("fit", "cost", "bids"), most_goals=3)),
        24,
        {"optimal": 0.5, "fit decides": 0.05, "cost decides": 0.05, "bids decides": 0.05},
    ),
    Family(
        "the worst served",
        Shape(most=420, wider=Wider(figures=0.7, several=0.4, goals=("worst_served",), early=0.8)),
        18,
        {"optimal": 0.5, "worst_served decides": 0.2},
    ),
    Family(
        "deviation",
        Shape(accounts=(2, 5), wider=Wider(goals=("deviation",), early=0.7, pair_loads=0.3)),
        24,
        {"optimal": 0.5, "deviation decides": 0.2},
    ),
    Family(
        "leximin and leximax",
        Shape(accounts=(2, 5), wider=Wider(goals=("leximin", "leximax"), early=0.7, pair_loads=0.2)),
        30,
        {"optimal": 0.5, "leximin decides": 0.1, "leximax decides": 0.1},
    ),
    Family(
        "loads of pairs",
        Shape(accounts=(2, 5), wider=Wider(pair_loads=0.5, limits=(0, 1))),
        18,
        {"optimal": 0.4, "balance decides": 0.05},
    ),
    Family(
        "all of it",
        Shape(
            most=420,
            wider=Wider(
                several=0.3,
                limits=(0, 2),
                soft_caps=0.3,
                pair_loads=0.3,
                figures=0.5,
                goals=NEW,
                most_goals=4,
            ),
        ),
        36,
        {"optimal": 0.3},
    ),
    Family(
        "all of it, below zero",
        Shape(
            negative=True,
            most=420,
            wider=Wider(
                several=0.3,
                limits=(0, 2),
                soft_caps=0.3,
                pair_loads=0.4,
                figures=0.5,
                goals=NEW,
                most_goals=4,
            ),
        ),
        24,
        {"optimal": 0.3},
    ),
    Family(
        "all of it, giving back",
        Shape(
            tolerances=True,
            wider=Wider(
                several=0.2,
                limits=(0, 2),
                soft_caps=0.3,
                pair_loads=0.2,
                figures=0.5,
                goals=NEW,
                most_goals=4,
                tolerances=True,
            ),
        ),
        30,
        {"optimal": 0.3, "given back": 0.05},
    ),
)
