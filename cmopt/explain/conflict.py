"""Why there is no division at all: the arithmetic where it suffices, the smallest set of pins otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_

Feasible = Callable[[Problem], bool]


def explain_infeasible(problem: Problem, scheme: Scheme, feasible: Feasible) -> list[Finding]:
    """What stands against each other, and what to loosen. `feasible` decides a problem by solving it.

    Without pins (and, where incumbency is a rule, kept incumbents) the teams' sizes are what is left, and
    they are stated with their numbers. With them, pins are dropped one at a time as long as the rest still
    conflicts (a deletion filter), so that every pin named is needed for the conflict.
    """
    found = _teams(problem, scheme)
    if found:
        return found
    bare = problem.replace(pins=(), keep_is_rule=False)
    if not feasible(bare):
        return [
            finding(
                "conflict-rules",
                N_(
                    "the teams cannot be filled with the managers there are, whoever is chosen: make a team "
                    "smaller (--set teams.<team>.size=...) or ask for fewer accounts a member"
                ),
            )
        ]
    if problem.keep_is_rule and not feasible(problem.replace(pins=())):
        return [
            finding(
                "conflict-incumbency",
                N_(
                    "not every eligible incumbent can keep their accounts ({who} hold more than the rules "
                    "allow): make incumbency a goal (--set incumbency.mode=goal)"
                ),
                who=Listed(_overloaded(problem) or ["-"]),
            )
        ]
    return [_pin_conflict(problem, _smallest(problem, feasible))]


def _teams(problem: Problem, scheme: Scheme) -> list[Finding]:
    found = []
    titles = {t.key: t.title for t in scheme.teams}
    for team in problem.teams:
        able = {i for j in team.accounts for i in problem.may_hold[j]}
        if len(able) < team.size:
            found.append(
                finding(
                    "conflict-team-size",
                    N_(
                        "{team} needs {size} members, but only {n} managers may hold its accounts: "
                        "--set teams.{key}.size={n} would do"
                    ),
                    team=titles[team.key],
                    size=team.size,
                    n=len(able),
                    key=team.key,
                )
            )
        elif team.size * team.least > len(team.accounts):
            found.append(
                finding(
                    "conflict-team-least",
                    N_(
                        "{team}: {size} members with at least {least} accounts each need {need}, there are "
                        "{n}: --set teams.{key}.size={fit} would do"
                    ),
                    team=titles[team.key],
                    size=team.size,
                    least=team.least,
                    need=team.size * team.least,
                    n=len(team.accounts),
                    key=team.key,
                    fit=len(team.accounts) // team.least,
                )
            )
    return found


def _overloaded(problem: Problem) -> list[str]:
    own: dict[int, set[int]] = {}
    for j, i in enumerate(problem.keeper):
        if i is not None:
            own.setdefault(i, set()).add(j)
    return [
        problem.managers[i]
        for i, accounts in sorted(own.items())
        if any(len(accounts & set(c.accounts)) > c.k for c in problem.caps)
        or any(accounts & set(t.accounts) and accounts & set(t.excluded) for t in problem.teams)
    ]


def _smallest(problem: Problem, feasible: Feasible) -> Sequence[tuple[int, int]]:
    """Pins none of which can be dropped without lifting the conflict (re-verified by the filter itself)."""
    needed = list(problem.pins)
    for pin in problem.pins:
        fewer = [p for p in needed if p != pin]
        if not feasible(problem.replace(pins=tuple(fewer))):
            needed = fewer
    return needed


def _pin_conflict(problem: Problem, pins: Sequence[tuple[int, int]]) -> Finding:
    told = Listed([f"{problem.accounts[j]} → {problem.managers[i]}" for i, j in pins])
    barred = [(i, j) for i, j in pins if not problem.eligible[i, j]]
    if barred:
        return finding(
            "conflict-pin-barred",
            N_(
                "pins that give an account to somebody who may not hold it: {pins}; remove them, or let the "
                "person in (rule allow)"
            ),
            pins=told,
        )
    return finding(
        "conflict-pins",
        N_("pins that cannot be kept together under the rules: {pins}; removing any one of them is enough"),
        pins=told,
    )
