"""The user guides are true: their commands run, what they show is shown, their columns are the files' own."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from guide_steps import DOCS, Step, anchor, plain, run, steps_of

from cmopt.reports.tables import read_table

GUIDES = {"zh": DOCS / "guide.zh.md", "en": DOCS / "guide.en.md"}
TABLES = ("grades.csv", "allocation.csv", "portfolios.csv", "fairness.csv")


@cache
def steps(lang: str) -> tuple[Step, ...]:
    return steps_of(GUIDES[lang].read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that a reader could be in: empty but for the examples of the docs."""
    folder = tmp_path_factory.mktemp("guide")
    shutil.copytree(DOCS / "examples", folder / "docs" / "examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "150")
        yield folder


def test_both_guides_have_the_same_commands() -> None:
    assert [(s.command, s.exit_code) for s in steps("zh")] == [(s.command, s.exit_code) for s in steps("en")]
    commands = {shlex.split(s.command)[1] for s in steps("zh")}
    assert {"demo", "template", "check", "grade", "allocate", "compare", "verify"} <= commands


def test_commands_run_in_order(place: Path) -> None:
    for step in steps("zh"):
        exit_code, output = run(step.command, "zh")
        assert exit_code == step.exit_code, f"{step.command}\n{output}"
        lines = [plain(line) for line in output.splitlines()]
        for line in step.shown:
            assert plain(line) in lines, f"{step.command}\n{line}\nnot in\n{output}"
    for name in ("report.html", "allocation.xlsx", "charts", "result.json", "manifest.json", "inputs"):
        assert (place / "run" / name).exists()
    assert {p.name for p in (place / "demo").iterdir()} == {"cpsat", "greedy", "compare.csv"}
    commitment = json.loads((place / "commitment" / "manifest.json").read_text())["tie_commitment"]
    assert all(commitment in path.read_text(encoding="utf-8") for path in GUIDES.values())


def test_what_the_english_guide_shows(place: Path) -> None:
    """Run after the Chinese guide; only the commands whose output the English guide shows."""
    shown = [s for s in steps("en") if s.shown]
    assert shown
    for step in shown:
        exit_code, output = run(step.command, "en")
        lines = [plain(line) for line in output.splitlines()]
        assert exit_code == step.exit_code
        assert [line for line in step.shown if plain(line) not in lines] == [], output


@pytest.mark.parametrize("lang", GUIDES)
@pytest.mark.parametrize("table", TABLES)
def test_columns_of_the_result(lang: str, table: str, place: Path) -> None:
    section = GUIDES[lang].read_text(encoding="utf-8").split(f"### `{table}`", 1)[1].split("\n### ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told == set(read_table(place / "run" / table)[0])


@pytest.mark.parametrize("lang", GUIDES)
def test_settings_named_in_the_guide_exist(lang: str) -> None:
    from cmopt.intake.schemes import load_scheme, parse_overrides

    text = GUIDES[lang].read_text(encoding="utf-8")
    settings = re.findall(r"--set ([a-z_.0-9]+=[^\s`]+)", text)
    right = [s for s in settings if "passmark" not in s and s != "key=value"]
    assert len(right) > 8
    for setting in right:
        assert load_scheme("annual", parse_overrides([setting])) != load_scheme("annual"), setting


@pytest.mark.parametrize("lang", GUIDES)
def test_links_lead_somewhere(lang: str) -> None:
    path = GUIDES[lang]
    text = path.read_text(encoding="utf-8")
    headings = {anchor(h) for h in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        else:
            assert (path.parent / target).exists(), target
