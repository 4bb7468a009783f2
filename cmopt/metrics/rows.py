"""Every line of fairness.csv for one division."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import FairnessRow, Portfolio
from cmopt.domain.scheme import Scheme
from cmopt.metrics.continuity import continuity
from cmopt.metrics.correlation import kendall_tau_b, spearman
from cmopt.metrics.envy import justified_envies
from cmopt.metrics.groups import (
    BANK,
    by_branch,
    by_tier,
    group_difference,
    managers_of,
    mean_difference,
    theil_between,
)
from cmopt.metrics.indices import INDICES
from cmopt.metrics.stability import blocking_pairs

CLIENTS = "clients"
"""The number of clients, a measure beside those of the scheme."""


def fairness(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    portfolios: Sequence[Portfolio],
    allocation: Allocation,
    solver: str,
) -> tuple[FairnessRow, ...]:
    """Every metric of one division, before and after, for the managers (staff with a tier).

    Groups: ``bank``, ``tier:senior``, ``tier:senior/team`` (where the scheme keeps teams apart),
    ``branch:<name>``; ``tiers`` and ``branches`` for what lies between them. Measures: the scheme's, and
    ``clients``. A group has the same people before and after. ``spread`` is in the measure's unit (万元,
    points, clients); the others have none. Rows come in a fixed order; None = not defined.
    """
    managers = managers_of(portfolios)
    groups = {BANK: managers, **by_tier(managers, scheme), **by_branch(managers)}
    rows: list[FairnessRow] = []
    for measure in (*(m.key for m in scheme.measures), CLIENTS):
        told = [*_indices(groups, measure), *_merit(groups, grades, measure)]
        told += [*_between(by_tier(managers, scheme), "tiers", measure)]
        told += [*_between(by_branch(managers), "branches", measure)]
        rows += [FairnessRow(name, group, measure, solver, b, a) for name, group, b, a in told]
    kept = continuity(case, scheme, grades, allocation)
    envies = justified_envies(case, scheme, grades, allocation)
    blocking = blocking_pairs(case, scheme, grades, allocation)
    for name, measure, value in (
        ("continuity_count", CLIENTS, kept.count),
        ("continuity_balance", "balance", kept.balance),
        ("continuity_count_all", CLIENTS, kept.count_all),
        ("continuity_balance_all", "balance", kept.balance_all),
        ("justified_envy", "merit", float(len(envies))),
        ("blocking_pairs", "bids", float(len(blocking))),
    ):
        rows.append(FairnessRow(name, BANK, measure, solver, None, value))
    return tuple(rows)


Told = tuple[str, str, float | None, float | None]
Groups = Mapping[str, Sequence[Portfolio]]


def _indices(groups: Groups, measure: str) -> Iterator[Told]:
    """Each index of each group."""
    for group, members in groups.items():
        before, after = loads(members, measure, "before"), loads(members, measure, "after")
        for name, index in INDICES.items():
            one, other = index(before), index(after)
            if name == "spread" and measure != CLIENTS:
                one, other = (None if v is None else v / UNIT for v in (one, other))
            yield name, group, one, other


def _merit(groups: Groups, grades: Mapping[str, Grade], measure: str) -> Iterator[Told]:
    """Correlation of merit (minus the rank) and portfolio, bank and tiers; 1 = the better hold more."""
    for group, members in groups.items():
        if group.startswith("branch:"):
            continue
        placed = [(grade.rank, p) for p in members if (grade := grades[p.staff_id]).rank is not None]
        merit = [-rank for rank, _ in placed if rank is not None]
        ranked = [p for _, p in placed]
        before, after = loads(ranked, measure, "before"), loads(ranked, measure, "after")
        yield "spearman", group, spearman(merit, before), spearman(merit, after)
        yield "kendall", group, kendall_tau_b(merit, before), kendall_tau_b(merit, after)


def _between(groups: Groups, name: str, measure: str) -> Iterator[Told]:
    """How far the groups of one kind lie apart, and how far each lies from the bank's mean."""
    before = {g: loads(members, measure, "before") for g, members in groups.items()}
    after = {g: loads(members, measure, "after") for g, members in groups.items()}
    bank_before = [v for values in before.values() for v in values]
    bank_after = [v for values in after.values() for v in values]
    yield "group_difference", name, group_difference(before), group_difference(after)
    yield "theil_between", name, theil_between(before), theil_between(after)
    for g in groups:
        yield (
            "mean_difference",
            g,
            mean_difference(before[g], bank_before),
            mean_difference(after[g], bank_after),
        )


def loads(members: Sequence[Portfolio], measure: str, when: str) -> list[int]:
    """What each member holds "before" or "after" (`when`): clients in ones, measures in millionths."""
    if measure == CLIENTS:
        return [p.clients_before if when == "before" else p.clients_after for p in members]
    return [(p.before if when == "before" else p.after)[measure] for p in members]
