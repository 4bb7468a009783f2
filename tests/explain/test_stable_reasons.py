"""Of a division by bids the reasons name bids and ranks, never goals, and what they say is so."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.roster import Roster, Staff
from cmopt.explain import explain_lines
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.stable import Stable
from cmopt.synth import SynthOptions, synth_case

ANNUAL = load_scheme("annual")


def reasons(case: Case, lang: str = "en") -> dict[tuple[str, str | None], str]:
    """(client_id, staff_id) -> why."""
    grades = grade(case.roster, ANNUAL, 1)
    problem = build_problem(case, ANNUAL, grades, 1)
    result = Stable().solve(problem, Limits(None))
    assert result.allocation is not None, result.findings
    lines = explain_lines(case, ANNUAL, grades, problem, result.allocation, result.solver)
    return {(x.client_id, x.staff_id): x.reason.render(lang) for x in lines}  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("lang", "goal"), [("en", "goal"), ("zh", "目标")])
def test_no_reason_names_a_goal(seed: int, lang: str, goal: str) -> None:
    case = synth_case(SynthOptions(seed=seed, clients=60, bids=25, large=18), ANNUAL)
    case = replace(
        case, clients=tuple(replace(c, managers_needed=1 + (c.kind == "loan")) for c in case.clients)
    )
    told = reasons(case, lang)
    assert not [text for text in told.values() if goal in text]
    assert not [text for text in told.values() if "{" in text]


def test_the_place_of_the_bid_is_the_holders_own() -> None:
    case = synth_case(SynthOptions(seed=2, clients=60, bids=40), ANNUAL)
    stated = 0
    for (client_id, staff_id), text in reasons(case).items():
        found = re.search(r"by the bids, given to (\S+) \(.*(no bid|bid number (\d+))\)", text)
        if found is not None:
            link = case.link_of.get((staff_id or "", client_id))
            bid = None if link is None else link.bid
            assert found[1] == staff_id
            assert found[3] == (None if bid is None else str(bid))
            stated += bid is not None
    assert stated >= 3


def test_seats_and_shares_and_what_had_to_be_given_up() -> None:
    staff = Roster(tuple(Staff(f"E{n}", f"E{n}", "A", tier="senior", rank=n) for n in (1, 2, 3, 4)))
    loans = tuple(Client(f"L{n}", "-", "A", "loan", 2000 * UNIT, incumbent=f"E{n}") for n in (1, 4))
    keys = tuple(Client(f"K{n}", "-", "A", "deposit", 900 * UNIT, key_deposit=True) for n in (1, 2, 3))
    told = reasons(Case(staff, (*loans, *keys), (Link("E2", "K2", bid=1),)))
    assert "on the Central deposit team by the bids (bid number 1)" in told["K2", "E2"]
    assert "stays with its manager (incumbency)" in told["L1", "E1"]
    assert told["L4", None].startswith(("given to none of the 4", "2 accounts compete", "1 accounts compete"))
