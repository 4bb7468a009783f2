"""Tiny banks for brute force: a handful of managers and accounts under every kind of rule.

`tiny_bank(rng, shape)` makes a case and a scheme from a generator of choices. A shape fixes what a family of
cases is about (a team that can be counted, several teams, negative figures, tolerances...); the rest is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from wider_cases import Wider, widen

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Mark, Roster, Score, Staff
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade

GOALS = (
    "coverage",
    "coverage_balance",
    "continuity",
    "continuity_balance",
    "merit",
    "balance",
    "jurisdiction",
)
DIVIDED = ("large", "medium", "key", "trust")


@dataclass(frozen=True)
class Shape:
    """What a family of cases is about. None: left to the generator."""

    team: bool | None = None  # the key deposits have a team
    trust_team: bool = False  # so have the trusts: two teams
    apart: bool | None = None  # team members hold nothing else
    caps: str | None = None  # none, one, split, overlapping, with_team
    usual_goals: bool = False  # the annual plan's order
    tolerances: bool = False
    balance_first: bool = False  # balance right after coverage, on all tiers, finely
    balance_gives: bool = False  # a tolerance on balance alone, and a large one
    negative: bool = False  # balances and measures below zero
    incumbents: float = 0.6  # the share of accounts that somebody holds
    given: bool = False  # tiers given, ranks may be shared
    most: int = 320  # divisions to enumerate at the most
    accounts: tuple[int, int] = (1, 5)
    wider: Wider | None = None


@dataclass(frozen=True)
class Bank:
    case: Case
    scheme: Scheme
    seed: int

    @cached_property
    def grades(self) -> dict[str, Grade]:
        return grade(self.case.roster, self.scheme, self.seed)

    def __repr__(self) -> str:
        """Everything needed to build it again by hand."""
        division = self.scheme.model_dump(exclude={"grading", "title", "source"}, exclude_defaults=True)
        return f"Bank(seed={self.seed},\n {self.case!r},\n grades={self.grades!r},\n {division!r})"


def tiny_bank(rng: Random, shape: Shape) -> Bank:
    tree = scheme_tree(rng, shape)
    roster = _roster(rng, shape)
    ids = [s.staff_id for s in roster]
    clients = _clients(rng, shape, ids, shape.team is True)
    links = _links(rng, ids, clients)
    seed = rng.randint(0, 3)
    if shape.wider is not None:
        widen(rng, shape.wider, shape.negative, tree, roster, clients, links)
    case = Case(Roster(tuple(roster)), tuple(clients), tuple(links))
    return Bank(case, Scheme.model_validate(tree), seed)


# --- the scheme --------------------------------------------------------------------------------------


def title(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def scheme_tree(rng: Random, shape: Shape) -> dict[str, Any]:
    """A scheme as it would be read from TOML."""
    team = rng.random() < 0.6 if shape.team is None else shape.team
    return {
        "format": 1,
        "name": "tiny",
        "title": title("tiny"),
        "source": title("invented"),
        "grading": grading_tree(rng.randint(1, 3), rng.randint(1, 2)),
        "segments": _segments(rng, shape),
        "at_most": _caps(rng, shape),
        "teams": _teams(rng, shape, team),
        "incumbency": {"mode": "rule" if rng.random() < 0.12 else "goal"},
        "measures": [
            {"key": "loan_balance", "title": title("loans"), "kind": "loan"},
            {"key": "deposits", "title": title("deposits"), "kind": "deposit"},
            {"key": "difficulty", "title": title("difficulty"), "column": "difficulty", "unit": "points"},
            {"key": "fees", "title": title("fees"), "column": "fees", "absent": rng.choice([0, 1])},
            {"key": "npl", "title": title("npl"), "kind": "loan", "quality_at_least": 3},
        ],
        "balance": _balance(rng, shape),
        "jurisdiction": _some(rng, list(DIVIDED), least=0),
        "goals": _goals(rng, shape),
    }


def _balance(rng: Random, shape: Shape) -> dict[str, Any]:
    tiers, measures = (
        ["senior", "intermediate", "junior"],
        ["loan_balance", "deposits", "difficulty", "fees", "npl"],
    )
    fine = shape.balance_first
    return {
        "tiers": _some(rng, tiers, least=3 if fine else 1),
        "teams_apart": True if fine or (shape.team and shape.apart) else rng.random() < 0.6,
        "base_load": rng.choice(["incumbent", "incumbent", "none"]),
        "resolution": rng.choice([100, 1000] if fine else [1, 3, 10, 100, 1000]),
        "measures": [
            {"measure": m, "weight": rng.choice([1, 1, 2, 5] if fine else [0, 1, 1, 1, 2, 5])}
            for m in _some(rng, measures, least=2 if fine else 1)
        ],
    }


def grading_tree(seniors: int, intermediates: int) -> dict[str, Any]:
    """One written exam of 100, pass mark 20; the best are senior, the next intermediate, the rest junior."""
    return {
        "pass_mark": 20,
        "parts": [{"key": "written", "title": title("written"), "max": 100}],
        "tie_order": ["draw"],
        "absent": "not_graded",
        "agent_offer": "none",
        "routes": [
            {"key": "deposit", "title": title("d"), "tier": "provisional", "min_average_deposits": 300}
        ],
        "tiers": [
            {"key": "senior", "title": title("senior"), "rank_from": 1, "rank_to": seniors},
            {
                "key": "intermediate",
                "title": title("intermediate"),
                "rank_from": seniors + 1,
                "rank_to": seniors + intermediates,
            },
            {"key": "junior", "title": title("junior"), "rank_from": seniors + intermediates + 1},
            {"key": "provisional", "title": title("provisional")},
        ],
    }


def _segments(rng: Random, shape: Shape) -> list[dict[str, Any]]:
    """Loans of 1000 and more, all other loans, key deposits and large deposits are divided, the rest is not."""
    wide = ["senior", "intermediate", "junior", "provisional"]
    return [
        {
            "key": "large",
            "title": title("large"),
            "kind": "loan",
            "at_least": 1000,
            "divide": True,
            "tiers": rng.choice([["senior"], ["senior", "intermediate"], wide]),
            "level": rng.choice([2, 2, 1, 3]),
        },
        {
            "key": "medium",
            "title": title("medium"),
            "kind": "loan",
            "divide": True,
            "tiers": rng.choice([["senior", "intermediate"], ["intermediate"], wide]),
            "level": rng.choice([1, 1, 0, 2]),
        },
        {
            "key": "key",
            "title": title("key"),
            "kind": "deposit",
            "key_deposit": True,
            "divide": True,
            "tiers": rng.choice([["senior"], ["senior", "intermediate"], wide]),
            "level": rng.choice([0, 1, 2]),
        },
        {
            "key": "trust",
            "title": title("trust"),
            "kind": "deposit",
            "at_least": 400,
            "divide": True,
            "tiers": rng.choice([["senior"], ["junior", "intermediate"], wide]),
            "level": rng.choice([0, 1]),
        },
        {"key": "deposit", "title": title("deposit"), "kind": "deposit"},
    ]


def _caps(rng: Random, shape: Shape) -> list[dict[str, Any]]:
    kinds: dict[str, dict[str, list[str]]] = {
        "none": {},
        "one": {"loans": ["large", "medium"]},
        "split": {"large": ["large"], "medium": ["medium", "trust"]},
        "overlapping": {"loans": ["large", "medium"], "big": ["large", "trust"]},
        "with_team": {"all": ["large", "key"]},
    }
    kind = shape.caps or rng.choice(["none", "one", "one", "split", "overlapping", "with_team"])
    return [
        {"key": key, "title": title(key), "segments": segments, "k": rng.choice([1, 1, 2])}
        for key, segments in kinds[kind].items()
    ]


def _teams(rng: Random, shape: Shape, team: bool) -> list[dict[str, Any]]:
    if not team:
        return []
    others = ["large", "medium", "trust"]
    apart = rng.random() < 0.5 if shape.apart is None else shape.apart
    teams = [
        {
            "key": "key_team",
            "title": title("key team"),
            "segments": ["key"],
            "size": rng.choice([1, 1, 2]),
            "least": rng.choice([1, 1, 1, 1, 2]),
            "exclusive_of": others if apart else _some(rng, others, least=0)[:2],
            "level": rng.choice([2, 1, 0]),
        }
    ]
    if shape.trust_team:
        teams.append(
            {
                "key": "trust_team",
                "title": title("trust team"),
                "segments": ["trust"],
                "size": rng.choice([1, 1, 2]),
                "exclusive_of": _some(rng, ["large", "medium", "key"], least=0),
                "level": rng.choice([0, 1]),
            }
        )
    return teams


def _goals(rng: Random, shape: Shape) -> list[dict[str, str]]:
    names = list(GOALS)
    if not shape.usual_goals:
        fate = rng.random()
        if fate < 0.5:
            rng.shuffle(names)
        if fate < 0.25:
            names = names[: rng.randint(1, len(names))]
    given_back = ["0", "0", "1", "2", "5%", "30%", "400"] if shape.tolerances else ["0"]
    if shape.balance_first:
        names = ["coverage", "balance", *_some(rng, ["merit", "continuity", "jurisdiction"], least=0)]
    goals = [{"name": n, "tolerance": rng.choice(given_back)} for n in names] + [{"name": "draw"}]
    if shape.balance_gives:
        for goal in goals:
            goal["tolerance"] = rng.choice(["100", "1000", "60%"]) if goal["name"] == "balance" else "0"
    return goals


def _some(rng: Random, things: list[str], least: int) -> list[str]:
    """Some of `things`, in an order of their own."""
    left = list(things)
    rng.shuffle(left)
    return left[: rng.randint(least, len(left))]


# --- the case ----------------------------------------------------------------------------------------


def _roster(rng: Random, shape: Shape) -> list[Staff]:
    staff = []
    for n in range(rng.choice([1, 2, 3, 4, 4, 5, 5, 6])):
        # few different scores, so that ranks fall to the draw; below 20 fails, with deposits provisional
        scores: dict[str, Score] = {"written": rng.choice([10, 30, 50, 50, 50, 70, 90]) * UNIT}
        if rng.random() < 0.05:
            scores = {"written": Mark.ABSENT}
        tier, rank = None, None
        if shape.given:
            tier = rng.choice(["senior", "senior", "intermediate", "junior", "provisional", None])
            rank = rng.choice([None, None, 1, 2, 3]) if tier is not None else None
        staff.append(
            Staff(
                f"S{n}",
                f"员工 {n}",
                rng.choice(["A", "B"]),
                scores=scores,
                average_deposits=rng.choice([None, 100 * UNIT, 400 * UNIT]),
                tier=tier,
                rank=rank,
            )
        )
    return staff


def _clients(rng: Random, shape: Shape, staff: list[str], team: bool) -> list[Client]:
    clients = []
    for n in range(rng.randint(*shape.accounts)):
        kind = rng.choice(DIVIDED[:3] if shape.usual_goals else DIVIDED)
        if team and n < 2 and rng.random() < 0.8:
            kind = "key"
        clients.append(_client(rng, shape, f"C{n}", kind, staff, shape.incumbents))
    for n in range(rng.randint(0, 4)):  # the base load
        clients.append(_client(rng, shape, f"D{n}", "deposit", staff, 0.9))
    return clients


def _client(rng: Random, shape: Shape, client_id: str, kind: str, staff: list[str], held: float) -> Client:
    wan = {
        "large": [1000, 1000, 1500, 2000],
        "medium": [500, 500, 700, 999],
        "key": [200, 500, 500, 900],
        "trust": [400, 600],
        "deposit": [50, 50, 120, 399],
    }[kind]
    balance = rng.choice(wan) * UNIT + rng.choice([0, 0, 0, 1, UNIT // 2])
    fees = {"fees": rng.choice([1, 2, 3, 10]) * UNIT} if rng.random() < 0.6 else {}
    if shape.negative:
        if kind in ("medium", "key", "deposit") and rng.random() < 0.5:
            balance = -balance
        fees = {k: rng.choice([-1, 1]) * v for k, v in fees.items()}
    if kind in ("trust", "deposit"):
        balance = min(balance, 399 * UNIT) if kind == "deposit" else balance
    return Client(
        client_id,
        f"样例企业 {client_id}",
        rng.choice(["A", "B"]),
        "loan" if kind in ("large", "medium") else "deposit",
        balance,
        key_deposit=kind == "key",
        incumbent=rng.choice(staff) if rng.random() < held else None,
        quality=rng.choice([None, 1, 3, 5]),
        difficulty=rng.choice([None, UNIT, 2 * UNIT, 5 * UNIT]),
        measures=fees,
    )


def _links(rng: Random, staff: list[str], clients: list[Client]) -> list[Link]:
    links: dict[tuple[str, str], Link] = {}
    for client in clients:
        if client.client_id.startswith("C") and rng.random() < 0.35:
            who = rng.choice(staff)
            rule = rng.choice(["forbid", "forbid", "forbid", "allow", "allow", "allow", "pin"])
            links[who, client.client_id] = Link(who, client.client_id, rule)  # type: ignore[arg-type]
    return list(links.values())
