"""The benchmark of the books: it runs, its plain models are sound, and it would notice a wrong bound."""

from __future__ import annotations

import csv
import importlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from cmopt.solvers.score import COUNT

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def book(load: object) -> ModuleType:
    return importlib.import_module("book")


def test_a_small_book_by_every_solver(tmp_path: Path) -> None:
    out, chart = tmp_path / "rows.csv", tmp_path / "chart.png"
    command = [sys.executable, str(BENCHMARKS / "book.py"), "--books", "40x2", "--banks", "none"]
    command += ["--limit", "2", "--own-limit", "2", "--out", str(out), "--chart", str(chart)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| 40x2 | cmopt |" in done.stdout
    with out.open(encoding="utf-8", newline="") as file:
        rows = {r["solver"]: r for r in csv.DictReader(file)}
    assert list(rows) == ["cmopt", "highs", "cpsat", "greedy"]
    assert rows["cmopt"]["left_out"] == "0"
    bounds = [int(r["bound"]) for r in rows.values() if r["bound"] and r["solver"] != "greedy"]
    kept = [int(r["value"]) for r in rows.values() if r["value"] and r["excess"] == "0"]
    if rows["cmopt"]["excess"] == "0":
        assert max(bounds) <= min(kept)
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_the_plain_models_agree_on_the_optimum(load: object) -> None:
    plain, problems = importlib.import_module("book_plain"), importlib.import_module("book_problems")
    problem = problems.branch_book(problems.Size(40, 2), 3)
    found = [plain.SOLVERS[name](problem, 20.0, 1) for name in ("highs", "cpsat")]
    values = [COUNT["handovers"](problem, f.holders) for f in found]
    assert [f.status for f in found] == ["optimal", "optimal"]
    assert values[0] == values[1] == found[1].bound
    assert all(COUNT["penalty"](problem, f.holders) == 0 for f in found)


def test_a_wrong_bound_is_noticed(book: ModuleType) -> None:
    ours = book.Solve("60x3", 1, 60, 3, "cmopt", "feasible", 100, 0, 0, 98, 1.0, 1.0, 10)
    theirs = replace(ours, solver="highs", value=99, bound=97)
    assert not list(book.faults_of([ours, theirs]))
    assert list(book.faults_of([replace(ours, bound=100), theirs]))  # above what HiGHS found
    assert not list(
        book.faults_of([replace(ours, bound=100), replace(theirs, excess=5)])
    )  # outside the bands
    assert list(book.faults_of([replace(ours, left_out=1), theirs]))
    assert list(book.faults_of([ours, replace(theirs, error="MemoryError")]))
    assert book.gap(ours, [ours, theirs]) == pytest.approx(2.0)
    assert book.gap(replace(theirs, excess=5), [ours, theirs]) is None  # no bound holds for it


def test_processes_are_watched(load: object) -> None:
    banks = importlib.import_module("book_banks")
    done = banks.measured(["--version"])
    assert done.exit_code == 0 and done.cpu > 0 and done.said.startswith("cmopt")
    own = banks.resident(os.getpid())
    assert own is None or own > 10


def test_a_bank_is_invented_once(load: object, tmp_path: Path) -> None:
    banks = importlib.import_module("book_banks")
    bank = banks.Bank(300, 60, 4)
    made = banks.invent(bank, tmp_path / "bank", seed=1)
    assert made.exit_code == 0, made.said
    assert banks.invent(bank, tmp_path / "bank", seed=1).said == "there already"
    assert (tmp_path / "bank" / "clients.csv").exists()
