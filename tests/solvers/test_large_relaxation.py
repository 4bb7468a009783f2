"""The large solver's relaxation by groups, and heavy clients placed first."""

from __future__ import annotations

import numpy as np
from large_books import book

from cmopt.solvers.large.bound import admitted, count, scale_for
from cmopt.solvers.large.heavy import with_heavy_placed
from cmopt.solvers.large.master import COARSE, Master
from cmopt.solvers.large.shape import Shape

GOAL = {"handovers": 1.0}
ENDS = {"coverage": 0, "penalty": 0}


def test_groups_give_the_bound_of_the_units_but_for_a_thousandth() -> None:
    shape = Shape.of(book(3 * COARSE, 6, 5))
    by_groups = Master(shape).solve(GOAL, ENDS)
    by_units = Master(shape).columns(shape, GOAL, ENDS)
    assert by_groups is not None and by_units is not None
    bounds = []
    for found in (by_groups, by_units):
        scale = scale_for(shape, found.duals)
        multipliers = admitted(shape, "handovers", found.duals, scale, ENDS)
        bounds.append(count(shape, "handovers", multipliers, scale, ENDS).bound)
    assert bounds[0] <= by_units.value + 1
    assert bounds[0] >= bounds[1] - 1 - by_units.value / 1000
    assert by_groups.share.shape == shape.units.may.shape
    np.testing.assert_allclose(by_groups.share.sum(axis=0), 1.0, atol=1e-6)
    assert not by_groups.share[~shape.units.may].any()


def test_a_divided_group_goes_whole_to_one_after_the_other() -> None:
    shape = Shape.of(book(3 * COARSE, 6, 6))
    found = Master(shape).solve(GOAL, ENDS)
    assert found is not None
    divided = int((found.share.max(axis=0) < 1.0 - 1e-6).sum())
    assert divided <= 4 * 4 * 6 + 6 * 20  # what an LP's vertex divides, and a few at the seams of groups


def test_every_heavy_unit_has_one_manager_who_may_hold_it() -> None:
    problem = book(600, 5, 7, largest=0.3)
    shape = Shape.of(problem)
    shape.units.may[0, ::7] = False
    master = Master(shape)
    relaxed = master.solve(GOAL, ENDS)
    assert relaxed is not None
    placed = with_heavy_placed(master, "handovers", ENDS, relaxed, 60.0)
    assert placed is not None
    heavy = placed.units.may.sum(axis=0) < shape.units.may.sum(axis=0)
    assert heavy.any()
    assert (placed.units.may[:, heavy].sum(axis=0) == 1).all()
    assert not (placed.units.may & ~shape.units.may).any()
    again = Master(placed).solve(GOAL, ENDS)
    assert again is not None and again.over <= 1e-6
    assert again.value >= relaxed.value - 1e-6 * abs(relaxed.value)
