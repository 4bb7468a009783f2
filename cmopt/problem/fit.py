"""How case and scheme fit together: what of the case this scheme does not look at."""

from __future__ import annotations

import numpy as np

from cmopt.domain.client_columns import BLANK
from cmopt.domain.client_figures import segment_codes
from cmopt.domain.clients import Case
from cmopt.domain.problem import Ints
from cmopt.domain.scheme import Goal, Scheme
from cmopt.errors import Finding, InputError, Listed, Message, finding
from cmopt.i18n import N_

MOST_NAMED = 10


def fit_notes(case: Case, scheme: Scheme, solver: str = "auto") -> list[Finding]:
    """Warnings: clients in no segment, segments to be divided that are empty, figures of links that nothing of
    the scheme uses and goals that find none there, limits on unknown branches, given tiers, coverage behind
    other goals."""
    segment = segment_codes(scheme, case.clients)
    found = [*_outside_segments(case, segment), *_empty_segments(scheme, segment)]
    found += [*_unused_links(case, scheme, solver), *_goals_without_figures(case, scheme)]
    found += [*_unknown_branches(case, scheme), *_filled_parameters(scheme)]
    if any(s.tier is not None for s in case.roster):
        text = N_("tiers are given in the staff table: nobody is graded, exam scores are not looked at")
        found.append(finding("tiers-given", text, "staff", "warning"))
    if scheme.goals[0].name != "coverage":
        text = N_(
            "coverage is not the first goal: accounts may be left out for the sake of the goals before it"
        )
        found.append(finding("coverage-later", text, "goals", "warning"))
    return found


def refuse_mixed_tiers(case: Case) -> None:
    """A tier given to some while others wait to be graded is a slip of the pen, not a decision: InputError."""
    given = sum(s.tier is not None for s in case.roster)
    waiting = [
        s.staff_id
        for s in case.roster
        if s.tier is None and any(isinstance(score, int) for score in s.scores.values())
    ]
    if given and waiting:
        text = N_(
            "{given} people have a given tier, so nobody is graded, but {n} others have exam scores ({who}): "
            "clear the tier column, or give a tier to every manager and clear the scores of the others"
        )
        named = Listed(waiting[:5] + (["..."] if len(waiting) > 5 else []))
        raise InputError(finding("tier-mixed", text, "staff", given=given, n=len(waiting), who=named))


def _unused_links(case: Case, scheme: Scheme, solver: str) -> list[Finding]:
    """Figures in the links table at which neither a goal nor a measure of the scheme looks, by column; the
    stable solver looks at bids by itself."""
    goals = {g.name for g in (*scheme.goals, *_book_goals(scheme))}
    counted = {m.column for m in scheme.measures}
    unused: list[object] = [
        FIGURES[column]
        for column, used_by in USED_BY.items()
        if not goals & used_by
        and (column, solver) != ("bid", "stable")
        and any(getattr(k, column) is not None for k in case.links)
    ]
    unused += sorted({column for k in case.links for column in k.measures} - counted)
    if not unused:
        return []
    text = N_("the links table has figures that no goal and no measure of the scheme uses: {what}")
    return [finding("links-unused", text, "links", "warning", what=Listed(unused))]


def _goals_without_figures(case: Case, scheme: Scheme) -> list[Finding]:
    """Goals that add up a column of the links table which is wholly blank: every division is alike to them."""
    text = N_("the goal {goal} adds up the column {column} of the links table, which is blank throughout")
    return [
        finding("goal-no-figures", text, "links", "warning", goal=goal.name, column=FIGURES[column])
        for goal in {g.name: g for g in (*scheme.goals, *_book_goals(scheme))}.values()
        for column, used_by in USED_BY.items()
        if goal.name in used_by and all(getattr(k, column) is None for k in case.links)
    ]


def _book_goals(scheme: Scheme) -> tuple[Goal, ...]:
    return () if scheme.book is None else scheme.book.goals


def _filled_parameters(scheme: Scheme) -> list[Finding]:
    """Figures that the source of the scheme does not state, and by whom they were filled; example fillings."""
    found = []
    if scheme.example:
        text = N_("the figures of this scheme are an example: replace them by your own before it is used")
        found.append(finding("scheme-example", text, scheme.name, "warning"))
    filled = [
        Message(
            N_("{title} = {value} ({by})"),
            {"title": p.title, "value": p.value, "by": p.filled_by or scheme.name},
        )
        for p in scheme.parameters.values()
        if not p.stated
    ]
    if filled:
        text = N_("not stated in the source of the scheme, and filled: {what}")
        found.append(finding("parameters-filled", text, "parameters", "notice", what=Listed(filled)))
    return found


def _unknown_branches(case: Case, scheme: Scheme) -> list[Finding]:
    known = {s.branch for s in case.roster}
    text = N_("the limit {limit} names branches where no member of staff works: {who}")
    return [
        finding(
            "limit-branch", text, f"limits.{limit.key}", "warning", limit=limit.title, who=Listed(unknown)
        )
        for limit in scheme.limits
        if (unknown := [b for b in limit.branches if b not in known])
    ]


# Figures of the links table -> the goals that add them up.
USED_BY: dict[str, frozenset[str]] = {
    "bid": frozenset({"bids"}),
    "fit": frozenset({"fit", "worst_served"}),
    "cost": frozenset({"cost"}),
}
FIGURES = {"bid": Message(N_("bid")), "fit": Message(N_("fit")), "cost": Message(N_("cost"))}


def _outside_segments(case: Case, segment: Ints) -> list[Finding]:
    outside = [case.clients.ids[j] for j in np.flatnonzero(segment == BLANK).tolist()]
    if not outside:
        return []
    text = N_(
        "{n} clients fall into no segment of the scheme and are neither divided nor named in it: {who}; "
        "is there a hole between two segments?"
    )
    named = ", ".join(outside[:MOST_NAMED]) + (" ..." if len(outside) > MOST_NAMED else "")
    return [finding("clients-outside", text, "clients", "warning", n=len(outside), who=named)]


def _empty_segments(scheme: Scheme, segment: Ints) -> list[Finding]:
    there = {scheme.segments[n].key for n in np.unique(segment[segment != BLANK])}
    text = N_("no client falls into the segment {segment}")
    return [
        finding("segment-empty", text, "clients", "warning", segment=s.title)
        for s in scheme.segments
        if s.divide and s.key not in there
    ]
