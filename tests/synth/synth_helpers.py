"""What the tests of the generator share."""

from __future__ import annotations

from functools import cache

import networkx as nx

from cmopt.domain.clients import Case, Client
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.synth import SynthOptions, synth_case

ANNUAL = load_scheme("annual")


@cache
def case_of(seed: int) -> Case:
    return synth_case(SynthOptions(seed=seed, clients=400), ANNUAL)


@cache
def grades_of(seed: int) -> dict[str, Grade]:
    return grade(case_of(seed).roster, ANNUAL, 0)


def key_accounts_of(case: Case, scheme: Scheme = ANNUAL) -> dict[str, list[Client]]:
    """Divided segment -> its accounts."""
    found: dict[str, list[Client]] = {s.key: [] for s in scheme.segments if s.divide}
    for client in case.clients:
        segment = scheme.segment_of(client)
        assert segment is not None, client
        if segment.divide:
            found[segment.key].append(client)
    return found


def eligible(client: Client, grades: dict[str, Grade], scheme: Scheme = ANNUAL) -> bool:
    """Whether the client's incumbent may still hold it by tier."""
    segment = scheme.segment_of(client)
    assert segment is not None
    return client.incumbent is not None and grades[client.incumbent].tier in segment.tiers


def seats_filled(case: Case, grades: dict[str, Grade], scheme: Scheme = ANNUAL) -> tuple[int, int]:
    """(most seats that can be filled, seats): one manager a loan and a seat, recusals and pins respected.

    With at most two recusals a manager and an account, any three seniors can share out four key deposits or
    more, so that a team seat is open to every senior.
    """
    accounts = key_accounts_of(case, scheme)
    rules = {pair: link.rule for pair, link in case.link_of.items()}
    pinned = {c: s for (s, c), rule in rules.items() if rule == "pin"}
    graph = nx.Graph()
    seats: list[str] = []
    for key in ("large_loan", "medium_loan"):
        for client in accounts[key]:
            seats.append(client.client_id)
            for g in grades.values():
                allowed = g.tier in scheme.segment_by_key[key].tiers
                pin = pinned.get(client.client_id)
                if (
                    allowed
                    and rules.get((g.staff_id, client.client_id)) != "forbid"
                    and pin in (None, g.staff_id)
                ):
                    graph.add_edge(client.client_id, g.staff_id)
    if accounts["key_deposit"]:
        for n in range(scheme.teams[0].size):
            seats.append(f"team {n}")
            graph.add_edges_from((f"team {n}", g.staff_id) for g in grades.values() if g.tier == "senior")
    graph.add_nodes_from(seats)
    matching = nx.bipartite.hopcroft_karp_matching(graph, top_nodes=seats)
    return sum(seat in matching for seat in seats), len(seats)
