"""Each command on a small bank: what it says, what it writes, exit code 0."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from calling import cmopt, on

import cmopt as package
from cmopt.reports.tables import read_table

CHINESE = re.compile("[\u4e00-\u9fff]")


def without_names(text: str) -> str:
    """Without what a case or a scheme calls things, which is in one language only."""
    return re.sub("样例[\u4e00-\u9fff]*|员工|营业部", "", text)


def test_version() -> None:
    assert cmopt("--version").out == f"cmopt {package.__version__}\n"


def test_help_names_every_command() -> None:
    said = cmopt("--help")
    assert said.code == 0
    for command in ("demo", "template", "check", "grade", "allocate", "compare", "verify", "synth"):
        assert re.search(rf"^ *{command}\b", said.out, re.MULTILINE), command
        assert cmopt(command, "--help").code == 0


def test_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cmopt", "--version"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (f"cmopt {package.__version__}\n", "")


@pytest.mark.parametrize("encoding", ["gb18030", "ascii", "latin-1"])
def test_output_is_utf_8_on_every_console(tiny_bank: Any, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cmopt", "check", *map(str, on(tiny_bank))],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        check=True,
    )
    assert "案例检查通过" in done.stdout.decode("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_error(tiny_bank: Any) -> None:
    """As in ``cmopt grade CASE | head -1``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cmopt", "grade", *map(str, on(tiny_bank))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait(30)
    assert "Traceback" not in said
    assert "内部错误" not in said


# --- each command ------------------------------------------------------------------------------------


def test_synth_then_check_then_allocate_under_the_annual_plan(tmp_path: Path) -> None:
    case = tmp_path / "case.xlsx"
    made = cmopt("synth", "--out", case, "--staff", 60, "--clients", 5, "--branches", 2, "--seed", 4)
    assert (made.code, made.err) == (0, "")
    assert "60" in made.out and str(case) in made.out
    assert cmopt("check", case).code == 0
    said = cmopt("allocate", case, "--out", tmp_path / "run", "--no-report", "--solver", "greedy")
    assert said.code == 0
    assert "贪心法" in said.out
    assert cmopt("verify", tmp_path / "run").code == 0


