"""The counter's deposits, and the clients table of a large bank: read as columns, written row by row."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from raw_tables import CLIENT_HEADER, CLIENT_ROWS, check, codes, column, table, with_column

from cmopt.domain.client_list import Clients
from cmopt.intake.case import read_case, require_case
from cmopt.intake.delimited import BLOCK, SHARING_FROM, read_delimited
from cmopt.intake.readlimits import ReadLimits
from cmopt.intake.schemes import load_scheme
from cmopt.intake.write import write_case
from cmopt.synth import SynthOptions, synth_case

ANNUAL = load_scheme("annual")


@pytest.mark.parametrize("header", ["柜面管理", "counter", "Counter-held"])
def test_the_counters_deposits_are_read(header: str) -> None:
    intake = check(with_column(header, ["", "是"]))
    assert column(intake, "counter") == [False, True]
    assert "blank-default" in codes(intake.notices)


def test_only_plain_deposits_are_the_counters() -> None:
    loan = check(with_column("柜面管理", ["是", "否"]))
    assert [(f.code, f.where) for f in loan.errors] == [("counter-deposit", "clients!F2")]
    header = [*CLIENT_HEADER, "重点机构存款", "柜面管理"]
    key = check(table("clients", header, [[*CLIENT_ROWS[0], "否", "否"], [*CLIENT_ROWS[1], "是", "是"]]))
    assert [(f.code, f.where) for f in key.errors] == [("counter-deposit", "clients!G3")]


def test_a_case_without_any_has_no_such_column(tmp_path: Path) -> None:
    case = require_case(check(with_column("柜面管理", ["否", "否"])))
    write_case(case, ANNUAL, tmp_path, "zh")
    assert "柜面管理" not in (tmp_path / "clients.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("name", ["case", "case.xlsx"])
def test_a_whole_bank_reads_back_equal(tmp_path: Path, name: str) -> None:
    bank = synth_case(SynthOptions(clients=9000, staff=60, branches=6, book=True), ANNUAL)
    write_case(bank, ANNUAL, tmp_path / name, "en")
    read = require_case(read_case(tmp_path / name, ANNUAL))
    assert isinstance(read.clients, Clients)
    assert read == bank
    assert read.clients.counter.any()


def test_columns_with_gaps_are_read_past_the_first_block() -> None:
    n = 25_000
    rows = [[f"C{j}", "样例", "城东支行", "存款", "1", "" if j % 3 else f"{j % 5 + 1}"] for j in range(n)]
    rows[-1][-1] = "七"
    rows[15_000][-1] = "7"
    intake = check(table("clients", [*CLIENT_HEADER, "难度"], rows))
    assert [(f.code, f.where) for f in intake.errors] == [
        ("number-above", "clients!F15002"),
        ("number-digits", f"clients!F{n + 1}"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_long_file_is_read_in_pieces(end: str) -> None:
    """Lines and quoted cells with line breaks over the borders of the pieces; texts that repeat."""
    count = max(SHARING_FROM * 2, 3 * BLOCK // 400)
    body = [[f"C{n}", "是" if n % 2 else "否", "很" * 190 + f"\n{n}"] for n in range(count)]
    text = io.StringIO(newline="")
    text.write(f"client_id,flag,name{end}")
    text.writelines(f'{a},{b},"{c}"{end}' for a, b, c in body)
    data = text.getvalue().encode()
    grid = read_delimited(data, "clients.csv", lambda v: v in ("client_id", "flag", "name"), ReadLimits())
    assert [list(row) for _, row in grid.rows[1:]] == body
    assert len(data) > 2 * BLOCK


def test_a_text_file_has_limits_of_its_own(tmp_path: Path) -> None:
    from cmopt.errors import InputError
    from cmopt.intake.files import read_raw

    (tmp_path / "clients.csv").write_text("客户号,客户名称\n" + "C1,样例\n" * 50, encoding="utf-8")
    assert read_raw(tmp_path, limits=ReadLimits(cells=5, file_bytes=20)).tables
    for limits in (ReadLimits(text_cells=60), ReadLimits(text_bytes=100)):
        with pytest.raises(InputError):
            read_raw(tmp_path, limits=limits)
