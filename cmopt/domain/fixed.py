"""Exact numbers: every figure is an integer count of millionths of its unit.

A balance in 万元 is held in 分 (1 万元 = 1,000,000 分), a score in millionths of a point, so that
0.1 + 0.2 is 0.3 and totals beyond 2^53 stay exact. `None` is "absent", never 0.
"""

from __future__ import annotations

from decimal import Decimal

UNIT = 1_000_000


def to_fixed(value: int | str | Decimal) -> int:
    """Millionths of `value`, exactly; ValueError when it has more than six decimals or is not finite."""
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"not a finite number: {value}")
    scaled = number.scaleb(6)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"more than six decimals: {value}")
    return whole


def show_fixed(value: int | None, decimals: int | None = None) -> str:
    """`value` millionths as plain decimal text; '' for None. `decimals` rounds half even for display."""
    if value is None:
        return ""
    if decimals is not None:
        return f"{Decimal(value).scaleb(-6):.{decimals}f}"
    whole, rest = divmod(abs(value), UNIT)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:06d}".rstrip("0") if rest else f"{sign}{whole}"
