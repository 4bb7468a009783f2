"""Grade all staff under a scheme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Grading, Scheme
from cmopt.errors import Finding, InputError, Message, finding
from cmopt.grading.ladder import Ladder, Stand, outside, place_of_rank
from cmopt.grading.movement import standing_fault
from cmopt.grading.points import Total, total_points
from cmopt.grading.ranking import rank_all
from cmopt.grading.trace import trace_lines
from cmopt.i18n import N_


def grade(roster: Roster, scheme: Scheme, seed: int) -> dict[str, Grade]:
    """staff_id -> Grade for everybody on the roster, in id order.

    Points are summed part by part (full years only, each part capped at its maximum, weighted where the scheme
    says so); totals at or above the pass mark qualify; the qualified who meet the prerequisites are ranked by
    total and then by the scheme's tie order, whose last key is a draw made from `seed`; rank, total and what
    each rung needs give the rung and its tier; the standing of the year before bounds how far anybody moves;
    who does not qualify may reach a tier by a route. With any given tier on the roster, tiers are taken as
    given and nothing is graded; trainees and agents stand outside all the same, whatever tier is written.

    Raises InputError naming every person with a blank that the scheme refuses, and every score above its
    maximum.
    """
    grading = scheme.grading
    if any(s.tier is not None for s in roster):
        return {s.staff_id: _given(s, grading) for s in roster}
    totals = _all_totals(roster, grading)
    ladder = Ladder(grading, lambda staff: is_registered(staff, grading))
    barred = {i: ladder.barred(roster.by_id[i], t) for i, t in totals.items() if t is not None}
    qualified = [
        i for i, t in totals.items() if t is not None and t.points >= grading.pass_mark and not barred[i]
    ]
    counted = {i: t for i, t in totals.items() if t is not None}
    ranking, notes = rank_all(qualified, roster, grading, counted, place_of_rank(grading), seed)
    grades: dict[str, Grade] = {}
    for staff in roster:
        i = staff.staff_id
        total, rank = totals.get(i), ranking.get(i)
        stand = outside(staff, grading)
        if stand is None:
            past = _totals_before(staff, grading, total)
            stand = ladder.place(staff, rank, total, past, barred.get(i, ()))
        line = _Line(staff, total, rank, stand)
        grades[i] = _grade(line, grading, notes.get(i))
    if ladder.faults:
        raise InputError(list({(f.where, str(f)): f for f in ladder.faults}.values()))
    return grades


def is_registered(staff: Staff, grading: Grading | None = None) -> bool:
    """As the table says; where it does not say, whoever has any score cell filled, or (where the scheme reads
    those tables) any line of scores or results."""
    if staff.registered is not None:
        return staff.registered
    reads = frozenset() if grading is None else grading.reads
    return bool(
        staff.scores or ("scores" in reads and staff.assessed) or ("results" in reads and staff.results)
    )


@dataclass(frozen=True)
class _Line:
    staff: Staff
    total: Total | None
    rank: int | None
    stand: Stand


def _grade(line: _Line, grading: Grading, tie_note: Message | None) -> Grade:
    total, stand = line.total, line.stand
    registered = is_registered(line.staff, grading)
    keys = [p.key for p in grading.parts]
    points = None if total is None else [p.counted for p in total.parts]
    return Grade(
        staff_id=line.staff.staff_id,
        parts=dict.fromkeys(keys) if points is None else dict(zip(keys, points, strict=True)),
        total=None if total is None else total.points,
        rank=line.rank,
        qualified=line.rank is not None,
        tier=stand.tier,
        route=stand.route,
        tie_note=tie_note,
        trace=trace_lines(line.staff, total, grading, registered, stand),
        rung=stand.rung,
        probation=stand.probation,
        reasons=stand.reasons,
        quarters={} if total is None else total.quarters,
        figures={} if total is None else total.figures,
        beside=() if total is None else total.beside,
    )


def _given(staff: Staff, grading: Grading) -> Grade:
    """A tier (or rung) taken as given. Without a given rank, all of one tier share its place as their rank."""
    stand = outside(staff, grading)
    if stand is not None:
        return _grade(_Line(staff, None, None, stand), grading, None)
    place = None if staff.tier is None else _given_place(staff.tier, grading)
    return Grade(
        staff_id=staff.staff_id,
        parts=dict.fromkeys((p.key for p in grading.parts), None),
        total=None,
        rank=(staff.rank if staff.rank is not None else place) if staff.tier is not None else None,
        qualified=staff.tier is not None,
        tier=None if staff.tier is None else grading.tier_of(staff.tier),
        route="given" if staff.tier is not None else "none",
        trace=(Message(N_("tier given in the staff table; grading skipped")),) if staff.tier else (),
        rung=staff.tier if staff.tier in grading.rung_order else None,
    )


def _given_place(name: str, grading: Grading) -> int:
    """1 for the best; with rungs, a tier's name stands where the first rung stands that counts as it."""
    if name in grading.rung_order:
        return grading.rung_order[name] + 1
    counting = [n for n, r in enumerate(grading.rungs) if r.counts_as == name]
    return (counting[0] if counting else grading.tier_order[name]) + 1


# --- totals ------------------------------------------------------------------------------------------


def _all_totals(roster: Roster, grading: Grading) -> dict[str, Total | None]:
    """The total of each registered person; None for who was absent and therefore is not graded."""
    faults: list[Finding] = []
    totals: dict[str, Total | None] = {}
    year = None if grading.period is None else grading.period.year
    for staff in roster:
        if outside(staff, grading) is not None or not is_registered(staff, grading):
            continue
        total = total_points(staff, grading, year)
        unseated = total.absent and grading.absent == "not_graded"
        faults += _score_faults(staff, grading)
        faults += () if unseated else total.faults
        faults += [f for f in (standing_fault(staff, grading),) if f is not None]
        totals[staff.staff_id] = None if unseated else total
    if faults:
        raise InputError(faults)
    return totals


def _totals_before(staff: Staff, grading: Grading, now: Total | None) -> Callable[[int], int | None]:
    """The total so many years ago; None where the tables do not have it whole."""

    def total(years: int) -> int | None:
        if years == 0 or grading.period is None:
            return None if now is None else now.points
        then = total_points(staff, grading, f"{int(grading.period.year) - years:04}")
        return None if then.faults or then.absent else then.points

    return total


def _score_faults(staff: Staff, grading: Grading) -> list[Finding]:
    faults = []
    for item in grading.items:
        score = staff.scores.get(item.key)
        where = f"staff {staff.staff_id}"
        if score is None:
            faults.append(
                finding(
                    "score-blank",
                    N_("registered, but {item} is blank: write a score, 0, or 缺考 (absent)"),
                    where,
                    item=item.title,
                )
            )
        elif isinstance(score, int) and not 0 <= score <= item.max:
            faults.append(
                finding(
                    "score-range",
                    N_("{item} is {score}; it must be from 0 to {max}"),
                    where,
                    item=item.title,
                    score=show_fixed(score),
                    max=show_fixed(item.max),
                )
            )
    return faults
