"""The adapter of the real bank's data, on a few invented rows in the same form."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from cmopt.intake.case import read_case, require_case
from cmopt.intake.schemes import load_scheme, parse_overrides

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "real_bank.py"


@pytest.fixture(scope="module")
def real_bank() -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_bank", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["real_bank"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three districts, 60 accounts with 0 to 2 orders, 40 loans."""
    folder = tmp_path / "data"
    folder.mkdir()

    def table(name: str, header: str, rows: Sequence[tuple[object, ...]]) -> None:
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header.split(), *rows])

    table("district", "district_id A2", [(n, f"Town {n}") for n in (1, 2, 3)])
    accounts = [(n, 1 + n % 3, f"199{3 + n % 5}-01-{1 + n % 28:02}") for n in range(1, 61)]
    table("account", "account_id district_id date", accounts)
    table("disp", "disp_id account_id", [(n + 500, n) for n in range(1, 61)])
    table("card", "card_id disp_id", [(1, 507)])
    orders = [(n * 10 + k, n, 1000.5 * n) for n in range(1, 61) for k in range(n % 3)]
    table("order", "order_id account_id amount", orders)
    loans = [
        (n + 7000, n, "1996-05-06", 10_000 + 777 * n, (12, 24, 36, 60)[n % 4], 100 + n, "ABCD"[n % 4])
        for n in range(1, 41)
    ]
    table("loan", "loan_id account_id date amount duration payments status", loans)
    return folder


def test_without_data_it_says_so_and_is_done(
    real_bank: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert real_bank.main([str(tmp_path), "--out", str(tmp_path / "case")]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert not (tmp_path / "case").exists()


def test_the_folder_and_its_overrides_give_the_annual_plan_its_counts(
    real_bank: ModuleType, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "case"
    assert real_bank.main([str(data), "--out", str(out), "--staff", "70"]) == 0
    lines = (out / "overrides.txt").read_text(encoding="utf-8").splitlines()
    scheme = load_scheme("annual", parse_overrides(lines))
    loaded = read_case(out, scheme)
    assert loaded.errors == loaded.warnings == ()
    case = require_case(loaded)
    segments = [s.key for c in case.clients if (s := scheme.segment_of(c)) is not None]
    assert len(segments) == 60 + 40
    assert [segments.count(k) for k in ("large_loan", "medium_loan", "key_deposit")] == [14, 13, 8]
    assert {s.branch for s in case.roster} <= {"01 Town 1", "02 Town 2", "03 Town 3"}
    clients = case.client_by_id
    assert clients["L7040"].balance == 4_108_000  # 41,080 CZK in millionths of 10,000 CZK
    assert [clients[f"L700{n}"].quality for n in (4, 5, 6, 7)] == [1, 5, 1, 3]
    assert clients["A00003"].balance == 0  # no standing order
    assert clients["A00004"].balance == 12 * 400_200


def test_a_threshold_is_the_roundest_between_two_amounts(real_bank: ModuleType) -> None:
    assert real_bank._between(46_123_400, 46_456_700) == Decimal("46.4")
    assert real_bank._between(999_999, 1_000_000) == Decimal(1)
    with pytest.raises(ValueError, match="same amount"):
        real_bank._between(5, 5)
