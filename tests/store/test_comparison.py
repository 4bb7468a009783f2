"""Runs side by side."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from cmopt import service
from cmopt.errors import InfeasibleError, InputError


@pytest.fixture(scope="module")
def runs(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The exact run, a greedy one, and an attempt that found no division."""
    home = tmp_path_factory.mktemp("runs")
    order = {"case": tiny_bank.case, "scheme": str(tiny_bank.scheme), "report": False}
    service.allocate(service.Order(**order, solver="greedy"), home / "greedy")
    with pytest.raises(InfeasibleError):
        service.allocate(service.Order(**order, overrides={"teams.deposit_team.size": "9"}), home / "attempt")
    return {"exact": tiny_bank.run, "greedy": home / "greedy", "attempt": home / "attempt"}


def test_two_runs(runs: dict[str, Path], tmp_path: Path) -> None:
    found = service.compare([runs["exact"], runs["greedy"]], tmp_path / "deep" / "compare.csv")
    assert found.runs == ("run", "greedy")
    cells = {row[:4]: row[4:] for row in found.rows}
    assert len(cells) == len(found.rows)
    assert cells["status", "", "", ""] == ("optimal", "feasible")
    assert cells["proven", "draw", "", ""] == ("true", "false")
    assert cells["bound", "draw", "", ""][1] == ""
    holders = {row[1]: row[4:] for row in found.rows if row[0] == "holder"}
    assert holders and all(a != b for a, b in holders.values())
    text = (tmp_path / "deep" / "compare.csv").read_bytes().decode("utf-8-sig")
    written = list(csv.reader(io.StringIO(text, newline="")))
    assert written == [["section", "name", "group", "measure", "run", "greedy"], *map(list, found.rows)]


def test_a_run_against_itself_differs_in_nothing(runs: dict[str, Path]) -> None:
    found = service.compare([runs["exact"], runs["exact"]], None)
    assert all(row[4] == row[5] for row in found.rows)
    assert not [row for row in found.rows if row[0] == "holder"]
    assert len(set(found.runs)) <= 2


def test_an_attempt_is_shown_with_blanks(runs: dict[str, Path]) -> None:
    found = service.compare([runs["attempt"], runs["exact"]], None)
    cells = {row[:4]: row[4:] for row in found.rows}
    assert cells["status", "", "", ""] == ("infeasible", "optimal")
    assert all(c[0] == "" for key, c in cells.items() if key[0] in ("goal", "bound", "fairness"))
    assert not [row for row in found.rows if row[0] == "holder"]


def code_of(folders: list[Path], out: Path | None = None) -> str:
    with pytest.raises(InputError) as error:
        service.compare(folders, out)
    return error.value.findings[0].code


def test_too_few_and_not_runs_are_refused(runs: dict[str, Path], tiny_bank: Any, tmp_path: Path) -> None:
    assert code_of([]) == "compare-few"
    assert code_of([runs["exact"]]) == "compare-few"
    assert code_of([runs["exact"], tmp_path / "none"]) == "run-none"
    assert code_of([runs["exact"], tiny_bank.case]) == "run-file"


def test_an_earlier_comparison_is_replaced_and_nothing_else(runs: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "compare.csv"
    both = [runs["exact"], runs["greedy"]]
    service.compare(both, out)
    first = out.read_bytes()
    service.compare(both[::-1], out)
    assert out.read_bytes() != first
    mine = tmp_path / "clients.csv"
    mine.write_text("client_id,name\n", encoding="utf-8")
    assert code_of(both, mine) == "out-exists"
    assert mine.read_text(encoding="utf-8") == "client_id,name\n"
    assert code_of(both, tmp_path) == "out-unwritable"
    assert code_of(both, mine / "below.csv") == "out-unwritable"
