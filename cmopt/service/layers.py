"""Key accounts and book as one result."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.clients import Case
from cmopt.domain.result import Result, Status
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.i18n import N_


def whole_result(key: Result, book: BookResult) -> Result:
    """The result of both layers: optimal only if every goal of the key accounts and of every part is proven."""
    states = [key.status, *(p.result.status for p in book.parts)]
    status = Status.FEASIBLE
    if Status.CANCELLED in states:
        status = Status.CANCELLED
    elif all(s is Status.OPTIMAL for s in states):
        status = Status.OPTIMAL
    return dataclasses.replace(
        key,
        status=status,
        seconds=key.seconds + book.seconds,
        certificate=key.certificate if status is Status.OPTIMAL else "checked",
        parameters={**key.parameters, "book": {"processes": book.processes}},
    )


def parts_kept(out: Path) -> int:
    """How many parts of a run at `out` that was cut short can be gone on with."""
    from cmopt.store.journal import place_of

    return len(list(place_of(out).glob("part-*.json")))


def part_outcomes(case: Case, part: PartResult) -> Counter[str]:
    """How many clients of a part are kept, moved, new, unassigned."""
    from cmopt.metrics.outcomes import part_outcomes as counted

    return counted(case, part)


def undivided_book(case: Case, scheme: Scheme) -> tuple[Finding, ...]:
    """A notice where the scheme could divide clients that a run without the book leaves as they are."""
    from cmopt.domain.client_figures import in_segments

    if scheme.book is None:
        return ()
    named = scheme.book.segments
    wanted = [s.key for s in scheme.segments if not s.divide and s.tiers and (not named or s.key in named)]
    n = len(in_segments(scheme, case.clients, wanted))
    if not n:
        return ()
    text = N_("the rest of the book ({n} clients) stays as it is; --book divides it too")
    return (finding("book-undivided", text, severity="notice", n=n),)


def undivided(book: BookResult) -> tuple[Finding, ...]:
    """A warning for each part without a division: how many clients are undecided, and why."""
    found = []
    for part in book.parts:
        if part.holder is None:
            said = {"n": len(part.clients), "why": _why(part)}
            text = N_("not divided: {n} clients are undecided ({why})")
            found.append(finding("part-undivided", text, part.name, "warning", **said))
    return tuple(found)


MOST_NAMED = 10  # parts named in one sentence; `result.json` has a finding in each


def by_the_clock(book: BookResult) -> tuple[Finding, ...]:
    """A warning that names the parts whose division may hang on the time limit, if there are any."""
    named = [p.name for p in book.parts if any(f.code == "part-clock" for f in p.result.findings)]
    if not named:
        return ()
    text = N_(
        "{n} of {of} parts came near their time limit or reached it: another machine, or another load, may "
        "divide them otherwise; a longer --time-limit helps ({parts})"
    )
    return (
        finding("book-clock", text, severity="warning", n=len(named), of=len(book.parts), parts=_some(named)),
    )


def _some(names: list[str]) -> Listed:
    more = len(names) - MOST_NAMED
    return Listed(names if more <= 0 else [*names[:MOST_NAMED], Message(N_("{n} more"), {"n": more})])


def _why(part: PartResult) -> Message:
    if part.result.findings:
        return part.result.findings[0].message
    if part.result.status is Status.CANCELLED:
        return Message(N_("stopped before it was divided"))
    if part.result.status is Status.INFEASIBLE:
        return Message(N_("no division keeps its hard rules"))
    return Message(N_("no division was found in time"))
