"""A bound is a whole number, whatever the double that the solver reports it in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cmopt.solvers.cpsat.run import _bound


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (2000001.000240536, 2000001),  # both seen: sums of goals, with a large offset
        (1073741824000000.1, 1073741824000000),
        (2000000.9997, 2000001),
        (7.0, 7),
        (-3.0, -3),
        (-2.9999, -3),
        (float("inf"), None),
        (float("nan"), None),
        (2.0**53, None),
    ],
)
def test_the_bound_is_the_whole_number_that_is_meant(said: float, meant: int | None) -> None:
    solver = SimpleNamespace(best_objective_bound=said)
    assert _bound(solver, minimise=True) == meant  # type: ignore[arg-type]
    assert _bound(solver, minimise=False) == meant  # type: ignore[arg-type]
