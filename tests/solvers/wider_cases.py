"""What the wider problem adds to a tiny bank: several managers, limits, prices, figures of pairs, more goals.

`widen` changes a scheme tree, staff, clients and links in place, from a generator of choices.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from random import Random
from typing import Any

from cmopt.domain.clients import Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Staff

TIERS = ("senior", "intermediate", "junior", "provisional")
SEGMENTS = ("large", "medium", "key", "trust")
MEASURES = ("loan_balance", "deposits", "difficulty", "fees", "npl")
LEXICOGRAPHIC = ("leximin", "leximax")


@dataclass(frozen=True)
class Wider:
    """What a family of wider cases is about; the rest is left out."""

    several: float = 0.0  # the share of accounts that take several managers
    limits: tuple[int, int] = (0, 0)  # how many limits, from and to
    hard: float = 0.5  # the share of limits without a price
    within: float = 0.2  # the share of limits with a band about the mean
    soft_caps: float = 0.0  # the share of caps with a price
    pair_loads: float = 0.0  # the share of pairs with loads of their own
    figures: float = 0.0  # the share of pairs with fit, cost, bid
    goals: tuple[str, ...] = ()  # goals put among the others
    most_goals: int = 2  # of those, so many at the most
    early: float = 0.4  # the share of them that come first or second
    tolerances: bool = False


def widen(
    rng: Random,
    wider: Wider,
    negative: bool,
    tree: dict[str, Any],
    staff: list[Staff],
    clients: list[Client],
    links: list[Link],
) -> None:
    if wider.several:
        tree["backups"] = {
            "share": rng.choice(["0%", "0%", "10%", "33.33%", "50%", "80%", "100%"]),
            "in_caps": rng.random() < 0.4,
        }
        _ask_for_several(rng, wider, tree, clients)
    for cap in tree["at_most"]:
        if rng.random() < wider.soft_caps:
            cap["price"] = rng.choice([1, 2, 5])
    tree["limits"] = [_limit(rng, wider, f"l{n}") for n in range(rng.randint(*wider.limits))]
    if any("least_column" in m or "most_column" in m for m in tree["limits"]):
        _own_limits(rng, staff)
    if wider.figures:
        tree["links"] = {
            "fit_absent": rng.choice([0, 0, 1, -1, 0.5]),
            "cost_absent": rng.choice([0, 0, 2, -1, 0.000001]),
        }
    _link(rng, wider, negative, staff, clients, links)
    _goals(rng, wider, tree)


def _ask_for_several(rng: Random, wider: Wider, tree: dict[str, Any], clients: list[Client]) -> None:
    """Of accounts of no team; who is divided follows from kind and balance as in the segments."""
    of_teams = {s for t in tree["teams"] for s in t["segments"]}
    for n, client in enumerate(clients):
        chosen = client.client_id.startswith("C") and rng.random() < wider.several
        if chosen and (client.kind == "loan" or not of_teams & {"key", "trust"}):
            clients[n] = dataclasses.replace(client, managers_needed=rng.choice([2, 2, 3]))


# --- limits ------------------------------------------------------------------------------------------


def _limit(rng: Random, wider: Wider, key: str) -> dict[str, Any]:
    measure = rng.choice([None, None, *MEASURES])
    limit: dict[str, Any] = {
        "key": key,
        "title": {"zh": key, "en": key},
        "tiers": rng.choice([["senior"], ["senior", "intermediate"], list(TIERS), ["junior", "provisional"]]),
        "per": rng.choice(["person", "person", "person", "tier", "branch", "all"]),
        "base": rng.random() < 0.6,
    }
    if measure is not None:
        limit["measure"] = measure
    if rng.random() < 0.3:
        limit["segments"] = rng.sample(SEGMENTS, rng.randint(1, 3))
    if rng.random() < 0.2:
        limit["branches"] = rng.choice([["A"], ["B"], ["A", "B"]])
    if rng.random() >= wider.hard:
        limit["price"] = rng.choice([1, 1, 2, 7])
        limit["step"] = rng.choice([1, 0.5, 3, 100, 333.333333, 1000])
    if rng.random() < wider.within:
        limit["tiers"] = rng.choice([list(TIERS), list(TIERS), ["senior", "intermediate"]])
        limit["within"] = rng.choice(["12.5%", "50%", "75%", "90%", "99.99%", "100%", "100%", "200%"])
    _ends(rng, limit, _sizes(measure), many=limit["per"] != "person")
    if limit["per"] == "person" and "within" not in limit and rng.random() < 0.5:
        limit["except_teams"] = True
    return limit


def _sizes(measure: str | None) -> tuple[list[float], list[float]]:
    """What a least and a most of this measure may be, small enough to bite."""
    if measure is None:
        return [0, 0.5, 1, 1], [1, 1, 1.5, 2, 3]
    if measure == "difficulty":
        return [1, 1, 2], [1, 3, 5, 7]
    if measure == "fees":
        return [-1, 1, 1, 3], [0, 2, 3, 10]
    return [-500, 1, 50, 500, 500], [0, 400, 1000, 1000, 1500.000001, 2000, 2500]


def _ends(rng: Random, limit: dict[str, Any], sizes: tuple[list[float], list[float]], many: bool) -> None:
    least, most = rng.choice(sizes[0]), rng.choice(sizes[1]) * (2 if many else 1)
    kinds = ["most", "most", "most", "least", "both"]
    if not many:
        kinds += ["most_column", "least_column", "most_column and most"]
    if "within" in limit:
        kinds += ["none"] * 6
    kind = rng.choice(kinds)
    if kind in ("most", "both", "most_column and most"):
        limit["most"] = most
    if kind in ("least", "both"):
        limit["least"] = min(least, most) if kind == "both" else least
    if kind.startswith("most_column"):
        limit["most_column"] = "cap"
    if kind == "least_column":
        limit["least_column"] = "floor"


def _own_limits(rng: Random, staff: list[Staff]) -> None:
    """The columns `cap` and `floor`, of which some cells are blank, those of the first person not."""
    for n, person in enumerate(staff):
        own = {}
        if n == 0 or rng.random() < 0.6:
            own["cap"] = rng.choice([0, 1, 1, 2, 1000, 1500]) * UNIT
        if n == 0 or rng.random() < 0.3:
            own["floor"] = rng.choice([0, 0, 1, 50]) * UNIT
        staff[n] = dataclasses.replace(person, measures=own)


# --- figures of pairs --------------------------------------------------------------------------------


def _link(
    rng: Random, wider: Wider, negative: bool, staff: list[Staff], clients: list[Client], links: list[Link]
) -> None:
    """Figures for some pairs, beside the rule that a pair may have; base load's pairs too."""
    there = {(k.staff_id, k.client_id): k for k in links}
    for client in clients:
        for person in staff:
            pair = (person.staff_id, client.client_id)
            link = there.get(pair, Link(*pair))
            if rng.random() < wider.figures:
                link = dataclasses.replace(link, **_figures(rng))
            if rng.random() < wider.pair_loads:
                link = dataclasses.replace(link, measures=_loads(rng, negative))
            if link != Link(*pair):
                there[pair] = link
    links[:] = there.values()


