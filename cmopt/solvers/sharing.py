"""A team's accounts among its seated members, for the stable solver."""

from __future__ import annotations

from cmopt.solvers.holdings import Holdings
from cmopt.solvers.market import merit_place, preference


def share_out(own: Holdings, t: int) -> None:
    """Own accounts to their incumbents; the least that a member must have, who bid before who did not; then
    by bids, in turns; then the largest account to who holds least.

    In each turn members choose in the order of rank, by their bids. The least is reached
    whenever the members' eligibility allows it at all, if need be by passing accounts on (augmenting paths:
    H. Kuhn, The Hungarian Method for the Assignment Problem, 1955).
    """
    problem, team = own.problem, own.problem.teams[t]
    members = sorted(own.seats[t], key=lambda i: (*merit_place(problem, i), i))
    left = sorted(
        (j for j in team.accounts if own.holders[j] is None), key=lambda j: (-problem.balance[j], j)
    )
    for j in left:
        keeper = problem.keeper[j]
        if keeper in own.seats[t] and keeper is not None:
            own.give(keeper, j)
    for n in range(team.least):
        for i in members:
            if _count(own, i, t) <= n:
                _take(own, i, _bid_for(own, i, left))
        for i in members:
            if _count(own, i, t) <= n and not _take(own, i, _by_preference(own, i, left)):
                _pass_on(own, i, t)
    while sum(_take(own, i, _bid_for(own, i, left)) for i in members):
        pass  # everybody had a turn
    for j in left:
        for i in sorted(members, key=lambda i: (sum(problem.balance[k] for k in own.held[i]), i)):
            if own.give(i, j):
                break


def _count(own: Holdings, i: int, t: int) -> int:
    return len(own.held[i] & set(own.problem.teams[t].accounts))


def _take(own: Holdings, i: int, accounts: list[int]) -> bool:
    """The first of `accounts` that manager i has room for."""
    return any(own.give(i, j) for j in accounts)


def _by_preference(own: Holdings, i: int, accounts: list[int]) -> list[int]:
    return sorted(accounts, key=lambda j: preference(own.problem, i, j))


def _bid_for(own: Holdings, i: int, accounts: list[int]) -> list[int]:
    return [j for j in _by_preference(own, i, accounts) if (i, j) in own.problem.bids]


def _pass_on(own: Holdings, needy: int, t: int) -> None:
    """Get one account to `needy` along a path of members who each pass one on, down to a free account or to a
    member who has more than the least. Pins stay, and incumbents where that is a rule."""
    problem, team = own.problem, own.problem.teams[t]
    reached: dict[int, tuple[int, int] | None] = {needy: None}  # member -> (who passes on, the account)
    queue = [needy]
    smallest_first = sorted(team.accounts, key=lambda j: (problem.balance[j], j))
    for i in queue:
        for j in smallest_first:
            holder = own.holders[j]
            fixed = (holder, j) in problem.pins or (problem.keep_is_rule and problem.keeper[j] is not None)
            if not problem.eligible[i, j] or fixed or holder in reached:
                continue
            if holder is None or _count(own, holder, t) > team.least:
                _follow(own, reached, i, j)
                return
            reached[holder] = (i, j)
            queue.append(holder)


def _follow(own: Holdings, reached: dict[int, tuple[int, int] | None], i: int, j: int) -> None:
    own.put(i, j)
    while (step := reached[i]) is not None:
        i, j = step
        own.put(i, j)
