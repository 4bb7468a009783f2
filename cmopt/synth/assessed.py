"""Invented lines of the further grading tables, from what the scheme declares alone: no bank is known here.

Everybody has one ability; every score, figure and fact is drawn round it once. Then the general level is chosen
so that the ladder is filled from top to bottom: some people for every tier, enough for the key accounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_needs import GradingNeeds, needs_of
from cmopt.domain.grading_sizes import figures_at
from cmopt.domain.roster import Assessed, Mark, Outturn, Roster, Score, Staff, Standing
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.i18n import N_, tr
from cmopt.intake.gradingbuild import in_order
from cmopt.synth.exam import route_cases
from cmopt.synth.facts import certificates, edges, facts, positions
from cmopt.synth.options import SynthOptions, key_segments, stream

SEED = 0  # of draws in trial gradings
LEVELS = (0.64, 0.72, 0.8, 0.88)  # of full marks, on the average; then nearer ones
NEARER = (-0.04, 0.04)
SPREADS = (0.1, 0.07)
MOST_TRIED = 400  # people; enough to see how a level fills the ladder


@dataclass(frozen=True)
class Draw:
    """What chance says of one person: ability, and a deviation for every line, all about -2 to 2."""

    ability: float
    lines: tuple[float, ...]
    measures: Mapping[str, float]
    items: tuple[float, ...]


def with_gradings(options: SynthOptions, scheme: Scheme, people: Sequence[Staff]) -> list[Staff]:
    """`people` with all that `scheme` reads: scores by source and period, results, certificates, standings,
    education, years in banks, breaches, trainees and agents.

    Some lack a certificate or hold one that has run out, a few miss a quarter or a source where the scheme says
    what that means, one was absent. Nobody has a tier given.
    """
    needs = needs_of(scheme)
    rng = stream(options, "gradings")
    people = edges(facts(rng, positions(rng, people, needs), scheme, needs), scheme, needs)
    graded = [n for n, s in enumerate(people) if s.registered and s.position == "regular"]
    drawn = {n: _drawn(rng, scheme, needs) for n in graded}
    held = {n: certificates(rng, scheme, needs, drawn[n].ability) for n in graded}
    people = [replace(s, certificates=held.get(n, ())) for n, s in enumerate(people)]
    people = _best_level(options, scheme, people, drawn)
    people = _routes(scheme, people)
    people = _standings(rng, scheme, needs, people)
    return _gaps(rng, scheme, needs, people)


def _drawn(rng: Random, scheme: Scheme, needs: GradingNeeds) -> Draw:
    ability = min(max(rng.gauss(0, 1), -2.2), 2.2)
    return Draw(
        ability,
        tuple(rng.gauss(0, 1) for _ in needs.score_lines),
        {m.key: rng.gauss(0, 1) for m in needs.measures},
        tuple(rng.gauss(0, 1) for _ in scheme.grading.items),
    )


# --- scores and results at a level -------------------------------------------------------------------


def _best_level(
    options: SynthOptions, scheme: Scheme, people: Sequence[Staff], drawn: Mapping[int, Draw]
) -> list[Staff]:
    """Everybody's lines at the level and spread at which most tiers are filled best, by trial on some of them;
    movement is left out of it."""
    still = _without_movement(scheme)
    some = range(min(len(people), MOST_TRIED))
    there = {n: drawn[n] for n in some if n in drawn}
    targets = {
        t: max(1, want * len(some) // len(people))
        for t, want in _targets(options, scheme, len(drawn)).items()
    }

    def trial(level: float, spread: float) -> tuple[float, float, float]:
        marked = _at_level(scheme, people[: len(some)], there, level, spread, options)
        counts: dict[str | None, int] = {}
        for got in grade(Roster(tuple(marked)), still, SEED).values():
            counts[got.tier] = counts.get(got.tier, 0) + 1
        filled = sum(min(1.0, counts.get(t, 0) / want) for t, want in targets.items())
        failed = min(1.0, counts.get(None, 0) / max(1, len(some) // 12)) / 2  # some should fail as well
        return round(filled + failed, 9), -level, spread  # of equal ones the lowest level: few are at the top

    best = max(trial(level, SPREADS[0]) for level in LEVELS)
    best = max(best, *(trial(step - best[1], SPREADS[0]) for step in NEARER))
    best = max(best, trial(-best[1], SPREADS[1]))
    return _at_level(scheme, people, drawn, -best[1], best[2], options)


def _without_movement(scheme: Scheme) -> Scheme:
    grading = scheme.grading.model_copy(update={"movement": None})
    return scheme.model_copy(update={"grading": grading})


def _targets(options: SynthOptions, scheme: Scheme, graded: int) -> dict[str, int]:
    """tier -> how many of it would be enough: for the key accounts, with some to spare, and a share of all."""
    tiers = [t.key for t in scheme.grading.tiers]
    wanted = dict.fromkeys(tiers, max(1, graded * 6 // 10 // len(tiers)))
    for name, segment in key_segments(scheme).items():
        if segment is not None and segment.tiers:
            team = scheme.team_of(segment.key)
            accounts = getattr(options, name) if team is None else team.size
            wanted[segment.tiers[-1]] = max(wanted[segment.tiers[-1]], accounts * 3 // 2)
    return wanted


def _at_level(
    scheme: Scheme,
    people: Sequence[Staff],
    drawn: Mapping[int, Draw],
    level: float,
    spread: float,
    options: SynthOptions,
) -> list[Staff]:
    needs = needs_of(scheme)
    of_some = {n.measure for n in needs.result_lines if n.condition}
    material = tr(N_("Sample material {n}"), options.lang)
    marked = list(people)
    for n, draw in drawn.items():
        evidence = material.format(n=people[n].staff_id[1:])

        def share(deviation: float, draw: Draw = draw) -> float:
            return min(max(level + spread * (draw.ability + 0.6 * deviation), 0.05), 1.0)

        def strength(measure: str, draw: Draw = draw) -> float:
            return min(
                max(0.5 + 0.27 * (draw.ability + 0.5 * draw.measures[measure]) + level - 0.78, 0.0), 1.0
            )

        scores: dict[str, Score] = {
            i.key: _stepped(i.max, share(d)) for i, d in zip(scheme.grading.items, draw.items, strict=True)
        }
        marked[n] = replace(
            people[n],
            scores=scores,
            assessed=in_order(
                Assessed(
                    line.item,
                    line.source,
                    line.period,
                    _stepped(
                        line.max, share(d if line.scored else abs(d))
                    ),  # people think well of themselves
                    evidence if line.evidence or not line.scored else None,
                )
                for line, d in zip(needs.score_lines, draw.lines, strict=True)
            ),
            results=in_order(
                Outturn(m, p, v if m not in of_some or draw.measures[m] > 0.3 else 0)
                for (m, p), v in figures_at(needs, strength).items()
            ),
        )
    return marked


def _stepped(most: int, share: float) -> int:
    """That share of full marks, in halves of a point or (below ten points) tenths."""
    step = UNIT // 2 if most >= 10 * UNIT else UNIT // 10
    return min(round(most * share / step) * step, most)


def _routes(scheme: Scheme, people: list[Staff]) -> list[Staff]:
    """Those who fail get deposits on both sides of each route's mark."""
    if not scheme.grading.routes:
        return people
    bare = scheme.grading.model_copy(update={"movement": None, "routes": ()})
    grades = grade(Roster(tuple(people)), scheme.model_copy(update={"grading": bare}), SEED)
    failed = {i for i, g in grades.items() if g.total is not None and g.tier is None}
    return route_cases(people, failed, scheme.grading)


