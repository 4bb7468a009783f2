"""The stable division: nobody blocks it, no stable one is better for anybody, false bids help nobody."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations, product
from pathlib import Path
from random import Random

import pytest
from full_cases import ANNUAL
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from markets import Market, blocking, market, rebid, reordered
from tiny_cases import Bank, Shape

from cmopt import service
from cmopt.audit import audit_division, check_record
from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.errors import InputError, StoppedError
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.metrics.stability import blocking_pairs
from cmopt.problem import build_problem
from cmopt.solvers.choose import choose_solver
from cmopt.solvers.greedy import Greedy
from cmopt.solvers.stable import Stable
from cmopt.synth import SynthOptions, synth_case

SHAPES = {
    "anything": Shape(),
    "annual": Shape(team=True, apart=True, usual_goals=True, caps="one"),
    "two teams": Shape(team=True, trust_team=True),
    "ranks shared": Shape(given=True, accounts=(2, 6)),
    "several each": Shape(team=False, caps="split", accounts=(3, 7)),
}
ONE_EACH = Shape(team=False, incumbents=0.1, accounts=(2, 4))

Test = Callable[[int], None]


def random(examples: int) -> Callable[[Test], Callable[[], None]]:
    """Run on so many random seeds, the same ones every time."""

    def runs(test: Test) -> Callable[[], None]:
        tried = given(seed=st.integers(0, 2**48))(test)
        health = list(HealthCheck)
        return settings(max_examples=examples, deadline=None, suppress_health_check=health, derandomize=True)(
            tried
        )

    return runs


def solved(bank: Bank) -> Result | None:
    """None: not even a problem."""
    try:
        problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
    except InputError:
        return None
    return Stable().solve(problem, Limits(None))


# --- stable, and honest ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_nobody_blocks_and_every_rule_is_kept(shape: Shape) -> None:
    seen: Counter[str] = Counter()

    @random(100)
    def stands(seed: int) -> None:
        bank = market(Random(seed), shape)
        note(repr(bank))
        result = solved(bank)
        if result is None:
            return
        if result.allocation is None:
            assert (result.status, result.goals) == (Status.UNKNOWN, ())
            assert [f.code.split("-")[0] for f in result.findings] == ["stable"]
            return
        seen["stable"] += 1
        assert blocking(bank, result.allocation) == set()
        assert blocking_pairs(bank.case, bank.scheme, bank.grades, result.allocation) == frozenset()
        assert result.status is Status.FEASIBLE
        assert [(g.bound, g.proven) for g in result.goals] == [(None, False)] * len(bank.scheme.goals)
        audit = audit_division(bank.case, bank.scheme, bank.grades, result.allocation, bank.seed)
        assert audit.clean
        assert check_record(bank.scheme, audit, result.status, result.goals) == []

    stands()
    assert seen["stable"] >= 45, seen


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_metric_counts_the_blocking_pairs_of_any_division(shape: Shape) -> None:
    """Of random divisions and of the greedy one, against the count that tries every set to give up."""
    seen: Counter[bool] = Counter()

    @random(60)
    def agree(seed: int) -> None:
        rng = Random(seed)
        bank = market(rng, shape)
        note(repr(bank))
        try:
            problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
        except InputError:
            return
        holders = [rng.choice([None, *may]) for may in problem.may_hold]
        divisions = [problem.allocation(holders)]
        greedy = Greedy().solve(problem, Limits(None)).allocation
        for allocation in divisions + ([greedy] if greedy is not None else []):
            counted = blocking_pairs(bank.case, bank.scheme, bank.grades, allocation)
            teams = {t.key: f"team:{t.key}" for t in bank.scheme.teams}
            told = {(a, teams.get(thing, thing)) for a, thing in counted}
            assert told == blocking(bank, allocation, draws=False)
            seen[bool(told)] += 1

    agree()
    assert seen[True] >= 10 and seen[False] >= 10, seen


def test_greedy_knows_nothing_of_bids() -> None:
    """The division by rank gives the better ranked the larger loan; by bids they may swap."""
    bank = annual("E1 E2", {"L1": 2000, "L2": 1500}, bids={"E1": "L2", "E2": "L1"})
    assert holder(bank) == {"L1": "E2", "L2": "E1"}
    problem = build_problem(bank.case, bank.scheme, bank.grades, 1)
    greedy = Greedy().solve(problem, Limits(None)).allocation
    assert greedy is not None and greedy.holder == {"L1": "E1", "L2": "E2"}
    assert blocking(bank, greedy) == {("E1", "L2")}  # E2 may want L1, but E1 ranks better


# --- the best stable one, and no use in lying --------------------------------------------------------


def test_no_stable_division_is_better_for_any_manager() -> None:
    """Where everybody holds at most one: against every stable division there is."""
    seen: Counter[int] = Counter()

    @random(80)
    def is_best(seed: int) -> None:
        bank = market(Random(seed), ONE_EACH, one_each=True)
        note(repr(bank))
        result = solved(bank) if len(bank.case.roster) <= 4 else None
        if result is None or result.allocation is None:
            return
        found = Market(bank, result.allocation)
        count = 0
        for other in divisions(bank, found):
            if other.blocking():
                continue
            count += 1
            for a in found.managers:
                assert liked(found, a) <= liked(other, a), (a, other.allocation)
        assert count >= 1
        seen[min(count, 2)] += 1

    is_best()
    assert seen[2] >= 3, seen  # with several stable ones


def divisions(bank: Bank, found: Market) -> Iterator[Market]:
    """Every division of the accounts that are open in `found`, at most one account each."""
    holder = found.allocation.holder
    closed = {c: a for c, a in holder.items() if a is not None and found.closed(a, c)}
    free = [c for c in holder if c not in closed]
    able = [[None, *(a for a in found.managers if found.may(a, c))] for c in free]
    for chosen in product(*able):
        people = [a for a in (*chosen, *closed.values()) if a is not None]
        if len(people) == len(set(people)):
            yield Market(bank, Allocation({**closed, **dict(zip(free, chosen, strict=True))}))


def liked(found: Market, a: str) -> tuple[object, ...]:
    """Sorts by what manager a has, the best first, nothing last."""
    own = [found.prefers(a, t) for t in found.has[a]]
    return (0, *min(own)) if own else (1,)


def test_false_bids_never_help_who_makes_them() -> None:
    """Where everybody holds at most one: every false order of the accounts, judged by the true bids."""
    seen: Counter[str] = Counter()

    @random(40)
    def helps_none(seed: int) -> None:
        bank = market(Random(seed), ONE_EACH, one_each=True)
        note(repr(bank))
        result = solved(bank)
        if result is None or result.allocation is None:
            return
        true = Market(bank, result.allocation)
        liar = Random(seed).choice(true.managers)
        accounts = sorted(true.clients)
        for n in range(len(accounts) + 1):
            for order in permutations(accounts, n):
                lied = solved(rebid(bank, liar, {c: place for place, c in enumerate(order, 1)}))
                assert lied is not None and lied.allocation is not None
                after = Market(bank, lied.allocation)
                assert liked(true, liar) <= liked(after, liar), (liar, order)
                seen["changed" if after.has[liar] != true.has[liar] else "same"] += 1

    helps_none()
    assert seen["changed"] >= 20, seen


# --- what must not matter ----------------------------------------------------------------------------


@random(40)
def test_rows_permuted(seed: int) -> None:
    bank = market(Random(seed), Shape())
    one, other = solved(bank), solved(reordered(bank, Random(seed)))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert (one.allocation, one.findings) == (other.allocation, other.findings)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ids_renamed(seed: int) -> None:
    """The same division under other names, as ranks and balances are all different here."""
    case = synth_case(SynthOptions(seed=seed, clients=80, bids=30), ANNUAL)
    ids = Random(seed).sample([s.staff_id for s in case.roster], k=len(case.roster))
    staff = {s: f"X{n:04}" for n, s in enumerate(ids)}
    ids = Random(seed).sample([c.client_id for c in case.clients], k=len(case.clients))
    client = {c: f"Y{n:04}" for n, c in enumerate(ids)}
    renamed = Case(
        Roster(tuple(dataclasses.replace(s, staff_id=staff[s.staff_id]) for s in case.roster)),
        tuple(
            dataclasses.replace(
                c, client_id=client[c.client_id], incumbent=c.incumbent and staff[c.incumbent], developer=None
            )
            for c in case.clients
        ),
        tuple(
            dataclasses.replace(k, staff_id=staff[k.staff_id], client_id=client[k.client_id])
            for k in case.links
        ),
    )
    before, after = holder(Bank(case, ANNUAL, 1)), holder(Bank(renamed, ANNUAL, 1))
    assert after == {client[c]: s and staff[s] for c, s in before.items()}
    plain = Bank(dataclasses.replace(case, links=tuple(k for k in case.links if k.bid is None)), ANNUAL, 1)
    assert holder(plain) != before  # the bids matter


# --- by hand -----------------------------------------------------------------------------------------


def annual(
    seniors: str,
    accounts: dict[str, int],
    bids: dict[str, str] | None = None,
    incumbents: dict[str, str] | None = None,
    needed: dict[str, int] | None = None,
    scheme: Scheme | None = None,
) -> Bank:
    """Seniors in the order of rank, accounts K... key deposits and others loans, bids as ``"L1 L2"``."""
    staff = tuple(Staff(s, s, "A", tier="senior", rank=n) for n, s in enumerate(seniors.split(), 1))
    clients = tuple(
        Client(
            c,
            c,
            "A",
            "deposit" if c.startswith("K") else "loan",
            wan * UNIT,
            key_deposit=c.startswith("K"),
            incumbent=(incumbents or {}).get(c),
            managers_needed=(needed or {}).get(c, 1),
        )
        for c, wan in accounts.items()
    )
    links = tuple(
        Link(s, c, bid=place) for s, order in (bids or {}).items() for place, c in enumerate(order.split(), 1)
    )
    return Bank(Case(Roster(staff), clients, links), scheme or load_scheme("annual"), 1)


def holder(bank: Bank) -> dict[str, str | None]:
    result = solved(bank)
    assert result is not None and result.allocation is not None, result and result.findings
    return dict(result.allocation.holder)


def test_the_better_ranked_get_what_they_bid_for_first() -> None:
    loans = {"L1": 3000, "L2": 2000, "L3": 1000}
    bids = {"E1": "L2", "E2": "L2 L3", "E3": "L2 L1"}
    assert holder(annual("E1 E2 E3", loans, bids)) == {"L2": "E1", "L3": "E2", "L1": "E3"}


def test_an_incumbent_keeps_what_the_better_ranked_bid_for() -> None:
    bank = annual("E1 E2", {"L1": 3000, "L2": 2000}, {"E1": "L1"}, {"L1": "E2"})
    assert holder(bank) == {"L1": "E2", "L2": "E1"}


def test_seats_go_by_bids_for_the_teams_accounts() -> None:
    """E4 bids for a key deposit and so for a seat; E1 bids for a loan and would rather have that."""
    accounts = {"L1": 3000, "K1": 900, "K2": 800, "K3": 700}
    found = holder(annual("E1 E2 E3 E4", accounts, {"E1": "L1", "E4": "K2"}))
    assert found["L1"] == "E1" and found["K2"] == "E4"
    assert {found["K1"], found["K3"]} == {"E2", "E3"}


def test_the_last_in_rank_are_bound_to_seats_that_nobody_wants() -> None:
    """All bid for the three loans; three of four must sit, and the best ranked is the one who gets a loan."""
    accounts = {"L1": 3000, "L2": 2000, "L3": 1500, "K1": 900, "K2": 800, "K3": 700}
    bank = annual("E1 E2 E3 E4", accounts, dict.fromkeys(("E1", "E2", "E3", "E4"), "L1 L2 L3"))
    found = holder(bank)
    assert found["L1"] == "E1" and {found["K1"], found["K2"], found["K3"]} == {"E2", "E3", "E4"}
    assert blocking(bank, Allocation(found)) == set()


def test_an_incumbent_gives_up_a_loan_only_where_a_team_could_not_be_filled() -> None:
    accounts = {"L1": 3000, "L2": 2000, "K1": 900, "K2": 800, "K3": 700}
    held = {"L1": "E3", "L2": "E1"}
    found = holder(annual("E1 E2 E3 E4", accounts, incumbents=held))
    assert found["L2"] == "E1" and found["L1"] is None  # E3, the last in rank of the two, sits with E2 and E4


def test_members_share_by_bids_in_turns_and_then_by_load() -> None:
    accounts = {f"K{n}": 1000 - n for n in range(1, 8)}
    bids = {"E1": "K7 K6 K5 K4", "E2": "K6 K1"}
    found = holder(annual("E1 E2 E3", accounts, bids, {"K3": "E3"}))
    assert [found[k] for k in ("K3", "K7", "K6", "K5", "K1", "K4")] == ["E3", "E1", "E2", "E1", "E2", "E1"]
    assert found["K2"] == "E3"  # nobody's bid: to who holds least


def test_backups_are_others_than_the_lead_one_more_each_in_a_round() -> None:
    needed = {"L1": 2, "L2": 3}
    bank = annual("E1 E2 E3", {"L1": 3000, "L2": 2000}, {"E3": "L2"}, needed=needed)
    result = solved(bank)
    assert result is not None and result.allocation is not None
    assert result.allocation.holder == {"L1": "E1", "L2": "E2"}
    # first round: E1 takes L2 (only not its own), E2 takes L1, E3 the other place of L2
    assert result.allocation.backups == {"L1": ("E2",), "L2": ("E1", "E3")}


def test_a_hard_limit_that_the_bids_break_is_told() -> None:
    limit = '[{ key = "few", title = { zh = "少", en = "few" }, tiers = ["senior"], least = 1 }]'
    scheme = load_scheme("annual", {"limits": limit})
    result = solved(annual("E1 E2", {"L1": 3000}, scheme=scheme))
    assert result is not None and result.allocation is None
    assert [f.code for f in result.findings] == ["stable-rule"]


REFUSED = {
    "stable-exclusive": {"at_most": "[]"},
    "stable-cap": {
        "at_most": '[{ key = "a", title = { zh = "甲", en = "a" }, k = 1, '
        'segments = ["large_loan", "key_deposit"] }]',
        "teams.deposit_team.exclusive_of": "[]",
    },
    "stable-overlap": {
        "teams.deposit_team.exclusive_of": '["large_loan"]',
    },
}


@pytest.mark.parametrize("code", REFUSED)
def test_rules_that_deferred_acceptance_cannot_settle_are_refused(code: str) -> None:
    accounts = {"L1": 3000, "L2": 2000, "M1": 700, "K1": 900, "K2": 800, "K3": 700}
    result = solved(annual("E1 E2 E3 E4", accounts, scheme=load_scheme("annual", REFUSED[code])))
    assert result is not None and result.allocation is None and result.status is Status.UNKNOWN
    assert [f.code for f in result.findings] == [code]
    assert all("{" not in f.render(lang) for f in result.findings for lang in ("zh", "en"))


def test_it_is_chosen_by_name() -> None:
    assert isinstance(choose_solver("stable"), Stable)
    assert grade(annual("E1", {"L1": 3000}).case.roster, ANNUAL, 1)["E1"].rank == 1


# --- through the whole path --------------------------------------------------------------------------


def test_a_run_is_written_verified_and_compared(tmp_path: Path) -> None:
    case = tmp_path / "case"
    service.synth(case, "annual", "zh", branches=5, staff=60, clients=40, seed=3, bids=40)
    order = service.Order(case=case, solver="stable", report=False)
    stable = service.allocate(order, tmp_path / "stable")
    service.allocate(dataclasses.replace(order, solver="greedy"), tmp_path / "greedy")
    assert stable.audit.clean and stable.result.solver == "stable"
    assert "links-unused" not in {f.code for f in stable.notes}  # bids are used
    assert service.verify(tmp_path / "stable") == ()
    compared = service.compare([tmp_path / "stable", tmp_path / "greedy"], None)
    rows = {row[1]: row[4:] for row in compared.rows if row[0] == "fairness" and row[1] == "blocking_pairs"}
    stable_count, greedy_count = (int(float(cell)) for cell in rows["blocking_pairs"])
    assert stable_count == 0 < greedy_count


def test_where_there_is_no_answer_the_reason_is_told(tmp_path: Path) -> None:
    case = tmp_path / "case"
    service.synth(case, "annual", "zh", branches=5, staff=60, clients=40, seed=3)
    limit = (
        '[{ key = "none", title = { zh = "无", en = "none" }, tiers = ["senior"], base = false, most = 0 }]'
    )
    order = service.Order(case=case, solver="stable", report=False, overrides={"limits": limit})
    with pytest.raises(StoppedError) as stopped:
        service.allocate(order, tmp_path / "run")
    assert [f.code for f in stopped.value.findings] == ["stable-rule"]
    assert not (tmp_path / "run" / "allocation.csv").exists()
