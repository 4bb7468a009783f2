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


def test_figures_of_links_that_no_goal_uses() -> None:
    assert set(codes({}, (Link("E1", "C0", bid=1),))) == {"links-unused"}
    assert codes({}, (Link("E1", "C0", rule="forbid"),)) == {}


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
