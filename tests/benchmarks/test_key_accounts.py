"""The benchmark of the exact solver: it runs, and it would notice a wrong answer."""

from __future__ import annotations

import csv
import importlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def key_accounts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("key_accounts")


def test_one_case_with_one_baseline(tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    command = [sys.executable, str(BENCHMARKS / "key_accounts.py"), "--only", "tight-00", "--limit", "4"]
    command += ["--baselines", "cpsat-2", "--markdown", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| cmopt | 1 | 1 |" in done.stdout
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ours = {r["goal"]: r for r in rows if r["solver"] == "cmopt"}
    plain = {r["goal"]: r for r in rows if r["solver"] == "cpsat-2"}
    assert len(ours) == len(plain) == 8
    assert all(r["proven"] == "True" and r["value"] == r["bound"] for r in ours.values())
    for goal, row in plain.items():
        if row["proven"] != "True":
            break  # its time ran out; what follows says nothing
        assert row["value"] == ours[goal]["value"]


def test_a_wrong_answer_is_noticed(key_accounts: ModuleType) -> None:
    def goal(value: int, proven: bool = True) -> dict[str, object]:
        return {"value": value, "bound": value if proven else None, "proven": proven, "seconds": 0.0}

    def run(solver: str, kept: int, envies: int, proven: bool = True) -> object:
        goals = {"continuity": goal(kept), "merit": goal(envies, proven)}
        return key_accounts.Run("c", "annual", {}, solver, "optimal", goals, 1.0, 1.0, 1)

    own = run("cmopt", 5, 3)
    assert key_accounts.faults_of(own, own) == []
    assert key_accounts.faults_of(run("cpsat-2", 5, 3), own) == []
    assert key_accounts.faults_of(run("cpsat-2", 5, 4, proven=False), own) == []  # merely not so good
    assert key_accounts.faults_of(run("cpsat-2", 5, 4), own)  # a worse value called optimal
    assert key_accounts.faults_of(run("cpsat-2", 5, 2, proven=False), own)  # better than our proven one
    assert key_accounts.faults_of(run("cpsat-2", 6, 9, proven=False), own)  # better at a goal to be maximised
    assert key_accounts.faults_of(replace(own, breaches=("audit-cap",)), own)  # type: ignore[type-var]
    unproven = run("cmopt", 5, 3, proven=False)
    assert key_accounts.faults_of(unproven, unproven)


def test_the_cases(key_accounts: ModuleType) -> None:
    shapes = key_accounts.shapes()
    assert len({s.name for s in shapes}) == len({s.seed for s in shapes}) == 100
    made = {s.name: s for s in shapes}["tight-01"]
    first, again = key_accounts.make(made), key_accounts.make(made)
    assert first == again
    assert not sys.modules["key_cases"].is_trivial(first.problem())
