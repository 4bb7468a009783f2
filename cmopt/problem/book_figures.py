"""What the goals of the book add up, pair by pair: handovers, places of tiers, fit, cost, bids, the draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cmopt.domain.draw import draw_numbers
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Book
from cmopt.errors import InputError
from cmopt.problem.book_columns import Columns
from cmopt.problem.book_rules import places_of_tiers
from cmopt.problem.book_sizes import pairs_too_large, points_too_large
from cmopt.problem.sizes import LARGEST_TOTAL

if TYPE_CHECKING:
    from cmopt.problem.book_slice import BookSlice


def handover(part: BookSlice, keeper: Ints) -> Ints:
    """[i, j] -> points for taking client j from the incumbent who may keep it (keeper; none: 0)."""
    kept = np.flatnonzero(keeper >= 0)
    found = np.zeros((len(part.managers), len(keeper)), dtype=np.int64)
    found[:, kept] = points(part.book, part.columns)[kept]
    found[keeper[kept], kept] = 0
    return found


def points(book: Book, columns: Columns) -> Ints:
    """What handing over each client costs: client + balance * per + difficulty * per, halves rounded up.

    Raises InputError where that is too much to be exact.
    """
    weights = book.handover
    balance, difficulty = columns.balance, columns.filled("difficulty")
    largest = float(abs(balance).max(initial=0)) * weights.balance + float(weights.client) * UNIT
    if largest + float(abs(difficulty).max(initial=0)) * weights.difficulty > 2**61:
        balance, difficulty = balance.astype(object), difficulty.astype(object)
    exact = weights.client * UNIT + balance * weights.balance + difficulty * weights.difficulty
    rounded = (exact + UNIT * UNIT // 2) // (UNIT * UNIT)
    if rounded.max(initial=0) > LARGEST_TOTAL:
        raise InputError(points_too_large())
    return np.asarray(np.maximum(1, rounded), dtype=np.int64)


def tier_place(part: BookSlice) -> Ints:
    """[i, j] -> the place of manager i's tier in the list of the client's segment, its length if not in it."""
    place = places_of_tiers(part)
    lengths = np.array([len(s.tiers) for s in part.scheme.segments], dtype=np.int64)
    return np.where(place < 0, lengths[None, :], place)[:, part.columns.segment]


def fit(part: BookSlice) -> Ints:
    return _figures(part, "fit", part.scheme.links.fit_absent)


def cost(part: BookSlice) -> Ints:
    return _figures(part, "cost", part.scheme.links.cost_absent)


def bids(part: BookSlice, keeper: Ints) -> Ints:
    """[i, j] -> the manager's bid, one more than the largest of all for who bid nothing, 0 for the keeper."""
    found = _figures(part, "bid", part.no_bid)
    kept = np.flatnonzero(keeper >= 0)
    found[keeper[kept], kept] = 0
    return found


def _figures(part: BookSlice, name: str, absent: int) -> Ints:
    """Raises InputError where a figure is beyond what can be exact."""
    manager = {m.staff_id: i for i, m in enumerate(part.managers)}
    told = [abs(v) for link in part.links if (v := getattr(link, name)) is not None]
    if max([abs(absent), *told]) > LARGEST_TOTAL:
        raise InputError(pairs_too_large(name))
    found = np.full((len(part.managers), len(part.columns.ids)), absent, dtype=np.int64)
    for link in part.links:
        value = getattr(link, name)
        if value is not None and link.staff_id in manager:
            found[manager[link.staff_id], part.columns.number[link.client_id]] = value
    return found


def draw(part: BookSlice, eligible: Bools) -> Ints:
    staff = [m.staff_id for m in part.managers]
    return draw_numbers(part.seed, "division", staff, part.columns.ids, eligible)
