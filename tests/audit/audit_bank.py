"""A small bank under the annual plan's division rules, tiers given by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmopt.audit import audit_division
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.findings import Audit
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme

SEED = 1

# id: tier, rank, branch. P has no rank of its own, N no tier.
PEOPLE: dict[str, tuple[str | None, int | None, str]] = {
    "S1": ("senior", 1, "A"),
    "S2": ("senior", 2, "A"),
    "S3": ("senior", 3, "B"),
    "S4": ("senior", 4, "B"),
    "M1": ("intermediate", 21, "A"),
    "M2": ("intermediate", 22, "B"),
    "J1": ("junior", 41, "A"),
    "N1": (None, None, "A"),
}


def scheme(**overrides: str) -> Scheme:
    """The annual plan with a team of two; ``teams__deposit_team__size="3"`` sets a key."""
    keys = {k.replace("__", "."): v for k, v in overrides.items()}
    return load_scheme("annual", {"teams.deposit_team.size": "2", **keys})


def limited(*limits: str, goals: str = "draw", **overrides: str) -> Scheme:
    """The same with limits; each as in TOML, its key and title apart."""
    named = (
        f'{{ key = "l{n}", title = {{ zh = "限额", en = "limit" }}, {limit} }}'
        for n, limit in enumerate(limits)
    )
    return scheme(limits=f"[{', '.join(named)}]", goals=goal_list(goals), **overrides)


def goal_list(names: str) -> str:
    """Goals in a row as the value of an override: ``coverage draw``."""
    return "[" + ", ".join(f'{{ name = "{name}" }}' for name in names.split()) + "]"


def staff(ids: str = "S1 S2 S3 S4 M1 M2 J1 N1") -> Roster:
    return Roster(tuple(Staff(i, i, PEOPLE[i][2], tier=PEOPLE[i][0], rank=PEOPLE[i][1]) for i in ids.split()))


def loan(client_id: str, wan: int, incumbent: str | None = None, branch: str = "A", **more: Any) -> Client:
    return Client(client_id, client_id, branch, "loan", wan * UNIT, incumbent=incumbent, **more)


def key(client_id: str, wan: int, incumbent: str | None = None, branch: str = "A", **more: Any) -> Client:
    return Client(
        client_id, client_id, branch, "deposit", wan * UNIT, key_deposit=True, incumbent=incumbent, **more
    )


def deposit(client_id: str, wan: int, incumbent: str | None = None, **more: Any) -> Client:
    return Client(client_id, client_id, "A", "deposit", wan * UNIT, incumbent=incumbent, **more)


def case(*clients: Client, links: tuple[Link, ...] = (), people: Roster | None = None) -> Case:
    return Case(people or staff(), clients, links)


def audited(of: Case, under: Scheme, holder: Mapping[str, str | None]) -> Audit:
    """The audit of it. ``"C1": "S1 S2 S3"``: the lead S1, the backups S2 and S3; ``"- S2"``: no lead."""
    grades = grade(of.roster, under, SEED)
    leads: dict[str, str | None] = {}
    backups: dict[str, tuple[str, ...]] = {}
    for account, who in holder.items():
        lead, *others = (who or "-").split()
        leads[account] = None if lead == "-" else lead
        if others:
            backups[account] = tuple(others)
    return audit_division(of, under, grades, Allocation(leads, backups), SEED)


def codes(of: Case, under: Scheme, holder: Mapping[str, str | None]) -> list[str]:
    return [b.code for b in audited(of, under, holder).breaches]
