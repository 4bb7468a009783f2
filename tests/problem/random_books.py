"""Random tiny banks with a book: every rule of [book] in many settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme

BRANCHES = ("甲", "乙", "丙")
TIERS = ("senior", "intermediate", "junior", "provisional")
SUMS = ("handovers", "continuity", "continuity_balance", "tier_preference", "fit", "cost", "bids")


@dataclass(frozen=True)
class RandomBook:
    case: Case
    scheme: Scheme
    grades: dict[str, Grade]
    key: Allocation


def random_book(rng: Random, largest: int = 8) -> RandomBook:
    staff = _staff(rng)
    clients = _clients(rng, staff, rng.randint(3, largest))
    links = _links(rng, staff, clients)
    case = Case(Roster(tuple(staff)), clients, links)
    scheme = load_scheme("annual", _overrides(rng))
    return RandomBook(case, scheme, dict(grade(case.roster, scheme, 1)), _key(rng, case, scheme))


def _staff(rng: Random) -> list[Staff]:
    found = []
    for n in range(rng.randint(3, 5)):
        tier = rng.choice(TIERS) if n == 0 or rng.random() < 0.85 else None
        own = {"most_clients": rng.randint(1, 4) * UNIT} if rng.random() < 0.5 else {}
        post = "支行行长" if rng.random() < 0.4 else None
        branch = rng.choice(("甲", "甲", "乙"))
        found.append(Staff(f"E{n}", f"员工 {n}", branch, post=post, tier=tier, measures=own))
    return [*found, Staff("E9", "员工 9", "甲", tier="junior", measures={"most_clients": 3 * UNIT})]


def _clients(rng: Random, staff: list[Staff], number: int) -> list[Client]:
    people = [s.staff_id for s in staff]
    strange = rng.random() < 0.3  # people and branches at random
    found = []
    for n in range(number):
        kind = rng.choice(("loan", "loan", "deposit"))
        branch = rng.choice(BRANCHES if strange else ("甲", "甲", "乙"))
        near = people if strange else [s.staff_id for s in staff if s.branch == branch] or people
        since = date(2025 - rng.randint(0, 4), rng.randint(1, 12), rng.randint(1, 28))
        found.append(
            Client(
                f"C{n}",
                f"样例企业 {n}",
                branch,
                kind,  # type: ignore[arg-type]
                rng.choice((1, 5, 20, 100, 299, 300, 450)) * UNIT + rng.randint(0, 1) * 333_333,
                incumbent=rng.choice(near) if rng.random() < 0.7 else None,
                developer=rng.choice(near) if rng.random() < 0.25 else None,
                quality=rng.choice((None, 1, 1, 1, 2, 3, 5)),
                difficulty=rng.choice((None, 1, 2, 5)) and rng.randint(1, 5) * UNIT,
                group=rng.choice(("g1", "g2")) if rng.random() < 0.4 else None,
                held_since=since if rng.random() < 0.8 else None,
                counter=kind == "deposit" and rng.random() < 0.2,
            )
        )
    if rng.random() < 0.7:
        found.append(Client("K1", "样例大户", "甲", "loan", 2000 * UNIT, difficulty=2 * UNIT))
        found.append(Client("K2", "样例机构", "甲", "deposit", 90 * UNIT, key_deposit=True))
    return found


def _links(rng: Random, staff: list[Staff], clients: list[Client]) -> list[Link]:
    found: dict[tuple[str, str], Link] = {}
    pinned: set[str] = set()
    for _ in range(rng.choice((0, 1, 3, 5))):
        who, client = rng.choice(staff), rng.choice(clients)
        rule = rng.choice(("forbid", "allow", "pin", None))
        if rule == "pin" and (who.tier is None or client.client_id in pinned or client.client_id[0] == "K"):
            continue
        if rule == "pin":
            pinned.add(client.client_id)
        figures: dict[str, Any] = {
            "bid": rng.choice((None, 1, 2)),
            "fit": rng.choice((None, 3 * UNIT)),
            "cost": rng.choice((None, 2 * UNIT)),
            "measures": rng.choice(({}, {}, {"balance": 7 * UNIT}, {"difficulty": 9 * UNIT})),
        }
        found[who.staff_id, client.client_id] = Link(who.staff_id, client.client_id, rule, **figures)  # type: ignore[arg-type]
    return list(found.values())


def _overrides(rng: Random) -> dict[str, str]:
    likely = [g for g in ("bands", "handovers", "mix", "tier_preference") if rng.random() < 0.6]
    likely += rng.sample([g for g in SUMS if g not in likely], rng.randint(1, 2))
    goals = ["coverage", *(likely if rng.random() < 0.5 else rng.sample(likely, len(likely)))]
    if rng.random() < 0.2:
        goals = rng.sample(goals, len(goals))
    if rng.random() < 0.3:
        goals.append("draw")
    told = ", ".join(f'{{ name = "{g}", tolerance = "{rng.choice(("0", "0", "1", "20%"))}" }}' for g in goals)
    found = {
        "book.goals": f"[{told}]",
        "book.developer": rng.choice(("keeps", "none")),
        "book.groups": rng.choice(("together", "together", "free")),
        "book.problem_loans": rng.choice(("maker", "head", "head", "free")),
        "book.problem_from": rng.choice(("2", "3", "5")),
        "book.counter": rng.choice(("marked", "unclaimed", "none")),
        "book.team_members": rng.choice(("true", "false")),
        "book.resolution": rng.choice(("1", "10", "1000")),
        "book.handover.balance": rng.choice(("0", "0.01", "0.5")),
        "segments.middle_loan.tiers": rng.choice(('["senior"]', '["intermediate", "junior", "senior"]')),
        "book.regions": rng.choice(("[]", "[]", '[["甲", "乙"]]', '[["乙", "丙"]]')),
    }
    if rng.random() < 0.2:
        found |= {"book.jurisdiction": "bank", "book.regions": "[]"}
    if rng.random() < 0.5:
        found |= {"book.rotation_years": rng.choice(("1", "3")), "book.as_of": "2025-06-30"}
    if rng.random() < 0.3:
        found["book.segments"] = rng.choice(('["small_loan"]', '["small_loan", "deposit"]'))
    mixed = rng.sample(("difficulty", "npl", "loan_balance"), rng.randint(1, 2))
    found["book.mix"] = (
        "[" + ", ".join(f'{{ measure = "{m}", weight = {rng.randint(1, 3)} }}' for m in mixed) + "]"
    )
    return found | _bands(rng, "bands" in goals)


def _bands(rng: Random, wanted: bool) -> dict[str, str]:
    """Bands if the goal is there; now and then limits, with a price only beside the goal."""
    bands, limits = [], []
    for n in range(rng.randint(1, 2) if wanted else 0):
        measure = rng.choice(("", 'measure = "loan_balance",', 'measure = "difficulty",'))
        tiers = rng.choice(("", 'tiers = ["junior", "senior"],'))
        bands.append(
            f'{{ key = "b{n}", title = {{ zh = "带", en = "band" }}, {measure} {tiers} '
            f'within = "{rng.choice(("0%", "10%", "50%"))}", weight = {rng.randint(1, 3)}, '
            f"base = {rng.choice(('true', 'false'))} }}"
        )
    for n in range(rng.choice((0, 0, 1))):
        what = rng.choice(
            (
                "most = 2",
                'most = 3, most_column = "most_clients"',
                "least = 1",
                'measure = "loan_balance", most = 300',
            )
        )
        segments = rng.choice(("", 'segments = ["small_loan"],'))
        price = rng.choice(("", ", price = 7, step = 3")) if wanted else ""
        limits.append(
            f'{{ key = "l{n}", title = {{ zh = "限", en = "limit" }}, tiers = ["junior", "senior"], {segments} '
            f"{what}, base = {rng.choice(('true', 'false'))}{price} }}"
        )
    return {"book.bands": f"[{', '.join(bands)}]", "book.limits": f"[{', '.join(limits)}]"}


def _key(rng: Random, case: Case, scheme: Scheme) -> Allocation:
    people = [s.staff_id for s in case.roster if s.tier is not None]
    divided = [c.client_id for c in case.clients if c.client_id.startswith("K")]
    holder: dict[str, str | None] = {c: rng.choice([*people, None]) for c in divided}
    return Allocation(holder)
