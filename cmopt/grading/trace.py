"""The sums behind a grade, in words: part by part, quarter by quarter, and what was missing."""

from __future__ import annotations

from collections.abc import Sequence

from cmopt.domain.fixed import show_fixed
from cmopt.domain.roster import Staff
from cmopt.domain.scheme import Grading, Part, Title
from cmopt.errors import Listed, Message
from cmopt.grading.ladder import Stand
from cmopt.grading.points import Points, Total
from cmopt.i18n import N_


def trace_lines(
    staff: Staff, total: Total | None, grading: Grading, registered: bool, stand: Stand
) -> tuple[Message, ...]:
    """One line a part, then the verdict; then quarters, gaps and figures of the tables, and the rung."""
    if total is None:
        return (_not_graded(staff, registered),)
    verdict = N_("total {total}, at or above {mark}: qualified")
    if total.points < grading.pass_mark:
        verdict = N_("total {total}, below {mark}: not qualified")
    elif stand.route == "prerequisites":
        verdict = N_("total {total}, at or above {mark}")
    lines = [_part_line(part, got) for part, got in zip(grading.parts, total.parts, strict=True)]
    mark = {"total": show_fixed(total.points), "mark": show_fixed(grading.pass_mark)}
    return (*lines, Message(verdict, mark), *_quarters(total), *total.notes, *_rung(stand, grading))


def _not_graded(staff: Staff, registered: bool) -> Message:
    if staff.position == "trainee":
        return Message(N_("trainee: outside the ladder, not graded"))
    if staff.position == "agent":
        return Message(N_("agent: outside the ladder, not graded"))
    return Message(N_("absent from the exam; not graded") if registered else N_("not registered"))


def _quarters(total: Total) -> list[Message]:
    if not total.quarters:
        return []
    blank = Message(N_("incomplete"))
    said = [
        Message(N_("{period} {points}"), {"period": p, "points": blank if n is None else show_fixed(n)})
        for p, n in sorted(total.quarters.items())
    ]
    return [Message(N_("points by quarter: {quarters}"), {"quarters": Listed(said)})]


def _rung(stand: Stand, grading: Grading) -> list[Message]:
    if stand.rung is None:
        return list(stand.reasons)
    title = grading.rungs[grading.rung_order[stand.rung]].title
    return [*stand.reasons, Message(N_("rung: {rung}"), {"rung": title})]


def _part_line(part: Part, got: Points) -> Message:
    shown: dict[str, object] = {
        "part": part.title,
        "points": show_fixed(got.points),
        "max": show_fixed(part.max),
    }
    if got.weighted is not None:
        return _weighted_line(part, got, shown)
    if got.uncapped > got.points:
        return Message(
            N_("{part} {points} (capped at {max} from {sum}: {how})"),
            {**shown, "sum": show_fixed(got.uncapped), "how": _joined(got.steps)},
        )
    if got.steps:
        return Message(N_("{part} {points} of {max} ({how})"), {**shown, "how": _joined(got.steps)})
    return Message(N_("{part} {points} of {max}"), shown)


def _weighted_line(part: Part, got: Points, shown: dict[str, object]) -> Message:
    text = N_("{part} {counted} ({points} of {max}, weight {weight}%)")
    more = {"counted": show_fixed(got.counted), "weight": show_fixed((part.weight or 0) * 10_000)}
    if got.steps:
        text = N_("{part} {counted} ({points} of {max}, weight {weight}%: {how})")
        more["how"] = _joined(got.steps)  # type: ignore[assignment]
    return Message(text, {**shown, **more})


def _joined(steps: Sequence[tuple[str, str, str]]) -> Title:
    return Title(
        zh=" + ".join(f"{zh} {how}" for zh, _, how in steps),
        en=" + ".join(f"{en} {how}" for _, en, how in steps),
    )
