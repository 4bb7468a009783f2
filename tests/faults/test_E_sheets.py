"""Faults E44 to E52: sheets as people keep them. Found, or asked about; nothing lost, nothing guessed."""

from __future__ import annotations

import random
import time
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from case_files import (
    TWO_ROWS,
    known,
    noted,
    only_table,
    refused,
    sheet_xml,
    write_csv,
    write_parts,
    write_sheets,
)

from cmopt.intake.files import read_raw
from cmopt.intake.raw import BadCell, NumberText

HEADER = ["客户号", "客户名称", "机构", "余额"]
ROWS: list[list[Any]] = [HEADER, ["C1", "样例企业 001", "一支行", 10], ["C2", "样例企业 002", "二支行", 20.5]]


def test_E44_total_rows_left_out_and_shown(tmp_path: Path) -> None:
    labels = [
        "合计",
        "小计",
        "总计",
        "合 计：",
        "城东支行小计",
        "Total",
        "SUBTOTAL",
        "Grand total",
        "合计（万元）",
    ]
    sheets = {f"t{n}": [*ROWS[:2], [x, "", "", 10], ROWS[2], ["", x, "", 30.5]] for n, x in enumerate(labels)}
    case = read_raw(write_sheets(tmp_path / "case.xlsx", sheets))
    for table in case.tables:
        assert [r[0] for r in table.rows] == ["C1", "C2"] and table.row_numbers == (2, 4)
        shown = [f.where for f in case.findings if f.code == "total-row" and f.where.startswith(table.name)]
        assert shown == [f"{table.name}!A3", f"{table.name}!B5"]
    noted(case, "total-row")


def test_E44_clients_whose_names_only_contain_the_word_stay(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["C1", "Total", "一支行", 1],
        ["C2", "合计实业", "二支行", 2],
        [7, "小计", "三支行", 3],
        ["Totalis", "x", "y", 4],
    ]
    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": rows}))
    assert len(only_table(case).rows) == 4
    assert [f.where for f in case.findings] == ["clients!B2", "clients!B4"]
    assert noted(case, "total-row-doubtful").severity == "warning"


def test_E45_merged_title_is_fine_merged_data_is_asked_about(tmp_path: Path) -> None:
    def merge_title(book: Any, sheets: Any) -> None:
        sheets["clients"].merge_range("A1:D1", "2026 年客户清单")

    rows = [[""], *ROWS, ["合计", "", "", 30.5]]
    case = read_raw(write_sheets(tmp_path / "title.xlsx", {"clients": rows}, merge_title), is_header=known)
    assert only_table(case).titles == ("2026 年客户清单",) and len(only_table(case).rows) == 2

    def merge_data(book: Any, sheets: Any) -> None:
        sheets["clients"].merge_range("C2:C3", "一支行")

    found = refused(write_sheets(tmp_path / "data.xlsx", {"clients": ROWS}, merge_data), "merged-cells")
    assert found.where == "clients!C2:C3"


def test_E45_merged_total_row_does_no_harm(tmp_path: Path) -> None:
    def merge(book: Any, sheets: Any) -> None:
        sheets["clients"].merge_range("A4:C4", "合计")

    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": [*ROWS, ["", "", "", 30.5]]}, merge))
    assert len(only_table(case).rows) == 2


def test_E46_hidden_sheets_rows_and_columns_reported(tmp_path: Path) -> None:
    def hide(book: Any, sheets: Any) -> None:
        sheets["staff"].very_hidden()
        sheets["clients"].set_row(1, None, None, {"hidden": True})
        sheets["clients"].set_row(30, None, None, {"hidden": True})  # blank: not worth a word
        sheets["clients"].set_column(2, 3, 10, None, {"hidden": True})

    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": ROWS, "staff": ROWS}, hide))
    assert [len(t.rows) for t in case.tables] == [2, 2]
    assert noted(case, "hidden-sheet").where == "staff"
    assert str(noted(case, "hidden-rows")).endswith(": 2") and "1 rows" in str(noted(case, "hidden-rows"))
    assert str(noted(case, "hidden-columns")).endswith("C–D")


