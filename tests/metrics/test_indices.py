"""The indices: values known by hand, their axioms, their edges."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmopt.metrics.indices import (
    INDICES,
    coefficient_of_variation,
    gini,
    herfindahl,
    jain,
    lorenz_curve,
    max_mean,
    range_ratio,
    spread,
    theil,
)

amounts = st.lists(st.integers(0, 10**13), min_size=1, max_size=30).filter(any)
UNEVEN = {"gini": gini, "theil": theil, "cv": coefficient_of_variation, "herfindahl": herfindahl}
UNITLESS = {k: f for k, f in INDICES.items() if k != "spread"}


@pytest.mark.parametrize(
    ("index", "values", "expected"),
    [
        (gini, [1, 2, 3, 4, 5], 4 / 15),  # sum of (2i - n - 1) x = 20, over 5 * 15
        (gini, [0, 0, 0, 1], 3 / 4),
        (jain, [1, 1, 0, 0], 1 / 2),  # Jain's own example: k of n users get all, J = k/n
        (jain, [1, 2, 3], 36 / 42),
        (theil, [0, 0, 0, 7], math.log(4)),
        (theil, [1, 3], 0.25 * math.log(0.5) + 0.75 * math.log(1.5)),
        (coefficient_of_variation, [2, 4, 4, 4, 5, 5, 7, 9], 0.4),  # mean 5, standard deviation 2
        (range_ratio, [1, 2, 3], 1.0),
        (max_mean, [1, 2, 3], 1.5),
        (herfindahl, [50, 30, 20], 0.38),  # 0.25 + 0.09 + 0.04
        (spread, [3, -1, 7], 8.0),
    ],
)
def test_known_value(index, values, expected):
    assert index(values) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("values", [[], [math.inf, 1.0], [math.nan], [1.0, -math.inf]])
def test_no_amounts_or_no_finite_ones_are_undefined(name, values):
    assert INDICES[name](values) is None


@pytest.mark.parametrize("name", UNITLESS)
@pytest.mark.parametrize("values", [[0], [0, 0, 0], [5, -1], [0.0, -0.5, 2.0]])
def test_shares_need_a_total_and_no_negatives(name, values):
    assert INDICES[name](values) is None


def test_spread_needs_no_total():
    assert spread([0, 0]) == 0
    assert spread([10**400, 0]) is None  # beyond the floats: absent, not inf


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8))
def test_never_inf_or_nan(values):
    for index in INDICES.values():
        found = index(values)
        assert found is None or math.isfinite(found)


@given(amounts, st.integers(1, 10**9), st.randoms(use_true_random=False))
def test_scale_and_order_do_not_matter(values, factor, rng):
    shuffled = [v * factor for v in values]
    rng.shuffle(shuffled)
    for index in UNITLESS.values():
        assert index(shuffled) == pytest.approx(index(values), rel=1e-9, abs=1e-12)


@given(amounts)
def test_doubling_the_population_changes_only_herfindahl(values):
    for name, index in UNITLESS.items():
        expected = index(values) / 2 if name == "herfindahl" else index(values)
        assert index(values * 2) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(
    st.lists(st.integers(0, 10**6), min_size=2, max_size=20).filter(lambda v: max(v) - min(v) >= 2), st.data()
)
def test_a_transfer_from_rich_to_poor_lowers_inequality(values, data):
    """Pigou-Dalton, strictly: the amount is less than the gap, so the two do not change places."""
    poor, rich = values.index(min(values)), values.index(max(values))
    amount = data.draw(st.integers(1, values[rich] - values[poor] - 1))
    fairer = list(values)
    fairer[poor] += amount
    fairer[rich] -= amount
    for index in UNEVEN.values():
        assert index(fairer) < index(values)
    assert jain(fairer) > jain(values)


@given(amounts)
def test_bounds(values):
    n, slack = len(values), 1e-9
    bounds = {
        "gini": (0, (n - 1) / n),
        "jain": (1 / n, 1),
        "theil": (0, math.log(n)),
        "cv": (0, math.sqrt(n - 1)),
        "range_ratio": (0, n),
        "max_mean": (1, n),
        "herfindahl": (1 / n, 1),
    }
    for name, (low, high) in bounds.items():
        assert low - slack <= INDICES[name](values) <= high + slack


@given(st.integers(1, 10**15), st.integers(1, 40))
def test_equal_amounts_are_perfectly_even(value, n):
    even = [value] * n
    assert (gini(even), theil(even), coefficient_of_variation(even), range_ratio(even)) == (0, 0, 0, 0)
    assert (jain(even), max_mean(even)) == (1, 1)


@given(amounts)
def test_known_relations(values):
    """Jain = 1 / (1 + CV^2) = 1 / (n H); the area under Lorenz's curve gives Gini."""
    n, cv = len(values), coefficient_of_variation(values)
    assert jain(values) == pytest.approx(1 / (1 + cv**2), rel=1e-9)
    assert jain(values) == pytest.approx(1 / (n * herfindahl(values)), rel=1e-9)
    curve = lorenz_curve(values)
    area = sum((q - p) * (a + b) / 2 for (p, a), (q, b) in itertools.pairwise(curve))
    assert gini(values) == pytest.approx(1 - 2 * area, abs=1e-9)


@given(amounts)
def test_lorenz_runs_from_nothing_to_all_below_the_diagonal(values):
    curve = lorenz_curve(values)
    assert curve[0] == (0, 0) and curve[-1] == (1, 1) and len(curve) == len(values) + 1
    assert all(share <= people + 1e-12 for people, share in curve)
    assert all(a <= b for (_, a), (_, b) in itertools.pairwise(curve))


def test_lorenz_of_nothing_is_undefined():
    assert lorenz_curve([0, 0]) is None
