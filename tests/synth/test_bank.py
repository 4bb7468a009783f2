"""Whole banks: as many managers as asked for, in every branch, and a book with all that its rules look at."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmopt.domain.client_columns import BLANK, DEPOSIT
from cmopt.domain.client_figures import segment_codes
from cmopt.domain.clients import Case
from cmopt.domain.fixed import UNIT
from cmopt.errors import InputError
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.synth import SynthOptions, synth_case

ANNUAL = load_scheme("annual")
KEY = 14 + 13 + 8


@cache
def bank(seed: int = 1, clients: int = 20_000, staff: int = 120, branches: int = 12) -> Case:
    return synth_case(
        SynthOptions(seed=seed, clients=clients, staff=staff, branches=branches, book=True), ANNUAL
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_managers_are_given_tiers_by_the_ranks_of_the_scheme(seed: int) -> None:
    case = bank(seed)
    grades = grade(case.roster, ANNUAL, 0)
    managers = [g for g in grades.values() if g.tier is not None]
    assert len(managers) == 120 and sorted(g.rank or 0 for g in managers) == list(range(1, 121))
    assert Counter(g.tier for g in managers) == {"senior": 20, "intermediate": 20, "junior": 80}
    assert len(grades) - len(managers) == 12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_branch_has_its_head_and_managers_in_proportion(seed: int) -> None:
    case = bank(seed)
    heads = Counter(s.branch for s in case.roster if s.post in ANNUAL.book.head_posts)  # type: ignore[union-attr]
    assert set(heads.values()) == {1} and len(heads) == 12
    managers = Counter(s.branch for s in case.roster if s.tier is not None)
    assert min(managers.values()) >= 2 and max(managers.values()) > 2 * min(managers.values())
    clients = Counter(c.branch for c in case.clients)
    loads = [clients[b] / managers[b] for b in managers]
    assert max(loads) < 2.5 * min(loads)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_book_has_what_its_rules_look_at(seed: int) -> None:
    case = bank(seed)
    seen = case.clients
    assert len(seen) == 20_000 + KEY
    codes = segment_codes(ANNUAL, seen)
    assert BLANK not in codes
    divided = np.isin(codes, [n for n, s in enumerate(ANNUAL.segments) if s.divide])
    assert divided.sum() == KEY
    book = ~divided
    share = (seen.incumbent[book] == BLANK).mean()
    assert 0.08 < share < 0.13
    held = book & (seen.incumbent != BLANK)
    at_home = seen.staff_branch_code[seen.incumbent[held]] == seen.branch_code[held]
    assert 0.9 < at_home.mean() < 1
    assert ((seen.held_since != BLANK) == (seen.incumbent != BLANK)).all()
    balances = np.sort(seen.balance[book])
    assert balances[0] > 0 and balances.mean() > 2 * balances[len(balances) // 2]  # heavy-tailed
    deposits = book & (seen.kind_code == DEPOSIT)
    assert 0.25 < (seen.developer[deposits] != BLANK).mean() < 0.5
    new = book & (seen.incumbent == BLANK) & ~seen.counter
    assert 0.3 < (seen.developer[new] != BLANK).mean() < 0.7
    problem = book & (seen.quality >= 3)
    assert problem.sum() > 0 and (seen.developer[problem] != BLANK).mean() > 0.8
    assert 0 < seen.counter.sum() < 0.1 * len(seen)
    kept = seen.counter
    assert (seen.kind_code[kept] == DEPOSIT).all() and (seen.incumbent[kept] == BLANK).all()
    assert (seen.developer[kept] == BLANK).all() and (seen.balance[kept] < 10 * UNIT).all()
    sizes = Counter(g for g in seen.group_code[book].tolist() if g != BLANK)
    assert set(sizes.values()) <= {2, 3, 4} and len(sizes) > 100
    tierless = {i for i, s in enumerate(case.roster) if s.tier is None}
    assert tierless & set(seen.incumbent.tolist())  # somebody must hand over


def test_recusals_bar_incumbents_of_the_book() -> None:
    case = bank()
    segments = segment_codes(ANNUAL, case.clients)
    at = [(k, case.clients.position(k.client_id)) for k in case.links]
    own = [k for k, j in at if j is not None and not ANNUAL.segments[segments[j]].divide]
    assert len(own) == 20_000 // 2000
    assert all(case.client_by_id[k.client_id].incumbent == k.staff_id for k in own)


@given(
    st.builds(
        SynthOptions,
        branches=st.integers(1, 30),
        staff=st.integers(60, 130),
        clients=st.integers(0, 300),
        seed=st.integers(0, 2**63 - 1),
        lang=st.sampled_from(["zh", "en"]),
        book=st.just(True),
    )
)
@settings(max_examples=25, deadline=None)
def test_any_size_gives_a_sound_bank(options: SynthOptions) -> None:
    case = synth_case(options, ANNUAL)
    assert len(case.clients) == KEY + options.clients
    assert all(a < b for a, b in pairwise(case.clients.ids))
    known = {s.staff_id for s in case.roster}
    assert {*case.clients.columns.incumbent.names, *case.clients.columns.developer.names} <= known
    managers = Counter(s.branch for s in case.roster if s.tier is not None)
    assert len(managers) == options.branches and sum(managers.values()) == options.staff


def test_too_few_managers_are_refused_by_name() -> None:
    with pytest.raises(InputError) as error:
        synth_case(SynthOptions(branches=40, staff=70, book=True), ANNUAL)
    assert [f.code for f in error.value.findings] == ["synth-managers"]


def test_the_same_bank_under_any_hash_seed() -> None:
    said = (
        "import hashlib; from cmopt.synth import *; from cmopt.intake.schemes import load_scheme;"
        "case = synth_case(SynthOptions(clients=500, staff=60, branches=5, book=True), load_scheme('annual'));"
        "print(hashlib.sha256(repr((case.roster, case.clients, case.links)).encode()).hexdigest())"
    )
    environments = [{**os.environ, "PYTHONHASHSEED": s} for s in ("0", "4711")]
    hashes = {
        subprocess.run([sys.executable, "-c", said], env=e, capture_output=True, check=True).stdout
        for e in environments
    }
    assert len(hashes) == 1 and len(hashes.pop().strip()) == len(hashlib.sha256().hexdigest())


def test_a_bank_is_drawn_as_columns() -> None:
    bank(9, clients=10)  # what is imported does not count
    tracemalloc.start()
    case = bank(9, clients=60_000, staff=300, branches=30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(case.clients) == 60_000 + KEY
    assert peak < 60_000 * 600  # bytes a client, ids, names and what is drawn on the way included
