"""Which managers are looked at together, and how far the groups lie apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cmopt.domain.portfolio import Portfolio
from cmopt.domain.scheme import Scheme
from cmopt.metrics.indices import Number, exact, ratio

BANK = "bank"


def managers_of(portfolios: Sequence[Portfolio]) -> tuple[Portfolio, ...]:
    """Those with a tier; staff who only had clients before are no managers."""
    return tuple(p for p in portfolios if p.tier is not None)


def tier_group(portfolio: Portfolio, scheme: Scheme) -> str:
    """``tier:senior``; ``tier:senior/team`` for a team member where the scheme keeps teams apart.

    The tier and the seat are those after the division: before and after compare the same people.
    """
    apart = scheme.balance.teams_apart and portfolio.on_team
    return f"tier:{portfolio.tier}/team" if apart else f"tier:{portfolio.tier}"


def by_tier(portfolios: Sequence[Portfolio], scheme: Scheme) -> dict[str, tuple[Portfolio, ...]]:
    """Managers by tier group, best tier first, a tier's team after the others."""
    place = scheme.grading.tier_order
    found: dict[str, list[Portfolio]] = {}
    for p in sorted(
        managers_of(portfolios),
        key=lambda p: (place.get(p.tier or "", len(place)), p.tier or "", p.on_team, p.staff_id),
    ):
        found.setdefault(tier_group(p, scheme), []).append(p)
    return {g: tuple(ps) for g, ps in found.items()}


def by_branch(portfolios: Sequence[Portfolio]) -> dict[str, tuple[Portfolio, ...]]:
    """Managers by branch (``branch:<name>``), in the order of the names."""
    found: dict[str, list[Portfolio]] = {}
    for p in managers_of(portfolios):
        found.setdefault(f"branch:{p.branch}", []).append(p)
    return {g: tuple(found[g]) for g in sorted(found)}


def mean_difference(group: Sequence[Number], everybody: Sequence[Number]) -> float | None:
    """(mean of the group - mean of everybody) / mean of everybody; 0.1 = the group holds 10 % more a head.

    None where either is empty, an amount is not finite, or the mean of everybody is 0. Ours: the relative
    deviation of a subgroup mean; signed, so that it says who is favoured.
    """
    g, e = exact(group), exact(everybody)
    if not g or not e:
        return None
    return ratio(sum(g) * len(e) - sum(e) * len(g), sum(e) * len(g))


def group_difference(groups: Mapping[str, Sequence[Number]]) -> float | None:
    """(largest - smallest group mean) / mean of everybody; 0 = the groups hold the same a head.

    Empty groups do not count. None without groups, for an amount that is not finite, or where the mean of
    everybody is 0. Ours: the relative range (see `indices.range_ratio`) of the group means.
    """
    everybody = [v for values in groups.values() for v in values]
    means = [mean_difference(values, everybody) for values in groups.values() if values]
    known = [m for m in means if m is not None]
    return max(known) - min(known) if known else None


def theil_between(groups: Mapping[str, Sequence[Number]]) -> float | None:
    """The part of Theil's T that lies between the groups: sum_g (S_g/S) ln(mean_g/mean).

    T of everybody = this + the share-weighted T within the groups. 0 = equal means. None as for `theil`.
    Source: A. Shorrocks, The Class of Additively Decomposable Inequality Measures, Econometrica 48 (1980).
    """
    exacts = [exact(values) for values in groups.values() if values]
    if not exacts or any(e is None or min(e) < 0 for e in exacts):
        return None
    known = [e for e in exacts if e is not None]
    total, n = sum(sum(e) for e in known), sum(len(e) for e in known)
    if total == 0:
        return None
    terms = []
    for e in known:
        share, relative = ratio(sum(e), total), ratio(sum(e) * n, total * len(e))
        if share and relative:
            terms.append(share * math.log(relative))
    return max(0.0, math.fsum(terms))
