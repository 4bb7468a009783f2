"""The clients table as columns: arrays of figures and codes, so that a million clients are no million objects.

A blank is `BLANK` in columns of codes and of small whole numbers; columns of figures have a mask beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.clients import Client
from cmopt.domain.problem import Bools, Ints

Codes = NDArray[np.int32]

BLANK = -1
LOAN, DEPOSIT = 0, 1
KINDS = ("loan", "deposit")


@dataclass(frozen=True)
class Coded:
    """A column of texts: `code[j]` is a position in `names` (sorted, each in use), `BLANK` where blank."""

    names: tuple[str, ...]
    code: Codes

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> Coded:
        named = set(texts)
        named.discard(None)
        names = tuple(sorted(n for n in named if n is not None))
        number: dict[str | None, int] = {n: i for i, n in enumerate(names)}
        number[None] = BLANK
        return cls(names, np.fromiter(map(number.__getitem__, texts), dtype=np.int32, count=len(texts)))

    def text(self, j: int) -> str | None:
        code = self.code[j]
        return None if code == BLANK else self.names[code]

    def texts(self, rows: slice) -> list[str | None]:
        pool = (*self.names, None)  # BLANK is the last
        return [pool[code] for code in self.code[rows].tolist()]

    def position(self, number: Mapping[str, int]) -> Ints:
        """Each text's number, `BLANK` where blank or where the text has none."""
        of_name = np.array([*(number.get(n, BLANK) for n in self.names), BLANK], dtype=np.int64)
        return of_name[self.code]


@dataclass(frozen=True)
class Figures:
    """A column of figures in millionths; 0 where not `present`."""

    values: Ints
    present: Bools

    @classmethod
    def of(cls, figures: Sequence[int | None]) -> Figures:
        present = np.fromiter((v is not None for v in figures), dtype=np.bool_, count=len(figures))
        if present.all():
            return cls(ints(figures), present)
        return cls(ints([0 if v is None else v for v in figures]), present)

    def figure(self, j: int) -> int | None:
        return int(self.values[j]) if self.present[j] else None

    def figures(self, rows: slice) -> list[int | None]:
        pairs = zip(self.values[rows].tolist(), self.present[rows].tolist(), strict=True)
        return [v if there else None for v, there in pairs]


