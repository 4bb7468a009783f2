"""What cannot be done ends with its exit code and every fault in words; nothing is lost, no traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from calling import Said, cmopt, on

from cmopt.reports.tables import read_table


def codes(said: Said) -> list[str]:
    """The codes of the findings on stderr, in order."""
    return [line.split("[", 1)[1].split("]", 1)[0] for line in said.err.splitlines() if "[" in line]


def edited(case: Path, table: str, change: Callable[[list[list[str]]], None]) -> None:
    path = case / f"{table}.csv"
    rows = read_table(path)
    change(rows)
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")


# --- 2: bad input ------------------------------------------------------------------------------------


@pytest.fixture
def faulty(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> Path:
    """A case with a balance that is no number, a client that stands twice, a recusal of nobody known."""
    case = copy_of(tiny_bank.case)

    def spoil(rows: list[list[str]]) -> None:
        rows[1][rows[0].index("余额")] = "12k"
        rows.append(rows[2])

    edited(case, "clients", spoil)
    edited(case, "links", lambda rows: rows[1].__setitem__(0, "E9999"))
    return case


@pytest.mark.parametrize("command", ["check", "grade", "allocate"])
def test_every_fault_at_once_on_stderr(tiny_bank: Any, faulty: Path, tmp_path: Path, command: str) -> None:
    out = ("--out", tmp_path / "run") if command == "allocate" else ()
    said = cmopt(command, faulty, "--scheme", tiny_bank.scheme, *out)
    assert said.code == 2
    assert len([line for line in said.err.splitlines() if line.startswith("错误 [")]) >= 3
    for named in ("12k", "E9999", "clients!", "links!"):
        assert named in said.err
    assert not (tmp_path / "run").exists()


def test_faults_in_english(tiny_bank: Any, faulty: Path) -> None:
    said = cmopt("check", faulty, "--scheme", tiny_bank.scheme, "--lang", "en")
    assert 'balance "12k" is not a number' in said.err or '"12k" is not a number' in said.err
    assert said.out.startswith("3 errors") or "errors" in said.out


def test_a_blank_score_is_named_by_person(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> None:
    case = copy_of(tiny_bank.case)

    def blank(rows: list[list[str]]) -> None:
        at = rows[0].index("笔试")
        row = next(r for r in rows[1:] if r[at] not in ("", "缺考"))
        row[at] = ""

    edited(case, "staff", blank)
    said = cmopt("check", case, "--scheme", tiny_bank.scheme)
    assert (said.code, codes(said)[0]) == (2, "score-blank")


PATHS = ["missing", "file.csv/below", "dangling", "empty_folder", "folder.xlsx", "empty.xlsx", "n" * 300]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p[:20])
@pytest.mark.parametrize("command", ["check", "allocate"])
def test_a_case_that_is_not_there(tmp_path: Path, path: str, command: str) -> None:
    (tmp_path / "file.csv").write_text("a", encoding="utf-8")
    (tmp_path / "empty_folder").mkdir()
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "empty.xlsx").touch()
    if sys.platform != "win32":
        (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    said = cmopt(command, tmp_path / path, *(("--out", tmp_path / "run") if command == "allocate" else ()))
    assert said.code == 2
    assert codes(said)
    assert not (tmp_path / "run").exists()


def test_a_case_that_may_not_be_read(
    tiny_bank: Any, copy_of: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made up by hand, because root may read everything."""
    case = copy_of(tiny_bank.case)
    opened = Path.open

    def refuse(self: Path, *rest: Any, **more: Any) -> Any:
        if self.name == "clients.csv":
            raise PermissionError(13, "Permission denied")
        return opened(self, *rest, **more)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", lambda self: refuse(self, "rb").read())
    said = cmopt("check", case, "--scheme", tiny_bank.scheme)
    assert said.code == 2
    assert "clients.csv" in said.err


# --- 2: schemes and settings -------------------------------------------------------------------------


def test_unknown_settings_are_all_named_with_what_is_near(tiny_bank: Any) -> None:
    said = cmopt("check", *on(tiny_bank, "--set", "grading.passmark=60", "--set", "balance.resolutin=10"))
    assert (said.code, codes(said)) == (2, ["scheme-key", "scheme-key"])
    for named in ("grading.passmark", "pass_mark", "balance.resolutin", "resolution"):
        assert named in said.err


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("pass_mark", "set-form"),
        ("=5", "set-form"),
        ("grading.pass_mark=high", "scheme-value"),
        ("grading.pass_mark=1e400", "scheme-value"),
        ("teams.deposit_team.size=0", "scheme-value"),
        ("grading.tiers.senior.rank_to=9", "scheme-value"),
        ("", "set-form"),
    ],
)
def test_a_wrong_setting(tiny_bank: Any, setting: str, code: str) -> None:
    said = cmopt("check", *on(tiny_bank, "--set", setting))
    assert (said.code, codes(said)) == (2, [code])