def test_E47_duplicate_headers(tmp_path: Path) -> None:
    rows = [["客户号", "余额", "机构", "余 额"], ["C1", 1, "x", 2]]
    found = refused(write_sheets(tmp_path / "case.xlsx", {"clients": rows}), "header-twice")
    assert found.where == "clients!D1" and "B" in found.message.params["first"]
    refused(write_csv(tmp_path / "csv", content="客户号,余额,余额\n1,2,3\n"), "header-twice")


def test_E48_title_rows_above_the_header(tmp_path: Path) -> None:
    rows = [["2026 年客户清单"], [], ["单位：万元", "", "制表：计划部"], *ROWS]
    for vocabulary in (None, known):
        case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": rows}), is_header=vocabulary)
        table = only_table(case)
        assert table.header == tuple(HEADER) and table.header_row == 4 and table.row_numbers == (5, 6)
        assert table.titles == ("2026 年客户清单", "单位：万元", "制表：计划部")
        assert noted(case, "header-row").severity == "notice"


def test_E48_title_that_names_another_unit_is_not_overlooked(tmp_path: Path) -> None:
    for said in ("单位：元", "（单位: 亿元）", "金额单位：人民币千元"):
        refused(
            write_sheets(tmp_path / "case.xlsx", {"clients": [[said], *ROWS]}), "title-unit", is_header=known
        )


def two_rows(upper: list[str], lower: list[str], merges: list[str]) -> Any:
    def merge(book: Any, sheets: Any) -> None:
        sheet = sheets["staff"]
        for area in merges:
            first = openpyxl.utils.cell.coordinate_from_string(area.split(":")[0])
            column = openpyxl.utils.column_index_from_string(first[0]) - 1
            sheet.merge_range(area, (upper if first[1] == 1 else lower)[column])

    return merge


SUB = ["", "", "", "行为规范", "语言表达", "应变能力"]


@pytest.mark.parametrize("vocabulary", [None, known])
def test_E48_two_row_header_joined(tmp_path: Path, vocabulary: Any) -> None:
    upper, data = ["工号", "姓名", "笔试", "面试", "", ""], ["S1", "员工 001", 40, 4, 5, 15]
    merges = two_rows(upper, SUB, ["A1:A2", "B1:B2", "C1:C2", "D1:F1"])
    path = write_sheets(tmp_path / "case.xlsx", {"staff": [upper, SUB, data]}, merges)
    case = read_raw(path, is_header=vocabulary)
    table = only_table(case)
    assert table.header == ("工号", "姓名", "笔试", "行为规范", "语言表达", "应变能力")
    assert table.rows == (("S1", "员工 001", 40, 4, 5, 15),) and table.header_row == 2
    assert "rows 1 and 2" in str(noted(case, "header-two-rows"))


def test_E48_two_row_header_in_csv_and_with_group_titles_nobody_knows(tmp_path: Path) -> None:
    text = "工号,姓名,笔试,面试,,\n,,,行为规范,语言表达,应变能力\nS1,甲,40,4,5,15\n"
    table = only_table(read_raw(write_csv(tmp_path / "c", "staff.csv", text), is_header=known))
    assert table.header == ("工号", "姓名", "笔试", "行为规范", "语言表达", "应变能力")
    text = "工号,基本情况,,考试,,,\n,姓名,机构,笔试,行为规范,语言表达,应变能力\nS1,甲,一支行,40,4,5,15\n"
    table = only_table(read_raw(write_csv(tmp_path / "c", "staff.csv", text), is_header=known))
    assert table.header == ("工号", "姓名", "机构", "笔试", "行为规范", "语言表达", "应变能力")
    assert table.rows == (("S1", "甲", "一支行", "40", "4", "5", "15"),)


