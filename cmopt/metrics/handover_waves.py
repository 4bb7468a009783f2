"""The waves of a handover: who can hand over when, without anybody waiting for themselves.

The rule of the waves. A flow is what one manager hands to another. Whoever takes clients over should first have
handed over their own: a flow waits for every flow out of its receiver. People who hand over to each other in a
circle (a strongly connected component of givers and receivers; Tarjan 1972) would wait for themselves: their
flows among each other do not wait for one another but are one joint exchange, which waits only for what leaves
the circle. What is left has no circle, so every wait is for an earlier wave. With a limit per manager and wave,
a flow is dealt out over as many waves, from its earliest on, as both ends have room for; a joint exchange then
takes several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmopt.domain.book_result import NOBODY
from cmopt.domain.problem import Ints


@dataclass(frozen=True, slots=True)
class Group:
    """All that goes from one giver to one receiver in one branch, before it is dealt out over waves."""

    branch: int
    giver: int
    receiver: int
    clients: Ints


@dataclass(frozen=True)
class Rings:
    """The strongly connected components of givers and receivers: `of` a person -> number; `order`: the numbers,
    those who hand over to nobody else first; `members` of each, in order."""

    of: Mapping[int, int]
    order: tuple[int, ...]
    members: Sequence[Sequence[int]]

    def joint(self, group: Group) -> bool:
        return group.giver != NOBODY and self.of[group.giver] == self.of[group.receiver]


def rings_of(groups: Sequence[Group]) -> Rings:
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(sorted({i for g in groups for i in (g.giver, g.receiver) if i != NOBODY}))
    graph.add_edges_from((g.giver, g.receiver) for g in groups if g.giver != NOBODY)
    members = sorted(sorted(ring) for ring in nx.strongly_connected_components(graph))
    of = {i: k for k, ring in enumerate(members) for i in ring}
    waiting = nx.DiGraph()
    waiting.add_nodes_from(range(len(members)))
    waiting.add_edges_from((of[b], of[a]) for a, b in graph.edges if of[a] != of[b])
    return Rings(of, tuple(nx.lexicographical_topological_sort(waiting)), members)


def deal(groups: Sequence[Group], rings: Rings, most: int | None) -> list[list[tuple[int, int]]]:
    """Of every group its shares: (wave, clients), waves growing.

    Circle by circle, those who hand over to nobody else first: when one is reached, all that leaves it has its
    waves; its joint exchange follows, then what its people take over from others.
    """
    inside: dict[int, list[int]] = {}
    inflow: dict[int, list[int]] = {}
    for k in sorted(range(len(groups)), key=lambda k: (-len(groups[k].clients), k)):  # large ones fit worst
        group = groups[k]
        (inside if rings.joint(group) else inflow).setdefault(rings.of[group.receiver], []).append(k)
    calendar = _Calendar(most)
    shares: list[list[tuple[int, int]]] = [[] for _ in groups]
    for ring in rings.order:
        start = 1 + max(calendar.last_given(i) for i in rings.members[ring])
        for k in inside.get(ring, ()):
            shares[k] = calendar.enter(groups[k], start)
        for k in inflow.get(ring, ()):
            shares[k] = calendar.enter(groups[k], 1 + calendar.last_given(groups[k].receiver))
    return shares


class _Calendar:
    """How many clients each person hands or takes over in each wave so far."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.busy: dict[int, dict[int, int]] = {}
        self.given: dict[int, int] = {}

    def last_given(self, person: int) -> int:
        """The last wave in which they hand anything over; 0: none so far."""
        return self.given.get(person, 0)

    def enter(self, group: Group, start: int) -> list[tuple[int, int]]:
        """Deal the group's clients out from wave `start` on, as many in each as both ends have room for."""
        people = [self.busy.setdefault(i, {}) for i in (group.giver, group.receiver) if i != NOBODY]
        left, wave, found = len(group.clients), start, []
        while left:
            room = left if self.most is None else self.most - max(b.get(wave, 0) for b in people)
            count = min(left, room)
            if count > 0:
                found.append((wave, count))
                left -= count
                for busy in people:
                    busy[wave] = busy.get(wave, 0) + count
            wave += 1
        if group.giver != NOBODY:
            self.given[group.giver] = max(self.last_given(group.giver), wave - 1)
        return found
