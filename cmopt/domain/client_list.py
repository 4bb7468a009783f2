"""All clients of a case as a sequence that holds columns and makes a `Client` only where one is asked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from cmopt.domain.client_columns import BLANK, ClientColumns, Codes
from cmopt.domain.clients import Client
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.roster import Roster

KEPT = 20_000  # a case of so many clients keeps the objects it made
CHUNK = 8192


class Clients(Sequence[Client]):
    """The clients in the order of their ids, seen from a roster.

    As a sequence it gives `Client` objects, made when asked for; a slice is a tuple of them. Its columns are
    arrays with one entry a client, for whatever looks at the whole book. People are positions in the roster,
    `BLANK` (-1) where nobody is named or the person is not on the roster. Do not write into the arrays.
    """

    def __init__(self, clients: Iterable[Client] | ClientColumns, roster: Roster) -> None:
        self._roster = roster
        self._objects: tuple[Client, ...] | None = None
        if isinstance(clients, ClientColumns):
            self.columns = clients.in_order()
        elif isinstance(clients, Clients):
            self._objects = clients._objects
            if "columns" in clients.__dict__ or self._objects is None:
                self.columns = clients.columns
        else:
            self._objects = tuple(sorted(clients, key=lambda c: c.client_id))

    @cached_property
    def columns(self) -> ClientColumns:
        """The columns as they are, whoever is on the roster."""
        return ClientColumns.of(self._objects or ())

    # --- as a sequence ---

    def __len__(self) -> int:
        return len(self.columns) if self._objects is None else len(self._objects)

    @overload
    def __getitem__(self, at: int) -> Client: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Client, ...]: ...
    def __getitem__(self, at: int | slice) -> Client | tuple[Client, ...]:
        if self._objects is None and len(self) <= KEPT:
            self._objects = tuple(self.columns.clients(slice(None)))
        if self._objects is not None:
            return self._objects[at]
        if isinstance(at, slice):
            return tuple(self[j] for j in range(*at.indices(len(self))))
        j = range(len(self))[at]
        return self.columns.clients(slice(j, j + 1))[0]

    def __iter__(self) -> Iterator[Client]:
        if self._objects is None and len(self) <= KEPT:
            self._objects = tuple(self.columns.clients(slice(None)))
        if self._objects is not None:
            return iter(self._objects)
        starts = range(0, len(self), CHUNK)
        return (c for start in starts for c in self.columns.clients(slice(start, start + CHUNK)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Clients):
            if self._objects is not None and other._objects is not None:
                return self._objects == other._objects
            return self.columns.same_as(other.columns)
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __getstate__(self) -> dict[str, Any]:
        return {"_roster": self._roster, "_objects": None, "columns": self.columns}

    @cached_property
    def by_id(self) -> Mapping[str, Client]:
        return _ById(self) if self._objects is None else {c.client_id: c for c in self._objects}

    def position(self, client_id: str) -> int | None:
        """Where the client of this id stands; None: there is none."""
        at = bisect_left(self.ids, client_id)
        return at if at < len(self) and self.ids[at] == client_id else None

    # --- columns: one entry a client ---

    @cached_property
    def ids(self) -> Sequence[str]:
        return self.columns.ids if self._objects is None else [c.client_id for c in self._objects]

    @property
    def names(self) -> Sequence[str]:
        return self.columns.names

    @cached_property
    def branches(self) -> tuple[str, ...]:
        """The names of all branches of clients and staff, sorted."""
        return tuple(sorted({*self.columns.branch.names, *(s.branch for s in self._roster)}))

    @cached_property
    def branch_code(self) -> Ints:
        """Position of the client's branch in `branches`."""
        return self.columns.branch.position(self._branch_number)

    @cached_property
    def staff_branch_code(self) -> Ints:
        """Of each member of staff: position of their branch in `branches`."""
        number = self._branch_number
        return np.array([number[s.branch] for s in self._roster], dtype=np.int64)

    @cached_property
    def _branch_number(self) -> dict[str, int]:
        return {b: n for n, b in enumerate(self.branches)}

    @property
    def kind_code(self) -> Any:
        """0: loan, 1: deposit (``client_columns.LOAN``, ``DEPOSIT``)."""
        return self.columns.kind

    @property
    def balance(self) -> Ints:
        """In millionths of 万元. Beyond 64 bits: an array of Python's integers."""
        return self.columns.balance

    @property
    def key_deposit(self) -> Bools:
        return self.columns.key_deposit

    @property
    def counter(self) -> Bools:
        """Deposits that the table marks as the counter's."""
        return self.columns.counter

    @cached_property
    def incumbent(self) -> Ints:
        """Position in the roster, -1: nobody (or not on the roster)."""
        return self.columns.incumbent.position(self._staff_number)

    @cached_property
    def developer(self) -> Ints:
        """Position in the roster, -1: nobody (or not on the roster)."""
        return self.columns.developer.position(self._staff_number)

    @cached_property
    def _staff_number(self) -> dict[str, int]:
        return {s.staff_id: i for i, s in enumerate(self._roster)}

    @property
    def quality(self) -> Any:
        """1-5, -1: blank."""
        return self.columns.quality

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups of companies, sorted."""
        return self.columns.group.names

    @property
    def group_code(self) -> Codes:
        """Position of the client's group in `groups`, -1: none."""
        return self.columns.group.code

    @property
    def held_since(self) -> Codes:
        """As ``date.toordinal``, -1: blank."""
        return self.columns.held_since

    @property
    def managers_needed(self) -> Ints:
        return self.columns.managers_needed

    @property
    def measure_names(self) -> tuple[str, ...]:
        """The further numeric columns that hold anything, sorted."""
        return tuple(self.columns.measures)

    def column(self, name: str) -> tuple[Ints, Bools]:
        """A numeric column by name (balance, difficulty, revenue, a further measure), in millionths: the
        figures (0 where blank) and where there is one."""
        found = self.columns.figures(name)
        return found.values, found.present


class _ById(Mapping[str, Client]):
    """client_id -> Client, found in the sorted ids."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def __getitem__(self, client_id: str) -> Client:
        at = self._clients.position(client_id)
        if at is None:
            raise KeyError(client_id)
        return self._clients[at]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clients.ids)

    def __len__(self) -> int:
        return len(self._clients)

    def __contains__(self, client_id: object) -> bool:
        return isinstance(client_id, str) and self._clients.position(client_id) is not None


__all__ = ["BLANK", "Clients"]
