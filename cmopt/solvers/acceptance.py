"""Deferred acceptance: people propose, things with places accept the best and turn the others away.

Knows nothing of banks. People and things are numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any


@dataclass(frozen=True, slots=True)
class Quota:
    """Nobody may have more than `k` of `things`."""

    things: frozenset[int]
    k: int


def deferred_acceptance(
    orders: Mapping[int, Sequence[int]],
    quotas: Mapping[int, Sequence[Quota]],
    places: Mapping[int, int],
    priority: Callable[[int, int], Any],
) -> dict[int, tuple[int, ...]]:
    """Thing -> who has it, at most ``places[thing]`` of them, in the order of their numbers.

    orders[i]: the things person i would take, best first. quotas[i]: what they may take together; the quotas
    of one person must be `laminar`. priority(thing, i): sorts before that of whoever the thing likes less; no
    two people of one thing may have the same.

    The outcome is stable: no person and thing would rather have each other. Of all stable outcomes it is the
    best one for every person, and it does not depend on the order of the proposals.

    Source: D. Gale, L. Shapley, College Admissions and the Stability of Marriage, American Mathematical
    Monthly 69 (1962); people who take several things: A. Roth, Econometrica 52 (1984); choice under laminar
    quotas: T. Fleiner, Mathematics of Operations Research 28 (2003).
    """
    willing = {i: list(order) for i, order in orders.items()}
    having: dict[int, set[int]] = {thing: set() for thing in places}
    proposing = sorted(orders, reverse=True)
    while proposing:
        i = proposing.pop()
        for thing in chosen(willing[i], quotas[i]):
            if i in having[thing]:
                continue
            having[thing].add(i)
            if len(having[thing]) > places[thing]:
                refused = max(having[thing], key=lambda a, thing=thing: priority(thing, a))  # type: ignore[misc]
                having[thing].remove(refused)
                willing[refused].remove(thing)
                proposing.append(refused)
    return {thing: tuple(sorted(people)) for thing, people in having.items()}


def chosen(order: Iterable[int], quotas: Sequence[Quota]) -> list[int]:
    """What somebody takes of the things in `order`, best first: each one that the quotas still allow."""
    taken: list[int] = []
    used = [0] * len(quotas)
    for thing in order:
        over = [n for n, q in enumerate(quotas) if thing in q.things]
        if all(used[n] < quotas[n].k for n in over):
            taken.append(thing)
            for n in over:
                used[n] += 1
    return taken


def laminar(quotas: Sequence[Quota]) -> bool:
    """Whether any two of the sets are apart or one lies within the other.

    Then taking the best that is still allowed, one by one, is the best choice, and to be offered less never
    makes a person drop a thing they had chosen (substitutability), which stability rests on.
    """
    return all(
        a.things <= b.things or b.things <= a.things or not a.things & b.things
        for a, b in combinations(quotas, 2)
    )


def needed(quotas: Iterable[Quota]) -> list[Quota]:
    """Without those that can never bind or that another one implies."""
    binding = [q for q in dict.fromkeys(quotas) if len(q.things) > q.k]
    return [q for q in binding if not any(p != q and q.things <= p.things and p.k <= q.k for p in binding)]
