"""A bank small enough to be divided in a blink, shared by the tests of the whole way through."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class TinyBank:
    """`case`: a folder of CSV files (Chinese headers). `scheme`: the annual plan with 6 + 6 ranks and a team of
    one. `run`: its division, without reports. All three are shared: copy before you change anything."""

    case: Path
    scheme: Path
    run: Path


@pytest.fixture(scope="session")
def tiny_bank(tmp_path_factory: pytest.TempPathFactory) -> TinyBank:
    from cmopt import service
    from cmopt.intake.schemes import read_scheme_text

    home = tmp_path_factory.mktemp("tiny_bank")
    case, scheme, run = home / "case", home / "tiny.toml", home / "run"
    text = read_scheme_text("annual")
    for old, new in (
        (r"^rank_to = 20\b", "rank_to = 6"),
        (r"^rank_from = 21\b", "rank_from = 7"),
        (r"^rank_to = 40\b", "rank_to = 12"),
        (r"^rank_from = 41\b", "rank_from = 13"),
        (r"^size = 3\b", "size = 1"),
        (r'^name = "annual"', 'name = "tiny"'),
    ):
        text, n = re.subn(old, new, text, count=1, flags=re.MULTILINE)
        assert n == 1, old
    scheme.write_text(text, encoding="utf-8")
    service.synth(
        case,
        str(scheme),
        "zh",
        branches=3,
        staff=24,
        clients=20,
        seed=3,
        large=4,
        medium=5,
        key_deposits=2,
        recusals=3,
    )
    service.allocate(service.Order(case, str(scheme), report=False), run)
    return TinyBank(case, scheme, run)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy in the test's own folder, to be changed freely."""

    def copied(path: Path) -> Path:
        to = tmp_path / f"copy_of_{path.name}"
        if path.is_dir():
            shutil.copytree(path, to)
        else:
            shutil.copyfile(path, to)
        return to

    return copied
