"""Small problems with every rule and goal there is, made as arrays, and the optimum by trying every division.

`wider_problem(rng)` draws one; `enumerate_best` goes through all divisions and counts with the solver's own
score. (Score and rules are held against the independent audit elsewhere.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

import numpy as np

from cmopt.domain.fixed import UNIT
from cmopt.domain.goals import LEXICOGRAPHIC, Goal
from cmopt.domain.problem import Cap, LoadLimit, Problem, Spread, TeamSeats, Totals
from cmopt.solvers.broken import broken
from cmopt.solvers.score import COUNT, cost

Holders = list[int | None]
NEW = ("deviation", "leximin", "leximax", "fit", "worst_served", "cost", "bids", "penalty")
OLD = ("coverage", "continuity", "merit", "balance", "jurisdiction")


def wider_problem(rng: Random, goals: Sequence[str] = (), largest: int = 1500, **changes: Any) -> Problem:
    """A problem with at most about `largest` divisions; `goals`: these, then the draw."""
    m = rng.randint(2, 4)
    needed: list[int] = []
    while not needed or (m + 1) ** sum(needed) <= largest:
        needed.append(rng.choice([1, 1, 1, 2, 2, 3]))
    while len(needed) > 1 and (m + 1) ** sum(needed) > largest:
        needed.pop()
    lead = [sum(needed[:c]) for c in range(len(needed))]
    n = sum(needed)
    same = tuple(tuple(range(j, j + k)) for j, k in zip(lead, needed, strict=True) if k > 1)
    account_of = [c for c, k in enumerate(needed) for _ in range(k)]
    is_lead = [j in lead for j in range(n)]
    able = np.array([[rng.random() < 0.8 for _ in needed] for _ in range(m)])
    eligible = able[:, account_of]
    singles = [j for j in lead if j not in {p[0] for p in same}]
    teams = _teams(rng, m, n, singles)
    in_team = {j for t in teams for j in t.accounts}
    incumbent = [rng.randrange(m) if is_lead[j] and rng.random() < 0.5 else None for j in range(n)]
    keeper = [i if i is not None and eligible[i, j] else None for j, i in enumerate(incumbent)]
    names = list(goals) or _goals(rng)
    open_leads = [j for j in lead if j not in in_team]
    backups = [j for j in range(n) if not is_lead[j]] if rng.random() < 0.5 else []
    loads = _Loads(rng, m, tuple(account_of), tuple(is_lead))
    limits = tuple(_limit(loads, k, bool(teams)) for k in range(rng.choice([0, 1, 1, 2])))
    caps = tuple(_cap(rng, k, open_leads, backups) for k in range(rng.choice([0, 1, 1, 2])))
    parts: dict[str, Any] = {
        "managers": tuple(f"S{i}" for i in range(m)),
        "accounts": tuple(f"C{c}" for c in account_of),
        "tier": tuple(rng.choice("ab") for _ in range(m)),
        "rank": tuple(range(1, m + 1)),
        "segment": ("s",) * n,
        "balance": tuple(rng.choice([1, 2, 5, 7]) * UNIT if x else 0 for x in is_lead),
        "level": tuple(rng.choice([0, 1, 2]) if x else 0 for x in is_lead),
        "incumbent": tuple(incumbent),
        "keeper": tuple(keeper),
        "keep_is_rule": rng.random() < 0.1,
        "eligible": eligible,
        "outside": np.array([[rng.random() < 0.3 for _ in needed] for _ in range(m)])[:, account_of],
        "draw": _by_account(rng, m, account_of, is_lead, 0, 2**20),
        "pins": tuple((rng.randrange(m), rng.choice(lead)) for _ in range(rng.choice([0, 0, 0, 1, 2]))),
        "caps": caps,
        "teams": teams,
        "spreads": _spreads(loads),
        "resolution": rng.choice([1, 10, 1000]),
        "teams_apart": rng.random() < 0.7,
        "goals": (*(_goal(rng, g) for g in names), Goal(name="draw")),
        "same": same,
        "limits": limits,
        "fit": _by_account(rng, m, account_of, is_lead, -3 if rng.random() < 0.3 else 0, 9),
        "cost": _by_account(rng, m, account_of, is_lead, -3 if rng.random() < 0.3 else 0, 9),
        "bid": _by_account(rng, m, account_of, is_lead, 1, 3) * np.array(is_lead),
        "totals": {g: _totals(loads) for g in names if g in LEXICOGRAPHIC},
    }
    return Problem(**{**parts, **changes})


def enumerate_best(problem: Problem) -> tuple[list[tuple[int, ...]], list[Holders]] | None:
    """For each goal what it counts at best given the goals before within their tolerances (to be minimised),
    and the divisions left at the end; None where none keeps the rules."""
    left = divisions(problem)
    if not left:
        return None
    best: list[tuple[int, ...]] = []
    for goal in problem.goals:
        costs = [cost(problem, goal.name, h) for h in left]
        best.append(min(costs))
        allowed = 0 if goal.name in LEXICOGRAPHIC else goal.allowance(min(costs)[0])
        most = (min(costs)[0] + allowed,) if goal.name not in LEXICOGRAPHIC else min(costs)
        left = [h for h, c in zip(left, costs, strict=True) if c <= most]
    return best, left


def divisions(problem: Problem) -> list[Holders]:
    """Every division that keeps the rules; the backups of an account in one order only."""
    found = []
    for tried in product(*([None, *able] for able in problem.may_hold)):
        holders = list(tried)
        if not broken(problem, holders):
            found.append(holders)
    return found


def value(problem: Problem, goal: str, holders: Holders) -> int:
    return COUNT[goal](problem, holders)


# --- the parts ---------------------------------------------------------------------------------------


def _goals(rng: Random) -> list[str]:
    names = [*rng.sample(NEW, rng.randint(1, 3)), *rng.sample(OLD, rng.randint(0, 2))]
    rng.shuffle(names)
    return names


def _goal(rng: Random, name: str) -> Goal:
    if name in LEXICOGRAPHIC:
        return Goal(name=name, measure="load")  # type: ignore[arg-type]
    return Goal(name=name, tolerance=rng.choice(["0", "0", "0", "0", "1", "2000000", "20%"]))  # type: ignore[arg-type]


def _by_account(rng: Random, m: int, account_of: list[int], is_lead: list[bool], low: int, high: int) -> Any:
    """[i, j]: the backups of an account alike."""
    of = {(i, c, x): rng.randint(low, high) for i in range(m) for c in set(account_of) for x in (True, False)}
    return np.array(
        [[of[i, c, x] for c, x in zip(account_of, is_lead, strict=True)] for i in range(m)], dtype=np.int64
    )


def _teams(rng: Random, m: int, n: int, singles: list[int]) -> tuple[TeamSeats, ...]:
    if len(singles) < 1 or rng.random() < 0.5:
        return ()
    own = tuple(sorted(rng.sample(singles, min(len(singles), 2))))
    others = tuple(j for j in range(n) if j not in own)
    return (
        TeamSeats(
            "t",
            own,
            rng.choice([1, min(2, len(own))]),
            1,
            rng.choice([(), others]),
            rng.choice([0, 1, 2]),
            tuple(rng.random() < 0.3 for _ in range(m)),
        ),
    )


def _cap(rng: Random, number: int, leads: list[int], backups: list[int]) -> Cap:
    some = tuple(sorted([j for j in leads if rng.random() < 0.8] + backups))
    return Cap(f"cap{number}", some, rng.choice([1, 1, 2]), rng.choice([None, None, 1, 3]))


@dataclass(frozen=True)
class _Loads:
    """Loads by account, of its lead and of its backups, and of some pairs."""

    rng: Random
    m: int
    account_of: tuple[int, ...]
    is_lead: tuple[bool, ...]

    def draw(self, members: Sequence[int] = ()) -> dict[str, Any]:
        rng, accounts = self.rng, sorted(set(self.account_of))
        unit = rng.choice([1, 1, UNIT // 2])
        low = -2 if rng.random() < 0.2 else 0
        of = {(c, x): unit * rng.randint(low, 6) for c in accounts for x in (True, False)}
        pairs = {
            (i, c, x): unit * rng.randint(low, 8)
            for i, c in [(rng.randrange(self.m), rng.choice(accounts)) for _ in range(rng.choice([0, 0, 2]))]
            for x in (True, False)
        }
        places = list(enumerate(zip(self.account_of, self.is_lead, strict=True)))
        return {
            "load": tuple(of[c, x] for _, (c, x) in places),
            "pair": {
                (i, j): v
                for (i, d, y), v in pairs.items()
                for j, (c, x) in places
                if (c, x) == (d, y) and (not members or i in members)
            },
        }


def _limit(loads: _Loads, number: int, has_team: bool) -> LoadLimit:
    rng, m, figures = loads.rng, loads.m, loads.draw()
    kind = rng.choice(["person", "person", "all", "halves"])
    units = {
        "person": tuple((i,) for i in range(m)),
        "all": (tuple(range(m)),),
        "halves": (tuple(range(m // 2)), tuple(range(m // 2, m))),
    }[kind]
    step = rng.choice([1, 2, 3, 1000]) * max(1, max(map(abs, figures["load"])) // 6)
    whole = sum(abs(v) for v in figures["load"])
    ends = rng.choice(["least", "most", "both", "within", "all"])
    least = [rng.choice([None, whole // 8, whole // 5]) if ends in ("least", "both") else None for _ in units]
    most = [
        rng.choice([None, whole // 3, whole // 2]) if ends in ("most", "both", "all") else None for _ in units
    ]
    within = rng.choice([1000, 5000, 10_000, 20_000]) if ends in ("within", "all") else None
    price = rng.choice([None, 1, 5])
    return LoadLimit(
        key=f"limit{number}",
        units=units,
        base=tuple(rng.choice([0, 0, step]) for _ in units),
        **figures,
        least=tuple(least if price is not None or rng.random() < 0.5 else [None] * len(units)),
        most=tuple(most),
        within=within,
        except_teams=has_team and kind == "person" and within is None and rng.random() < 0.5,
        price=price,
        step=step,
    )


def _spreads(loads: _Loads) -> tuple[Spread, ...]:
    found = []
    for k in range(loads.rng.choice([1, 2])):
        members = _members(loads)
        base = tuple(loads.rng.choice([0, 1, 5]) for _ in members)
        figures = loads.draw(members)
        largest = max(base) + max(map(abs, (*figures["load"], *figures["pair"].values())))
        weight, scale = loads.rng.choice([0, 1, 2]), max(1, largest) + loads.rng.choice([0, 3])
        found.append(Spread(f"t{k}", f"m{k}", weight, scale, members, base, **figures))
    return tuple(found)


def _totals(loads: _Loads) -> Totals:
    members = _members(loads)
    base = tuple(loads.rng.choice([0, 0, 3, 10]) for _ in members)
    levels = loads.rng.choice([len(members), loads.rng.randint(1, len(members))])
    return Totals(members, base, **loads.draw(members), levels=levels)


def _members(loads: _Loads) -> tuple[int, ...]:
    return tuple(sorted(loads.rng.sample(range(loads.m), loads.rng.randint(1, loads.m))))
