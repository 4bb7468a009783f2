"""What of a case a scheme does not look at is said, not passed over."""

from __future__ import annotations

import dataclasses

import pytest

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Staff
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme
from cmopt.problem.fit import fit_notes, refuse_mixed_tiers

BALANCES = (2000, 1100, 700, 400, 20)


def case(links: tuple[Link, ...] = ()) -> Case:
    staff = Staff("E1", "员工 001", "样例支行 01")
    clients = [
        Client(f"C{n}", f"样例企业 {n}", "样例支行 01", "loan", b * UNIT) for n, b in enumerate(BALANCES)
    ]
    deposit = Client("D1", "样例机构 1", "样例支行 01", "deposit", 500 * UNIT, key_deposit=True)
    return Case(Roster((staff,)), (*clients, deposit), links)


def codes(overrides: dict[str, str], links: tuple[Link, ...] = ()) -> dict[str, str]:
    return {f.code: f.render("en") for f in fit_notes(case(links), load_scheme("annual", overrides))}


def test_nothing_to_say_where_all_fits() -> None:
    assert codes({}) == {}


def test_a_hole_between_segments_is_named_with_its_clients() -> None:
    said = codes({"segments.large_loan.at_least": "1200"})
    assert set(said) == {"clients-outside"}
    assert "1 clients" in said["clients-outside"] and "C1" in said["clients-outside"]


def test_an_empty_segment_is_named() -> None:
    said = codes({"segments.large_loan.at_least": "5000", "segments.medium_loan.below": "5000"})
    assert set(said) == {"segment-empty"}


LINKS = (Link("E1", "C0", bid=1, fit=2, cost=3, measures={"balance": 4, "fees": 5}),)
EVERY = '[{ name = "coverage" }, { name = "fit" }, { name = "cost" }, { name = "bids" }, { name = "draw" }]'


def test_figures_of_links_that_nothing_uses_are_named() -> None:
    said = codes({}, LINKS)
    assert set(said) == {"links-unused"}
    assert said["links-unused"].endswith(": bid, fit, cost, fees")  # the annual plan measures balances
    assert codes({"goals": EVERY}, LINKS)["links-unused"].endswith(": fees")
    worst = '[{ name = "coverage" }, { name = "worst_served" }, { name = "draw" }]'
    assert codes({"goals": worst}, LINKS)["links-unused"].endswith(": bid, cost, fees")
    assert codes({}, (Link("E1", "C0", rule="forbid"), Link("E1", "C1", measures={"balance": 4}))) == {}


def test_goals_that_find_no_figures_are_named() -> None:
    notes = fit_notes(case((Link("E1", "C0", fit=2),)), load_scheme("annual", {"goals": EVERY}))
    assert [f.message.params["goal"] for f in notes if f.code == "goal-no-figures"] == ["cost", "bids"]
    assert "links-unused" not in {f.code for f in notes}


def test_limits_on_branches_where_nobody_works_are_named() -> None:
    title = '{ zh = "限额", en = "Limit" }'
    limit = '[{ key = "x", title = ' + title + ', tiers = ["senior"], most = 3, branches = [%s] }]'
    assert codes({"limits": limit % '"样例支行 01"'}) == {}
    said = codes({"limits": limit % '"样例支行 01", "样例支行 1"'})
    assert set(said) == {"limit-branch"}
    assert said["limit-branch"].startswith("limits.x:") and said["limit-branch"].endswith("样例支行 1")


def test_coverage_behind_another_goal_is_said() -> None:
    goals = '[{ name = "merit" }, { name = "coverage" }, { name = "draw" }]'
    assert set(codes({"goals": goals})) == {"coverage-later"}


def test_given_tiers_are_said_and_a_mixture_is_refused() -> None:
    given = Staff("E1", "员工 001", "样例支行 01", tier="senior")
    sat = Staff("E2", "员工 002", "样例支行 01", scores={"written": 40 * UNIT})
    alone = dataclasses.replace(case(), roster=Roster((given,)))
    assert {f.code for f in fit_notes(alone, load_scheme("annual"))} == {"tiers-given"}
    refuse_mixed_tiers(alone)
    refuse_mixed_tiers(dataclasses.replace(case(), roster=Roster((sat,))))
    with pytest.raises(InputError, match="E2"):
        refuse_mixed_tiers(dataclasses.replace(case(), roster=Roster((given, sat))))
