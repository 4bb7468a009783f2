"""How many of the divided accounts stay with the manager they had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.metrics.indices import ratio


@dataclass(frozen=True, slots=True)
class Continuity:
    """Shares in [0, 1] of the divided accounts (by number and by balance) that stayed; None: no such
    accounts.

    The first two count the accounts whose incumbent's tier allows them, the last two every account with
    an incumbent.
    """

    count: float | None
    balance: float | None
    count_all: float | None
    balance_all: float | None


def continuity(case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation) -> Continuity:
    """The retained share of the divided accounts (ours: the plan's 继承性 as a retention rate)."""
    eligible, stayed, every, stayed_every = [], [], [], []
    for client_id in sorted(allocation.holder):
        client = case.client_by_id.get(client_id)
        if client is None or client.incumbent is None:
            continue
        segment, grade = scheme.segment_of(client), grades.get(client.incumbent)
        allowed = segment is not None and grade is not None and grade.tier in segment.tiers
        same = allocation.holder[client_id] == client.incumbent
        every.append(client.balance)
        stayed_every += [client.balance] if same else []
        eligible += [client.balance] if allowed else []
        stayed += [client.balance] if allowed and same else []
    return Continuity(
        count=ratio(len(stayed), len(eligible)),
        balance=ratio(sum(stayed), sum(eligible)),
        count_all=ratio(len(stayed_every), len(every)),
        balance_all=ratio(sum(stayed_every), sum(every)),
    )
