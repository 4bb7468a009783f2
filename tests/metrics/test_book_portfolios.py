"""Portfolios of both layers, against adding up client by client."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmopt import service
from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import NOBODY, BookResult, PartResult
from cmopt.domain.clients import Case, Client
from cmopt.domain.result import Result, Status
from cmopt.errors import Message
from cmopt.grading import grade
from cmopt.metrics import portfolios
from cmopt.metrics.outcomes import part_outcomes


def part(name: str, clients: list[int], holder: list[int] | None) -> PartResult:
    return PartResult(
        name=name,
        branches=(name,),
        managers=0,
        clients=np.array(clients, dtype=np.int64),
        settled=np.zeros(len(clients), dtype=np.int64),
        holder=None if holder is None else np.array(holder, dtype=np.int64),
        result=Result(Status.FEASIBLE, "x", 0.0, (), None),
        why=Message("x"),
    )


def divided(case: Case, draw: random.Random) -> tuple[Allocation, BookResult]:
    """Clients at random: key accounts, two parts (one without a division), the counter's, none of these."""
    staff = [s.staff_id for s in case.roster]
    where: dict[str, list[int]] = {k: [] for k in ("key", "one", "two", "counter", "rest")}
    for j in range(len(case.clients)):
        where[draw.choice(list(where))].append(j)
    key = Allocation({case.clients.ids[j]: draw.choice([None, *staff]) for j in where["key"]})
    held = [draw.choice([NOBODY, *range(len(staff))]) for _ in where["one"]]
    parts = (part("one", where["one"], held), part("two", where["two"], None))
    return key, BookResult(parts, np.array(where["counter"], dtype=np.int64), 0.0)


def holder_of(case: Case, client: Client, key: Allocation, book: BookResult) -> str | None:
    at = case.clients.position(client.client_id)
    if client.client_id in key.holder:
        return key.holder[client.client_id]
    one = book.parts[0]
    assert one.holder is not None
    for j, i in zip(one.clients.tolist(), one.holder.tolist(), strict=True):
        if j == at:
            return None if i == NOBODY else case.roster.staff[i].staff_id
    return None if at in book.counter.tolist() else client.incumbent


@pytest.mark.parametrize("seed", range(3))
def test_what_each_holds(tiny_bank: Any, seed: int) -> None:
    order = service.Order(Path(tiny_bank.case), str(tiny_bank.scheme))
    loaded = service.load(order)
    case, scheme = loaded.case, loaded.scheme
    key, book = divided(case, random.Random(seed))
    lines = {p.staff_id: p for p in portfolios(case, scheme, grade(case.roster, scheme, 1), key, book)}
    after: dict[str, list[Client]] = {}
    for client in case.clients:
        holder = holder_of(case, client, key, book)
        if holder is not None:
            after.setdefault(holder, []).append(client)
    for staff_id, line in lines.items():
        held = after.get(staff_id, [])
        assert line.clients_after == len(held)
        assert line.clients_before == sum(c.incumbent == staff_id for c in case.clients)
        for m in scheme.measures:
            assert line.after[m.key] == sum(m.of(c, case.link_of.get((staff_id, c.client_id))) for c in held)
    assert set(after) <= set(lines)
    one, two = (part_outcomes(case, p) for p in book.parts)
    assert sum(one.values()) == len(book.parts[0].clients)
    assert not two
