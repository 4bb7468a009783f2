"""The clients as columns say exactly what the objects say, and make them only where one is asked for."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmopt.domain.client_columns import BLANK, FIELDS, KINDS, ClientColumns, Coded
from cmopt.domain.client_figures import held_totals, in_segments, measure_loads, segment_codes
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Staff
from cmopt.intake.schemes import load_scheme

ANNUAL = load_scheme("annual")
PEOPLE = ("E1", "E2", "E3")
ROSTER = Roster(tuple(Staff(s, s, branch) for s, branch in zip(PEOPLE, "ABA", strict=True)))

figures = st.one_of(st.integers(-(10**9), 3000 * UNIT), st.sampled_from([2**63, -(2**70)]))
people = st.one_of(st.none(), st.sampled_from([*PEOPLE, "gone"]))
clients = st.builds(
    Client,
    client_id=st.text("C0123", min_size=1, max_size=5),
    name=st.text("样例企业 1", max_size=4),
    branch=st.sampled_from(["A", "B", "C"]),
    kind=st.sampled_from(["loan", "deposit"]),
    balance=figures,
    key_deposit=st.booleans(),
    incumbent=people,
    developer=people,
    quality=st.one_of(st.none(), st.integers(1, 5)),
    difficulty=st.one_of(st.none(), st.integers(1, 5).map(lambda v: v * UNIT)),
    revenue=st.one_of(st.none(), figures),
    group=st.one_of(st.none(), st.sampled_from(["G1", "G2"])),
    held_since=st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2030, 1, 1))),
    managers_needed=st.integers(0, 3),
    measures=st.dictionaries(st.sampled_from(["visits", "risk"]), figures),
    counter=st.booleans(),
)
books = st.lists(clients, max_size=12, unique_by=lambda c: c.client_id)


def of_columns(objects: list[Client]) -> Case:
    return Case(ROSTER, ClientColumns.of(objects))


@given(books)
@settings(max_examples=120, deadline=None)
def test_columns_and_objects_say_the_same(book: list[Client]) -> None:
    objects, columns = Case(ROSTER, tuple(book)), of_columns(book)
    ordered = tuple(sorted(book, key=lambda c: c.client_id))
    assert tuple(objects.clients) == tuple(columns.clients) == ordered
    assert objects.clients == columns.clients == ordered
    assert [columns.clients[j] for j in range(-len(book), len(book))] == [*ordered, *ordered]
    assert columns.clients[1:] == ordered[1:] and columns.clients[::-1] == ordered[::-1]
    assert dict(columns.client_by_id) == {c.client_id: c for c in ordered}
    assert pickle.loads(pickle.dumps(columns)).clients == ordered
    assert "C9" not in columns.client_by_id and columns.clients.position("C9") is None
    for j, client in enumerate(ordered):
        assert columns.clients.position(client.client_id) == j


@given(books)
@settings(max_examples=80, deadline=None)
def test_every_accessor_is_the_field_of_the_object(book: list[Client]) -> None:
    seen = of_columns(book).clients
    number = {s: i for i, s in enumerate(PEOPLE)}
    for j, c in enumerate(seen):
        assert (seen.ids[j], seen.names[j], seen.branches[seen.branch_code[j]]) == (
            c.client_id,
            c.name,
            c.branch,
        )
        assert KINDS[seen.kind_code[j]] == c.kind
        assert (seen.balance[j], seen.key_deposit[j], seen.counter[j]) == (
            c.balance,
            c.key_deposit,
            c.counter,
        )
        assert seen.incumbent[j] == number.get(c.incumbent or "", BLANK)
        assert seen.developer[j] == number.get(c.developer or "", BLANK)
        assert seen.quality[j] == (c.quality or BLANK)
        assert seen.group_code[j] == (BLANK if c.group is None else seen.groups.index(c.group))
        assert seen.held_since[j] == (BLANK if c.held_since is None else c.held_since.toordinal())
        assert seen.managers_needed[j] == c.managers_needed
        for name in ("balance", "difficulty", "revenue", "visits", "nothing"):
            values, present = seen.column(name)
            assert (int(values[j]) if present[j] else None) == c.column(name)


@given(books)
@settings(max_examples=80, deadline=None)
def test_segments_and_loads_are_those_of_the_scheme(book: list[Client]) -> None:
    seen = of_columns(book).clients
    codes = segment_codes(ANNUAL, seen)
    for client, code in zip(seen, codes.tolist(), strict=True):
        segment = ANNUAL.segment_of(client)
        assert (None if code == BLANK else ANNUAL.segments[code]) is segment
    divided = [c for c in seen if (s := ANNUAL.segment_of(c)) is not None and s.divide]
    assert [c for c, _ in in_segments(ANNUAL, seen, [s.key for s in ANNUAL.segments if s.divide])] == divided
    for measure in ANNUAL.measures:
        assert measure_loads(measure, seen).tolist() == [measure.of(c) for c in seen]


@given(books, st.data())
@settings(max_examples=80, deadline=None)
def test_totals_count_figures_of_pairs_and_are_exact(book: list[Client], data: st.DataObject) -> None:
    ids = [c.client_id for c in book] or ["nobody"]
    pairs = data.draw(st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ids))))
    links = [Link(s, c, measures={"balance": 7 * UNIT}) for s, c in sorted(pairs)]
    case = Case(ROSTER, book, links)
    for measure in (None, *ANNUAL.measures):
        expected = dict.fromkeys(PEOPLE, 0)
        for c in case.clients:
            if c.incumbent in expected:
                link = case.link_of.get((c.incumbent, c.client_id))
                expected[c.incumbent] += UNIT if measure is None else measure.of(c, link)
        assert held_totals(case, measure, case.clients.incumbent) == list(expected.values())


def test_a_case_seen_from_another_roster() -> None:
    case = Case(ROSTER, [Client("C1", "n", "A", "loan", UNIT, incumbent="E2")])
    fewer = replace(case, roster=Roster((Staff("E2", "E2", "B"),)))
    assert case.clients.incumbent.tolist() == [1]
    assert fewer.clients.incumbent.tolist() == [0]
    assert fewer.clients.branches == ("A", "B") and fewer.clients.staff_branch_code.tolist() == [1]
    assert case.clients == fewer.clients and case != fewer


def test_other_clients_are_not_equal() -> None:
    one = Client("C1", "n", "A", "loan", UNIT)
    for field, value in [
        ("balance", 2),
        ("name", "m"),
        ("counter", True),
        ("measures", {"x": 1}),
        ("group", "G"),
    ]:
        other = replace(one, **{field: value})
        assert of_columns([one]).clients != of_columns([other]).clients
        assert Case(ROSTER, [one]).clients != of_columns([other]).clients
    assert of_columns([one]).clients == of_columns([one]).clients


def test_a_large_bank_is_no_bank_of_objects() -> None:
    n = 60_000
    blank = [None] * n
    fields = dict.fromkeys(FIELDS, blank) | {
        "client_id": [f"C{j:06}" for j in range(n)], "name": ["样例"] * n, "branch": ["A"] * n,
        "kind": ["loan"] * n, "balance": [UNIT] * n, "incumbent": ["E1"] * n,
    }  # fmt: skip
    case = Case(ROSTER, ClientColumns.of_lists(fields, {}))
    tracemalloc.start()
    total = sum(c.balance for c in case.clients)
    assert case.client_by_id["C000007"].client_id == "C000007"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == n * UNIT
    assert peak < 16_000_000  # as objects they are some 20 million bytes


def test_pools_hold_what_is_in_use() -> None:
    coded = Coded.pick(["乙", "甲", "丙"], np.array([0, BLANK, 0, 1]))
    same = Coded.of(["乙", None, "乙", "甲"])
    assert coded.names == same.names == ("乙", "甲")  # in the order of their characters' numbers
    assert coded.code.tolist() == same.code.tolist() == [0, BLANK, 0, 1]
    assert coded.texts(slice(None)) == ["乙", None, "乙", "甲"]


def test_columns_are_joined() -> None:
    first = [Client("C1", "a", "A", "loan", UNIT, incumbent="E1", group="G")]
    second = [Client("C2", "b", "B", "deposit", 2 * UNIT, developer="E2"), Client("C0", "c", "A", "loan", 3)]
    joined = ClientColumns.of(first).followed_by(ClientColumns.of(second))
    assert joined.clients(slice(None)) == [*first, *second]
    assert Case(ROSTER, joined).clients == Case(ROSTER, [*first, *second]).clients
    with pytest.raises(ValueError):
        ClientColumns.of([replace(first[0], measures={"x": 1})]).followed_by(joined)
