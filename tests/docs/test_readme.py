"""The README is true: its commands run in order, and the output on its first screen is what comes out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cmopt.cli.app import app

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def blocks() -> list[str]:
    return re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def plain(text: str) -> str:
    """Without layout and without seconds (two decimals and no unit behind)."""
    return re.sub(r"(?<![\d,.])\d+\.\d\d(?! 万元)( 秒)?", "*", re.sub(r"\s+", " ", text)).strip()


def run(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "cmopt"
    result = CliRunner().invoke(app, arguments, env={"CMOPT_LANG": "zh"})
    assert result.exit_code == 0, f"{command}\n{result.output}"
    return result.output


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")
    return tmp_path


def test_first_screen(elsewhere: Path) -> None:
    command, *shown = blocks()[0].splitlines()
    assert command == "$ pip install . && cmopt demo"
    output = [plain(line) for line in run("cmopt demo").splitlines()]
    assert [plain(line) for line in shown] == output
    assert (elsewhere / "cmopt-demo" / "cpsat" / "allocation.xlsx").exists()
    assert (elsewhere / "cmopt-demo" / "cpsat" / "report.html").exists()


def test_the_other_commands_run_in_order(elsewhere: Path) -> None:
    commands = [
        line[2:] for block in blocks()[1:] for line in block.splitlines() if line.startswith("$ cmopt")
    ]
    assert {c.split()[1] for c in commands} == {
        "template",
        "check",
        "grade",
        "synth",
        "allocate",
        "compare",
        "verify",
    }
    for command in commands:
        run(command)
    assert (elsewhere / "compare.csv").exists()


def test_links_lead_somewhere() -> None:
    root = Path(__file__).resolve().parents[2]
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert all((root / target).exists() for target in targets)
