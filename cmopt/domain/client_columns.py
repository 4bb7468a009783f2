"""The clients table as columns: arrays of figures and codes, so that a million clients are no million objects.

A blank is `BLANK` in columns of codes and of small whole numbers; columns of figures have a mask beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import pairwise, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.clients import Client
from cmopt.domain.problem import Bools, Ints

Codes = NDArray[np.int32]

BLANK = -1
LOAN, DEPOSIT = 0, 1
KINDS = ("loan", "deposit")


@dataclass(frozen=True, eq=False)
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

    @classmethod
    def pick(cls, pool: Sequence[str], at: Ints) -> Coded:
        """Texts picked from a pool by position, `BLANK` for a blank."""
        used = np.unique(at[at != BLANK]).tolist()
        names = tuple(sorted({pool[n] for n in used}))
        number = {n: i for i, n in enumerate(names)}
        of_pool = np.full(len(pool) + 1, BLANK, dtype=np.int32)
        of_pool[used] = [number[pool[n]] for n in used]
        return cls(names, of_pool[at])

    def texts(self, rows: slice) -> list[str | None]:
        pool = (*self.names, None)  # BLANK is the last
        return [pool[code] for code in self.code[rows].tolist()]

    def position(self, number: Mapping[str, int]) -> Ints:
        """Each text's number, `BLANK` where blank or where the text has none."""
        of_name = np.array([*(number.get(n, BLANK) for n in self.names), BLANK], dtype=np.int64)
        return of_name[self.code]


@dataclass(frozen=True, eq=False)
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

    def figures(self, rows: slice) -> list[int | None]:
        pairs = zip(self.values[rows].tolist(), self.present[rows].tolist(), strict=True)
        return [v if there else None for v, there in pairs]


@dataclass(frozen=True, eq=False)
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

    def followed_by(self, other: ClientColumns) -> ClientColumns:
        """These clients and then the others; neither may have further measures."""
        if self.measures or other.measures:
            raise ValueError("columns with further measures are not joined")

        def coded(a: Coded, b: Coded) -> Coded:
            return Coded.pick([*a.names, *b.names], _after(a.code, b.code, len(a.names)))

        def figures(a: Figures, b: Figures) -> Figures:
            return Figures(np.concatenate([a.values, b.values]), np.concatenate([a.present, b.present]))

        join: dict[type, Callable[[Any, Any], Any]] = {
            Coded: coded,
            Figures: figures,
            list: lambda a, b: [*a, *b],
            np.ndarray: lambda a, b: np.concatenate([a, b]),
        }
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return ClientColumns(**{n: join[type(a)](a, b) for n, (a, b) in pairs.items() if n != "measures"})

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

    def says(self, name: str) -> bool:
        """Whether the column of this field holds anything; a counter that keeps nothing does not."""
        column = getattr(self, _COLUMN.get(name, name))
        if isinstance(column, Coded):
            return bool(column.names)
        if isinstance(column, Figures):
            return bool(column.present.any())
        if name == "counter":
            return bool(self.counter.any())
        return len(self) > 0 and (name not in ("quality", "held_since") or bool((column != BLANK).any()))

    def lists(self, rows: slice) -> dict[str, list[Any]]:
        """The fields of these rows' clients (`FIELDS`) as one list each, None where blank."""
        started = date.fromordinal
        return {
            "client_id": self.ids[rows],
            "name": self.names[rows],
            "branch": self.branch.texts(rows),
            "kind": [KINDS[k] for k in self.kind[rows].tolist()],
            "balance": self.balance[rows].tolist(),
            "key_deposit": self.key_deposit[rows].tolist(),
            "incumbent": self.incumbent.texts(rows),
            "developer": self.developer.texts(rows),
            "quality": [None if q == BLANK else q for q in self.quality[rows].tolist()],
            "difficulty": self.difficulty.figures(rows),
            "revenue": self.revenue.figures(rows),
            "group": self.group.texts(rows),
            "held_since": [None if d == BLANK else started(d) for d in self.held_since[rows].tolist()],
            "managers_needed": self.managers_needed[rows].tolist(),
            "counter": self.counter[rows].tolist(),
        }

    def clients(self, rows: slice) -> list[Client]:
        """The clients of these rows as objects."""
        *plain, counters = self.lists(rows).values()
        measures = {name: column.figures(rows) for name, column in self.measures.items()}
        further = zip(*measures.values(), strict=True) if measures else repeat(())
        make: Callable[..., Client] = Client
        return [
            make(
                *values,
                measures={n: v for n, v in zip(measures, more, strict=True) if v is not None},
                counter=counter,
            )
            for values, counter, more in zip(zip(*plain, strict=True), counters, further, strict=False)
        ]

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


_COLUMN = {"client_id": "ids", "name": "names"}


def ints(values: Sequence[Any]) -> Ints:
    """An array of 64 bits, or of Python's integers where one does not fit."""
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return np.array(values, dtype=object)


def _after(first: Codes, second: Codes, names: int) -> Ints:
    """Codes of two columns whose names are put one after the other."""
    return np.concatenate([first, np.where(second == BLANK, BLANK, second + names)]).astype(np.int64)


def _small(values: Sequence[int | None], kind: Any) -> Any:
    return np.fromiter((BLANK if v is None else v for v in values), dtype=kind, count=len(values))
