"""Grade all staff under a scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from cmopt.domain.draw import draw_number
from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.roster import Mark, Roster, Staff
from cmopt.domain.scheme import Grading, Part, Route, Scheme, Tier, Title
from cmopt.errors import Finding, InputError, Message, Worded, finding
from cmopt.grading.points import Points, part_points
from cmopt.i18n import N_


def grade(roster: Roster, scheme: Scheme, seed: int) -> dict[str, Grade]:
    """staff_id -> Grade for everybody on the roster, in id order.

    Points are summed part by part (full years only, each part capped at its maximum); totals at or above
    the pass mark qualify; the qualified are ranked by total and then by the scheme's tie order, whose last
    key is a draw made from `seed`; rank (or total) gives the tier; who does not qualify may reach a tier by
    a route. With any given tier on the roster, tiers are taken as given and nothing is graded.

    Raises InputError naming every registered person with a blank score, and every score above its maximum.
    """
    grading = scheme.grading
    if any(s.tier is not None for s in roster):
        return {s.staff_id: _given(s, grading) for s in roster}
    points = _all_points(roster, grading)
    totals = {i: sum(p.points for p in parts) for i, parts in points.items() if parts is not None}
    qualified = [i for i, total in totals.items() if total >= grading.pass_mark]
    ranking, notes = _rank(qualified, roster, grading, totals, points, seed)
    grades: dict[str, Grade] = {}
    for staff in roster:
        parts = points.get(staff.staff_id)
        rank = ranking.get(staff.staff_id)
        total = totals.get(staff.staff_id)
        tier, route = _tier_and_route(staff, rank, total, grading)
        grades[staff.staff_id] = Grade(
            staff_id=staff.staff_id,
            parts={p.key: p_points.points for p, p_points in zip(grading.parts, parts, strict=True)}
            if parts is not None
            else dict.fromkeys((p.key for p in grading.parts), None),
            total=total,
            rank=rank,
            qualified=rank is not None,
            tier=tier,
            route=route,
            tie_note=notes.get(staff.staff_id),
            trace=_trace(staff, parts, total, grading),
        )
    return grades


def is_registered(staff: Staff) -> bool:
    """As the table says; where it does not say, whoever has any score cell filled."""
    return bool(staff.scores) if staff.registered is None else staff.registered


def _given(staff: Staff, grading: Grading) -> Grade:
    """A tier taken as given. Without a given rank, all of one tier share the tier's place as their rank."""
    place = None if staff.tier is None else grading.tier_order[staff.tier] + 1
    return Grade(
        staff_id=staff.staff_id,
        parts=dict.fromkeys((p.key for p in grading.parts), None),
        total=None,
        rank=(staff.rank if staff.rank is not None else place) if staff.tier is not None else None,
        qualified=staff.tier is not None,
        tier=staff.tier,
        route="given" if staff.tier is not None else "none",
        trace=(Message(N_("tier given in the staff table; grading skipped")),) if staff.tier else (),
    )


def _all_points(roster: Roster, grading: Grading) -> dict[str, tuple[Points, ...] | None]:
    """Points by part for each registered person; None for who was absent and therefore is not graded."""
    faults: list[Finding] = []
    points: dict[str, tuple[Points, ...] | None] = {}
    for staff in roster:
        if not is_registered(staff):
            continue
        faults += _score_faults(staff, grading)
        absent = any(staff.scores.get(i.key) is Mark.ABSENT for i in grading.items)
        if absent and grading.absent == "not_graded":
            points[staff.staff_id] = None
        else:
            points[staff.staff_id] = tuple(part_points(staff, part) for part in grading.parts)
    if faults:
        raise InputError(faults)
    return points


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


# --- ranks and ties ----------------------------------------------------------------------------------


def _rank(
    qualified: Sequence[str],
    roster: Roster,
    grading: Grading,
    totals: Mapping[str, int],
    points: Mapping[str, tuple[Points, ...] | None],
    seed: int,
) -> tuple[dict[str, int], dict[str, Message]]:
    """Ranks from 1, and a note for everybody whose place a tie decided."""
    keys = {i: _tie_keys(roster.by_id[i], grading, points[i] or (), seed) for i in qualified}
    order = sorted(qualified, key=lambda i: (-totals[i], [(k is None, -(k or 0)) for k in keys[i]], i))
    ranking = {i: n for n, i in enumerate(order, 1)}
    said: dict[str, list[Message]] = {}
    for above, below in pairwise(order):
        if totals[above] == totals[below]:
            note_above, note_below = _tie_notes(above, below, keys, ranking, grading)
            said.setdefault(above, []).append(note_above)
            said.setdefault(below, []).append(note_below)
    return ranking, {i: notes[0] if len(notes) == 1 else _both(*notes) for i, notes in said.items()}


def _tie_keys(staff: Staff, grading: Grading, parts: tuple[Points, ...], seed: int) -> list[int | None]:
    """One number a key of the tie order, higher is better; None (absent) stands behind every number."""
    known: dict[str, int | None] = {
        "finance_years": staff.finance_years,
        "average_deposits": staff.average_deposits,
        "draw": draw_number(seed, "rank", staff.staff_id),
    }
    for item in grading.items:
        score = staff.scores.get(item.key)
        known[item.key] = score if isinstance(score, int) else None
    for part, got in zip(grading.parts, parts, strict=True):
        known[part.key] = got.points
    return [known.get(key) for key in grading.tie_order]


