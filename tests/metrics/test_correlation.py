"""Rank correlations against hand values, brute force and their symmetries."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmopt.metrics.correlation import kendall_tau_b, spearman

pairs = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=2, max_size=12)


def test_known_values():
    x, y = [1, 2, 3, 4, 5], [5, 6, 7, 8, 7]
    assert spearman(x, y) == pytest.approx(0.8207826816681233)  # ranks 1 2 3.5 5 3.5
    assert kendall_tau_b([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(4 / 6)
    assert kendall_tau_b(x, y) == pytest.approx(7 / math.sqrt(10 * 9))  # 8 concordant, 1 discordant, 1 tie


@pytest.mark.parametrize("correlation", [spearman, kendall_tau_b])
def test_undefined_without_two_or_without_differences(correlation):
    assert correlation([], []) is None
    assert correlation([1], [2]) is None
    assert correlation([1, 1, 1], [1, 2, 3]) is None
    assert correlation([1, 2, 3], [4, 4, 4]) is None
    with pytest.raises(ValueError, match="different lengths"):
        correlation([1, 2], [1])


@given(pairs)
def test_kendall_counts_pairs(points):
    x, y = zip(*points, strict=True)
    sign = [((a > c) - (a < c)) * ((b > d) - (b < d)) for (a, b), (c, d) in combinations(points, 2)]
    distinct_x = sum(a != c for (a, _), (c, _) in combinations(points, 2))
    distinct_y = sum(b != d for (_, b), (_, d) in combinations(points, 2))
    found = kendall_tau_b(x, y)
    if distinct_x == 0 or distinct_y == 0:
        assert found is None
    else:
        assert found == pytest.approx(sum(sign) / math.sqrt(distinct_x * distinct_y))


@given(pairs)
def test_symmetry_sign_and_monotone_maps(points):
    x, y = (list(v) for v in zip(*points, strict=True))
    for correlation in (spearman, kendall_tau_b):
        found = correlation(x, y)
        assert correlation(y, x) == (None if found is None else pytest.approx(found))
        assert correlation([v**3 for v in x], y) == (None if found is None else pytest.approx(found))
        assert correlation([-v for v in x], y) == (None if found is None else pytest.approx(-found))
        assert found is None or -1 <= found <= 1
    if len(set(x)) > 1:
        assert spearman(x, x) == pytest.approx(1) and kendall_tau_b(x, x) == pytest.approx(1)
