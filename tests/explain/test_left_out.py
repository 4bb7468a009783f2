"""Why an account was left out: who may hold it, and the arithmetic against Hall's theorem."""

from __future__ import annotations

from random import Random
from typing import Any

import networkx as nx
import pytest
from audit_bank import SEED, case, key, loan, scheme, staff

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.result import Status
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.explain import explain_lines
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat

PLAIN = scheme()


def lines(of: Case, under: Scheme = PLAIN, given: dict[str, str | None] | None = None) -> dict[str, Line]:
    """The lines of the proven division, or of the one given."""
    grades = grade(of.roster, under, SEED)
    problem = build_problem(of, under, grades, SEED)
    if given is None:
        result = CpSat().solve(problem, Limits(None))
        assert result.status is Status.OPTIMAL
        assert result.allocation is not None
        allocation = result.allocation
    else:
        allocation = Allocation({c: given.get(c) for c in problem.accounts})
    return {line.client_id: line for line in explain_lines(of, under, grades, problem, allocation)}


def told(line: Line) -> dict[str, Any]:
    assert line.outcome == "unassigned"
    assert line.staff_id is None
    assert line.role is None
    return dict(line.reason.params)


def test_an_account_nobody_may_hold_names_the_tier_and_the_recusals() -> None:
    links = tuple(Link(i, "C1", "forbid") for i in ("S1", "S2", "S3", "S4", "M1"))
    line = lines(case(loan("C1", 1000), loan("C2", 600), links=links))["C1"]
    params = told(line)
    assert (params["n"], params["k"]) == (4, 4)  # four seniors, all recused; M1 is no senior
    assert params["tiers"].render("en") == "Senior"
    assert params["segment"].render("zh") == "贷款大户"
    assert "Senior" in line.reason.render("en")
    assert "高级" in line.reason.render("zh")


def test_an_account_whose_tier_nobody_reached() -> None:
    params = told(lines(case(loan("C1", 1000), loan("C2", 600), people=staff("M1 J1")))["C1"])
    assert (params["n"], params["k"]) == (0, 0)


def test_more_accounts_than_managers() -> None:
    found = lines(case(*(loan(f"C{n}", 1000) for n in range(7))))
    out = [line for line in found.values() if line.outcome == "unassigned"]
    assert len(out) == 3
    for line in out:
        params = told(line)
        assert (params["n"], params["m"], params["missing"]) == (7, 4, 3)


def test_managers_on_the_team_are_counted_apart() -> None:
    bank = case(key("K1", 900), key("K2", 900), *(loan(f"C{n}", 1000) for n in range(5)))
    out = [line for line in lines(bank).values() if line.outcome == "unassigned"]
    assert len(out) == 3
    for line in out:
        params = told(line)
        assert (params["n"], params["m"], params["k"], params["missing"]) == (5, 2, 2, 3)


def test_two_places_each() -> None:
    two = scheme(at_most__one_of_27__k="2")
    found = lines(case(*(loan(f"C{n}", 1000) for n in range(6)), people=staff("S1 S2")), two)
    out = [line for line in found.values() if line.outcome == "unassigned"]
    assert len(out) == 2
    assert all((p["n"], p["m"], p["each"], p["missing"]) == (6, 2, 2, 2) for p in map(told, out))