@pytest.mark.parametrize(
    ("scheme", "code"),
    [("anual", "scheme-unknown"), ("none.toml", "scheme-file"), ("../annual", "scheme-file")],
)
def test_a_scheme_that_is_not_there(tiny_bank: Any, scheme: str, code: str) -> None:
    said = cmopt("check", tiny_bank.case, "--scheme", scheme)
    assert (said.code, codes(said)) == (2, [code])


def test_a_scheme_that_is_wrong_is_said_in_both_languages(tiny_bank: Any, tmp_path: Path) -> None:
    scheme = tmp_path / "wrong.toml"
    text = tiny_bank.scheme.read_text(encoding="utf-8")
    scheme.write_text(
        text.replace("rank_from = 7", "rank_from = 8").replace("pass_mark = 75", ""), encoding="utf-8"
    )
    zh = cmopt("check", tiny_bank.case, "--scheme", scheme)
    en = cmopt("check", tiny_bank.case, "--scheme", scheme, "--lang", "en")
    assert (zh.code, en.code) == (2, 2)
    assert codes(zh) == codes(en)
    assert "grading.pass_mark: 缺少这项设置" in zh.err
    assert "grading.pass_mark: this setting is missing" in en.err


@pytest.mark.parametrize(("solver", "code"), [("large", "large-unsupported"), ("gurobi", "solver-unknown")])
def test_a_solver_that_is_not_there(tiny_bank: Any, tmp_path: Path, solver: str, code: str) -> None:
    scheme = tmp_path / "keys.toml"
    text, end = tiny_bank.scheme.read_text(encoding="utf-8"), "\n[book]\n"
    scheme.write_text(text[: text.index(end)], encoding="utf-8")
    said = cmopt(
        "allocate", tiny_bank.case, "--scheme", scheme, "--out", tmp_path / "run", "--solver", solver
    )
    assert (said.code, codes(said)) == (2, [code])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "soon"])
def test_a_time_limit_that_is_none(tiny_bank: Any, tmp_path: Path, seconds: str) -> None:
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--time-limit", seconds))
    assert said.code == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["check"],
        ["allocate", "case"],
        ["check", "case", "--lang", "fr"],
        ["allocate", "case", "--out", "x", "--seed", "-1"],
        ["allocate", "case", "--out", "x", "--frobnicate"],
        ["synth", "--out", "x", "--staff", "many"],
        ["compare"],
        ["verify"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cmopt(*arguments).code == 2
    assert list(tmp_path.iterdir()) == []


def test_sizes_that_cannot_be_synthesised(tmp_path: Path) -> None:
    said = cmopt("synth", "--out", tmp_path / "x", "--staff", 1, "--branches", 0)
    assert (said.code, codes(said)) == (2, ["synth-range", "synth-range"])
    assert list(tmp_path.iterdir()) == []


# --- 2: places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["allocate", "grade"])
@pytest.mark.parametrize("place", ["file", "foreign", "below a file"])
def test_a_place_that_is_taken(tiny_bank: Any, tmp_path: Path, command: str, place: str) -> None:
    (tmp_path / "file").write_text("dear", encoding="utf-8")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "accounts.xlsx").write_text("dear", encoding="utf-8")
    out = tmp_path / ("file/run" if place == "below a file" else place)
    said = cmopt(command, *on(tiny_bank, "--out", out))
    assert said.code == 2
    assert codes(said)[0].startswith("out-")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["accounts.xlsx", "file", "foreign"]
    assert {p.read_text(encoding="utf-8") for p in tmp_path.rglob("*") if p.is_file()} == {"dear"}


def test_a_place_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("dear", encoding="utf-8")
    said = cmopt("allocate", tmp_path / "no case", "--out", tmp_path / "file")
    assert codes(said) == ["out-file"]


