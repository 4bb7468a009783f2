"""`--certify` on a small bank: the certificate, the warning, the disagreement with both models kept."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from calling import cmopt, on
from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from cmopt.domain.problem import Problem
from cmopt.domain.result import Result, Status
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.greedy import Greedy

SECONDS = 60


def record(folder: Path) -> Any:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def confirmed(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("certified") / "run"
    said = cmopt("allocate", *on(tiny_bank, "--out", out, "--no-report", "--certify", "--lang", "en"))
    assert said.code == 0
    (told,) = said.err.splitlines()  # no warning: only that the rest of the book is left as it is
    assert told.startswith("notice [book-undivided] ")
    assert "Second engine: every goal confirmed" in said.out
    return out


def test_confirmed_is_cross_checked_and_verifies(confirmed: Path) -> None:
    assert record(confirmed)["certificate"] == "cross-checked"
    told = json.loads((confirmed / "manifest.json").read_text(encoding="utf-8"))["solver"]["parameters"]
    assert set(told["second_engine"]["goals"].values()) <= {"confirmed by arithmetic", "confirmed by search"}
    assert cmopt("verify", confirmed, "--lang", "en").code == 0
    assert cmopt("verify", confirmed, "--solve", "--lang", "en").code == 0


def test_without_it_the_certificate_stays_bounded(tiny_bank: Any) -> None:
    assert record(tiny_bank.run)["certificate"] == "bounded"


def test_verify_solve_repeats_the_second_engines_proof(
    confirmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cmopt.solvers.second import apart

    monkeypatch.setattr(apart, "CHILD", "raise SystemExit(3)")
    said = cmopt("verify", confirmed, "--solve", "--lang", "en")
    assert said.code == 2
    assert "[certify-open]" in said.err


def test_cross_checked_needs_every_goal_proven(confirmed: Path, copy_of: Callable[[Path], Path]) -> None:
    from cmopt.store.folder import hashes_below

    run = copy_of(confirmed)
    told = record(run)
    told["status"] = "feasible"
    told["goals"][-1]["proven"] = False
    (run / "result.json").write_text(json.dumps(told), encoding="utf-8")
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    manifest["outputs"]["result.json"] = hashes_below(run)["result.json"]
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = cmopt("verify", run, "--lang", "en")
    assert (said.code, "[verify-certificate]" in said.err) == (2, True)


def test_without_time_it_stays_bounded_and_warns(tiny_bank: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    limit = ("--certify", "--certify-limit", "0", "--no-report", "--lang", "en")
    said = cmopt("allocate", *on(tiny_bank, "--out", out, *limit))
    assert said.code == 0
    assert "warning [certify-open]" in said.err
    assert "Coverage: the time was up" in said.err
    assert record(out)["certificate"] == "bounded"
    assert cmopt("verify", out).code == 0


def test_what_was_not_proven_is_not_confirmed(tiny_bank: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    said = cmopt("allocate", *on(tiny_bank, "--out", out, "--solver", "greedy", "--certify", "--no-report"))
    assert (said.code, record(out)["certificate"]) == (0, "checked")
    assert "certify-open" in said.err


def test_a_disagreement_is_an_internal_error_that_keeps_both_models(
    tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A solver that calls the greedy division optimal; the audit alone cannot tell."""

    def boastful(_self: CpSat, problem: Problem, *rest: Any) -> Result:
        result = Greedy().solve(problem, *rest)
        goals = tuple(dataclasses.replace(g, bound=g.value, proven=True) for g in result.goals)
        return dataclasses.replace(result, status=Status.OPTIMAL, goals=goals, certificate="bounded")

    monkeypatch.setattr(CpSat, "solve", boastful)
    out = tmp_path / "run"
    said = cmopt("allocate", *on(tiny_bank, "--out", out, "--certify", "--no-report", "--lang", "en"))
    assert said.code == 1
    assert "error [certify-disagrees]" in said.err
    assert "there is a better division" in said.err
    assert str(tmp_path / "run.disagreement") in said.err
    assert not out.exists()
    _readable(tmp_path / "run.disagreement")
    again = cmopt("allocate", *on(tiny_bank, "--out", out, "--certify", "--no-report"))
    assert again.code == 1  # the folder of the first time is no obstacle


def _readable(folder: Path) -> None:
    """Both models say that the claimed bound can be beaten, and so does the recount of the better division."""
    about = json.loads((folder / "disagreement.json").read_text(encoding="utf-8"))
    goal = about["goal"]
    claimed = next(g for g in about["first"]["goals"] if g["name"] == goal)
    sign = 1 if claimed["sense"] == "min" else -1
    assert about["better"]["breaches"] == []
    assert about["better"]["goals"] == about["better"]["audit"]
    assert sign * about["better"]["goals"][goal] < sign * claimed["bound"]
    first = cp_model.CpModel()
    assert first.proto.parse_text_format((folder / "first.pbtxt").read_text(encoding="utf-8"))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(first) == cp_model.OPTIMAL
    assert sign * solver.objective_value < sign * claimed["bound"]
    second = model_builder.ModelBuilder()
    assert second.import_from_mps_string((folder / "second.mps").read_text(encoding="utf-8"))
    engine = model_builder.ModelSolver("scip")
    engine.set_time_limit_in_seconds(SECONDS)
    assert engine.solve(second) == model_builder.SolveStatus.OPTIMAL
    assert engine.objective_value < sign * claimed["bound"] - 0.5
    holders = {
        name: dict(list(csv.reader((folder / name).read_text(encoding="utf-8").splitlines()))[1:])
        for name in ("first.csv", "second.csv")
    }
    assert holders["first.csv"].keys() == holders["second.csv"].keys()
    assert holders["first.csv"] != holders["second.csv"]
