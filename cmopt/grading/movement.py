"""From the ladder's answer and the standing of the year before to the rung: promotion, demotion, probation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cmopt.domain.fixed import show_fixed
from cmopt.domain.grading_ladder import Movement, Rung
from cmopt.domain.grading_scheme import Grading
from cmopt.domain.roster import Staff, Standing
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.i18n import N_

DOWN = N_("at most {n} steps down a year from {before}: {rung}")


@dataclass
class Moved:
    """Where somebody comes to stand: a place among the rungs (their number: below the last), and why."""

    place: int
    probation: bool = False
    demoted: bool = False
    reasons: list[Message] = field(default_factory=list)


def moved(
    reached: int,
    staff: Staff,
    grading: Grading,
    totals: Callable[[int], int | None],
    fits: Callable[[Rung], bool],
) -> Moved:
    """The rung after the rules of movement.

    `reached`: the place this year's points, rank and needs lead to. `totals(n)`: the total n years ago (0: this
    year), None where there is none. `fits`: whether somebody has all that a rung needs.
    """
    rules = grading.movement
    if rules is None:
        return Moved(reached)
    before = standing_before(staff, grading)
    at = None if before is None else _place(before, grading)
    found = _newcomer(reached, grading, rules) if at is None else _limited(reached, at, grading, rules)
    if at is not None:
        _probation_over(found, before, at, grading, rules, totals)
        _demotion(found, at, grading, rules, totals)
    fitting = _down_to_what_fits(found.place, reached, at, grading, fits)
    if fitting > found.place and found.place < reached:
        found.reasons = [m for m in found.reasons if m.text != DOWN]  # what they lack decided, not the limit
    found.place = fitting
    if at is not None and not found.reasons:
        _told(found, at, grading)
    _on_probation(found, at, grading, rules)
    return found


def standing_before(staff: Staff, grading: Grading) -> Standing | None:
    """The latest standing of a period before the year that is graded; one without a period is the oldest."""
    assert grading.period is not None
    year = grading.period.year
    earlier = [s for s in staff.standings if s.period is None or s.period[:4] < year]
    return max(earlier, key=lambda s: s.period or "", default=None)


# --- the rules, one function each --------------------------------------------------------------------


def _newcomer(reached: int, grading: Grading, rules: Movement) -> Moved:
    if rules.newcomers is None:
        return Moved(reached)
    highest = grading.rung_order[rules.newcomers]
    if reached >= highest:
        return Moved(reached)
    text = N_("no standing of a year before: at most {rung}")
    return Moved(highest, reasons=[Message(text, {"rung": grading.rungs[highest].title})])


def _limited(reached: int, at: int, grading: Grading, rules: Movement) -> Moved:
    """At most so many steps up and down."""
    highest, lowest = _reach(at, grading, rules)
    shown: dict[str, object] = {"before": grading.rungs[at].title}
    if highest is not None and reached < highest:
        text = N_("at most {n} steps up a year from {before}: {rung}")
        said = Message(text, {**shown, "n": rules.up_at_most, "rung": grading.rungs[highest].title})
        return Moved(highest, reasons=[said])
    if lowest is not None and reached > lowest:
        said = Message(DOWN, {**shown, "n": rules.down_at_most, "rung": grading.rungs[lowest].title})
        return Moved(lowest, reasons=[said])
    return Moved(reached)


def _reach(at: int, grading: Grading, rules: Movement) -> tuple[int | None, int | None]:
    """The highest and the lowest place within reach; None: no limit (below the last rung is out of it)."""
    steps = list(range(len(grading.rungs)))
    if rules.counted_in == "level":
        order = {key: n for n, key in enumerate(dict.fromkeys(r.level for r in grading.rungs))}
        steps = [order[r.level] for r in grading.rungs]
    up, down = rules.up_at_most, rules.down_at_most
    highest = None if up is None else next(n for n, s in enumerate(steps) if s >= steps[at] - up)
    lowest = None
    if down is not None and steps[at] + down <= steps[-1]:
        lowest = max(n for n, s in enumerate(steps) if s <= steps[at] + down)
    return highest, lowest


def _probation_over(
    found: Moved,
    before: Standing | None,
    at: int,
    grading: Grading,
    rules: Movement,
    totals: Callable[[int], int | None],
) -> None:
    """Who was on probation and did not reach its mark is not confirmed."""
    if before is None or not before.probation or rules.probation is None or rules.probation.pass_mark is None:
        return
    total = totals(0)
    if total is not None and total >= rules.probation.pass_mark:
        return
    out = rules.probation.failed == "out"
    found.place = max(found.place, len(grading.rungs) if out else at + 1)
    found.demoted = True
    text = N_("was on probation; the total {total} is below {mark}: not confirmed")
    shown = {"total": show_fixed(total) or "-", "mark": show_fixed(rules.probation.pass_mark)}
    found.reasons.append(Message(text, shown))


def _demotion(
    found: Moved, at: int, grading: Grading, rules: Movement, totals: Callable[[int], int | None]
) -> None:
    """A total below the mark in so many years running costs steps. A year without a total breaks the row."""
    mark = rules.demote_below
    if mark is None:
        return
    years: list[int] = []
    for n in range(rules.demote_after):
        total = totals(n)
        if total is None or total >= mark:
            return
        years.append(total)
    down = at + rules.demote_steps
    text = N_("the total is below {mark} ({totals}): {steps} rungs down from {before}")
    shown = {
        "mark": show_fixed(mark),
        "totals": ", ".join(show_fixed(total) for total in years),
        "steps": rules.demote_steps,
        "before": grading.rungs[at].title,
    }
    found.reasons.append(Message(text, shown))
    found.demoted = True
    found.place = max(found.place, min(down, len(grading.rungs)))


def _down_to_what_fits(
    place: int, reached: int, at: int | None, grading: Grading, fits: Callable[[Rung], bool]
) -> int:
    """From `place` downwards the first rung whose needs are met. Rungs reached by a route only are passed over,
    but for the one that newcomers start on and the one somebody stands on."""
    kept = {reached, at}
    if grading.movement is not None and grading.movement.newcomers is not None:
        kept.add(grading.rung_order[grading.movement.newcomers])
    while place < len(grading.rungs):
        rung = grading.rungs[place]
        if (not rung.by_route or place in kept) and fits(rung):
            return place
        place += 1
    return place


def _told(found: Moved, at: int, grading: Grading) -> None:
    """Who stands elsewhere than the year before, by the points and needs of this year alone."""
    text = N_("promoted from {before}") if found.place < at else N_("demoted from {before}")
    if found.place != at:
        found.reasons.append(Message(text, {"before": grading.rungs[at].title}))


def _on_probation(found: Moved, at: int | None, grading: Grading, rules: Movement) -> None:
    if rules.probation is None or found.place >= len(grading.rungs):
        return
    newcomer = at is None and "newcomer" in rules.probation.who
    promoted = at is not None and found.place < at and "promoted" in rules.probation.who
    if newcomer or promoted:
        found.probation = True
        text = N_("on probation: newly on the ladder") if newcomer else N_("on probation: newly promoted")
        found.reasons.append(Message(text))


def standing_fault(staff: Staff, grading: Grading) -> Finding | None:
    """The standing before names neither a rung nor a tier that a rung counts as: where it was is not known."""
    if grading.movement is None:
        return None
    before = standing_before(staff, grading)
    if before is None or _place(before, grading) is not None:
        return None
    text = N_(
        "the standing {tier} ({period}) is no rung, and no rung counts as it: write the rung; there are {known}"
    )
    return finding(
        "standing-rung",
        text,
        f"staff {staff.staff_id}",
        tier=before.tier,
        period=before.period or "-",
        known=Listed([r.key for r in grading.rungs]),
    )


def _place(standing: Standing, grading: Grading) -> int | None:
    """The rung of a standing; a tier's name stands for the lowest rung that counts as it. None: no such."""
    if standing.tier in grading.rung_order:
        return grading.rung_order[standing.tier]
    counting = [n for n, r in enumerate(grading.rungs) if r.counts_as == standing.tier]
    return max(counting, default=None)
