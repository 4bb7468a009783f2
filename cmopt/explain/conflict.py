"""Why there is no division at all: the arithmetic where it suffices, the smallest set of pins otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cmopt.domain.problem import Problem, TeamSeats
from cmopt.domain.scheme import Scheme, Title
from cmopt.errors import Finding, Listed, finding
from cmopt.explain.limit_conflict import limits_that_conflict
from cmopt.i18n import N_

Feasible = Callable[[Problem], bool]
Pins = tuple[tuple[int, int], ...]


def explain_infeasible(problem: Problem, scheme: Scheme, feasible: Feasible) -> list[Finding]:
    """What stands against each other, and what to loosen. `feasible` decides a problem by solving it.

    Without pins (and, where incumbency is a rule, kept incumbents) the teams are what is left: each that
    cannot be filled is told with its numbers and the largest size that can. With them, pins are dropped one
    at a time as long as the rest still conflicts (a deletion filter: J. Chinneck, E. Dravnieks, Locating
    Minimal Infeasible Constraint Sets in Linear Programs, ORSA Journal on Computing 3, 1991), so that every
    pin named is needed for the conflict. Limits that cannot be kept are found in the same way, before pins.
    """
    bare = problem.replace(pins=(), keep_is_rule=False)
    if not feasible(bare.replace(limits=())):
        return _teams(bare.replace(limits=()), scheme, feasible)
    if not feasible(bare):
        return limits_that_conflict(bare, scheme, feasible)
    if problem.keep_is_rule and not feasible(problem.replace(pins=())):
        kept = problem.replace(pins=())
        if feasible(kept.replace(limits=())):
            return [*limits_that_conflict(kept, scheme, feasible), *_incumbents(problem, scheme)[:1]]
        return _incumbents(problem, scheme)
    found = _pins(problem, feasible)
    if problem.limits and feasible(problem.replace(limits=())):
        found += limits_that_conflict(problem, scheme, feasible)
    return found


# --- teams -------------------------------------------------------------------------------------------


def _teams(bare: Problem, scheme: Scheme, feasible: Feasible) -> list[Finding]:
    """Every team that cannot be filled even by itself, with the largest size that can; otherwise all teams."""
    titles = {t.key: t.title for t in scheme.teams}
    found = [
        _team(team, titles[team.key], bare, feasible)
        for team in bare.teams
        if not feasible(bare.replace(teams=(team,)))
    ]
    return found or [
        finding(
            "conflict-rules",
            N_(
                "the teams cannot be filled with the managers there are, whoever is chosen: make a team "
                "smaller (--set teams.<team>.size=...) or ask for fewer accounts a member"
            ),
        )
    ]


def _team(team: TeamSeats, title: Title, bare: Problem, feasible: Feasible) -> Finding:
    able = {i for j in team.accounts for i in bare.may_hold[j]}
    told: dict[str, Any] = {
        "team": title,
        "key": team.key,
        "size": team.size,
        "least": team.least,
        "n": len(able),
    }
    if not able:
        return finding(
            "conflict-team-size",
            N_(
                "{team} needs {size} members, but nobody may hold its accounts: let somebody in (rule allow) "
                "or lift a recusal"
            ),
            **told,
        )
    most = min(len(able), len(team.accounts) // team.least, team.size - 1)
    sizes = (n for n in range(most, 0, -1) if feasible(bare.replace(teams=(replace(team, size=n),))))
    fit = next(sizes, None)
    if fit is None:
        return finding(
            "conflict-team-least",
            N_(
                "{team}: nobody may hold the {least} accounts that a member must have: ask for fewer "
                "(--set teams.{key}.least=1)"
            ),
            **told,
        )
    if fit == len(able):
        return finding(
            "conflict-team-size",
            N_(
                "{team} needs {size} members, but only {n} managers may hold its accounts: "
                "--set teams.{key}.size={n} would do"
            ),
            **told,
        )
    if team.size * team.least > len(team.accounts):
        told = {**told, "need": team.size * team.least, "n": len(team.accounts)}
        return finding(
            "conflict-team-least",
            N_(
                "{team}: {size} members with at least {least} accounts each need {need}, there are "
                "{n}: --set teams.{key}.size={fit} would do"
            ),
            **told,
            fit=fit,
        )
    return finding(
        "conflict-team-size",
        N_(
            "{team} needs {size} members with at least {least} accounts each; who may hold which of them "
            "leaves room for {fit}: --set teams.{key}.size={fit} would do"
        ),
        **told,
        fit=fit,
    )


# --- incumbents --------------------------------------------------------------------------------------


def _incumbents(problem: Problem, scheme: Scheme) -> list[Finding]:
    """Where incumbency is a rule: who holds more than may be kept, and which team has too few seats."""
    found = []
    if overloaded := _overloaded(problem):
        found.append(
            finding(
                "conflict-incumbency",
                N_(
                    "not every eligible incumbent can keep their accounts ({who} hold more than the rules "
                    "allow): make incumbency a goal (--set incumbency.mode=goal)"
                ),
                who=Listed(overloaded),
            )
        )
    titles = {t.key: t.title for t in scheme.teams}
    for team in problem.teams:
        own = {i for j in team.accounts if (i := problem.keeper[j]) is not None}
        if len(own) > team.size:
            found.append(
                finding(
                    "conflict-incumbency",
                    N_(
                        "{n} eligible incumbents hold accounts of the {team}, which has {size} seats: make "
                        "incumbency a goal (--set incumbency.mode=goal)"
                    ),
                    n=len(own),
                    team=titles[team.key],
                    size=team.size,
                )
            )
    return found or [
        finding(
            "conflict-incumbency",
            N_(
                "where every eligible incumbent keeps their accounts, the teams cannot be filled: make "
                "incumbency a goal (--set incumbency.mode=goal)"
            ),
        )
    ]


def _overloaded(problem: Problem) -> list[str]:
    own: dict[int, set[int]] = {}
    for j, i in enumerate(problem.keeper):
        if i is not None:
            own.setdefault(i, set()).add(j)
    return [
        problem.managers[i]
        for i, accounts in sorted(own.items())
        if any(len(accounts & set(c.accounts)) > c.k for c in problem.hard_caps)
        or any(accounts & set(t.accounts) and accounts & set(t.excluded) for t in problem.teams)
    ]


# --- pins --------------------------------------------------------------------------------------------


def _pins(problem: Problem, feasible: Feasible) -> list[Finding]:
    """Sets of pins that conflict, without a pin in common, each as small as can be."""
    left = problem
    found = []
    while not feasible(left):
        needed = _smallest(left, feasible)
        found.append(_pin_conflict(problem, needed, feasible))
        left = left.replace(pins=tuple(p for p in left.pins if p not in needed))
    return found


def _smallest(problem: Problem, feasible: Feasible) -> Pins:
    """Pins none of which can be dropped without lifting the conflict (re-verified by the filter itself)."""
    needed = problem.pins
    for pin in problem.pins:
        fewer = tuple(p for p in needed if p != pin)
        if not feasible(problem.replace(pins=fewer)):
            needed = fewer
    return needed


def _pin_conflict(problem: Problem, pins: Pins, feasible: Feasible) -> Finding:
    told = Listed([f"{problem.accounts[j]} → {problem.managers[i]}" for i, j in pins])
    if any(not problem.eligible[i, j] for i, j in pins):
        return finding(
            "conflict-pin-barred",
            N_(
                "pins that give an account to somebody who may not hold it: {pins}; remove them, or let the "
                "person in (rule allow)"
            ),
            pins=told,
        )
    if all(feasible(problem.replace(pins=tuple(p for p in problem.pins if p != pin))) for pin in pins):
        return finding(
            "conflict-pins",
            N_(
                "pins that cannot be kept together under the rules: {pins}; removing any one of them is enough"
            ),
            pins=told,
        )
    return finding(
        "conflict-pins",
        N_("pins that cannot be kept together under the rules: {pins}; at least one of them must be removed"),
        pins=told,
    )
