"""The optimum by trying every division, judged by the audit alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from tiny_cases import Bank

from cmopt.audit import audit_division
from cmopt.audit.goals import GOALS
from cmopt.audit.rules import RULES
from cmopt.audit.view import View, view
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case

SENSE = {
    "coverage": min,
    "coverage_balance": min,
    "continuity": max,
    "continuity_balance": max,
    "merit": min,
    "balance": min,
    "jurisdiction": min,
    "draw": min,
}


@dataclass(frozen=True)
class Optimum:
    """`bounds[goal]`: the best value given the goals before, each within its tolerance; `divisions`: what is
    left at the end (one division without tolerances, ties of the draw aside)."""

    bounds: dict[str, int]
    divisions: list[View]


def accounts_of(bank: Bank) -> list[str]:
    return [
        c.client_id for c in bank.case.clients if (s := bank.scheme.segment_of(c)) is not None and s.divide
    ]


def choices(bank: Bank) -> list[list[str | None]]:
    """For each account nobody, or whom the audit does not refuse it alone."""
    found: list[list[str | None]] = []
    for account in accounts_of(bank):
        may: list[str | None] = [None]
        for staff in bank.case.roster:
            alone = Allocation({account: staff.staff_id})
            audit = audit_division(bank.case, bank.scheme, bank.grades, alone, bank.seed)
            if not any(b.code in ("audit-eligibility", "audit-unknown") for b in audit.breaches):
                may.append(staff.staff_id)
        found.append(may)
    return found


def how_many(bank: Bank) -> int:
    return prod(len(c) for c in choices(bank))


def fit(bank: Bank, most: int) -> Bank:
    """The bank without its last accounts, as many as it takes to have at most `most` divisions to try."""
    while how_many(bank) > most:
        last = accounts_of(bank)[-1]
        case = Case(
            bank.case.roster,
            tuple(c for c in bank.case.clients if c.client_id != last),
            tuple(k for k in bank.case.links if k.client_id != last),
        )
        bank = Bank(case, bank.scheme, bank.seed)
    return bank


def divisions(bank: Bank) -> Iterator[View]:
    """Every division that breaks no rule."""
    accounts = accounts_of(bank)
    empty = view(bank.case, bank.scheme, bank.grades, Allocation({}))
    team_of = {
        a: t.key for t in bank.scheme.teams for a in accounts if empty.accounts[a][1].key in t.segments
    }
    for holders in product(*choices(bank)):
        holder = dict(zip(accounts, holders, strict=True))
        members: dict[str, set[str]] = {t.key: set() for t in bank.scheme.teams}
        for account, team in team_of.items():
            if (who := holder[account]) is not None:
                members[team].add(who)
        seen = dataclasses.replace(
            empty, holder=holder, members={t: frozenset(m) for t, m in members.items()}
        )
        if not any(rule(seen) for rule in RULES):
            yield seen


def optimum(bank: Bank) -> Optimum | None:
    """The goals one after the other; None where no division keeps the rules."""
    left = list(divisions(bank))
    if not left:
        return None
    bounds: dict[str, int] = {}
    for goal in bank.scheme.goals:
        values = [GOALS[goal.name](seen, bank.seed) for seen in left]
        best = SENSE[goal.name](values)
        bounds[goal.name] = best
        allowed = goal.allowance(best)
        left = [seen for seen, v in zip(left, values, strict=True) if abs(v - best) <= allowed]
    return Optimum(bounds, left)
