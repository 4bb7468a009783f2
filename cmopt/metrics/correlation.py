"""Rank correlations: does who ranks better hold more?"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Sequence


def spearman(x: Sequence[int], y: Sequence[int]) -> float | None:
    """Spearman's rho in [-1, 1]: Pearson's correlation of the ranks, ties by their average rank.

    x, y: one integer a person each, same length. None with fewer than two, or where all x or all y are equal.
    Source: C. Spearman, American Journal of Psychology 15 (1904).
    """
    _same_length(x, y)
    n = len(x)
    if n < 2:
        return None
    a, b = _doubled_ranks(x), _doubled_ranks(y)
    mean = n + 1  # of the doubled ranks
    both = sum((p - mean) * (q - mean) for p, q in zip(a, b, strict=True))
    one, other = sum((p - mean) ** 2 for p in a), sum((q - mean) ** 2 for q in b)
    return _bounded(both, one * other)


def kendall_tau_b(x: Sequence[int], y: Sequence[int]) -> float | None:
    """Kendall's tau-b in [-1, 1], which allows for ties: (P - Q) / sqrt((n0 - ties x) (n0 - ties y)).

    P, Q: concordant and discordant pairs; n0 all pairs. None as for `spearman`.
    Source: M. Kendall, Biometrika 33 (1945); counted by sorting, after W. Knight, JASA 61 (1966).
    """
    _same_length(x, y)
    n = len(x)
    pairs = n * (n - 1) // 2
    tied_x, tied_y, tied_both = _tied_pairs(x), _tied_pairs(y), _tied_pairs(list(zip(x, y, strict=True)))
    seen: list[int] = []
    discordant = 0
    for _, value in sorted(zip(x, y, strict=True)):
        discordant += len(seen) - bisect_right(seen, value)
        insort(seen, value)
    concordant = pairs - tied_x - tied_y + tied_both - discordant
    return _bounded(concordant - discordant, (pairs - tied_x) * (pairs - tied_y))


def _bounded(above: int, below_squared: int) -> float | None:
    if below_squared == 0:
        return None
    return max(-1.0, min(1.0, above / math.sqrt(below_squared)))


def _doubled_ranks(values: Sequence[int]) -> list[int]:
    """Twice the average rank of each value, so that ranks of ties stay integers."""
    ordered = sorted(values)
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
        last[value] = place
    return [first[v] + last[v] for v in values]


def _tied_pairs(values: Sequence[object]) -> int:
    return sum(k * (k - 1) // 2 for k in Counter(values).values())


def _same_length(x: Sequence[int], y: Sequence[int]) -> None:
    if len(x) != len(y):
        raise ValueError(f"two lists of different lengths: {len(x)} and {len(y)}")