@pytest.mark.parametrize("seed", range(12))
def test_the_arithmetic_is_halls(seed: int) -> None:
    """Each account left out: the set it names cannot all be held, and by as many as it says."""
    rng = Random(seed)
    people = Roster(tuple(Staff(f"S{n}", f"S{n}", "A", tier="senior", rank=n + 1) for n in range(5)))
    clients = [loan(f"C{n}", rng.choice([1000, 1200])) for n in range(7)]
    links = tuple(
        Link(s.staff_id, c.client_id, "forbid") for s in people for c in clients if rng.random() < 0.6
    )
    bank = case(*clients, links=links, people=people)
    graph = nx.Graph()
    graph.add_nodes_from(c.client_id for c in clients)
    barred = {(k.staff_id, k.client_id) for k in links}
    graph.add_edges_from(
        (c.client_id, s.staff_id) for s in people for c in clients if (s.staff_id, c.client_id) not in barred
    )
    ids = [c.client_id for c in clients]
    short = len(ids) - _matched(graph, ids)
    found = lines(bank)
    out = [line for line in found.values() if line.outcome == "unassigned"]
    assert len(out) == short
    for line in out:
        wanted = _reached(graph, found, line.client_id)
        params = told(line)
        if not graph[line.client_id]:
            assert params["n"] == params["k"] == 5  # nobody may hold it: five seniors, five recused
            continue
        assert params["n"] == len(wanted)
        assert params["m"] == len({s for c in wanted for s in graph[c]})
        assert params["missing"] == params["n"] - _matched(graph, wanted) >= 1


def _matched(graph: nx.Graph, accounts: list[str]) -> int:
    part = graph.subgraph([*accounts, *{s for c in accounts for s in graph[c]}])
    matching = nx.bipartite.hopcroft_karp_matching(part, top_nodes=accounts)
    return sum(c in matching for c in accounts)


def _reached(graph: nx.Graph, found: dict[str, Line], account: str) -> list[str]:
    """The accounts on alternating paths from `account`, and others left out that want nobody else."""
    paths = nx.DiGraph()
    paths.add_nodes_from(graph)
    for c, line in found.items():
        paths.add_edges_from((c, s) for s in graph[c])
        if line.staff_id is not None:
            paths.add_edge(line.staff_id, c)
    reached = {account, *nx.descendants(paths, account)}
    more = {c for c, x in found.items() if x.staff_id is None and graph[c] and set(graph[c]) <= reached}
    return sorted((reached | more) & set(found))


def test_no_shortage_is_claimed_where_there_is_none() -> None:
    """A division that leaves out what somebody free could hold (unproven, say) does not blame arithmetic."""
    bank = case(loan("C1", 1000), loan("C2", 1000))
    line = lines(bank, given={"C1": "S1", "C2": None})["C2"]
    assert "missing" not in told(line)
    assert told(line)["m"] == 4
    # S1 could take C2 and S2 C1: an exchange would do, so there is no shortage either
    links = tuple(Link(s, "C2", "forbid") for s in ("S2", "S3", "S4"))
    line = lines(case(*bank.clients, links=links), given={"C1": "S1"})["C2"]
    assert "missing" not in told(line)


def test_a_team_none_of_whose_members_may_hold_it() -> None:
    """Three accounts that only S1, S2 and S3 may hold, one each, and two seats."""
    links = tuple(
        Link(s, k, "forbid")
        for s in ("S1", "S2", "S3", "S4")
        for k in ("K1", "K2", "K3")
        if (s, k) not in {("S1", "K1"), ("S2", "K2"), ("S3", "K3")}
    )
    bank = case(key("K1", 900), key("K2", 800), key("K3", 700), links=links)
    found = lines(bank)
    assert [c for c, x in found.items() if x.outcome == "unassigned"] == ["K3"]
    params = told(found["K3"])
    assert params["who"].render("en") == "S1, S2"
    assert "missing" not in params


def test_an_account_let_in_by_a_link_only() -> None:
    """Open to J1 alone by a link, who holds another one: two accounts, one person."""
    people = staff("J1")
    links = (Link("J1", "C1", "allow"), Link("J1", "C2", "allow"))
    bank = Case(people, (_loan("C1", 1200), _loan("C2", 1000)), links)
    out = [x for x in lines(bank).values() if x.outcome == "unassigned"]
    assert [x.client_id for x in out] == ["C2"]  # the smaller balance
    assert (told(out[0])["n"], told(out[0])["m"], told(out[0])["missing"]) == (2, 1, 1)


def _loan(client_id: str, wan: int) -> Client:
    return Client(client_id, client_id, "A", "loan", wan * UNIT)
