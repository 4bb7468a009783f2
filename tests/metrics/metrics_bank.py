"""A tiny bank by hand, and a larger one by a fixed seed, to measure divisions of."""

from __future__ import annotations

import random

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.intake.schemes import load_scheme


def annual() -> Scheme:
    return load_scheme("annual")


def grade(staff_id: str, rank: int | None, tier: str | None) -> Grade:
    return Grade(staff_id, {}, None, rank, tier is not None, tier, "exam")


def grades(**tiers: str | None) -> dict[str, Grade]:
    """Ranked in the order they are named; provisional managers and those without a tier have no rank."""
    found, rank = {}, 0
    for staff_id, tier in tiers.items():
        ranked = tier not in (None, "provisional")
        rank += ranked
        found[staff_id] = grade(staff_id, rank if ranked else None, tier)
    return found


def case(staff: str, clients: list[Client], links: tuple[Link, ...] = (), branch: str = "A") -> Case:
    return Case(Roster(tuple(Staff(s, f"员工 {s}", branch) for s in staff.split())), tuple(clients), links)


def loan(client_id: str, wan: int, incumbent: str | None = None, **more: object) -> Client:
    return Client(client_id, f"样例企业 {client_id}", "A", "loan", wan * UNIT, incumbent=incumbent, **more)  # type: ignore[arg-type]


def key_deposit(client_id: str, wan: int, incumbent: str | None = None) -> Client:
    return Client(
        client_id, f"样例机构 {client_id}", "A", "deposit", wan * UNIT, key_deposit=True, incumbent=incumbent
    )


def large_bank(clients: int, staff: int = 150, seed: int = 1) -> tuple[Case, dict[str, Grade], Allocation]:
    """`clients` random clients (some without an incumbent), 35 of them divided."""
    rng = random.Random(seed)
    ids = [f"S{i:04}" for i in range(staff)]
    people = tuple(Staff(s, f"员工 {s}", f"样例支行 {i % 21:02}") for i, s in enumerate(ids))
    tiers = ["senior"] * 20 + ["intermediate"] * 20 + ["junior"] * (staff - 60) + [None] * 20
    found = {s: grade(s, i + 1 if t else None, t) for i, (s, t) in enumerate(zip(ids, tiers, strict=True))}
    book = []
    for i in range(clients):
        incumbent = rng.choice(ids) if rng.random() < 0.9 else None
        if i < 27:
            book.append(loan(f"C{i:06}", 2000 - 50 * i, incumbent, quality=rng.randint(1, 5)))
        elif i < 35:
            book.append(key_deposit(f"C{i:06}", 5000, incumbent))
        else:
            book.append(
                loan(
                    f"C{i:06}", rng.randint(1, 499), incumbent, quality=1, difficulty=rng.randint(1, 5) * UNIT
                )
            )
    holder: dict[str, str | None] = {f"C{i:06}": ids[i] for i in range(27)}
    holder |= {f"C{i:06}": ids[17 + i % 3] for i in range(27, 35)}
    return Case(Roster(people), tuple(book)), found, Allocation(holder)
