"""Limits that cannot be kept: which, of whom, with their figures; no more of them than the conflict needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cmopt.domain.fixed import show_fixed
from cmopt.domain.problem import LoadLimit, Problem
from cmopt.domain.scheme import Scheme, Title
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.i18n import N_

Feasible = Callable[[Problem], bool]
MOST_UNITS = 40  # ends of one limit that are dropped one by one; of more, the limit is named as a whole


@dataclass(frozen=True, slots=True)
class _End:
    """One end of one limit: `name` least, most or within, of unit `unit` or (None) of all units."""

    limit: int
    name: str
    unit: int | None


def limits_that_conflict(problem: Problem, scheme: Scheme, feasible: Feasible) -> list[Finding]:
    """`problem` has no division, and without its limits it has one: the ends that conflict.

    A deletion filter first over the limits, then over the ends of those that are needed, then person by person:
    each that stays is needed for the conflict, as what is left without it was solved.
    """
    hard = [n for n, limit in enumerate(problem.limits) if limit.price is None]
    ends = [_End(n, name, None) for n in hard for name in _given(problem.limits[n])]
    needed = _smallest(problem, ends, feasible)
    singles: list[_End] = []
    for end in needed:
        units = range(len(problem.limits[end.limit].units))
        split = end.name != "within" and len(units) <= MOST_UNITS
        singles += (
            [replace(end, unit=u) for u in units if _figure(problem, replace(end, unit=u))]
            if split
            else [end]
        )
    return [_told(problem, scheme, _smallest(problem, singles, feasible))]


def _smallest(problem: Problem, ends: list[_End], feasible: Feasible) -> list[_End]:
    needed = list(ends)
    for end in ends:
        fewer = [e for e in needed if e != end]
        if not feasible(_only(problem, fewer)):
            needed = fewer
    return needed


def _only(problem: Problem, ends: list[_End]) -> Problem:
    """The problem with these hard ends alone; what has a price stays."""
    limits = []
    for n, limit in enumerate(problem.limits):
        if limit.price is None:
            mine = [e for e in ends if e.limit == n]
            whole = {e.name for e in mine if e.unit is None}
            of_unit = {(e.name, e.unit) for e in mine}
            limit = replace(
                limit,
                least=tuple(
                    v if "least" in whole or ("least", u) in of_unit else None
                    for u, v in enumerate(limit.least)
                ),
                most=tuple(
                    v if "most" in whole or ("most", u) in of_unit else None for u, v in enumerate(limit.most)
                ),
                within=limit.within if "within" in whole else None,
            )
        limits.append(limit)
    return problem.replace(limits=tuple(limits))


def _given(limit: LoadLimit) -> list[str]:
    given = {
        "least": any(v is not None for v in limit.least),
        "most": any(v is not None for v in limit.most),
        "within": limit.within is not None,
    }
    return [name for name, there in given.items() if there]


def _figure(problem: Problem, end: _End) -> bool:
    limit = problem.limits[end.limit]
    assert end.unit is not None
    return (limit.least if end.name == "least" else limit.most)[end.unit] is not None


# --- in words ----------------------------------------------------------------------------------------


def _told(problem: Problem, scheme: Scheme, ends: list[_End]) -> Finding:
    titles = {limit.key: limit.title for limit in scheme.limits}
    told = [_words(problem, titles[problem.limits[end.limit].key], end) for end in ends]
    keys = sorted({problem.limits[end.limit].key for end in ends})
    if len(ends) == 1:
        text = N_(
            "a limit that cannot be kept with the other rules, whoever holds what: {limits}; loosen it under "
            "limits, or give it a price (--set limits.{key}.price=1, with the goal penalty)"
        )
        return finding("conflict-limits", text, limits=Listed(told), key=keys[0])
    text = N_(
        "limits that cannot be kept together with the other rules, each of them needed for the conflict: "
        "{limits}; loosen one of them under limits, or give it a price (with the goal penalty)"
    )
    return finding("conflict-limits", text, limits=Listed(told))


def _words(problem: Problem, title: Title, end: _End) -> Message:
    limit = problem.limits[end.limit]
    if end.name == "within":
        text = N_("{limit}: within {percent} % of the mean")
        return Message(text, {"limit": title, "percent": show_fixed((limit.within or 0) * 10_000)})
    texts = {
        "least": N_("{limit}: at least {figure} for {who}"),
        "most": N_("{limit}: at most {figure} for {who}"),
    }
    figures = limit.least if end.name == "least" else limit.most
    if end.unit is None:
        some = sorted({v for v in figures if v is not None})
        shown = show_fixed(some[0]) if len(some) == 1 else f"{show_fixed(some[0])}–{show_fixed(some[-1])}"
        return Message(texts[end.name], {"limit": title, "figure": shown, "who": Message(N_("each"))})
    who = Listed([problem.managers[i] for i in limit.units[end.unit]])
    return Message(texts[end.name], {"limit": title, "figure": show_fixed(figures[end.unit]), "who": who})