@dataclass(frozen=True)
class ClientColumns:
    """One entry a client in every column, in any order (`in_order` sorts them by id).

    quality: 1-5; held_since: as ``date.toordinal``; managers_needed: as written. Figures beyond 64 bits make a
    column one of Python's integers (dtype object): slow, but exact.
    """

    ids: list[str]
    names: list[str]
    branch: Coded
    kind: NDArray[np.int8]
    balance: Ints
    key_deposit: Bools
    incumbent: Coded
    developer: Coded
    quality: NDArray[np.int8]
    difficulty: Figures
    revenue: Figures
    group: Coded
    held_since: Codes
    managers_needed: Ints
    counter: Bools
    measures: Mapping[str, Figures] = field(default_factory=dict)

    @classmethod
    def of(cls, clients: Sequence[Client]) -> ClientColumns:
        def each(name: str) -> list[Any]:
            return [getattr(c, name) for c in clients]

        measures = sorted({name for c in clients for name in c.measures})
        return cls.of_lists(
            {name: each(name) for name in FIELDS},
            {name: [c.measures.get(name) for c in clients] for name in measures},
        )

    @classmethod
    def of_lists(
        cls, fields: Mapping[str, Sequence[Any]], measures: Mapping[str, Sequence[int | None]]
    ) -> ClientColumns:
        """From one list a field of `Client` (`FIELDS`) and one a further measure; None: blank."""
        size = len(fields["client_id"])

        def flags(name: str) -> Bools:
            return np.fromiter(map(bool, fields[name]), dtype=np.bool_, count=size)

        days = {d: d.toordinal() for d in set(fields["held_since"]) if d is not None}
        found = {name: Figures.of(values) for name, values in sorted(measures.items())}
        return cls(
            ids=list(fields["client_id"]),
            names=list(fields["name"]),
            branch=Coded.of(fields["branch"]),
            kind=np.fromiter((k == "deposit" for k in fields["kind"]), dtype=np.int8, count=size),
            balance=ints(fields["balance"]),
            key_deposit=flags("key_deposit"),
            incumbent=Coded.of(fields["incumbent"]),
            developer=Coded.of(fields["developer"]),
            quality=_small(fields["quality"], np.int8),
            difficulty=Figures.of(fields["difficulty"]),
            revenue=Figures.of(fields["revenue"]),
            group=Coded.of(fields["group"]),
            held_since=_small([days.get(d) for d in fields["held_since"]], np.int32),
            managers_needed=ints([1 if n is None else n for n in fields["managers_needed"]]),
            counter=flags("counter"),
            measures={name: f for name, f in found.items() if f.present.any()},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def in_order(self) -> ClientColumns:
        """The same clients in the order of their ids."""
        ids = self.ids
        if all(a <= b for a, b in pairwise(ids)):
            return self
        order = sorted(range(len(ids)), key=ids.__getitem__)
        at = np.array(order, dtype=np.int64)

        def coded(column: Coded) -> Coded:
            return Coded(column.names, column.code[at])

        def figures(column: Figures) -> Figures:
            return Figures(column.values[at], column.present[at])

        return ClientColumns(
            ids=[ids[j] for j in order],
            names=[self.names[j] for j in order],
            branch=coded(self.branch),
            kind=self.kind[at],
            balance=self.balance[at],
            key_deposit=self.key_deposit[at],
            incumbent=coded(self.incumbent),
            developer=coded(self.developer),
            quality=self.quality[at],
            difficulty=figures(self.difficulty),
            revenue=figures(self.revenue),
            group=coded(self.group),
            held_since=self.held_since[at],
            managers_needed=self.managers_needed[at],
            counter=self.counter[at],
            measures={name: figures(column) for name, column in self.measures.items()},
        )

    def figures(self, name: str) -> Figures:
        """A numeric column by name, a known one or a further measure; wholly blank where there is none."""
        match name:
            case "balance":
                return Figures(self.balance, np.ones(len(self), dtype=np.bool_))
            case "difficulty":
                return self.difficulty
            case "revenue":
                return self.revenue
        nothing = np.zeros(len(self), dtype=np.int64), np.zeros(len(self), dtype=np.bool_)
        return self.measures.get(name) or Figures(*nothing)

    def clients(self, rows: slice) -> list[Client]:
        """The clients of these rows as objects."""
        names = tuple(self.measures)
        measures = zip(*(self.measures[name].figures(rows) for name in names), strict=True)
        started = date.fromordinal
        return [
            Client(
                client_id, name, branch or "", KINDS[kind], balance, key, incumbent, developer,  # type: ignore[arg-type]
                None if quality == BLANK else quality, difficulty, revenue, group,
                None if since == BLANK else started(since), needed,
                {n: v for n, v in zip(names, further, strict=True) if v is not None}, counter,
            )
            for client_id, name, branch, kind, balance, key, incumbent, developer, quality, difficulty,
                revenue, group, since, needed, counter, further in zip(
                self.ids[rows], self.names[rows], self.branch.texts(rows), self.kind[rows].tolist(),
                self.balance[rows].tolist(), self.key_deposit[rows].tolist(), self.incumbent.texts(rows),
                self.developer.texts(rows), self.quality[rows].tolist(), self.difficulty.figures(rows),
                self.revenue.figures(rows), self.group.texts(rows), self.held_since[rows].tolist(),
                self.managers_needed[rows].tolist(), self.counter[rows].tolist(),
                measures if names else [()] * len(self.ids[rows]), strict=True,
            )
        ]  # fmt: skip

    def same_as(self, other: ClientColumns) -> bool:
        """Whether both hold equal clients in the same order."""
        return (self.ids, self.names, list(self.measures)) == (
            other.ids,
            other.names,
            list(other.measures),
        ) and all(np.array_equal(a, b) for a, b in zip(self._arrays(), other._arrays(), strict=True))

    def _arrays(self) -> Iterable[Any]:
        for coded in (self.branch, self.incumbent, self.developer, self.group):
            yield from (coded.names, coded.code)
        for figures in (self.difficulty, self.revenue, *self.measures.values()):
            yield from (figures.values, figures.present)
        yield from (self.kind, self.balance, self.key_deposit, self.quality, self.held_since)
        yield from (self.managers_needed, self.counter)


FIELDS = (
    "client_id", "name", "branch", "kind", "balance", "key_deposit", "incumbent", "developer", "quality",
    "difficulty", "revenue", "group", "held_since", "managers_needed", "counter",
)  # fmt: skip


def ints(values: Sequence[Any]) -> Ints:
    """An array of 64 bits, or of Python's integers where one does not fit."""
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return np.array(values, dtype=object)


def _small(values: Sequence[int | None], kind: Any) -> Any:
    return np.fromiter((BLANK if v is None else v for v in values), dtype=kind, count=len(values))
