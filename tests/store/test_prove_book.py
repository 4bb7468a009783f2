"""`verify --solve` on a book: honest proofs are found again, forged ones fall, what was left is named."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from tampering import Record, edit_json, rehash
from whole_bank import order_of

from cmopt import service
from cmopt.domain.book_findings import PartProof
from cmopt.domain.book_result import PartResult
from cmopt.domain.run import Run
from cmopt.i18n import LANGS
from cmopt.store.prove_book import prove_book_again


@pytest.fixture(scope="module")
def honest(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    out = tmp_path_factory.mktemp("honest") / "run"
    return out, service.allocate(order_of(tiny_bank, workers=1), out)


def proven_by_search(run: Run) -> PartResult:
    """A part whose goals are proven by the exact solver's word alone, one of them worth something."""
    assert run.book is not None
    for part in run.book.parts:
        values = [g.value or 0 for g in part.result.goals]
        if part.result.solver == "cpsat" and all(g.proven for g in part.result.goals) and any(values):
            return part
    raise AssertionError("the tiny bank has such a part")


def again(run: Run, part: PartResult, seconds: float = 60.0) -> tuple[list[str], list[PartProof]]:
    """What solving `part` alone again finds, the other parts left out."""
    assert run.book is not None
    assert run.result.allocation is not None
    book = dataclasses.replace(run.book, parts=(part,))
    proofs: list[PartProof] = []
    found = prove_book_again(
        run.case, run.scheme, run.grades, run.result.allocation, book, run.seed, seconds, proofs.append
    )
    assert {f.where for f in found} <= {part.name}
    assert all("{" not in f.render(lang) for f in found for lang in LANGS)
    return [f.code for f in found], proofs


def test_honest_proofs_are_found_again(honest: tuple[Path, Run]) -> None:
    folder, run = honest
    proofs: list[PartProof] = []
    assert service.verify(folder, solve=True, tell=proofs.append) == ()
    assert run.book is not None
    assert [p.part for p in proofs] == [p.name for p in run.book.parts]
    for proof, part in zip(proofs, run.book.parts, strict=True):
        assert proof.solved
        assert proof.open == ()
        assert {g.name for g in part.result.goals} == {*proof.again, *proof.counted}


@pytest.mark.parametrize(("value", "bound", "code"), [(1, 1, "prove-bound"), (-1, -1, "prove-value")])
def test_a_forged_optimum_falls(honest: tuple[Path, Run], value: int, bound: int, code: str) -> None:
    """One above the optimum, with a bound to fit; one below it."""
    part = proven_by_search(honest[1])
    n = next(n for n, g in enumerate(part.result.goals) if g.value)
    goals = list(part.result.goals)
    true, least = goals[n].value, goals[n].bound
    assert true is not None
    assert least is not None
    goals[n] = dataclasses.replace(goals[n], value=true + value, bound=least + bound)
    forged = dataclasses.replace(part, result=dataclasses.replace(part.result, goals=tuple(goals)))
    assert again(honest[1], part)[0] == []
    assert code in again(honest[1], forged)[0]


def test_what_the_time_does_not_allow_is_named(honest: tuple[Path, Run]) -> None:
    part = proven_by_search(honest[1])
    found, (proof,) = again(honest[1], part, seconds=0.0)
    assert found == []
    assert (proof.solved, proof.again) == (False, ())
    assert set(proof.open) | set(proof.counted) == {g.name for g in part.result.goals}
    assert proof.open


def test_a_book_called_optimal_without_a_search_falls(tiny_bank: Any, tmp_path: Path) -> None:
    """Every value is that of the lines, every bound fits: only solving again shows that there is better."""
    run = tmp_path / "run"
    service.allocate(order_of(tiny_bank, workers=1, solver="cpsat", time_limit=0.0), run)

    def forge(record: Record) -> None:
        for part in record["book"]["parts"]:
            part["status"] = "optimal"
            for goal in part["goals"]:
                goal["bound"], goal["proven"] = goal["value"], True
        for goal in record["book"]["goals"]:
            goal["bound"], goal["proven"] = goal["value"], True

    edit_json(run / "result.json", forge)
    rehash(run)
    assert service.verify(run) == ()
    assert "prove-bound" in {f.code for f in service.verify(run, solve=True)}
