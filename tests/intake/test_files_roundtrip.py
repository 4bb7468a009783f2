"""What a spreadsheet program would write is read back, value for value, whoever wrote it."""

from __future__ import annotations

import codecs
import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmopt.errors import InputError
from cmopt.intake.delimited import read_delimited
from cmopt.intake.files import read_raw
from cmopt.intake.readlimits import ReadLimits

HEADER = ["client_id", "name", "balance", "held_since", "flag"]

# Characters XML can hold; no carriage return, which XML itself turns into a line feed.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=12).filter(
    lambda s: s == s.strip() and "_x" not in s
)
numbers = st.one_of(
    st.integers(-(10**14), 10**14), st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: float(f"{x:.12g}"))
)
cells = st.one_of(
    st.none(), texts, numbers, st.booleans(), st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda d: d.replace(microsecond=0)),
)  # fmt: skip
rows = st.lists(st.tuples(texts.map(lambda s: f"C{s}"), cells, cells, cells, cells), min_size=1, max_size=30)


def write_with_openpyxl(path: Path, table: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for r, row in enumerate(table, 1):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)


def write_with_xlsxwriter(path: Path, table: list[list[Any]]) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", 'yyyy"年"m"月"d"日" hh:mm:ss'))
    for r, row in enumerate(table):
        for c, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(r, c, value, moment)
            elif isinstance(value, date):
                sheet.write_datetime(r, c, datetime(value.year, value.month, value.day), day)
            elif isinstance(value, bool):
                sheet.write_boolean(r, c, value)
            elif isinstance(value, str):
                sheet.write_string(r, c, value)
            elif value is not None:
                sheet.write_number(r, c, value)
    book.close()


@pytest.mark.parametrize("write", [write_with_openpyxl, write_with_xlsxwriter])
def test_files_workbook_round_trip(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "case.xlsx"

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(rows)
    def check(body: list[tuple[Any, ...]]) -> None:
        write(path, [HEADER, *body])
        (table,) = read_raw(path).tables
        width = len(table.header)
        assert table.header == tuple(HEADER)
        assert [_plain(row) for row in table.rows] == [_plain(row)[:width] for row in body]

    check()


def _plain(row: tuple[Any, ...]) -> list[Any]:
    """A moment at midnight and a date are the same cell; so are 2.0 and 2. True is not 1."""
    out = []
    for value in row:
        if isinstance(value, date) and not isinstance(value, datetime):
            out.append(("moment", datetime(value.year, value.month, value.day)))
        else:
            out.append((isinstance(value, bool) or ("moment" if isinstance(value, datetime) else 0), value))
    return out


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(texts, st.one_of(st.just(""), texts), texts), min_size=1, max_size=20),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from([("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE)]),
)
def test_files_csv_round_trip(
    body: list[tuple[str, str, str]], separator: str, encoding: tuple[str, bytes]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([["client_id", "name", "机构"], *body])
    data = encoding[1] + text.getvalue().encode(encoding[0])
    known = {"client_id", "name", "机构"}
    grid = read_delimited(data, "clients.csv", lambda v: v in known, ReadLimits())
    assert [list(row) for _, row in grid.rows[1:]] == [[a, b or None, c] for a, b, c in body]
    assert [n for n, _ in grid.rows] == list(range(1, len(body) + 2))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_files_any_bytes_give_rows_or_a_coded_error(data: bytes) -> None:
    try:
        grid = read_delimited(data, "clients.csv", None, ReadLimits())
    except InputError as error:
        assert all(f.code and f.where == "clients.csv" and f.render("zh") for f in error.findings)
    else:
        assert all(isinstance(cell, str | None) for _, row in grid.rows for cell in row)


def test_files_any_damage_to_a_workbook_gives_the_same_rows_or_a_coded_error(tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    write_with_xlsxwriter(path, [HEADER, ["C1", "样例企业 001", 10, date(2020, 1, 2), True]])
    whole, good = path.read_bytes(), read_raw(path).tables

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(st.integers(0, len(whole) - 1), st.integers(1, 255))
    def check(at: int, change: int) -> None:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])
        try:
            tables = read_raw(path).tables
        except InputError as error:
            assert all(f.code for f in error.findings)
        else:
            assert tables == good

    check()


def test_files_findings_name_file_sizes_and_hashes(tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "case.xlsx"
    write_with_xlsxwriter(path, [HEADER, ["C1", "x", 10, None, True]])
    (source,) = read_raw(path).sources
    assert (source.name, source.size) == ("case.xlsx", path.stat().st_size)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
