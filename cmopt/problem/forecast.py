"""What the figures alone say before anything is solved: accounts nobody may hold, more accounts than places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmopt.domain.problem import Cap, Problem
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_

MOST_NAMED = 10


def forecast(problem: Problem, scheme: Scheme) -> list[Finding]:
    """Warnings naming every account that must be left out because nobody may hold it, and for each rule of at
    most k accounts a manager the largest shortage that can be read off: accounts that only some managers may
    hold, and more of them than these have places (P. Hall, On Representatives of Subsets, 1935).

    Necessary conditions only: without a warning an account may still be left out, for other rules' sake.
    """
    return [*_held_by_nobody(problem, scheme), *_shortages(problem, scheme)]


def _held_by_nobody(problem: Problem, scheme: Scheme) -> Iterator[Finding]:
    text = N_("client {client} ({segment}) will be left out: no manager may hold it")
    for j, able in enumerate(problem.may_hold):
        if not able and j not in problem.backups:
            title = scheme.segment_by_key[problem.segment[j]].title
            yield finding(
                "nobody-may-hold", text, "clients", "warning", client=problem.accounts[j], segment=title
            )


def _shortages(problem: Problem, scheme: Scheme) -> Iterator[Finding]:
    titles = {a.key: a.title for a in scheme.at_most}
    text = N_(
        "at least {missing} of {n} accounts ({clients}) will be left out: only {m} managers may hold them, and "
        'the rule "{rule}" allows each no more than {k}'
    )
    with_team = N_(
        "at least {missing} of {n} accounts ({clients}) will be left out: only {m} managers may hold them, at "
        "least {seated} of these are on a team that holds none of them, and the rule "
        '"{rule}" allows each no more than {k}'
    )
    for cap in problem.caps:
        if cap.price is not None:
            continue
        short = max(_short_sets(problem, cap), default=None)
        if short is not None and short[0] > 0:
            missing, accounts, managers, seated = short
            named = [problem.accounts[j] for j in accounts]
            yield finding(
                "places-short",
                with_team if seated else text,
                "clients",
                "warning",
                missing=missing,
                n=len(accounts),
                clients=Listed(named[:MOST_NAMED] + (["..."] if len(named) > MOST_NAMED else [])),
                m=managers,
                seated=seated,
                rule=titles[cap.key],
                k=cap.k,
            )


def _short_sets(problem: Problem, cap: Cap) -> Iterator[tuple[int, Sequence[int], int, int]]:
    """(missing, accounts, managers who may hold any of them, of these at least so many on a team)."""
    able = {j: frozenset(problem.may_hold[j]) for j in cap.accounts if problem.may_hold[j]}
    for managers in dict.fromkeys(able.values()):
        accounts = [j for j, who in able.items() if who <= managers]
        seated = max((_seated(problem, t, accounts, managers) for t in range(len(problem.teams))), default=0)
        yield len(accounts) - cap.k * (len(managers) - seated), accounts, len(managers), seated


def _seated(problem: Problem, t: int, accounts: Sequence[int], managers: frozenset[int]) -> int:
    """How many of `managers` must sit on team t, whose members hold none of `accounts`, at the least."""
    team = problem.teams[t]
    if not set(accounts) <= set(team.excluded):
        return 0
    seatable = {i for j in team.accounts for i in problem.may_hold[j]}
    if len(seatable) < team.size:
        return 0  # no team at all: told as a conflict of its own
    return max(0, team.size - len(seatable - managers))
