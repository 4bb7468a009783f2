"""How case and scheme fit together: what of the case this scheme does not look at."""

from __future__ import annotations

from cmopt.domain.clients import Case
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, InputError, Listed, finding
from cmopt.i18n import N_

MOST_NAMED = 10


def fit_notes(case: Case, scheme: Scheme) -> list[Finding]:
    """Warnings: clients in no segment, segments to be divided that are empty, figures of links that no goal of
    this version uses, given tiers, coverage behind other goals."""
    found = [*_outside_segments(case, scheme), *_empty_segments(case, scheme)]
    if any(k.bid is not None or k.fit is not None or k.cost is not None or k.measures for k in case.links):
        text = N_(
            "bids, fit, cost and loads of links are read and checked, but no goal of this version uses them"
        )
        found.append(finding("links-unused", text, "links", "warning"))
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


def _outside_segments(case: Case, scheme: Scheme) -> list[Finding]:
    outside = [c.client_id for c in case.clients if scheme.segment_of(c) is None]
    if not outside:
        return []
    text = N_(
        "{n} clients fall into no segment of the scheme and are neither divided nor named in it: {who}; "
        "is there a hole between two segments?"
    )
    named = ", ".join(outside[:MOST_NAMED]) + (" ..." if len(outside) > MOST_NAMED else "")
    return [finding("clients-outside", text, "clients", "warning", n=len(outside), who=named)]


def _empty_segments(case: Case, scheme: Scheme) -> list[Finding]:
    there = {s.key for c in case.clients if (s := scheme.segment_of(c)) is not None}
    text = N_("no client falls into the segment {segment}")
    return [
        finding("segment-empty", text, "clients", "warning", segment=s.title)
        for s in scheme.segments
        if s.divide and s.key not in there
    ]
