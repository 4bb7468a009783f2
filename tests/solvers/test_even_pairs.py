"""Many pairs divided anew at once: the best choice of a pair, totals at the mean, counts as before."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cmopt.domain.problem import Ints
from cmopt.solvers.even_pairs import even_pairs, nearest_subsets


@pytest.mark.parametrize("seed", range(20))
def test_one_pair_against_every_choice(seed: int) -> None:
    dice = np.random.default_rng(seed)
    p, q = (int(n) for n in dice.integers(1, 6, size=2))
    own, theirs = dice.integers(-20, 300, size=(3, p)), dice.integers(-20, 300, size=(3, q))
    wanted = dice.integers(0, 900, size=3)
    kept, got, sums = nearest_subsets(own, theirs, wanted)
    for r in range(3):
        chosen = [k for k in range(p) if kept[r] >> k & 1], [k for k in range(q) if got[r] >> k & 1]
        assert len(chosen[0]) + len(chosen[1]) == p
        assert int(own[r][chosen[0]].sum() + theirs[r][chosen[1]].sum()) == sums[r]
        ways = [
            sum(int(v) for _, v in c)
            for c in itertools.combinations([*((0, v) for v in own[r]), *((1, v) for v in theirs[r])], p)
            if p == 1 or any(side == 0 for side, _ in c)
        ]
        assert abs(int(sums[r] - wanted[r])) == min(abs(w - int(wanted[r])) for w in ways)


@pytest.mark.parametrize(("n", "m"), [(400, 40), (395, 40)])
def test_every_total_is_the_mean_rounded_down_or_up(n: int, m: int) -> None:
    dice = np.random.default_rng(n)
    loads = np.sort(dice.integers(1, 100_000, size=n))[::-1]
    held = np.arange(n) % m
    fixed = np.zeros(m, dtype=np.int64)

    def solved() -> Ints:
        return even_pairs(loads, held, fixed, lambda _: True, lambda: False)

    found = solved()
    totals = np.bincount(found, weights=loads, minlength=m).astype(np.int64)
    assert totals.max() == -(-loads.sum() // m) and totals.min() == loads.sum() // m
    assert (np.bincount(found) == np.bincount(held)).all()
    assert (found == solved()).all()


def test_a_rule_that_is_broken_ends_it() -> None:
    loads = np.array([9, 8, 1, 2])
    held = np.array([0, 0, 1, 1])
    assert even_pairs(loads, held, np.zeros(2, dtype=np.int64), lambda _: False, lambda: False) is held
