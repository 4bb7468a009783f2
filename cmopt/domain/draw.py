"""Ties that nobody can re-roll: numbers made from a committed seed and the ids alone.

The commitment (SHA-256 of the seed) can be published before the exam; afterwards anybody can check
that the seed fits it and make the same numbers.
"""

from __future__ import annotations

import hashlib

DRAW_BITS = 30


def draw_number(seed: int, purpose: str, *ids: str) -> int:
    """A number in [0, 2^30) from SHA-256 of the seed, the purpose and the ids, each length-prefixed."""
    parts = [str(seed), purpose, *ids]
    told = b"".join(len(b).to_bytes(4, "big") + b for b in (p.encode() for p in parts))
    return int.from_bytes(hashlib.sha256(told).digest()[:8], "big") >> (64 - DRAW_BITS)


def commitment(seed: int) -> str:
    """What is published beforehand: SHA-256 of the seed in words both sides can reproduce."""
    return hashlib.sha256(f"cmopt draw seed {seed}".encode()).hexdigest()
