"""People to grade, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import Mark, PostHeld, Roster, Score, Staff

Points = int | float | str | Mark | None


def fixed(points: int | float | str) -> int:
    return to_fixed(Decimal(str(points)))


def person(
    staff_id: str,
    written: Points = 40,
    interview: tuple[Points, Points, Points] = (5, 5, 20),
    posts: dict[str, float | str] | list[tuple[str, float | str]] | None = None,
    years: float | str | None = None,
    deposits: float | str | None = None,
    **more: Any,
) -> Staff:
    """Somebody with a full interview (30) unless said otherwise. None: the cell is blank."""
    cells = dict(zip(("written", "conduct", "language", "adaptability"), (written, *interview), strict=True))
    scores: dict[str, Score] = {
        k: v if isinstance(v, Mark) else fixed(v) for k, v in cells.items() if v is not None
    }
    held = posts.items() if isinstance(posts, dict) else posts or []
    return Staff(
        staff_id,
        f"员工 {staff_id}",
        more.pop("branch", "A"),
        finance_years=None if years is None else fixed(years),
        average_deposits=None if deposits is None else fixed(deposits),
        scores=scores,
        posts=tuple(PostHeld(post, fixed(y)) for post, y in held),
        **more,
    )


def roster(*staff: Staff) -> Roster:
    return Roster(staff)
