"""The clients, the links between staff and clients, and the case that holds it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cmopt.domain.roster import Roster

if TYPE_CHECKING:
    from cmopt.domain.client_columns import ClientColumns
    from cmopt.domain.client_list import Clients

Kind = Literal["loan", "deposit"]
LinkRule = Literal["forbid", "pin", "allow"]


@dataclass(frozen=True, slots=True)
class Client:
    """One loan or deposit client. Money, difficulty and measures are fixed-point integers (see `fixed`).

    `quality` is the five-class grading: 1 正常, 2 关注, 3 次级, 4 可疑, 5 损失. `counter`: a naturally grown
    deposit that the counter keeps.
    """

    client_id: str
    name: str
    branch: str
    kind: Kind
    balance: int
    key_deposit: bool = False
    incumbent: str | None = None
    developer: str | None = None
    quality: int | None = None
    difficulty: int | None = None
    revenue: int | None = None
    group: str | None = None
    held_since: date | None = None
    managers_needed: int = 1
    measures: Mapping[str, int] = field(default_factory=dict)
    counter: bool = False

    def column(self, name: str) -> int | None:
        """The figure in a numeric column (fixed-point), a known one or a further measure; None if absent."""
        match name:
            case "balance":
                return self.balance
            case "difficulty":
                return self.difficulty
            case "revenue":
                return self.revenue
            case _:
                return self.measures.get(name)


@dataclass(frozen=True, slots=True)
class Link:
    """What is said of one pair: a rule (recusal, pin, allow), a bid (1 = first choice), a fit, a cost.

    `reason`: why the rule, in the words of the branch head who asked for it; None: not of a branch's edits.
    """

    staff_id: str
    client_id: str
    rule: LinkRule | None = None
    bid: int | None = None
    fit: int | None = None
    cost: int | None = None
    measures: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, init=False)
class Case:
    """One bank's tables, checked: staff, clients and links, each in the order of its ids.

    `clients` may be given as any `Client` objects or as columns; it is held as columns (`Clients`).
    """

    roster: Roster
    clients: Clients
    links: tuple[Link, ...]

    def __init__(
        self, roster: Roster, clients: Iterable[Client] | ClientColumns, links: Iterable[Link] = ()
    ) -> None:
        from cmopt.domain.client_list import Clients  # brings numpy

        object.__setattr__(self, "roster", roster)
        object.__setattr__(self, "clients", Clients(clients, roster))
        object.__setattr__(self, "links", tuple(sorted(links, key=lambda k: (k.staff_id, k.client_id))))

    @property
    def client_by_id(self) -> Mapping[str, Client]:
        return self.clients.by_id

    @cached_property
    def link_of(self) -> Mapping[tuple[str, str], Link]:
        """(staff_id, client_id) -> Link."""
        return {(k.staff_id, k.client_id): k for k in self.links}
