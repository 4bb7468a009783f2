"""Who holds which of the divided accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from cmopt.errors import Message

Outcome = Literal["kept", "moved", "new", "unassigned"]
Role = Literal["manager", "lead", "backup", "team"]


@dataclass(frozen=True)
class Allocation:
    """`holder`: client_id -> staff_id (of several managers the lead), or None where the account was left out.
    Only divided accounts are in it. `backups`: client_id -> its backups, in id order; none: not in it."""

    holder: Mapping[str, str | None]
    backups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def held_by(self) -> Mapping[str, tuple[str, ...]]:
        """staff_id -> the divided accounts they hold (of several managers as the lead), in id order; staff
        without any are not in it."""
        held: dict[str, list[str]] = {}
        for client_id in sorted(self.holder):
            staff_id = self.holder[client_id]
            if staff_id is not None:
                held.setdefault(staff_id, []).append(client_id)
        return {s: tuple(cs) for s, cs in held.items()}

    def holders_of(self, client_ids: Iterable[str]) -> frozenset[str]:
        """The staff who hold any of `client_ids`."""
        return frozenset(s for c in client_ids if (s := self.holder.get(c)) is not None)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of allocation.csv, with its reason in words.

    An account with one manager has one line. Where several are needed, the lead's line comes first and each
    backup has a line of its own: role ``backup``, without a previous holder; staff_id None: a place not filled.
    """

    client_id: str
    staff_id: str | None
    segment: str
    role: Role | None
    previous: str | None
    outcome: Outcome
    reason: Message

    @property
    def is_backup(self) -> bool:
        return self.role == "backup"

    @property
    def place(self) -> tuple[str, bool, bool, str]:
        """Sort key: by account, its lead first, then its backups by id, places not filled last."""
        return self.client_id, self.is_backup, self.staff_id is None, self.staff_id or ""


def left_out(lines: Iterable[Line]) -> list[tuple[Line, int]]:
    """The accounts without a manager, then those that lack backups, each with how many places are empty."""
    found: dict[tuple[str, bool], list[Line]] = {}
    for line in sorted(lines, key=lambda x: (x.is_backup, *x.place)):
        if line.staff_id is None:
            found.setdefault((line.client_id, line.is_backup), []).append(line)
    return [(empty[0], len(empty)) for empty in found.values()]
