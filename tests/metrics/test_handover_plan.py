"""The handover plan: all that moves is in it once, nobody waits for themselves, limits hold."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import NOBODY, BookResult, PartResult
from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import UNIT
from cmopt.domain.handover import HandoverPlan, Holders
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import Message
from cmopt.metrics.handover_plan import handover_plan, holders

Move = tuple[int | None, int | None]


def bank(moves: list[Move], staff: int = 6, branches: int = 1) -> tuple[Case, Holders]:
    """Client k goes from the first to the second of `moves[k]`; it belongs to the branch of one of them."""
    people = [Staff(f"S{i}", f"员工 {i}", f"样例支行 {i % branches}") for i in range(staff)]
    clients = [
        Client(
            f"C{k:05d}",
            f"样例企业 {k}",
            people[giver if giver is not None else (taker or 0)].branch,
            "loan",
            (k + 1) * UNIT,
            incumbent=None if giver is None else f"S{giver}",
            difficulty=UNIT,
        )
        for k, (giver, taker) in enumerate(moves)
    ]
    case = Case(Roster(tuple(people)), tuple(clients))
    held = Holders(
        np.array([NOBODY if a is None else a for a, _ in moves], dtype=np.int64),
        np.array([NOBODY if b is None else b for _, b in moves], dtype=np.int64),
        np.ones(len(moves), dtype=np.bool_),
    )
    return case, held


def plan(moves: list[Move], most: int | None = None, staff: int = 6, branches: int = 1) -> HandoverPlan:
    return handover_plan(*bank(moves, staff, branches), most)


def waves(found: HandoverPlan) -> dict[tuple[str | None, str], list[int]]:
    told: dict[tuple[str | None, str], list[int]] = {}
    for flow in found.flows:
        told.setdefault((flow.giver, flow.receiver), []).append(flow.wave)
    return told


def circles_by_reach(found: HandoverPlan) -> dict[str, frozenset[str]]:
    """Person -> all who reach them and whom they reach, by walking; another way than the plan's own."""
    to: dict[str, set[str]] = {}
    for flow in found.flows:
        to.setdefault(flow.receiver, set())
        if flow.giver is not None:
            to.setdefault(flow.giver, set()).add(flow.receiver)
    reach = {i: set(out) for i, out in to.items()}
    for _ in to:
        for i in to:
            for k in list(reach[i]):
                reach[i] |= to[k]
    return {i: frozenset({i, *(k for k in reach[i] if i in reach[k])}) for i in to}


def check_no_wait_for_itself(found: HandoverPlan) -> None:
    """Every wait is for an earlier wave: so no wave waits for itself, whatever chain of waits is followed."""
    circle = circles_by_reach(found)
    for flow in found.flows:
        own = circle[flow.receiver]
        assert flow.joint == (flow.giver in own)
        for other in found.flows:
            if flow.joint and other.giver in own and other.receiver not in own:
                assert other.wave < flow.wave
            if not flow.joint and other.giver == flow.receiver:
                assert other.wave < flow.wave
    assert sorted(found.circles) == sorted({tuple(sorted(c)) for c in circle.values() if len(c) > 1})


people = st.one_of(st.none(), st.integers(0, 5))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(people, people), max_size=60),
    st.one_of(st.none(), st.integers(1, 4)),
    st.integers(1, 3),
)
def test_all_that_moves_is_in_it_once_and_no_wave_waits_for_itself(
    moves: list[Move], most: int | None, branches: int
) -> None:
    case, held = bank(moves, branches=branches)
    found = handover_plan(case, held, most)
    told = {
        j: (flow.giver, flow.receiver, flow.branch, flow.wave) for flow in found.flows for j in flow.clients
    }
    assert sum(len(f.clients) for f in found.flows) == len(told)
    moving = {k for k, (a, b) in enumerate(moves) if b is not None and a != b}
    assert told.keys() == moving
    for j, (giver, receiver, branch, wave) in told.items():
        a, b = moves[j]
        assert (giver, receiver) == (None if a is None else f"S{a}", f"S{b}")
        assert branch == case.clients[j].branch
        assert found.wave[j] == wave >= 1
    assert not found.wave[[k for k in range(len(moves)) if k not in moving]].any()
    check_no_wait_for_itself(found)
    for work in found.work:
        assert most is None or work.given + work.taken <= most
    assert sum(w.given for w in found.work) == sum(moves[j][0] is not None for j in moving)
    assert sum(w.taken for w in found.work) == len(moving)
    assert sum(f.balance for f in found.flows) == sum(case.clients[j].balance for j in moving)


