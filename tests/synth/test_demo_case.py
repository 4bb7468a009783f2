"""The demo case that ships is what the generator writes, byte for byte, and reads back without errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from synth_helpers import ANNUAL, eligible, key_accounts_of

from cmopt.domain.clients import Case
from cmopt.grading import grade
from cmopt.intake.case import read_case, require_case
from cmopt.intake.write import write_case
from cmopt.synth import SynthOptions, synth_case

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
OPTIONS = SynthOptions(branches=21, staff=150, clients=1500, seed=2022)
TABLES = ("staff.csv", "posts.csv", "clients.csv", "links.csv")


@pytest.fixture(scope="module")
def made() -> Case:
    return synth_case(OPTIONS, ANNUAL)


def test_regenerating_gives_the_same_bytes(made: Case, tmp_path: Path) -> None:
    write_case(made, ANNUAL, tmp_path / "demo", "zh")
    assert sorted(p.name for p in DEMO.iterdir()) == sorted(TABLES)
    for name in TABLES:
        assert (tmp_path / "demo" / name).read_bytes() == (DEMO / name).read_bytes(), name
        assert (DEMO / name).read_bytes().startswith("\N{ZERO WIDTH NO-BREAK SPACE}".encode())


def test_it_reads_back_as_it_was_made(made: Case) -> None:
    loaded = read_case(DEMO, ANNUAL)
    assert loaded.errors == loaded.warnings == ()
    assert loaded.case == made


def test_it_shows_every_kind_of_incumbent() -> None:
    case = require_case(read_case(DEMO, ANNUAL))
    grades = grade(case.roster, ANNUAL, 0)
    accounts = key_accounts_of(case)
    loans = accounts["large_loan"] + accounts["medium_loan"]
    kept = [c for c in loans if eligible(c, grades)]
    lost = {grades[c.incumbent].tier for c in loans if c.incumbent is not None and c not in kept}
    assert len(kept) == 14
    assert {None, "junior", "intermediate"} <= lost
    assert sum(c.incumbent is None for c in loans) == 2
    assert len({c.incumbent for c in kept}) < len(kept)
    seniors = {c.incumbent for c in accounts["large_loan"] if c in kept}
    assert any(c.incumbent in seniors for c in accounts["key_deposit"])
    assert max(c.balance for c in loans) > 8 * min(c.balance for c in accounts["large_loan"])
