"""Which branches are divided together: regions, and what links across them join."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmopt.domain.clients import Case, Link
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Scheme
from cmopt.problem.book_columns import Columns


@dataclass(frozen=True)
class Parts:
    """By part, in the order of their names: its branches, the regions these belong to, its clients and managers
    (positions, in order), its links."""

    names: tuple[str, ...]
    branches: tuple[tuple[str, ...], ...]
    regions: tuple[tuple[tuple[str, ...], ...], ...]
    clients: tuple[Ints, ...]
    staff: tuple[Ints, ...]
    links: tuple[tuple[Link, ...], ...]


def parts_of(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    columns: Columns,
    inside: Bools,
    seated: frozenset[int],
) -> Parts:
    """The parts that have clients of the book (`inside`)."""
    opened = _opened(case, grades, inside)
    people = {s.staff_id: n for n, s in enumerate(case.roster)}
    where = case.clients.staff_branch_code
    region = regions_of(scheme, columns.branches)
    across = [(int(where[people[k.staff_id]]), int(columns.branch[c])) for k, c in opened]
    part = _joined(region, across)
    staff = _managers(case, scheme, grades, seated, {people[k.staff_id] for k, _ in opened})
    of_client = np.where(inside, part[columns.branch], -1)
    names = np.unique(of_client[inside])
    links: dict[int, list[Link]] = {}
    for link in case.links:
        c = case.clients.position(link.client_id)
        if c is not None and inside[c]:
            links.setdefault(int(of_client[c]), []).append(link)
    branches = [np.flatnonzero(part == p).tolist() for p in names]
    return Parts(
        names=tuple(columns.branches[b[0]] for b in branches),
        branches=tuple(tuple(columns.branches[n] for n in b) for b in branches),
        regions=tuple(_within(region, b, columns.branches) for b in branches),
        clients=_split(of_client, names),
        staff=_split(np.where(staff, part[where], -1), names),
        links=tuple(tuple(links.get(p, ())) for p in names.tolist()),
    )


def regions_of(scheme: Scheme, branches: Sequence[str]) -> Ints:
    """For each branch the first branch of its region, as a number in `branches`."""
    assert scheme.book is not None
    if scheme.book.jurisdiction == "bank":
        return np.zeros(len(branches), dtype=np.int64)
    region = np.arange(len(branches), dtype=np.int64)
    at = {b: n for n, b in enumerate(branches)}
    for named in scheme.book.regions:
        there = [at[b] for b in named if b in at]
        region[there] = min(there, default=0)
    return region


def _opened(case: Case, grades: Mapping[str, Grade], inside: Bools) -> list[tuple[Link, int]]:
    """Pins and allows on clients of the book, of people who are managers, with the client's position."""
    return [
        (link, c)
        for link in case.links
        if link.rule in ("allow", "pin")
        and (c := case.clients.position(link.client_id)) is not None
        and inside[c]
        and grades[link.staff_id].tier is not None
    ]


def _managers(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], seated: frozenset[int], linked: set[int]
) -> Bools:
    """Whose tier may hold something of the book, and whoever a pin or an allow lets in."""
    assert scheme.book is not None
    chosen = scheme.book.segments
    tiers = {t for s in scheme.segments if not s.divide and (not chosen or s.key in chosen) for t in s.tiers}
    members = scheme.book.team_members
    return np.array(
        [
            n in linked or (grades[s.staff_id].tier in tiers and (members or n not in seated))
            for n, s in enumerate(case.roster)
        ],
        dtype=np.bool_,
    )


def _joined(region: Ints, across: Sequence[tuple[int, int]]) -> Ints:
    """For each branch the first branch of its part: regions, joined wherever a pair of branches is linked."""
    parent = region.tolist()

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    for a, b in across:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return np.array([root(n) for n in range(len(parent))], dtype=np.int64)


def _within(region: Ints, branches: Sequence[int], names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The regions of one part, each with its branches."""
    found: dict[int, list[str]] = {}
    for b in branches:
        found.setdefault(int(region[b]), []).append(names[b])
    return tuple(tuple(found[r]) for r in sorted(found))


def _split(part: Ints, names: Ints) -> tuple[Ints, ...]:
    """Positions by part, in order."""
    order = np.argsort(part, kind="stable")
    sorted_part = part[order]
    begins, ends = np.searchsorted(sorted_part, names), np.searchsorted(sorted_part, names, side="right")
    return tuple(order[a:b] for a, b in zip(begins, ends, strict=True))
