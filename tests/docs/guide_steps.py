"""Commands of a page with what is shown below them, and how the tests run them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from cmopt.cli.app import app

DOCS = Path(__file__).resolve().parents[2] / "docs"


@dataclass(frozen=True)
class Step:
    command: str
    shown: tuple[str, ...]
    exit_code: int


def steps_of(text: str) -> tuple[Step, ...]:
    """The commands of a page in order, with the lines of output shown and the exit code said below each."""
    found: list[Step] = []
    for block in re.findall(r"^ *```console\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^ *\$ ", block, flags=re.MULTILINE)[1:]:
            command, *below = (line.strip() for line in part.splitlines())
            said = [line for line in below if line.startswith("# ")]
            shown = tuple(line for line in below if not line.startswith("# "))
            found.append(Step(command, shown, int(said[0].split()[-1]) if said else 0))
    return tuple(found)


def run(command: str, lang: str) -> tuple[int, str]:
    program, *arguments = shlex.split(command)
    assert program == "cmopt"
    result = CliRunner().invoke(app, arguments, env={"CMOPT_LANG": lang})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def plain(text: str) -> str:
    """Without the spaces of a table's layout and without times."""
    return re.sub(r"\b\d+\.\d\d$", "", re.sub(r"\s+", " ", text).strip()).strip()


def anchor(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
