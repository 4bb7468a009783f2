"""Links, file names and settings that the engineers' documents mention exist; the changelog keeps its form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cmopt
from cmopt.solvers.cpsat.chain import LARGEST_OBJECTIVE
from cmopt.solvers.cpsat.run import PARAMETERS
from cmopt.solvers.cpsat.team import MOST_WAYS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("docs/how-it-works.md", "models/README.md", "CHANGELOG.md")
HOW = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_to_files_lead_somewhere(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_modules_named_in_how_it_works_exist() -> None:
    exact, large = (set(re.findall(r"`(\w+\.py)`", text)) for text in _by_engine())
    assert {"keeping.py", "team.py", "balance.py", "chain.py", "run.py"} <= exact
    assert {"master.py", "bound.py", "rounding.py", "part.py"} <= large
    for folder, files in (("cpsat", exact), ("large", large)):
        for file in files:
            assert (ROOT / "cmopt" / "solvers" / folder / file).exists(), (folder, file)


def _by_engine() -> tuple[str, str]:
    """What is said of the exact engine, and of the large one: its section reaches to the next of its level."""
    before, heading, rest = HOW.partition("\n## The large solver")
    assert heading
    section, *after = re.split(r"(?=\n## )", rest, maxsplit=1)
    return before + "".join(after), section


def test_settings_of_the_solver_are_as_described() -> None:
    assert (PARAMETERS["num_workers"], PARAMETERS["cut_level"]) == (1, 0)
    assert PARAMETERS["presolve_inclusion_work_limit"] == 0
    assert PARAMETERS["catch_sigint_signal"] is False
    assert MOST_WAYS == 12_000_000
    assert LARGEST_OBJECTIVE == 2**50


def test_changelog_names_this_version_and_every_command() -> None:
    from cmopt.cli.app import app

    assert f"## [{cmopt.__version__}]" in CHANGES
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"`cmopt {command.callback.__name__}`" in CHANGES, command.callback.__name__
