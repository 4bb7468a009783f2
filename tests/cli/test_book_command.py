"""`cmopt allocate --book` and what `cmopt check` says of the book, as a planner sees it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from calling import cmopt

LIMIT = """
[[book.limits]]
key = "crowd"
title = { zh = "每人至少", en = "At least" }
tiers = ["senior", "intermediate", "junior", "provisional"]
branches = ["样例支行 01"]
least = 1000
"""


def on(bank: Any, out: Path, *more: object, scheme: Path | None = None) -> list[object]:
    return [bank.case, "--scheme", scheme or bank.scheme, "--out", out, "--no-report", "--book", *more]


def test_progress_and_summary_in_a_pipe(tiny_bank: Any, tmp_path: Path) -> None:
    """A line a part on stderr; goals, outcomes and the folder on stdout."""
    said = cmopt("allocate", *on(tiny_bank, tmp_path / "run", "--workers", "1", "--lang", "en"))
    assert said.code == 0
    solver = r"(?:exact \(CP-SAT\)|large-scale)"
    line = rf"^\[(\d)/3\] (.*): (\d+) clients, {solver}, (.*), \d+\.\d s$"
    told = re.findall(line, said.err, re.MULTILINE)
    assert [n for n, *_ in told] == ["1", "2", "3"]
    assert sum(int(clients) for _, _, clients, _ in told) == 20
    assert "The rest of the book: 20 clients in 3 parts" in said.out
    kept, moved, new, left = map(
        int, re.findall(r"(\d+)", said.out.split("Handover cost")[1].split("kept")[1])[:4]
    )
    assert kept + moved + new + left == 20


def test_the_book_is_told_of_where_it_is_not_divided(tiny_bank: Any, tmp_path: Path) -> None:
    checked = cmopt("check", tiny_bank.case, "--scheme", tiny_bank.scheme, "--lang", "en")
    assert checked.code == 0
    told = [line for line in checked.err.splitlines() if "book-undivided" in line]
    assert len(told) == 1
    assert "(20 clients)" in told[0]
    assert "--book" in told[0]
    divided = cmopt(
        "allocate",
        tiny_bank.case,
        "--scheme",
        tiny_bank.scheme,
        "--out",
        tmp_path / "run",
        "--no-report",
        "--lang",
        "en",
    )
    assert told[0] in divided.err


def test_a_branch_without_a_feasible_division_leaves_the_others_divided(
    tiny_bank: Any, tmp_path: Path
) -> None:
    """Exit code 3; the branch is named, its clients are undecided."""
    scheme, out = tmp_path / "tight.toml", tmp_path / "run"
    scheme.write_text(tiny_bank.scheme.read_text(encoding="utf-8") + LIMIT, encoding="utf-8")
    said = cmopt("allocate", *on(tiny_bank, out, "--lang", "en", scheme=scheme))
    assert said.code == 3, said.err
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    states = {p["name"]: p["status"] for p in record["book"]["parts"]}
    assert states.pop("样例支行 01") == "infeasible"
    assert "infeasible" not in states.values()
    assert (record["status"], record["book"]["complete"]) == ("feasible", False)
    assert "[part-undivided] 样例支行 01: not divided" in said.err


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--solver", "stable"], "book-solver"),
        (["--certify"], "book-certify"),
        (["--resume", "none"], "resume-none"),
    ],
)
def test_refused(tiny_bank: Any, tmp_path: Path, more: list[str], code: str) -> None:
    said = cmopt("allocate", *on(tiny_bank, tmp_path / "run", *more))
    assert said.code == 2
    assert f"[{code}]" in said.err
    assert list(tmp_path.iterdir()) == []
