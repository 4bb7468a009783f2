"""Which goals and rules of a problem the large solver counts; the others it refuses by name."""

from __future__ import annotations

from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.problem import Problem

# Goals that are sums over pairs.
SUMS = (
    "coverage",
    "coverage_balance",
    "continuity",
    "continuity_balance",
    "fit",
    "cost",
    "bids",
    "handovers",
    "tier_preference",
    "jurisdiction",
    "draw",
)
GOALS = (*SUMS, "penalty", "balance", *LEXICOGRAPHIC)


def unsupported(problem: Problem) -> list[str]:
    """Names of the goals and rules it does not count; empty: it can divide this problem.

    Goals by their name, leximin and leximax of several levels by theirs, `teams` and `backups` for those rules.
    """
    found: list[str] = [g.name for g in problem.goals if g.name not in GOALS]
    found += [name for name in problem.totals if name in GOALS and problem.totals[name].levels > 1]
    if problem.teams:
        found.append("teams")
    if problem.same:
        found.append("backups")
    return sorted(set(found))
