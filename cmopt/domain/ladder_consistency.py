"""What must hold of a ladder: no hole, no overlap, no rung that nobody can reach, names that exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cmopt.domain.consistency import UNKNOWN_TIER, fault, twice, unknown
from cmopt.domain.fixed import show_fixed
from cmopt.errors import Finding
from cmopt.i18n import N_

if TYPE_CHECKING:
    from cmopt.domain.grading_ladder import NeededResult, Needs, Rung, Tier
    from cmopt.domain.grading_scheme import Grading

UNKNOWN_LEVEL = N_("there is no level {name} under grading.levels; there are: {known}")
UNKNOWN_RUNG = N_("there is no rung {name} under grading.rungs; there are: {known}")
UNKNOWN_CERTIFICATE = N_("there is no certificate {name} under grading.certificates; there are: {known}")
UNKNOWN_EDUCATION = N_("there is no education {name} under grading.education; there are: {known}")
UNKNOWN_RESULT = N_("there is no measure {name} under grading.results or grading.derived; there are: {known}")
UNKNOWN_PART = N_("there is no part {name} under grading.parts; there are: {known}")


def ladder_faults(grading: Grading) -> list[Finding]:
    tiers = [t.key for t in grading.tiers]
    found = [*twice("tiers", tiers), *_tier_marks(grading), *_route_names(grading)]
    found += twice("conditional", [c.key for c in grading.conditional])
    for only in grading.conditional:
        at = f"conditional.{only.key}"
        if not only.any_need:
            found.append(fault(N_("asks for nothing: say what these people need"), at))
        found += _result_faults([only.when], f"{at}.when", grading)
    if grading.rungs:
        found += [
            *_rung_names(grading),
            *_by_rank(grading.rungs, "rungs"),
            *_by_score(grading),
            *_dead(grading),
        ]
    elif grading.levels or grading.movement is not None:
        text = N_("levels and movement speak of rungs: add grading.rungs")
        found.append(fault(text, "levels" if grading.levels else "movement"))
    for needs, path in _all_needs(grading):
        found += _need_names(needs, path, grading)
    return [*found, *_beyond_the_most(grading)]


def _beyond_the_most(grading: Grading) -> list[Finding]:
    """Marks above the highest total there can be."""
    marks = {"pass_mark": grading.pass_mark}
    marks |= {f"tiers.{t.key}.score_from": t.score_from for t in grading.tiers if t.score_from is not None}
    marks |= {f"rungs.{r.key}.score_from": r.score_from for r in grading.rungs if r.score_from is not None}
    probation = None if grading.movement is None else grading.movement.probation
    if probation is not None and probation.pass_mark is not None:
        marks["movement.probation.pass_mark"] = probation.pass_mark
    text = N_("nobody can reach {mark}: the highest total there can be is {most}")
    most = show_fixed(grading.most_points)
    return [
        fault(text, path, mark=show_fixed(mark), most=most)
        for path, mark in marks.items()
        if mark > grading.most_points
    ]


# --- tiers: by rank or by score, as long as there are no rungs -----------------------------------------


def _tier_marks(grading: Grading) -> list[Finding]:
    if not grading.rungs:
        return [*_by_rank(grading.tiers, "tiers"), *_ladder_by_score(grading.tiers)]
    text = N_("where there are rungs these say who gets there: take rank and score away from the tier")
    return [fault(text, f"tiers.{t.key}") for t in grading.tiers if t.by_rank or t.by_score]


def _by_rank(steps: Sequence[Tier | Rung], at: str) -> list[Finding]:
    """The ranked steps take up ranks 1, 2, ... without hole or overlap; the first fault only, as the others
    may follow from it."""
    ranked = [t for t in steps if t.by_rank]
    if ranked and any(t.by_score for t in steps):
        return [fault(N_("give tiers by rank or by score, not some of each"), at)]
    upto = 0
    for n, step in enumerate(ranked):
        path = f"{at}.{step.key}"
        if step.rank_from != upto + 1:
            text = N_("must be {rank}: ranks go on from tier to tier without hole or overlap")
            return [fault(text, f"{path}.rank_from", rank=upto + 1)]
        if step.rank_to is None:
            if n + 1 < len(ranked):
                text = N_("only the last ranked tier may be open: say where it ends")
                return [fault(text, f"{path}.rank_to")]
            return []
        if step.rank_to < step.rank_from:
            return [fault(N_("is below rank_from: nobody can reach this tier"), f"{path}.rank_to")]
        upto = step.rank_to
    return []


def _ladder_by_score(tiers: Sequence[Tier]) -> list[Finding]:
    scored = [t for t in tiers if t.by_score]
    above: int | None = None
    for n, tier in enumerate(scored):
        at = f"tiers.{tier.key}"
        if n and tier.score_below != above:
            return [fault(N_("must be the same as score_from of the tier above"), f"{at}.score_below")]
        if tier.score_from is None and n + 1 < len(scored):
            text = N_("only the last scored tier may be open: say where it begins")
            return [fault(text, f"{at}.score_from")]
        if (
            tier.score_from is not None
            and tier.score_below is not None
            and tier.score_from >= tier.score_below
        ):
            return [fault(N_("score_from is not below score_below: nobody can reach this tier"), at)]
        above = tier.score_from
    return []


# --- rungs -------------------------------------------------------------------------------------------


def _by_score(grading: Grading) -> list[Finding]:
    """From rung to rung the least total falls; the lowest begins at the pass mark or below it."""
    scored = [r for r in grading.rungs if r.by_score]
    above: int | None = None
    found: list[Finding] = []
    for n, rung in enumerate(scored):
        at = f"rungs.{rung.key}"
        if rung.score_from is None and n + 1 < len(scored):
            return [
                fault(N_("only the last scored rung may be open: say where it begins"), f"{at}.score_from")
            ]
        if n == 0 and rung.score_below is not None:
            text = N_("totals at or above it would have no rung: take it away, or add a rung above")
            return [fault(text, f"{at}.score_below")]
        if n and rung.score_below is not None and rung.score_below != above:
            return [fault(N_("must be the same as score_from of the rung above"), f"{at}.score_below")]
        if above is not None and rung.score_from is not None and rung.score_from >= above:
            text = N_("is not below score_from of the rung above: nobody can reach this rung")
            found.append(fault(text, f"{at}.score_from"))
        above = rung.score_from
    unconditional = any(not (r.by_score or r.by_rank or r.by_route) for r in grading.rungs)
    if above is not None and above > grading.pass_mark and not unconditional:
        text = N_("totals from {mark} (the pass mark) to {above} have no rung: close the hole")
        at = f"rungs.{scored[-1].key}.score_from"
        found.append(fault(text, at, mark=show_fixed(grading.pass_mark), above=show_fixed(above)))
    return found


def _dead(grading: Grading) -> list[Finding]:
    """Rungs below one that takes everybody; levels and rungs that nothing leads to."""
    found: list[Finding] = []
    taken: str | None = None
    for rung in grading.rungs:
        if rung.by_route:
            if rung.by_rank or rung.by_score:
                text = N_("is reached by a route only: take rank and score away, or by_route")
                found.append(fault(text, f"rungs.{rung.key}"))
            elif rung.key not in _led_to(grading):
                text = N_("nobody can reach this rung: no route, newcomers or trainees setting leads to it")
                found.append(fault(text, f"rungs.{rung.key}"))
            continue
        if taken is not None:
            text = N_(
                "nobody can reach this rung: {above}, above it, takes everybody; say what that one needs"
            )
            found.append(fault(text, f"rungs.{rung.key}", above=taken))
            continue
        level = None if rung.level is None else grading.level_by_key.get(rung.level)
        free = not (rung.by_rank or rung.by_score or rung.any_need or (level is not None and level.any_need))
        taken = rung.key if free else None
    text = N_("no rung is of this level: nobody can reach it")
    used = {r.level for r in grading.rungs}
    return [*found, *(fault(text, f"levels.{n.key}") for n in grading.levels if n.key not in used)]


def _led_to(grading: Grading) -> set[str | None]:
    """Rungs that a route, the newcomers' or the trainees' setting leads to."""
    newcomers = None if grading.movement is None else grading.movement.newcomers
    return {*(r.tier for r in grading.routes), newcomers, grading.trainees}


def _rung_names(grading: Grading) -> list[Finding]:
    tiers = [t.key for t in grading.tiers]
    rungs = [r.key for r in grading.rungs]
    levels = [n.key for n in grading.levels]
    found = [*twice("rungs", rungs), *twice("levels", levels)]
    for rung in grading.rungs:
        at = f"rungs.{rung.key}"
        found += unknown(f"{at}.counts_as", UNKNOWN_TIER, [rung.counts_as], [*tiers, "none"])
        if rung.level is not None:
            found += unknown(f"{at}.level", UNKNOWN_LEVEL, [rung.level], levels)
    seats = [f"{r.level} {r.grade}" for r in grading.rungs if r.level is not None and r.grade is not None]
    found += twice("rungs.grade", seats)
    if grading.trainees != "outside":
        found += unknown("trainees", UNKNOWN_RUNG, [grading.trainees], [*rungs, "outside"])
    move = grading.movement
    if move is not None and move.newcomers is not None:
        found += unknown("movement.newcomers", UNKNOWN_RUNG, [move.newcomers], rungs)
    if move is not None and move.counted_in == "level" and any(r.level is None for r in grading.rungs):
        text = N_("counts levels, but some rungs have none: give each rung its level")
        found.append(fault(text, "movement.counted_in"))
    if move is not None and move.probation is not None and move.probation.counts_as is not None:
        at = "movement.probation.counts_as"
        found += unknown(at, UNKNOWN_TIER, [move.probation.counts_as], [*tiers, "none"])
    timeless = [*(i.key for i in grading.items), *(r.key for p in grading.parts for r in p.rules)]
    if move is not None and move.demote_after > 1 and timeless:
        text = N_("earlier years are counted from the tables by period; {name} has no period")
        found.append(fault(text, "movement.demote_after", name=timeless[0]))
    return found


def _route_names(grading: Grading) -> list[Finding]:
    known = {*(t.key for t in grading.tiers), *(r.key for r in grading.rungs)}
    if not grading.rungs and grading.trainees != "outside":
        return [fault(N_("names a rung, but there are none: outside"), "trainees")]
    return [f for r in grading.routes for f in unknown(f"routes.{r.key}.tier", UNKNOWN_TIER, [r.tier], known)]


# --- needs -------------------------------------------------------------------------------------------


def _all_needs(grading: Grading) -> Iterator[tuple[Needs, str]]:
    yield grading.prerequisites, "prerequisites"
    for conditional in grading.conditional:
        yield conditional, f"conditional.{conditional.key}"
    for level in grading.levels:
        yield level, f"levels.{level.key}"
    for rung in grading.rungs:
        yield rung, f"rungs.{rung.key}"


def _need_names(needs: Needs, at: str, grading: Grading) -> list[Finding]:
    maxima = {p.key: p.max for p in grading.parts}
    certificates = {c.key for c in grading.certificates}
    wanted = [n.part for n in needs.needs_points]
    found = [
        *twice(f"{at}.needs_certificates", needs.needs_certificates),
        *unknown(f"{at}.needs_certificates", UNKNOWN_CERTIFICATE, needs.needs_certificates, certificates),
        *unknown(f"{at}.needs_points", UNKNOWN_PART, wanted, maxima),
    ]
    if needs.needs_education is not None:
        known = {e.key for e in grading.education_ladder}
        found += unknown(f"{at}.needs_education", UNKNOWN_EDUCATION, [needs.needs_education], known)
    if needs.needs_certificates and grading.as_of is None:
        text = N_("certificates are valid on a day: add grading.as_of = 2025-12-31 (the day that counts)")
        found.append(fault(text, f"{at}.needs_certificates"))
    for need in needs.needs_points:
        if need.at_least > maxima.get(need.part, need.at_least):
            text = N_("asks for more than the part can give: nobody can reach it")
            found.append(fault(text, f"{at}.needs_points", name=need.part))
    return [*found, *_result_faults(needs.needs_results, f"{at}.needs_results", grading)]


def _result_faults(needed: Sequence[NeededResult], at: str, grading: Grading) -> list[Finding]:
    figures = {*(r.key for r in grading.results), *(d.key for d in grading.derived)}
    found = unknown(at, UNKNOWN_RESULT, [n.measure for n in needed], figures)
    for result in needed:
        if grading.period is None and (result.period == "quarters" or result.figure != "value"):
            text = N_("needs the year that is graded: add grading.period with year")
            found.append(fault(text, at))
        if result.fold is not None and result.period != "quarters":
            found.append(fault(N_('folds quarters: it needs period = "quarters"'), at))
    return found
