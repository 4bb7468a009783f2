"""Every line has its outcome and a reason that names the right people, in both languages."""

from __future__ import annotations

import re

import pytest
from audit_bank import SEED, case, key, loan
from test_left_out import lines

from cmopt.domain.clients import Link
from cmopt.domain.limits import Limits
from cmopt.explain import explain_lines
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.greedy import Greedy
from cmopt.synth import SynthOptions, synth_case

ANNUAL = load_scheme("annual")


@pytest.mark.parametrize("solver", [CpSat(), Greedy()], ids=lambda s: s.name)
@pytest.mark.parametrize(
    "options",
    [SynthOptions(seed=3, clients=200), SynthOptions(seed=4, clients=0, large=22, medium=22, pins=4)],
)
def test_every_line_of_a_full_case(solver: CpSat | Greedy, options: SynthOptions) -> None:
    bank = synth_case(options, ANNUAL)
    grades = grade(bank.roster, ANNUAL, SEED)
    problem = build_problem(bank, ANNUAL, grades, SEED)
    allocation = solver.solve(problem, Limits(1.5)).allocation
    assert allocation is not None
    found = explain_lines(bank, ANNUAL, grades, problem, allocation)
    assert [x.client_id for x in found] == sorted(allocation.holder)
    staff = {s.staff_id for s in bank.roster}
    for line in found:
        before = bank.client_by_id[line.client_id].incumbent
        holder = allocation.holder[line.client_id]
        assert (line.staff_id, line.previous) == (holder, before)
        assert line.outcome == _outcome(holder, before)
        segment = ANNUAL.segment_of(bank.client_by_id[line.client_id])
        assert segment is not None and line.segment == segment.key
        assert line.role == (
            None if holder is None else "team" if segment.key == "key_deposit" else "manager"
        )
        said, said_zh = line.reason.render("en"), line.reason.render("zh")
        assert said and said_zh and "{" not in said + said_zh
        assert re.search("[\u4e00-\u9fff]", said_zh)
        named = {s for s in staff if s in said}
        if line.outcome in ("moved", "new"):
            assert holder in named
        if line.outcome == "moved":
            assert before in named
            assert said.startswith(f"{before} gives it up")
        if line.outcome == "kept":
            assert named <= {holder}


def _outcome(holder: str | None, before: str | None) -> str:
    if holder is None:
        return "unassigned"
    return "kept" if holder == before else "new" if before is None else "moved"


def test_why_an_incumbent_gives_it_up() -> None:
    links = (Link("S2", "C2", "forbid"),)
    bank = case(
        loan("C1", 1000, "M1"),  # not of its tier
        loan("C2", 1100, "S2"),  # recused
        loan("C3", 1500, "S1"),
        loan("C4", 600, "S1"),  # one of the 27 only
        loan("C5", 700, "N1"),  # no manager any more
        links=links,
    )
    found = lines(bank)
    why = {c: x.reason.params["opened"].params["why"].text for c, x in found.items() if x.outcome == "moved"}
    assert "tier" in why["C1"]
    assert "recused" in why["C2"]
    assert "keeps" in why["C4"]
    assert "client manager" in why["C5"]
    assert found["C3"].outcome == "kept"
    assert "C3" in found["C4"].reason.render("en")


def test_an_incumbent_on_the_team() -> None:
    """S1 and S2 keep their key deposits, two each, and give up the loan."""
    bank = case(
        key("K1", 900, "S1"),
        key("K2", 900, "S1"),
        key("K3", 900, "S2"),
        key("K4", 900, "S2"),
        loan("C1", 1000, "S1"),
    )
    line = lines(bank)["C1"]
    assert line.outcome == "moved"
    assert "S1 gives it up: keeps K1, K2 on the Central deposit team" in line.reason.render("en")


def test_pins_are_given_as_the_reason() -> None:
    links = (Link("S4", "C1", "pin"), Link("S3", "C2", "pin"), Link("S2", "C3", "pin"))
    found = lines(case(loan("C1", 1000, "S1"), loan("C2", 1100, "S3"), loan("C3", 1100), links=links))
    assert (found["C1"].outcome, found["C2"].outcome, found["C3"].outcome) == ("moved", "kept", "new")
    assert found["C1"].reason.render("en").startswith("S1 gives it up: it is pinned to somebody else")
    for client, holder in (("C1", "S4"), ("C2", "S3"), ("C3", "S2")):
        assert f"pinned to {holder}" in found[client].reason.render("en")


def test_kept_by_a_link_that_lets_them_in() -> None:
    """The junior's tier may not hold a large loan, and the reason does not say that it may."""
    line = lines(case(loan("C1", 1000, "J1"), links=(Link("J1", "C1", "allow"),)))["C1"]
    assert (line.outcome, line.staff_id) == ("kept", "J1")
    assert "allow" in line.reason.render("en")
    assert "may hold" not in line.reason.render("en")


def test_who_was_passed_over_is_named() -> None:
    """S1 is recused from nothing and holds nothing, yet the loan was given to S3: S1 and S2 are named."""
    line = lines(case(loan("C1", 1000)), given={"C1": "S3"})["C1"]
    inner = line.reason.params["given"]
    assert inner.params["n"] == 2
    assert inner.params["who"].render("en") == "S1, S2"
    fair = lines(case(loan("C1", 1000)), given={"C1": "S1"})["C1"]
    assert "who" not in fair.reason.params["given"].params


def test_where_nobody_was_responsible() -> None:
    found = lines(case(loan("C1", 1000), loan("C2", 600)))
    assert {x.outcome for x in found.values()} == {"new"}
    assert {x.reason.params["opened"].text for x in found.values()} == {"nobody was responsible"}