def _figures(rng: Random) -> dict[str, int]:
    """Few different figures, so that there are ties; some below zero, some blank."""
    figures = {
        "fit": rng.choice([-2, -1, 0, 1, 1, 2, 3]) * UNIT + rng.choice([0, 0, 0, 1]),
        "cost": rng.choice([-1, 0, 1, 1, 2, 5]) * UNIT + rng.choice([0, 0, 0, -1]),
        "bid": rng.choice([1, 1, 2, 3]),
    }
    return {name: value for name, value in figures.items() if rng.random() < 0.7}


def _loads(rng: Random, negative: bool) -> dict[str, int]:
    sizes = {"balance": [0, 100, 600, 1500], "difficulty": [0, 1, 4], "fees": [0, 1, 7]}
    return {
        column: rng.choice(wan) * UNIT * (rng.choice([-1, 1]) if negative else 1) + rng.choice([0, 0, 1])
        for column, wan in sizes.items()
        if rng.random() < 0.6
    }


# --- goals -------------------------------------------------------------------------------------------


def _goals(rng: Random, wider: Wider, tree: dict[str, Any]) -> None:
    """Some of the family's goals put among those there; penalty just where a rule has a price."""
    *goals, last = tree["goals"]
    pool = [name for name in wider.goals if name != "penalty"]
    chosen = rng.sample(pool, min(len(pool), rng.randint(1, wider.most_goals)))
    if any("price" in rule for rule in (*tree["at_most"], *tree["limits"])):
        chosen.append("penalty")
    for name in chosen:
        at = rng.randint(0, min(1, len(goals))) if rng.random() < wider.early else rng.randint(0, len(goals))
        goals.insert(at, _goal(rng, wider, name))
    tree["goals"] = [*goals, last]


def _goal(rng: Random, wider: Wider, name: str) -> dict[str, Any]:
    goal: dict[str, Any] = {"name": name}
    if name in LEXICOGRAPHIC:
        goal["measure"] = rng.choice(MEASURES[:4])
        if rng.random() < 0.5:
            goal["tiers"] = rng.choice([["senior"], ["intermediate", "senior"], list(TIERS), list(TIERS)])
        if rng.random() < 0.4:
            goal["levels"] = rng.choice([1, 2, 3])
    elif wider.tolerances:
        goal["tolerance"] = rng.choice(["0", "1", "3", "20%", "50%", "500000", "1000000"])
    return goal
