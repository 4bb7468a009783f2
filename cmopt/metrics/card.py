"""The few numbers a planner looks at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmopt.domain.portfolio import FairnessRow
from cmopt.metrics.groups import BANK


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """How even one measure is within one tier group. `spread_*` in the measure's unit; None = not defined."""

    group: str
    measure: str
    spread_before: float | None
    spread_after: float | None
    gini_before: float | None
    gini_after: float | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One division at a glance. Shares are in [0, 1]; None = not defined (or no such row).

    continuity*: share of the divided accounts with an eligible incumbent that stayed; `*_all`: with any.
    merit: Spearman's correlation of rank and number of clients over the bank. `balance`: one line a tier
    group and measure, in the order of the rows.
    """

    solver: str
    justified_envies: int | None
    continuity: float | None
    continuity_balance: float | None
    continuity_all: float | None
    continuity_balance_all: float | None
    merit: float | None
    balance: tuple[BalanceLine, ...]

    @property
    def evened(self) -> int:
        """In how many tier groups and measures the spread fell."""
        return sum(_fell(line.spread_before, line.spread_after) for line in self.balance)

    @property
    def widened(self) -> int:
        """In how many it rose."""
        return sum(_fell(line.spread_after, line.spread_before) for line in self.balance)


def scorecard(rows: Sequence[FairnessRow], solver: str) -> Scorecard:
    """The scorecard of `solver` out of the rows of `fairness` (rows of other solvers are passed over)."""
    found = {(r.metric, r.group, r.measure): r for r in rows if r.solver == solver}

    def after(metric: str, measure: str) -> float | None:
        row = found.get((metric, BANK, measure))
        return None if row is None else row.after

    envies = after("justified_envy", "merit")
    balance = []
    for (metric, group, measure), row in found.items():
        if metric == "spread" and group.startswith("tier:"):
            gini = found.get(("gini", group, measure))
            balance.append(
                BalanceLine(
                    group,
                    measure,
                    row.before,
                    row.after,
                    None if gini is None else gini.before,
                    None if gini is None else gini.after,
                )
            )
    return Scorecard(
        solver=solver,
        justified_envies=None if envies is None else round(envies),
        continuity=after("continuity_count", "clients"),
        continuity_balance=after("continuity_balance", "balance"),
        continuity_all=after("continuity_count_all", "clients"),
        continuity_balance_all=after("continuity_balance_all", "balance"),
        merit=after("spearman", "clients"),
        balance=tuple(balance),
    )


def _fell(before: float | None, after: float | None) -> bool:
    return before is not None and after is not None and after < before
