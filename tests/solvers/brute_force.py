"""The optimum by trying every division, judged by the audit alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from tiny_cases import Bank

from cmopt.audit.fairness import LEVELS
from cmopt.audit.given import Given
from cmopt.audit.goals import GOALS
from cmopt.audit.limits import limits_kept
from cmopt.audit.places import places_as_needed
from cmopt.audit.rules import RULES, only_who_may
from cmopt.audit.view import View, view
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.goals import Goal

# The better end of each goal, written here once more.
BETTER = {
    "coverage": min,
    "coverage_balance": min,
    "continuity": max,
    "continuity_balance": max,
    "merit": min,
    "balance": min,
    "deviation": min,
    "leximin": max,
    "leximax": min,
    "fit": max,
    "worst_served": max,
    "cost": min,
    "bids": min,
    "penalty": min,
    "jurisdiction": min,
    "draw": min,
}

Choice = tuple[str | None, tuple[str, ...]]  # the manager or lead of an account, and its backups
REFUSED_ALONE = {
    "audit-eligibility",
    "audit-unknown",
    "audit-backup-alone",
    "audit-backups",
    "audit-same-person",
}


@dataclass(frozen=True)
class Optimum:
    """`bounds[goal]`: the best value given the goals before, each within its tolerance; `levels[goal]`: the
    best levels of leximin and leximax; `decided`: the goals that ruled divisions out, and "limits" if only they
    ruled one out; `divisions`: what is left at the end (one without tolerances, ties of the draw aside)."""

    bounds: dict[str, int]
    levels: dict[str, tuple[int, ...]]
    decided: frozenset[str]
    divisions: list[View]


def accounts_of(bank: Bank) -> list[str]:
    return [
        c.client_id for c in bank.case.clients if (s := bank.scheme.segment_of(c)) is not None and s.divide
    ]


def choices(bank: Bank) -> list[list[Choice]]:
    """For each account everybody and nobody as lead with any set of backups, but for what the audit refuses of
    that account alone."""
    found: list[list[Choice]] = []
    everybody = [s.staff_id for s in bank.case.roster]
    for account in accounts_of(bank):
        needed = bank.case.client_by_id[account].managers_needed
        may: list[Choice] = [(None, ())]
        for lead in everybody:
            for n in range(needed):
                for backups in combinations([i for i in everybody if i != lead], n):
                    if not _refused_alone(bank, account, lead, backups):
                        may.append((lead, backups))
        found.append(may)
    return found


def _refused_alone(bank: Bank, account: str, lead: str, backups: tuple[str, ...]) -> bool:
    given = Given(bank.case, bank.scheme, bank.grades)
    alone = view(given, Allocation({account: lead}, {account: backups}))
    return any(b.code in REFUSED_ALONE for rule in (only_who_may, places_as_needed) for b in rule(alone))


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
    """Every division of accounts to people whom the audit does not refuse at once."""
    accounts = accounts_of(bank)
    given = Given(bank.case, bank.scheme, bank.grades)
    for chosen in product(*choices(bank)):
        held = dict(zip(accounts, chosen, strict=True))
        leads = {account: lead for account, (lead, _) in held.items()}
        yield View(given, leads, {account: who for account, (_, who) in held.items() if who})


def optimum(bank: Bank) -> Optimum | None:
    """The goals one after the other; None where no division keeps the rules."""
    left, decided = [], set()
    for seen in divisions(bank):
        broken = [rule for rule in RULES if rule(seen)]
        if not broken:
            left.append(seen)
        elif broken == [limits_kept]:
            decided.add("limits")
    if not left:
        return None
    bounds: dict[str, int] = {}
    levels: dict[str, tuple[int, ...]] = {}
    for goal in bank.scheme.goals:
        there = len(left)
        if goal.name in LEVELS:
            reached = [LEVELS[goal.name](seen) for seen in left]
            best_levels = BETTER[goal.name](reached)  # tuples compare level by level
            bounds[goal.name], levels[goal.name] = best_levels[0], best_levels
            left = [seen for seen, r in zip(left, reached, strict=True) if r == best_levels]
        else:
            bounds[goal.name], left = _best(bank, goal, left)
        if len(left) < there:
            decided.add(goal.name)
    return Optimum(bounds, levels, frozenset(decided), left)


def _best(bank: Bank, goal: Goal, left: list[View]) -> tuple[int, list[View]]:
    values = [GOALS[goal.name](seen, bank.seed) for seen in left]
    best = BETTER[goal.name](values)
    allowed = goal.allowance(best)
    return best, [seen for seen, v in zip(left, values, strict=True) if abs(v - best) <= allowed]