def test_the_case_itself_is_no_place_for_the_run(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> None:
    case = copy_of(tiny_bank.case)
    before = {p.name: p.read_bytes() for p in case.iterdir()}
    assert cmopt("allocate", case, "--scheme", tiny_bank.scheme, "--out", case).code == 2
    assert {p.name: p.read_bytes() for p in case.iterdir()} == before


def test_grades_alone_never_replace_a_division(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> None:
    run = copy_of(tiny_bank.run)
    said = cmopt("grade", *on(tiny_bank, "--out", run))
    assert (said.code, codes(said)) == (2, ["out-division"])
    assert cmopt("verify", run).code == 0


def test_a_filled_in_template_is_never_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "template.xlsx"
    mine.write_text("a week's work", encoding="utf-8")
    for command in ("template", "synth"):
        assert codes(cmopt(command, "--out", mine)) == ["out-exists"]
    assert mine.read_text(encoding="utf-8") == "a week's work"


def test_a_case_folder_is_never_overwritten_by_synth(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> None:
    case = copy_of(tiny_bank.case)
    before = {p.name: p.read_bytes() for p in case.iterdir()}
    assert codes(cmopt("synth", "--out", case)) == ["out-foreign"]
    assert {p.name: p.read_bytes() for p in case.iterdir()} == before


def test_compare_needs_two_runs(tiny_bank: Any, tmp_path: Path) -> None:
    assert codes(cmopt("compare", tiny_bank.run)) == ["compare-few"]
    assert codes(cmopt("compare", tiny_bank.run, tmp_path / "none")) == ["run-none"]
    assert codes(cmopt("compare", tiny_bank.run, tiny_bank.case)) == ["run-file"]


def test_verify_names_the_first_breach(tiny_bank: Any, copy_of: Callable[[Path], Path]) -> None:
    run = copy_of(tiny_bank.run)
    (run / "grades.csv").unlink()
    said = cmopt("verify", run)
    assert (said.code, codes(said)) == (2, ["verify-missing"])
    assert "记录不成立" in said.out
    assert codes(cmopt("verify", run / "nothing")) == ["run-none"]


# --- 3 and 4 -----------------------------------------------------------------------------------------


def test_pins_that_conflict_are_named(
    tiny_bank: Any, copy_of: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Two large loans pinned to one senior: exit 3, both pins named, the attempt recorded."""
    case, out = copy_of(tiny_bank.case), tmp_path / "run"
    table = read_table(tiny_bank.run / "grades.csv")
    senior = next(r[0] for r in table[1:] if r[table[0].index("tier")] == "senior")
    loans = [r[0] for r in read_table(tiny_bank.run / "allocation.csv")[1:] if r[2] == "large_loan"][:2]
    pins = [[senior, loan, "锁定"] for loan in loans]

    def pin(rows: list[list[str]]) -> None:
        kept = [r for r in rows[1:] if r[0] != senior]
        rows[:] = [rows[0], *kept, *([*p, *[""] * (len(rows[0]) - 3)] for p in pins)]

    edited(case, "links", pin)
    assert read_table(case / "links.csv")[0][:3] == ["工号", "客户号", "规则"]
    said = cmopt("allocate", case, "--scheme", tiny_bank.scheme, "--out", out)
    assert said.code == 3
    assert codes(said) == ["conflict-pins"]
    assert all(f"{loan} → {senior}" in said.err for loan in loans)
    assert str(out) in said.err
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert record["status"] == "infeasible"
    assert [c["code"] for c in record["conflict"]] == ["conflict-pins"]
    assert all(g["value"] is None and g["bound"] is None for g in record["goals"])
    assert not (out / "allocation.csv").exists()
    assert cmopt("verify", out).code == 0


def test_a_team_that_cannot_be_filled_says_what_would_do(tiny_bank: Any, tmp_path: Path) -> None:
    arguments = on(tiny_bank, "--out", tmp_path / "run", "--set", "teams.deposit_team.size=9")
    said = cmopt("allocate", *arguments, "--lang", "en")
    assert said.code == 3
    assert "--set teams.deposit_team.size=" in said.err


def test_no_time_and_no_start_is_exit_4(
    tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a case on which the greedy start breaks a rule and the search has no time to find another."""
    monkeypatch.setattr("cmopt.solvers.cpsat.state.MatchingSearch.of", lambda *_: None)
    monkeypatch.setattr("cmopt.solvers.cpsat.state.broken", lambda problem, holders: True)
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--time-limit", 0))
    assert (said.code, codes(said)) == (4, ["stopped"])
    record = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert record["status"] == "unknown"
    assert all(g["value"] is None and g["bound"] is None for g in record["goals"])


# --- 1 -----------------------------------------------------------------------------------------------


def test_an_internal_error_tells_no_names(
    tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("样例企业 00001 1410.74")

    monkeypatch.setattr("cmopt.problem.build_problem", broken)
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run"), env={"CMOPT_DEBUG": ""})
    assert said.code == 1
    assert "内部错误：RuntimeError" in said.err
    assert "1410" not in said.err + said.out and "样例企业" not in said.err + said.out
    assert not (tmp_path / "run").exists()


def test_out_of_memory_is_said(tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("cmopt.problem.build_problem", full)
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run"))
    assert (said.code, "内存不足" in said.err) == (1, True)
