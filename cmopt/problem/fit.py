"""How case and scheme fit together: what of the case this scheme does not look at."""

from __future__ import annotations

from cmopt.domain.clients import Case
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, finding
from cmopt.i18n import N_

MOST_NAMED = 10


def fit_notes(case: Case, scheme: Scheme) -> list[Finding]:
    """Warnings and notices: clients in no segment, segments to be divided that are empty, figures of links
    (bids, fit, cost) that no goal of this scheme uses."""
    found = [*_outside_segments(case, scheme), *_empty_segments(case, scheme)]
    used = [k for k in case.links if k.bid is not None or k.fit is not None or k.cost is not None]
    if used:
        text = N_(
            "bids, fit and cost of {n} links are read and checked, but no goal of this scheme uses them"
        )
        found.append(finding("links-unused", text, "links", "notice", n=len(used)))
    return found


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
