"""Whether a division keeps every hard rule: the solvers' own check of a start, apart from the audit's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cmopt.domain.problem import Problem
from cmopt.solvers.totals import Holders, excesses


def broken(problem: Problem, holders: Holders) -> bool:
    """Whether a hard rule is broken: somebody not eligible, a pin or an incumbent not kept, places of one
    account, accounts that belong together, a cap, a team's size, least or exclusion, a limit. What has a price
    is no hard rule."""
    return (
        any(i is not None and not problem.eligible[i, j] for j, i in enumerate(holders))
        or _pins(problem, holders)
        or _places(problem, holders)
        or any(holders[j] != holders[group[0]] for group in problem.together for j in group)
        or any(n > cap.k for cap in problem.hard_caps for n in _counts(holders, cap.accounts).values())
        or _teams(problem, holders)
        or any(limit.price is None and any(excesses(problem, limit, holders)) for limit in problem.limits)
    )


def _pins(problem: Problem, holders: Holders) -> bool:
    """A pin is kept on any place of its account; where incumbency is a rule, every keeper leads."""
    if any(i not in [holders[k] for k in problem.places.get(j, (j,))] for i, j in problem.pins):
        return True
    return problem.keep_is_rule and any(
        k is not None and holders[j] != k for j, k in enumerate(problem.keeper)
    )


def _places(problem: Problem, holders: Holders) -> bool:
    """Different people on the places of one account, and no backup without a lead."""
    for places in problem.same:
        filled = [i for j in places if (i := holders[j]) is not None]
        if len(set(filled)) < len(filled) or (filled and holders[places[0]] is None):
            return True
    return False


def _teams(problem: Problem, holders: Holders) -> bool:
    for team in problem.teams:
        counts = _counts(holders, team.accounts)
        if len(counts) != team.size or any(n < team.least for n in counts.values()):
            return True
        if any(holders[j] in counts for j in team.excluded):
            return True
    return False


def _counts(holders: Holders, accounts: Iterable[int]) -> Counter[int]:
    return Counter(i for j in accounts if (i := holders[j]) is not None)
