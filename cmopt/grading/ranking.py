"""Ranks of those who qualified, and which key of the tie order decided where totals are equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from cmopt.domain.draw import draw_number
from cmopt.domain.fixed import show_fixed
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Grading
from cmopt.errors import Message, Worded
from cmopt.grading.points import Total
from cmopt.i18n import N_


def rank_all(
    qualified: Sequence[str],
    roster: Roster,
    grading: Grading,
    totals: Mapping[str, Total],
    place: Callable[[int], object],
    seed: int,
) -> tuple[dict[str, int], dict[str, Message]]:
    """Ranks from 1, and a note for everybody whose place a tie decided. `place`: the step that a rank takes."""
    keys = {i: _tie_keys(roster.by_id[i], grading, totals[i], seed) for i in qualified}
    total = {i: totals[i].points for i in qualified}
    order = sorted(qualified, key=lambda i: (-total[i], [(k is None, -(k or 0)) for k in keys[i]], i))
    ranking = {i: n for n, i in enumerate(order, 1)}
    said: dict[str, list[Message]] = {}
    for above, below in pairwise(order):
        if total[above] == total[below]:
            apart = place(ranking[above]) is not place(ranking[below])
            note_above, note_below = _tie_notes(above, below, keys, ranking, grading, apart)
            said.setdefault(above, []).append(note_above)
            said.setdefault(below, []).append(note_below)
    return ranking, {i: notes[0] if len(notes) == 1 else _both(*notes) for i, notes in said.items()}


def _tie_keys(staff: Staff, grading: Grading, total: Total, seed: int) -> list[int | None]:
    """One number a key of the tie order, higher is better; None (absent) stands behind every number."""
    known: dict[str, int | None] = {
        "finance_years": staff.finance_years,
        "bank_years": staff.bank_years,
        "average_deposits": staff.average_deposits,
        "draw": draw_number(seed, "rank", staff.staff_id),
        **total.items,
    }
    for part, got in zip(grading.parts, total.parts, strict=True):
        known[part.key] = got.counted
    return [known.get(key) for key in grading.tie_order]


def _tie_notes(
    above: str,
    below: str,
    keys: Mapping[str, list[int | None]],
    ranking: Mapping[str, int],
    grading: Grading,
    apart: bool,
) -> tuple[Message, Message]:
    n = next((n for n, (a, b) in enumerate(zip(keys[above], keys[below], strict=True)) if a != b), -1)
    key = grading.tie_order[n]
    drawn = key == "draw"
    titles = tie_titles(grading)
    shared = {
        "key": titles[key],
        "more": _shown(keys[above][n], drawn),
        "less": _shown(keys[below][n], drawn),
    }
    ahead = N_("same total as {other} (rank {rank}); ahead by {key}, {more} against {less}")
    behind = N_("same total as {other} (rank {rank}); behind by {key}, {less} against {more}")
    if apart:
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


def tie_titles(grading: Grading) -> dict[str, Worded]:
    titles: dict[str, Worded] = {
        "finance_years": Message(N_("years in finance")),
        "bank_years": Message(N_("years in banks")),
        "average_deposits": Message(N_("average deposits")),
        "draw": Message(N_("draw number")),
    }
    titles |= {part.key: part.title for part in grading.parts}
    titles |= {item.key: item.title for item in grading.all_items}
    return titles
