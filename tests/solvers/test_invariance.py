"""What must not matter: the order of rows, the hash seed, the cores, and (but for the draw) the ids.

CMOPT_INVARIANCE_CASES=50 tries more seeds than the usual four.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from full_cases import ANNUAL, SEED, divided, full_case, solved

from cmopt.audit import audit_division, check_record
from cmopt.domain.clients import Case
from cmopt.domain.result import Status
from cmopt.domain.roster import Roster

T = TypeVar("T")

SEEDS = range(1, 1 + int(os.environ.get("CMOPT_INVARIANCE_CASES", "4")))


@pytest.mark.parametrize("seed", SEEDS)
def test_proven_and_audited(seed: int) -> None:
    found = solved(seed)
    assert found.result.status is Status.OPTIMAL
    assert [(g.value, g.proven) for g in found.result.goals] == [(g.bound, True) for g in found.result.goals]
    assert found.result.allocation is not None
    audit = audit_division(found.case, ANNUAL, found.grades, found.result.allocation, SEED)
    assert audit.clean
    assert check_record(ANNUAL, audit, found.result.status, found.result.goals) == []


@pytest.mark.parametrize("seed", SEEDS[:: 2 if len(SEEDS) <= 4 else 1])
def test_rows_permuted(seed: int) -> None:
    case, rng = full_case(seed), Random(seed)
    again = divided(
        Case(
            Roster(tuple(_shuffled(rng, case.roster.staff))),
            tuple(_shuffled(rng, case.clients)),
            tuple(_shuffled(rng, case.links)),
        )
    )
    assert again.holder == solved(seed).holder
    assert again.grades == solved(seed).grades


@pytest.mark.parametrize(("cores", "hash_seed", "first"), [(1, "4321", 0), (2, "0", 1)])
def test_another_hash_seed_and_number_of_cores(cores: int, hash_seed: str, first: int) -> None:
    """In a process of its own: half of the cases on one core, the other half on two."""
    seeds = SEEDS[first::2]
    script = Path(__file__).with_name("full_cases.py")
    done = subprocess.run(
        [sys.executable, str(script), str(cores), *map(str, seeds)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {str(seed): solved(seed).holder for seed in seeds}


@pytest.mark.parametrize("seed", SEEDS[1 :: 2 if len(SEEDS) <= 4 else 1])
def test_ids_renamed(seed: int) -> None:
    """The same goal values, all but the draw's, as long as no exam tie falls to the draw."""
    case = full_case(seed)
    staff = _renaming(Random(seed), [s.staff_id for s in case.roster])
    client = _renaming(Random(seed + 1), [c.client_id for c in case.clients])
    renamed = Case(
        Roster(tuple(dataclasses.replace(s, staff_id=staff[s.staff_id]) for s in case.roster)),
        tuple(
            dataclasses.replace(
                c,
                client_id=client[c.client_id],
                incumbent=staff[c.incumbent] if c.incumbent is not None else None,
                developer=staff[c.developer] if c.developer is not None else None,
            )
            for c in case.clients
        ),
        tuple(
            dataclasses.replace(k, staff_id=staff[k.staff_id], client_id=client[k.client_id])
            for k in case.links
        ),
    )
    before, after = solved(seed), divided(renamed)
    ranks = {staff[i]: g.rank for i, g in before.grades.items()}
    assert {i: g.rank for i, g in after.grades.items()} == ranks
    assert [(g.name, g.value) for g in after.result.goals[:-1]] == [
        (g.name, g.value) for g in before.result.goals[:-1]
    ]


def _shuffled(rng: Random, rows: Sequence[T]) -> list[T]:
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert len(rows) < 3 or shuffled != list(rows)
    return shuffled


def _renaming(rng: Random, ids: list[str]) -> dict[str, str]:
    """A random bijection of the ids onto new ones."""
    new = [f"X{n:05}" for n in range(len(ids))]
    rng.shuffle(new)
    return dict(zip(ids, new, strict=True))