def test_synth_of_one_seed_is_one_case(tmp_path: Path) -> None:
    size = ("--staff", 60, "--clients", 5, "--branches", 2)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert cmopt("synth", "--out", tmp_path / name, *size, "--seed", seed).code == 0
    text = {n: (tmp_path / n / "staff.csv").read_bytes() for n in "abc"}
    assert text["a"] == text["b"] != text["c"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_fresh_template_passes_the_check(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "new" / "template.xlsx"
    assert cmopt("template", "--out", path, "--lang", lang).code == 0
    assert cmopt("check", path, "--lang", lang).code == 0


def test_check(tiny_bank: Any) -> None:
    said = cmopt("check", *on(tiny_bank))
    assert said.code == 0
    assert "案例检查通过：员工 24 名" in said.out


def test_grade(tiny_bank: Any, tmp_path: Path) -> None:
    said = cmopt("grade", *on(tiny_bank, "--out", tmp_path / "grades"))
    assert said.code == 0
    assert "高级 6  中级 6" in said.out
    written = tmp_path / "grades" / "grades.csv"
    assert written.read_bytes() == (tiny_bank.run / "grades.csv").read_bytes()
    assert cmopt("verify", tmp_path / "grades").code == 0


def test_grade_without_out_writes_nothing(
    tiny_bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cmopt("grade", *on(tiny_bank)).code == 0
    assert list(tmp_path.iterdir()) == []


def test_allocate_writes_all_that_the_contract_names(tiny_bank: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    said = cmopt("allocate", *on(tiny_bank, "--out", out))
    assert said.code == 0
    assert "已证明最优" in said.out and "复核：规则全部遵守" in said.out and str(out) in said.out
    names = {p.name for p in out.iterdir()}
    assert names == {
        *("grades.csv", "allocation.csv", "portfolios.csv", "fairness.csv", "result.json", "manifest.json"),
        *("allocation.xlsx", "report.html", "charts", "inputs"),
    }
    assert {p.suffix for p in (out / "charts").iterdir()} == {".png", ".svg"}
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert record["status"] == "optimal"
    assert all(g["proven"] and g["value"] == g["bound"] for g in record["goals"])
    assert cmopt("verify", out).out.startswith("记录成立")


def test_allocate_without_report_says_nothing_of_it(tiny_bank: Any, tmp_path: Path) -> None:
    assert cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--no-report")).code == 0
    assert not [
        p for p in (tmp_path / "run").iterdir() if p.suffix in (".xlsx", ".html") or p.name == "charts"
    ]


def test_the_same_order_gives_the_same_tables_again(tiny_bank: Any, tmp_path: Path) -> None:
    assert cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--no-report")).code == 0
    for name in ("allocation.csv", "grades.csv", "portfolios.csv", "fairness.csv"):
        assert (tmp_path / "run" / name).read_bytes() == (tiny_bank.run / name).read_bytes(), name


def test_a_run_replaces_an_earlier_one(tiny_bank: Any, tmp_path: Path) -> None:
    for seed in (1, 2):
        said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--no-report", "--seed", seed))
        assert said.code == 0
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tie_seed"] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_without_time_the_best_found_is_kept_and_called_so(tiny_bank: Any, tmp_path: Path) -> None:
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--no-report", "--time-limit", 0))
    assert said.code == 0
    assert "未证明最优" in said.out
    record = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert record["status"] == "feasible"
    assert not all(g["proven"] for g in record["goals"])
    assert cmopt("verify", tmp_path / "run").code == 0


def test_set_changes_what_is_divided_and_is_recorded(tiny_bank: Any, tmp_path: Path) -> None:
    more = ("--set", "segments.large_loan.at_least=2000", "--set", "segments.medium_loan.below=2000")
    assert cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--no-report", *more)).code == 0
    rows = read_table(tmp_path / "run" / "allocation.csv")
    assert rows != read_table(tiny_bank.run / "allocation.csv")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["overrides"] == {
        "segments.large_loan.at_least": "2000",
        "segments.medium_loan.below": "2000",
    }


def test_a_scheme_saved_by_notepad_is_read(
    tiny_bank: Any, copy_of: Callable[[Path], Path], tmp_path: Path
) -> None:
    """A byte order mark in front, CR LF."""
    scheme = copy_of(tiny_bank.scheme)
    scheme.write_bytes(b"\xef\xbb\xbf" + scheme.read_bytes().replace(b"\n", b"\r\n"))
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "run", "--no-report", scheme=scheme))
    assert said.code == 0
    assert cmopt("verify", tmp_path / "run").code == 0


def test_compare_two_runs(tiny_bank: Any, tmp_path: Path) -> None:
    greedy = tmp_path / "greedy"
    assert cmopt("allocate", *on(tiny_bank, "--out", greedy, "--no-report", "--solver", "greedy")).code == 0
    said = cmopt("compare", tiny_bank.run, greedy, "--out", tmp_path / "compare.csv")
    assert said.code == 0
    assert "继承性" in said.out and "基尼系数（贷款余额）" in said.out
    assert read_table(tmp_path / "compare.csv")[0] == ["section", "name", "group", "measure", "run", "greedy"]


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in case, without its reports: they have tests of their own."""
    monkeypatch.setattr("cmopt.store.writing._write_reports", lambda *what: what[-1]())
    out = tmp_path / "demo"
    said = cmopt("demo", "--out", out)
    assert said.code == 0
    assert {p.name for p in out.iterdir()} == {"cpsat", "greedy", "compare.csv"}
    assert [cmopt("verify", out / name).code for name in ("cpsat", "greedy")] == [0, 0]
    exact, greedy = (
        json.loads((out / name / "result.json").read_text(encoding="utf-8")) for name in ("cpsat", "greedy")
    )
    assert all(g["proven"] and g["value"] == g["bound"] for g in exact["goals"])
    signs = {"min": 1, "max": -1}
    ours, theirs = ([signs[g["sense"]] * g["value"] for g in r["goals"]] for r in (exact, greedy))
    assert ours <= theirs


# --- languages ---------------------------------------------------------------------------------------


def test_english_output_has_no_chinese(tiny_bank: Any, tmp_path: Path) -> None:
    out = tmp_path / "run"
    grades = cmopt("grade", *on(tiny_bank, "--lang", "en"))
    said = cmopt("allocate", *on(tiny_bank, "--out", out, "--lang", "en", "--no-report"))
    verified = cmopt("verify", out, "--lang", "en")
    compared = cmopt("compare", out, out, "--lang", "en")
    for one in (grades, said, verified, compared):
        assert one.code == 0
        assert not CHINESE.search(without_names(one.out + one.err)), one
    for name in ("grades.csv", "allocation.csv", "portfolios.csv", "fairness.csv", "result.json"):
        text = (out / name).read_text(encoding="utf-8-sig")
        assert not CHINESE.search(without_names(text)), name


def test_chinese_output_has_no_english_sentence(tiny_bank: Any, tmp_path: Path) -> None:
    """Two English words side by side do not occur; keys and solver names may stand alone."""
    out = tmp_path / "run"
    said = [
        cmopt("grade", *on(tiny_bank)),
        cmopt("allocate", *on(tiny_bank, "--out", out, "--no-report")),
        cmopt("verify", out),
        cmopt("compare", out, out),
    ]
    reasons = [row[6] for row in read_table(out / "allocation.csv")[1:]]
    table = read_table(out / "grades.csv")
    traced = [row[table[0].index(name)] for row in table[1:] for name in ("tie_note", "trace")]
    english = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
    for text in [*(s.out.replace(str(out), "") for s in said), *reasons, *traced]:
        assert not english.search(text), text
    assert all(CHINESE.search(r) for r in reasons)


def test_the_language_may_come_from_the_environment(tiny_bank: Any) -> None:
    assert "is in order" in cmopt("check", *on(tiny_bank), env={"CMOPT_LANG": "en"}).out
    assert "案例检查通过" in cmopt("check", *on(tiny_bank, "--lang", "zh"), env={"CMOPT_LANG": "en"}).out