def test_E48_two_headers_are_asked_about(tmp_path: Path) -> None:
    rows = [["client_id", "name", "balance"], ["客户号", "客户名称", "余额"], ["C1", "x", 1]]
    found = refused(
        write_sheets(tmp_path / "case.xlsx", {"clients": rows}), "header-two-rows", is_header=known
    )
    assert "rows 1 and 2" in str(found)


def test_E48_no_header_is_asked_about(tmp_path: Path) -> None:
    rows = [["C1", "样例企业 001", 10], ["C2", "样例企业 002", 20]]
    assert refused(
        write_sheets(tmp_path / "a.xlsx", {"clients": rows}), "header-not-found", is_header=known
    ).where
    path = write_sheets(tmp_path / "b.xlsx", {"clients": [["x"]] * 12 + ROWS})
    refused(path, "header-not-found", is_header=known)


def test_E48_the_header_may_have_many_unknown_columns_and_stand_again_below(tmp_path: Path) -> None:
    header = [*HEADER, *(f"指标{n}" for n in range(12))]
    rows = [header, ["C1", "甲", "x", 1, *range(12)], header, ["C2", "乙", "y", 2, *range(12)]]
    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": rows}), is_header=known)
    assert only_table(case).row_numbers == (2, 4)
    assert noted(case, "header-again").where == "clients!3:3"


@pytest.mark.parametrize(
    "cell", ["<f>1+1</f>", "<f>1+1</f><v></v>", "<f>1+1</f><v/>", '<f t="shared" si="0"/>']
)
def test_E49_formula_without_a_cached_value(tmp_path: Path, cell: str) -> None:
    rows = (
        TWO_ROWS
        + f'<row r="3"><c r="A3"><v>3</v></c><c r="B3">{cell}</c></row><row r="4"><c r="B4">{cell}</c></row>'
    )
    table = only_table(read_raw(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(rows)})))
    assert table.rows[1:] == ((3, BadCell.UNCACHED), (None, BadCell.UNCACHED))
    assert table.row_numbers == (2, 3, 4)


def test_E49_formula_with_a_cached_value_is_read(tmp_path: Path) -> None:
    cells = '<c r="A3" t="str"><f>"x"</f><v></v></c><c r="B3"><f>1+1</f><v>2</v></c>'
    table = only_table(
        read_raw(
            write_parts(tmp_path / "c.xlsx", {"clients": sheet_xml(TWO_ROWS + f'<row r="3">{cells}</row>')})
        )
    )
    assert table.rows[1] == (None, 2)  # a formula may yield the empty text


def test_E49_results_no_spreadsheet_program_computed(tmp_path: Path) -> None:
    def formulas(book: Any, sheets: Any) -> None:
        sheets["clients"].write_formula("D2", "=4+5")  # the writer stores 0 and asks for recalculation
        sheets["clients"].write_formula("D3", "=4+5", None, 9)

    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": ROWS}, formulas))
    assert [r[3] for r in only_table(case).rows] == [BadCell.UNCACHED, 9]
    assert noted(case, "formula-stale").severity == "warning"
    book = openpyxl.Workbook()
    book.active.append(HEADER)  # type: ignore[union-attr]
    book.active.append(["C1", "x", "y", "=1+1"])  # type: ignore[union-attr]
    book.save(tmp_path / "other.xlsx")
    assert only_table(read_raw(tmp_path / "other.xlsx")).rows[0][3] is BadCell.UNCACHED


def test_E50_error_cells(tmp_path: Path) -> None:
    texts = ["#REF!", "#N/A", "#DIV/0!", "#VALUE!"]
    rows = "".join(
        f'<row r="{n}"><c r="B{n}" t="e"><f>A1/0</f><v>{text}</v></c></row>'
        for n, text in enumerate(texts, 5)
    )
    table = only_table(read_raw(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + rows)})))
    assert table.rows[1:] == ((None, BadCell.ERROR),) * 4
    assert table.bad == {(n, 1): text for n, text in enumerate(texts, 1)}
    assert table.address(1, 1) == "clients!B5"