# --- standings, gaps ---------------------------------------------------------------------------------


def _standings(rng: Random, scheme: Scheme, needs: GradingNeeds, people: Sequence[Staff]) -> list[Staff]:
    """Last year's standing, mostly near this year's; one in ten is new, a few were on probation."""
    grading = scheme.grading
    if "standings" not in needs.tables or grading.period is None:
        return list(people)
    order = [r.key for r in grading.rungs] or [t.key for t in grading.tiers]
    grades = grade(Roster(tuple(people)), _without_movement(scheme), SEED)
    before = str(int(grading.period.year) - 1)
    found = []
    for staff in people:
        fresh, step, trial = rng.random(), rng.choices((-1, 0, 1), (1, 6, 2))[0], rng.random()
        got = grades[staff.staff_id]
        at = (
            order.index(got.rung or got.tier or order[-1])
            if (got.rung or got.tier) in order
            else len(order) - 1
        )
        if staff.position == "regular" and staff.registered and fresh > 0.1:
            place = min(max(at + step, 0), len(order) - 1)
            staff = replace(staff, standings=(Standing(before, order[place], trial < 0.06),))
        found.append(staff)
    return found


def _gaps(rng: Random, scheme: Scheme, needs: GradingNeeds, people: Sequence[Staff]) -> list[Staff]:
    """Somebody absent; a quarter and a source that somebody misses, where the scheme says what it means."""
    changed = list(people)
    graded = [n for n, s in enumerate(people) if s.registered and s.assessed]
    if len(graded) < 20:
        return changed
    absent, quarter, source = rng.sample(graded, k=3)
    first = needs.score_lines[0]
    items = {i.key: i for i in needs.items}
    changed[absent] = replace(
        changed[absent],
        assessed=tuple(
            replace(a, score=Mark.ABSENT) if (a.item, a.source) == (first.item, first.source) else a
            for a in changed[absent].assessed
        ),
    )
    period = scheme.grading.period
    if period is not None and period.missing_quarter != "refuse":
        missed = f"{period.year}Q2"
        kept = tuple(a for a in changed[quarter].assessed if a.period != missed)
        changed[quarter] = replace(changed[quarter], assessed=kept)
    loose = [n for n in needs.score_lines if n.scored and items[n.item].missing != "refuse"]
    loose = [n for n in loose if len(needs.sources_of[n.item]) > 1]
    if loose:
        gone = (loose[-1].item, loose[-1].source)
        kept = tuple(a for a in changed[source].assessed if (a.item, a.source) != gone)
        changed[source] = replace(changed[source], assessed=kept)
    return changed
