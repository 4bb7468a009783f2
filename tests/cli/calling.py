"""Calling the command line in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cmopt.cli.app import app


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote where."""

    code: int
    out: str
    err: str


def cmopt(*arguments: object, env: dict[str, str] | None = None) -> Said:
    """Run a command; whatever happens, no traceback and no exception of ours gets out."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "200", **(env or {})})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return Said(result.exit_code, result.stdout, result.stderr)


def on(bank: Any, *more: object, scheme: Path | None = None) -> Sequence[object]:
    """The arguments that name the tiny bank's case and scheme."""
    return (bank.case, "--scheme", scheme or bank.scheme, *more)