def test_E50_error_in_the_header(tmp_path: Path) -> None:
    names = '<c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>name</v></c>'
    rows = f'<row r="1">{names}<c r="C1" t="e"><v>#REF!</v></c></row>'
    assert (
        refused(write_parts(tmp_path / "c.xlsx", {"clients": sheet_xml(rows)}), "header-bad").where
        == "clients!C1"
    )


def test_E51_a_million_blank_formatted_rows(tmp_path: Path) -> None:
    rows = TWO_ROWS + "".join(
        f'<row r="{n}" s="1" customFormat="1"/>' if n % 3
        else f'<row r="{n}" spans="1:2"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>'
        for n in range(3, 1_048_577)
    )  # fmt: skip
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(rows)})
    started = time.monotonic()
    assert only_table(read_raw(path)).rows == (("C1", 10),)
    assert time.monotonic() - started < 30


def test_E52_columns_in_another_order(tmp_path: Path) -> None:
    order = list(range(4))
    random.Random(5).shuffle(order)
    rows = [[row[i] for i in order] for row in ROWS]
    table = only_table(read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": rows}), is_header=known))
    at = {name: c for c, name in enumerate(table.header)}
    assert [[row[at[name]] for name in HEADER] for row in table.rows] == ROWS[1:]


def test_E41_dates_and_the_1904_epoch(tmp_path: Path) -> None:
    for epoch_1904 in (False, True):
        book = openpyxl.Workbook()
        if epoch_1904:
            book.epoch = openpyxl.utils.datetime.MAC_EPOCH
        sheet: Any = book.active
        sheet.append(["client_id", "held_since"])
        sheet.append(["C1", date(2020, 1, 2)])
        book.save(tmp_path / "case.xlsx")
        table = only_table(read_raw(tmp_path / "case.xlsx"))
        assert table.epoch_1904 is epoch_1904 and table.rows == (("C1", date(2020, 1, 2)),)


STORED: list[tuple[str, Any]] = [
    ("110101199001011234", NumberText("110101199001011234")),
    ("1.1010119900101123E+17", NumberText("1.1010119900101123E+17")),
    ("1e400", NumberText("1e400")),
    ("123456789012345", 123456789012345),
    ("4.3499999999999996", 4.3499999999999996),  # what Excel stores for a typed 4.35
    ("0.30000000000000004", 0.30000000000000004),
    ("1e-07", 1e-07),
    ("-0.5", -0.5),
    ("12", 12),
]


def test_C22_digits_that_a_float_would_lose_are_delivered_as_text(tmp_path: Path) -> None:
    rows = TWO_ROWS + "".join(
        f'<row r="{n}"><c r="A{n}"><v>3</v></c><c r="B{n}"><v>{stored}</v></c></row>'
        for n, (stored, _) in enumerate(STORED, 3)
    )
    table = only_table(read_raw(write_parts(tmp_path / "c.xlsx", {"clients": sheet_xml(rows)})))
    for (_, value), (_, delivered) in zip(table.rows[1:], STORED, strict=True):
        assert value == delivered and type(value) is type(delivered)


def test_E44_a_value_without_a_column_name_is_reported(tmp_path: Path) -> None:
    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": [HEADER, [*ROWS[1], "lost?"]]}))
    assert noted(case, "header-missing").where == "clients!E2"


def test_E46_sheets_that_are_no_tables_are_left_aside(tmp_path: Path) -> None:
    sheets = {"clients": ROWS, "说明": [["这是说明"], ["第一条"]], "Sheet2": [["x", "x"], [1, 2]]}
    path = write_sheets(tmp_path / "case.xlsx", sheets)
    case = read_raw(path, is_header=known, is_table=lambda name: name == "clients")
    assert [t.name for t in case.tables] == ["clients"]
    assert [f.where for f in case.findings if f.code == "sheet-left-aside"] == ["说明", "Sheet2"]
    refused(path, "header-not-found", is_header=known)
