"""Ties that nobody can re-roll: numbers made from a committed seed and the ids alone.

The commitment (SHA-256 of the seed) can be published before the exam; afterwards anybody can check
that the seed fits it and make the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cmopt.domain.problem import Bools, Ints

DRAW_BITS = 30


def draw_number(seed: int, purpose: str, *ids: str) -> int:
    """A number in [0, 2^30) from SHA-256 of the seed, the purpose and the ids, each length-prefixed."""
    told = _told(str(seed), purpose, *ids)
    return int.from_bytes(hashlib.sha256(told).digest()[:8], "big") >> (64 - DRAW_BITS)


def draw_numbers(seed: int, purpose: str, first: Sequence[str], second: Sequence[str], wanted: Bools) -> Ints:
    """[i, j] -> draw_number(seed, purpose, first[i], second[j]) where `wanted`, 0 elsewhere."""
    import numpy as np

    sha256 = hashlib.sha256
    ends = [_told(s) for s in second]
    drawn = np.zeros((len(first), len(second)), dtype=np.int64)
    for i, name in enumerate(first):
        columns = np.flatnonzero(wanted[i])
        start = _told(str(seed), purpose, name)
        digests = b"".join([sha256(start + ends[j]).digest() for j in columns.tolist()])
        heads = np.frombuffer(digests, dtype=">u8")[::4]
        drawn[i, columns] = (heads >> np.uint64(64 - DRAW_BITS)).astype(np.int64)
    return drawn


def _told(*parts: str) -> bytes:
    """Each text in UTF-8, its length in front."""
    return b"".join(len(b).to_bytes(4, "big") + b for b in (p.encode() for p in parts))


def commitment(seed: int) -> str:
    """What is published beforehand: SHA-256 of the seed in words both sides can reproduce."""
    return hashlib.sha256(f"cmopt draw seed {seed}".encode()).hexdigest()
