"""Figures of a part of the book that could add up to more than is exact: refused by name before solving."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cmopt.domain.problem import Ints, LoadLimit, Problem
from cmopt.domain.scheme import Scheme, Title
from cmopt.errors import Finding, finding
from cmopt.i18n import N_
from cmopt.problem.sizes import LARGEST_TOTAL, too_large


def refuse_large(problem: Problem, scheme: Scheme) -> list[Finding]:
    """Every sum that could be inexact: balances, figures of pairs, bands, limits and mix."""
    return [*_balances(problem), *_pairs(problem), *too_large(problem, scheme, titles(problem, scheme))]


def titles(problem: Problem, scheme: Scheme) -> dict[str, Title]:
    """The title of each band and limit of the book by its key in the Problem."""
    assert scheme.book is not None
    named = {f"bands.{b.key}": b.title for b in scheme.book.bands}
    named |= {f"limits.{m.key}": m.title for m in scheme.book.limits}
    return {limit.key: named[plain_key(limit)] for limit in problem.limits}


def plain_key(limit: LoadLimit) -> str:
    """`bands.loans` for `bands.loans@branch`."""
    return limit.key.partition("@")[0]


def _balances(problem: Problem) -> Iterator[Finding]:
    if sum(abs(b) for b in problem.balance) > LARGEST_TOTAL:
        text = N_(
            "the balances of the divided accounts are too large to be added up exactly; use a larger unit"
        )
        yield finding("too-large", text)


def _pairs(problem: Problem) -> Iterator[Finding]:
    """Refused: figures of pairs that could add up, one a client, to more than `LARGEST_TOTAL`."""
    for name, figures in (("fit", problem.fit), ("cost", problem.cost), ("bid", problem.bid)):
        if _largest_sum(figures) > LARGEST_TOTAL:
            yield pairs_too_large(name)
    if _largest_sum(problem.handover) > LARGEST_TOTAL:
        yield points_too_large()


def pairs_too_large(column: str) -> Finding:
    text = N_("the figures of {column} are too large to be added up exactly; use a larger unit")
    return finding("too-large", text, "links", column=column)


def points_too_large() -> Finding:
    text = N_("the points of handovers can add up to more than is exact: lower their weights")
    return finding("too-large", text, "book.handover")


def _largest_sum(figures: Ints | None) -> float:
    """Rounded, which makes no difference so far below the limit of what a double holds exactly."""
    if figures is None or not figures.size:
        return 0.0
    return float(np.abs(figures).astype(np.float64).max(axis=0).sum())
