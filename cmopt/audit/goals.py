"""The goals, counted again from the finished division. models/README.md states each formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cmopt.audit.fairness import balance, deviation, leximax, leximin
from cmopt.audit.limits import price_of_limits
from cmopt.audit.merit import merit
from cmopt.audit.view import View
from cmopt.domain.clients import Client
from cmopt.domain.draw import draw_number


def coverage(seen: View, _seed: int) -> int:
    """Places left out, those of backups too."""
    return sum(
        (who is None) + max(0, seen.given.places(c) - 1 - len(seen.backups.get(c, ())))
        for c, who in seen.holder.items()
    )


def coverage_balance(seen: View, _seed: int) -> int:
    return sum(seen.given.accounts[c][0].balance for c, s in seen.holder.items() if s is None)


def continuity(seen: View, _seed: int) -> int:
    return len(_kept(seen))


def continuity_balance(seen: View, _seed: int) -> int:
    return sum(c.balance for c in _kept(seen))


def _kept(seen: View) -> list[Client]:
    kept = []
    for client_id, (client, segment) in seen.given.accounts.items():
        keeper = seen.given.eligible_incumbent(client, segment)
        if keeper is not None and keeper == seen.holder[client_id]:
            kept.append(client)
    return kept


def jurisdiction(seen: View, _seed: int) -> int:
    """Places of the jurisdiction segments held by somebody of another branch."""
    return sum(
        h.segment.key in seen.given.scheme.jurisdiction and seen.given.branch.get(who) != h.client.branch
        for who, held in seen.held.items()
        for h in held
    )


def fit(seen: View, _seed: int) -> int:
    return sum(_fit(seen, who, client_id) for who, client_id in _pairs(seen))


def cost(seen: View, _seed: int) -> int:
    return sum(_cost(seen, who, client_id) for who, client_id in _pairs(seen))


def worst_served(seen: View, _seed: int) -> int:
    """The least total fit of an account, over all its managers; 0 for one that has none."""
    return min((sum(_fit(seen, who, c) for who in seen.people(c)) for c in seen.holder), default=0)


def bids(seen: View, _seed: int) -> int:
    """Places of the bids of leads who are not keepers; a pair without a bid is one place behind the last."""
    total = 0
    for client_id, who in seen.holder.items():
        if who is not None and who != seen.given.eligible_incumbent(*seen.given.accounts[client_id]):
            link = seen.given.case.link_of.get((who, client_id))
            bid = None if link is None else link.bid
            total += seen.given.largest_bid + 1 if bid is None else bid
    return total


def penalty(seen: View, _seed: int) -> int:
    """The price of every soft cap and every soft limit."""
    caps = sum(
        cap.price * max(0, len(seen.counted(who, cap.segments)) - cap.k)
        for cap in seen.given.scheme.at_most
        if cap.price is not None
        for who in seen.held
    )
    return caps + price_of_limits(seen)


def draw(seen: View, seed: int) -> int:
    """Of all backups of an account alike: who of them stands first says nothing."""
    return sum(
        draw_number(seed, "division" if h.lead else "backup", who, h.client.client_id)
        for who, held in seen.held.items()
        for h in held
    )


def _pairs(seen: View) -> Iterator[tuple[str, str]]:
    return ((who, c) for c in seen.holder for who in seen.people(c))


def _fit(seen: View, who: str, client_id: str) -> int:
    link = seen.given.case.link_of.get((who, client_id))
    return seen.given.scheme.links.fit_absent if link is None or link.fit is None else link.fit


def _cost(seen: View, who: str, client_id: str) -> int:
    link = seen.given.case.link_of.get((who, client_id))
    return seen.given.scheme.links.cost_absent if link is None or link.cost is None else link.cost


GOALS: dict[str, Callable[[View, int], int]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "deviation": deviation,
    "leximin": leximin,
    "leximax": leximax,
    "fit": fit,
    "worst_served": worst_served,
    "cost": cost,
    "bids": bids,
    "penalty": penalty,
    "jurisdiction": jurisdiction,
    "draw": draw,
}
