"""The [book] of the shipped plans: what the plan states, what can be set, what is refused, by key path."""

from __future__ import annotations

from datetime import date

import pytest

from cmopt.domain.book import BOOK_GOALS, Book
from cmopt.domain.fixed import UNIT
from cmopt.domain.goals import SENSE
from cmopt.domain.scheme import Scheme
from cmopt.errors import SchemeError
from cmopt.intake.schemes import load_scheme

PLANS = ("annual", "annual-2003")


@pytest.fixture(scope="module", params=PLANS)
def plan(request: pytest.FixtureRequest) -> Scheme:
    return load_scheme(request.param)


def book(scheme: Scheme) -> Book:
    assert scheme.book is not None
    return scheme.book


def test_both_plans_have_the_same_book() -> None:
    one, other = (load_scheme(name) for name in PLANS)
    assert one.book == other.book


def test_what_the_plan_states(plan: Scheme) -> None:
    found = book(plan)
    assert found.jurisdiction == "branch" and found.regions == ()  # a branch's clients stay with its managers
    assert found.developer == "keeps"  # whoever brought them in keeps them
    assert found.counter == "marked"  # the counter keeps naturally grown deposits
    assert [g.name for g in found.goals] == ["coverage", "bands", "handovers", "tier_preference", "mix"]
    assert {m.measure for m in found.mix} == {"difficulty", "npl"}  # good and bad, easy and hard mixed


def test_small_loans_mainly_junior_and_the_middle_ones_junior_last(plan: Scheme) -> None:
    assert plan.segment_by_key["small_loan"].tiers[0] == "junior"
    assert plan.segment_by_key["middle_loan"].tiers[-2:] == ("junior", "provisional")


def test_every_client_that_is_not_divided_before_is_of_the_book(plan: Scheme) -> None:
    assert {s.key for s in plan.segments if not s.divide and s.tiers} == {
        "middle_loan",
        "small_loan",
        "deposit",
    }
    assert book(plan).segments == ()


def test_defaults_where_nothing_is_stated(plan: Scheme) -> None:
    found = book(plan)
    assert found.rotation_years is None
    assert (found.problem_loans, found.problem_from, found.groups) == ("maker", 3, "together")
    assert {b.measure for b in found.bands} == {None, "loan_balance", "deposits", "difficulty"}
    assert {(b.within, b.tiers, b.base) for b in found.bands} == {(1000, (), True)}
    assert (found.handover.client, found.handover.balance, found.handover.difficulty) == (
        UNIT,
        UNIT // 100,
        UNIT,
    )
    assert (found.gap, found.team_members) == (50, True)


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("gap", "1%", lambda b: b.gap == 100),
        ("bands.loans.within", "5%", lambda b: {x.key: x.within for x in b.bands}["loans"] == 500),
        ("bands.clients.tiers", '["junior"]', lambda b: b.bands[0].tiers == ("junior",)),
        ("bands.deposits.weight", "3", lambda b: {x.key: x.weight for x in b.bands}["deposits"] == 3),
        ("bands.difficulty.base", "false", lambda b: not b.bands[-1].base),
        ("handover.client", "2.5", lambda b: b.handover.client == 5 * UNIT // 2),
        ("mix.npl.weight", "2", lambda b: {m.measure: m.weight for m in b.mix}["npl"] == 2),
        ("goals.bands.tolerance", "5%", lambda b: b.goals[1].tolerance == "5%"),
        ("segments", '["small_loan"]', lambda b: b.segments == ("small_loan",)),
        ("regions", '[["甲", "乙"]]', lambda b: b.regions == (("甲", "乙"),)),
        ("problem_loans", "head", lambda b: b.problem_loans == "head"),
        ("head_posts", '["主任"]', lambda b: b.head_posts == ("主任",)),
        ("counter", "unclaimed", lambda b: b.counter == "unclaimed"),
        ("team_members", "false", lambda b: not b.team_members),
        ("wave_clients", "10", lambda b: b.wave_clients == 10),
        ("resolution", "100", lambda b: b.resolution == 100),
    ],
)
def test_every_key_can_be_set_for_one_run(key: str, value: str, seen: object) -> None:
    assert callable(seen)
    before, after = book(load_scheme("annual")), book(load_scheme("annual", {f"book.{key}": value}))
    assert seen(after) and not seen(before)


def test_rotation_can_be_set_with_its_day() -> None:
    found = book(load_scheme("annual", {"book.rotation_years": "3", "book.as_of": "2025-12-31"}))
    assert (found.rotation_years, found.as_of) == (3, date(2025, 12, 31))


LIMIT = '[{ key = "m", title = { zh = "限", en = "m" }, tiers = ["junior"], most = 9%s }]'


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"rotation_years": "3"}, "book.as_of"),
        ({"segments": '["large_loan"]'}, "book.segments"),
        ({"segments": '["nothing"]'}, "book.segments"),
        ({"jurisdiction": "bank", "regions": '[["甲"]]'}, "book.regions"),
        ({"regions": '[["甲", "乙"], ["乙"]]'}, "book.regions"),
        ({"mix": "[]"}, "book.mix"),
        ({"bands": "[]"}, "book.goals.bands"),
        ({"goals": '[{ name = "coverage" }]'}, "book.goals"),
        ({"goals": '[{ name = "merit" }]', "bands": "[]"}, "book.goals.merit"),
        ({"goals": '[{ name = "draw" }, { name = "bands" }]'}, "book.goals.draw"),
        ({"goals": '[{ name = "bands" }, { name = "bands" }]'}, "book.goals"),
        ({"bands.loans.within": "100%"}, "book.bands.loans.within"),
        ({"bands.loans.measure": "nothing"}, "book.bands.loans.measure"),
        ({"bands.loans.tiers": '["nothing"]'}, "book.bands.loans.tiers"),
        ({"mix.npl.measure": "nothing"}, "book.mix"),
        ({"limits": LIMIT % ', segments = ["large_loan"]'}, "book.limits.m.segments"),
        ({"limits": LIMIT % ', measure = "nothing"'}, "book.limits.m.measure"),
        ({"problem_from": "1"}, "book.problem_from"),
        ({"nothing": "1"}, "book.nothing"),
        ({"handover.nothing": "1"}, "book.handover.nothing"),
    ],
)
def test_what_cannot_be_is_refused_by_key_path(settings: dict[str, str], where: str) -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme("annual", {f"book.{k}": v for k, v in settings.items()})
    assert where in [f.where for f in caught.value.findings]


def test_goals_of_the_book_stay_in_the_book() -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme("annual", {"goals": '[{ name = "handovers" }, { name = "draw" }]'})
    assert "goals.handovers" in [f.where for f in caught.value.findings]
    assert set(BOOK_GOALS) <= set(SENSE)
