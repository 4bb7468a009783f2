"""What must hold within the `[book]` of a scheme: fields that belong together, names that exist."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cmopt.domain.consistency import (
    UNKNOWN_MEASURE,
    UNKNOWN_TIER,
    fault,
    twice,
    unknown,
)
from cmopt.errors import Finding, Listed
from cmopt.i18n import N_

if TYPE_CHECKING:
    from cmopt.domain.book import Band, Book
    from cmopt.domain.scheme import Scheme

UNKNOWN_BOOK_SEGMENT = N_("there is no segment {name} without divide and with tiers; there are: {known}")


def band_faults(band: Band) -> list[Finding]:
    if band.within >= 10_000:  # hundredths of a per cent
        return [fault(N_("must be below 100%: a wider band limits nothing"), "within")]
    return []


def book_faults(book: Book) -> list[Finding]:
    """What can be seen in the book alone."""
    from cmopt.domain.book import BOOK_GOALS

    names = [g.name for g in book.goals]
    found = [
        *twice("goals", names),
        *twice("bands", [b.key for b in book.bands]),
        *twice("limits", [m.key for m in book.limits]),
        *twice("mix", [m.measure for m in book.mix]),
        *twice("segments", book.segments),
    ]
    for name in names:
        if name not in BOOK_GOALS:
            text = N_("is no goal of the book; there are: {known}")
            found.append(fault(text, f"goals.{name}", known=Listed(BOOK_GOALS)))
    if "draw" in names[:-1]:
        found.append(fault(N_("draw can only be the last goal"), "goals.draw"))
    if book.rotation_years is not None and book.as_of is None:
        found.append(fault(N_("say from which day the years are counted: as_of = 2025-12-31"), "as_of"))
    if "mix" in names and not book.mix:
        found.append(fault(N_("the goal mix needs measures: name them"), "mix"))
    soft = book.bands or any(m.price is not None for m in book.limits)
    if soft and "bands" not in names:
        text = N_("bands and limits with a price count only with the goal bands: add it, or take them away")
        found.append(fault(text, "goals"))
    if "bands" in names and not soft:
        found.append(fault(N_("there is neither a band nor a limit with a price"), "goals.bands"))
    if book.jurisdiction == "bank" and book.regions:
        found.append(fault(N_("the whole bank is one region already: take regions away"), "regions"))
    for branch, times in sorted(Counter(b for region in book.regions for b in region).items()):
        if times > 1:
            found.append(fault(N_("{branch} stands in several regions"), "regions", branch=branch))
    return found


def book_names(scheme: Scheme) -> list[Finding]:
    """Names that the book uses and the scheme must have."""
    book = scheme.book
    if book is None:
        return []
    tiers = {t.key for t in scheme.grading.tiers}
    measures = {m.key for m in scheme.measures}
    open_segments = {s.key for s in scheme.segments if not s.divide and s.tiers}
    found = unknown("book.segments", UNKNOWN_BOOK_SEGMENT, book.segments, open_segments)
    found += unknown("book.mix", UNKNOWN_MEASURE, [m.measure for m in book.mix], measures)
    for band in book.bands:
        found += unknown(f"book.bands.{band.key}.tiers", UNKNOWN_TIER, band.tiers, tiers)
        named = [] if band.measure is None else [band.measure]
        found += unknown(f"book.bands.{band.key}.measure", UNKNOWN_MEASURE, named, measures)
    for limit in book.limits:
        at = f"book.limits.{limit.key}"
        named = [] if limit.measure is None else [limit.measure]
        found += unknown(f"{at}.measure", UNKNOWN_MEASURE, named, measures)
        found += unknown(f"{at}.tiers", UNKNOWN_TIER, limit.tiers, tiers)
        found += unknown(f"{at}.segments", UNKNOWN_BOOK_SEGMENT, limit.segments, open_segments)
    return found