def _tie_notes(
    above: str, below: str, keys: Mapping[str, list[int | None]], ranking: Mapping[str, int], grading: Grading
) -> tuple[Message, Message]:
    n = next((n for n, (a, b) in enumerate(zip(keys[above], keys[below], strict=True)) if a != b), -1)
    key = grading.tie_order[n]
    drawn = key == "draw"
    titles = _titles(grading)
    shared = {
        "key": titles[key],
        "more": _shown(keys[above][n], drawn),
        "less": _shown(keys[below][n], drawn),
    }
    tier_above, tier_below = (_ranked_tier(ranking[i], grading) for i in (above, below))
    ahead = N_("same total as {other} (rank {rank}); ahead by {key}, {more} against {less}")
    behind = N_("same total as {other} (rank {rank}); behind by {key}, {less} against {more}")
    if tier_above is not tier_below:
        ahead = N_("same total as {other} (rank {rank}, next tier); ahead by {key}, {more} against {less}")
        behind = N_("same total as {other} (rank {rank}, tier above); behind by {key}, {less} against {more}")
    return (
        Message(ahead, {"other": below, "rank": ranking[below], **shared}),
        Message(behind, {"other": above, "rank": ranking[above], **shared}),
    )


def _shown(key: int | None, drawn: bool) -> object:
    if key is None:
        return Message(N_("blank"))
    return str(key) if drawn else show_fixed(key)


def _both(first: Message, second: Message) -> Message:
    return Message(N_("{first}; {second}"), {"first": first, "second": second})


def _titles(grading: Grading) -> dict[str, Worded]:
    titles: dict[str, Worded] = {
        "finance_years": Message(N_("years in finance")),
        "average_deposits": Message(N_("average deposits")),
        "draw": Message(N_("draw number")),
    }
    titles |= {part.key: part.title for part in grading.parts}
    titles |= {item.key: item.title for item in grading.items}
    return titles


# --- tiers and routes --------------------------------------------------------------------------------


def _tier_and_route(
    staff: Staff, rank: int | None, total: int | None, grading: Grading
) -> tuple[str | None, str]:
    if rank is not None and total is not None:
        tier = _ranked_tier(rank, grading) or _scored_tier(total, grading)
        if tier is not None:
            return tier.key, "exam"
    for route in grading.routes:
        if _takes(route, staff):
            return route.tier, route.key
    return None, "agent_offer" if grading.agent_offer == "marketing" and staff.marketing else "none"


def _takes(route: Route, staff: Staff) -> bool:
    """Whether every condition that the route states holds."""
    deposits = staff.average_deposits
    return (
        (route.registered is None or is_registered(staff) == route.registered)
        and (route.marketing is None or staff.marketing == route.marketing)
        and (
            route.min_average_deposits is None
            or (deposits is not None and deposits >= route.min_average_deposits)
        )
    )


def _ranked_tier(rank: int, grading: Grading) -> Tier | None:
    for tier in grading.tiers:
        if tier.by_rank and (tier.rank_from or 1) <= rank and (tier.rank_to is None or rank <= tier.rank_to):
            return tier
    return None


def _scored_tier(total: int, grading: Grading) -> Tier | None:
    for tier in grading.tiers:
        if (
            tier.by_score
            and (tier.score_from is None or total >= tier.score_from)
            and (tier.score_below is None or total < tier.score_below)
        ):
            return tier
    return None


def _trace(
    staff: Staff, parts: tuple[Points, ...] | None, total: int | None, grading: Grading
) -> tuple[Message, ...]:
    if not is_registered(staff):
        return (Message(N_("not registered")),)
    if parts is None or total is None:
        return (Message(N_("absent from the exam; not graded")),)
    verdict = N_("total {total}, at or above {mark}: qualified")
    if total < grading.pass_mark:
        verdict = N_("total {total}, below {mark}: not qualified")
    lines = [_part_line(part, got) for part, got in zip(grading.parts, parts, strict=True)]
    return (*lines, Message(verdict, {"total": show_fixed(total), "mark": show_fixed(grading.pass_mark)}))


def _part_line(part: Part, got: Points) -> Message:
    shown: dict[str, object] = {
        "part": part.title,
        "points": show_fixed(got.points),
        "max": show_fixed(part.max),
    }
    if got.uncapped > got.points:
        return Message(
            N_("{part} {points} (capped at {max} from {sum}: {how})"),
            {**shown, "sum": show_fixed(got.uncapped), "how": _joined(got.steps)},
        )
    if got.steps:
        return Message(N_("{part} {points} of {max} ({how})"), {**shown, "how": _joined(got.steps)})
    return Message(N_("{part} {points} of {max}"), shown)


def _joined(steps: Sequence[tuple[str, str, str]]) -> Title:
    return Title(
        zh=" + ".join(f"{zh} {how}" for zh, _, how in steps),
        en=" + ".join(f"{en} {how}" for _, en, how in steps),
    )
