"""Companies of one group in one branch: the same manager for all of them, where anybody may hold them all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.problem.book_columns import NONE, Columns
from cmopt.problem.book_rules import FIXED


def together(columns: Columns, eligible: Bools, settled: Ints) -> tuple[tuple[int, ...], ...]:
    """Clients that must have the same manager, by client number; see `split_group` for who is in it."""
    found = (
        kept for members in groups_of(columns) if len(kept := split_group(members, eligible, settled)) > 1
    )
    return tuple(sorted(found))


def groups_of(columns: Columns) -> Iterator[Ints]:
    """The clients of each group within each branch, where there are two or more."""
    named = np.flatnonzero(columns.group != NONE)
    if not len(named):
        return
    code = columns.group[named] * len(columns.branches) + columns.branch[named]
    order = np.argsort(code, kind="stable")
    ends = np.flatnonzero(np.diff(code[order])) + 1
    for members in np.split(named[order], ends):
        if len(members) > 1:
            yield members


def split_group(members: Ints, eligible: Bools, settled: Ints) -> tuple[int, ...]:
    """Who of one group stay together: all whom somebody may hold, if one manager may hold all of these; else
    those of them whom no pin, head, maker or developer settles, if one manager may hold all of those; else
    nobody. So a rule that names a person wins over the group."""
    there = members[eligible[:, members].any(axis=0)]
    free = there[~np.isin(settled[there], FIXED)]
    for chosen in (there, free):
        if len(chosen) and eligible[:, chosen].all(axis=1).any():
            return tuple(chosen.tolist())
    return ()
