"""The page for scheme authors is true: its commands run, its output comes out, its pieces are the example's."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from guide_steps import DOCS, anchor, plain, run, steps_of

from cmopt.reports.tables import read_table

PAGES = {lang: (DOCS / f"schemes.{lang}.md").read_text(encoding="utf-8") for lang in ("zh", "en")}
STEPS = {lang: steps_of(text) for lang, text in PAGES.items()}
EXAMPLES = DOCS / "examples"


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that a reader could be in: empty but for the examples of the docs."""
    shutil.copytree(EXAMPLES, tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    return tmp_path


@pytest.mark.parametrize("lang", PAGES)
def test_commands_run_in_order_and_say_what_is_shown(lang: str, reader: Path) -> None:
    for step in STEPS[lang]:
        exit_code, output = run(step.command, lang)
        assert exit_code == step.exit_code, f"{step.command}\n{output}"
        lines = [plain(line) for line in output.splitlines()]
        for line in step.shown:
            assert plain(line) in lines, f"{step.command}\n{line}\nnot in\n{output}"
    assert _totals(reader / "own-grades" / "grades.csv") == {
        # 90 × 30 %, 100 × 45 %, (93 × 60 % + 95 × 40 %) × 25 %
        "0001": ("27", "45", "23.45", "95.45"),
        # the next three as the page counts them
        "0002": ("25.5", "40.05", "22.2", "87.75"),
        "0003": ("24", "34.65", "20.8", "79.45"),
        "0004": ("19.5", "27", "18", "64.5"),
        # 50 × 30 %, (50 × 60 % + 0) × 45 %, 60 × 25 %
        "0005": ("15", "13.5", "15", "43.5"),
    }


def _totals(file: Path) -> dict[str, tuple[str, ...]]:
    head, *rows = read_table(file)
    at = [head.index(name) for name in ("exam", "results", "service", "total")]
    return {row[0]: tuple(row[n] for n in at) for row in rows if row[at[-1]]}


def test_both_pages_have_the_same_commands() -> None:
    assert [(s.command, s.exit_code) for s in STEPS["zh"]] == [(s.command, s.exit_code) for s in STEPS["en"]]
    commands = {s.command.split()[1] for s in STEPS["zh"]}
    assert commands == {"template", "check", "grade", "allocate", "verify", "synth", "compare", "appeal"}
    assert sum(s.exit_code == 2 for s in STEPS["zh"]) == 5  # the parameter, and four mistakes


@pytest.mark.parametrize("lang", PAGES)
def test_pieces_are_the_example_and_make_all_of_it(lang: str) -> None:
    pieces = re.findall(r"^```toml\n(.*?)^```", PAGES[lang], re.MULTILINE | re.DOTALL)
    files = [(EXAMPLES / f"own-plan{n}.toml").read_text(encoding="utf-8") for n in ("", "-2025", "-stricter")]
    assert [p for p in pieces if not any(p.strip() in text for text in files)] == []
    *six, filled, stricter = pieces
    assert tomllib.loads("\n".join(six)) == tomllib.loads(files[0])
    assert [filled, stricter] == files[1:]


@pytest.mark.parametrize("lang", PAGES)
def test_links_of_the_page(lang: str) -> None:
    headings = {anchor(h) for h in re.findall(r"^#+ (.*)$", PAGES[lang], re.MULTILINE)}
    targets = re.findall(r"\]\(([^)]+)\)", PAGES[lang])
    assert len(targets) > 20
    for target in targets:
        assert target[1:] in headings if target.startswith("#") else (DOCS / target).exists(), target


@pytest.mark.parametrize("lang", PAGES)
def test_passages_it_points_at_are_there(lang: str) -> None:
    """The last table: each scheme named has the keys named for it."""
    rows = re.findall(r"^\| .*\.\./models/.*$", PAGES[lang], re.MULTILINE)
    assert len(rows) == 9
    for row in rows:
        _, see, there = (cell.strip() for cell in row.strip("|").rsplit(" | ", 2))
        for name in re.findall(r"models/([\w-]+)\.toml", see):
            text = (DOCS.parent / "models" / f"{name}.toml").read_text(encoding="utf-8")
            for key in re.findall(r"`([^`]+)`", there):
                assert key in text, (name, key)


def test_guides_and_readmes_link_the_page() -> None:
    for file, link in (
        (DOCS / "guide.zh.md", "schemes.zh.md"),
        (DOCS / "guide.en.md", "schemes.en.md"),
        (DOCS.parent / "README.md", "docs/schemes.en.md"),
        (DOCS.parent / "README.md", "docs/schemes.zh.md"),
        (DOCS.parent / "models" / "README.md", "../docs/schemes.en.md"),
        (DOCS.parent / "models" / "README.md", "../docs/schemes.zh.md"),
    ):
        assert f"]({link})" in file.read_text(encoding="utf-8"), (file.name, link)