def test_who_takes_over_has_handed_over_first() -> None:
    assert waves(plan([(0, 1), (1, 2), (2, 3)])) == {("S2", "S3"): [1], ("S1", "S2"): [2], ("S0", "S1"): [3]}


def test_a_circle_is_one_joint_wave_between_what_leaves_it_and_what_comes_in() -> None:
    found = plan([(0, 1), (1, 2), (2, 0), (0, 4), (3, 1)])
    assert waves(found) == {
        ("S0", "S4"): [1],
        ("S0", "S1"): [2],
        ("S1", "S2"): [2],
        ("S2", "S0"): [2],
        ("S3", "S1"): [3],
    }
    assert found.circles == (("S0", "S1", "S2"),)
    assert [f.joint for f in found.flows] == [False, True, True, True, False]


def test_a_limit_splits_flows_into_further_waves() -> None:
    found = plan([(0, 1)] * 10, most=4)
    assert [(f.wave, len(f.clients)) for f in found.flows] == [(1, 4), (2, 4), (3, 2)]
    unlimited = plan([(0, 1)] * 10)
    assert [(f.wave, len(f.clients)) for f in unlimited.flows] == [(1, 10)]


def test_giving_and_taking_share_the_limit() -> None:
    found = plan([(0, 1), (1, 0), (0, 1), (1, 0)], most=2)
    assert sorted((w.wave, w.staff_id, w.given + w.taken) for w in found.work) == [
        (1, "S0", 2), (1, "S1", 2), (2, "S0", 2), (2, "S1", 2),
    ]  # fmt: skip


def test_companies_of_a_group_stay_side_by_side_where_a_flow_is_split() -> None:
    case, held = bank([(0, 1)] * 6)
    clients = [
        Client(c.client_id, c.name, c.branch, c.kind, c.balance, incumbent="S0", group="G" if k % 2 else None)
        for k, c in enumerate(case.clients)
    ]
    found = handover_plan(Case(case.roster, tuple(clients)), held, 3)
    assert [f.clients for f in found.flows] == [(1, 3, 5), (0, 2, 4)]


def test_branches_count_what_became_of_their_clients() -> None:
    case, held = bank([(0, 0), (0, 1), (None, 1), (1, None), (2, 2)], staff=3, branches=3)
    held.divided[4] = False
    found = handover_plan(case, held).of_branch
    first, second, third = (found[f"样例支行 {k}"] for k in range(3))
    assert (first.clients, first.kept, first.moved, first.new, first.left) == (2, 1, 1, 0, 0)
    assert (first.flows, first.people, first.balance, first.waves) == (1, 2, 2 * UNIT, 1)
    assert (second.kept, second.moved, second.new, second.left) == (0, 0, 1, 1)
    assert (third.clients, third.divided, third.flows, third.waves) == (1, 0, 0, 0)


def test_holders_of_both_layers() -> None:
    case, _ = bank([(0, None), (1, None), (2, None), (None, None)])
    result = Result(Status.FEASIBLE, "large", 0.0, (), None)
    nothing = np.zeros(0, dtype=np.int64)
    part = PartResult(
        "P", ("样例支行 0",), 6, np.array([1, 3]), nothing, np.array([4, NOBODY]), result, Message("-")
    )
    book = BookResult((part,), nothing, 0.0)
    found = holders(case, Allocation({"C00000": "S5"}), book)
    assert found.before.tolist() == [0, 1, 2, NOBODY]
    assert found.after.tolist() == [5, 4, 2, NOBODY]
    assert found.divided.tolist() == [True, True, False, True]


def test_nothing_depends_on_the_order_of_rows() -> None:
    rng = random.Random(4)
    moves: list[Move] = [(rng.randrange(9), rng.randrange(9)) for _ in range(200)]
    case, held = bank(moves, 9, 3)
    shuffled = list(case.clients)
    rng.shuffle(shuffled)
    staff = list(case.roster)
    rng.shuffle(staff)
    again = Case(Roster(tuple(staff)), tuple(shuffled))
    assert handover_plan(again, held, 5).flows == handover_plan(case, held, 5).flows


def test_time_grows_with_clients_and_flows() -> None:
    """A branch of ten managers each; four times the bank must not take sixteen times as long."""
    took = []
    for size in (5_000, 20_000):
        rng = random.Random(1)
        branches = size // 200
        moves: list[Move] = []
        for _ in range(size):
            branch = rng.randrange(branches)
            moves.append((branch + branches * rng.randrange(10), branch + branches * rng.randrange(10)))
        case, held = bank(moves, branches * 10, branches)
        begun = time.process_time()
        found = handover_plan(case, held)
        took.append(time.process_time() - begun)
        assert found.waves >= 1
    assert all(b < 10 * max(a, 0.05) for a, b in pairwise(took))
