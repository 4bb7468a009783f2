"""How many clients of each part of the book stay, move, get somebody, or are left out."""

from __future__ import annotations

from collections import Counter

from cmopt.domain.book_result import NOBODY, PartResult
from cmopt.domain.clients import Case


def part_outcomes(case: Case, part: PartResult) -> Counter[str]:
    """kept, moved, new, unassigned; a part without a division has none of them."""
    if part.holder is None:
        return Counter()
    before, after = case.clients.columns.incumbent.code[part.clients] >= 0, part.holder != NOBODY
    same = after & (case.clients.incumbent[part.clients] == part.holder)
    counted = {
        "kept": same,
        "moved": after & before & ~same,
        "new": after & ~before,
        "unassigned": ~after,
    }
    return Counter({name: int(there.sum()) for name, there in counted.items()})
