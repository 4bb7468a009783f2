"""Faults B13 to B19: CSV is decoded strictly, and every fault has its row and column."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from case_files import known, noted, only_table, refused, write_csv

from cmopt.intake.files import read_raw
from cmopt.intake.readlimits import ReadLimits

TEXT = "客户号,客户名称,余额\n001,样例企业 001,12.50\n002,样例企业 002,\n"
ROWS = (("001", "样例企业 001", "12.50"), ("002", "样例企业 002", None))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (b"", "gb18030"),
        (b"", "gbk"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_B13_encodings_read_right(tmp_path: Path, mark: bytes, encoding: str, ending: str) -> None:
    case = read_raw(write_csv(tmp_path / "c", content=mark + TEXT.replace("\n", ending).encode(encoding)))
    table = only_table(case)
    assert (table.name, table.header) == ("clients", ("客户号", "客户名称", "余额"))
    assert table.rows == ROWS
    assert table.row_numbers == (2, 3) and table.header_row == 1 and table.text_only
    assert case.findings == ()


def test_B13_english_headers_and_one_chinese_name_in_gb18030(tmp_path: Path) -> None:
    table = only_table(read_raw(write_csv(tmp_path / "c", content="id,name\n1,张三\n".encode("gb18030"))))
    assert table.rows == (("1", "张三"),)


def test_B13_utf16_without_its_mark_is_asked_about(tmp_path: Path) -> None:
    refused(write_csv(tmp_path / "c", content=TEXT.encode("utf-16-le")), "csv-encoding")


def test_B14_bad_byte_in_utf8_has_line_and_offset(tmp_path: Path) -> None:
    data = TEXT.encode()
    at = data.index("样例企业 002".encode()) + 2
    found = refused(write_csv(tmp_path / "c", content=data[:at] + b"\xff" + data[at + 1 :]), "csv-bad-byte")
    # the whole character is bad: its first byte is the one that cannot be read
    assert found.where == "clients.csv" and "line 3" in str(found)
    assert f"byte {at - 1}" in str(found) and "UTF-8" in str(found)


def test_B14_bad_byte_in_gb18030(tmp_path: Path) -> None:
    data = TEXT.encode("gb18030")
    at = data.index(b"\n", 40)
    found = refused(write_csv(tmp_path / "c", content=data[:at] + b"\xff" + data[at:]), "csv-bad-byte")
    assert f"byte {at + 1}" in str(found) and "GB18030" in str(found)


def test_B14_utf16_cut_in_a_character(tmp_path: Path) -> None:
    data = codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")
    refused(write_csv(tmp_path / "c", content=data[:-1]), "csv-bad-byte")


@pytest.mark.parametrize(
    "data",
    [
        "id,name\n1,Müller\n2,café à la crème\n".encode("latin-1"),
        "客戶號,客戶名稱,餘額\n1,樣例企業有限公司,10\n2,第二樣例企業,12\n".encode("big5"),
        b"id,name\n1,\x80\x81\xff\n",
        b"id,name\n1,a\0b\n",
    ],
)
def test_B14_other_encodings_are_never_guessed(tmp_path: Path, data: bytes) -> None:
    folder = write_csv(tmp_path / "c", content=data)
    codes = {"csv-bad-byte", "csv-encoding"}
    with pytest.raises(Exception) as caught:
        read_raw(folder)
    assert {f.code for f in caught.value.findings} <= codes  # type: ignore[attr-defined]


def test_B14_every_bad_file_is_named_at_once(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "c", "clients.csv", b"id,name\n1,\x80\n")
    write_csv(folder, "staff.csv", b"id,name\n1,\x80\n")
    with pytest.raises(Exception) as caught:
        read_raw(folder)
    assert [f.where for f in caught.value.findings] == ["clients.csv", "staff.csv"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_B15_rare_characters_survive(tmp_path: Path, encoding: str) -> None:
    text = "工号,姓名\n1,㐂𠮷\n2,䶮\n3,王㛃\n"
    case = read_raw(write_csv(tmp_path / "c", "staff.csv", text.encode(encoding)))
    assert only_table(case).rows == (("1", "㐂𠮷"), ("2", "䶮"), ("3", "王㛃"))


@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
@pytest.mark.parametrize("vocabulary", [None, known])
def test_B16_separators(tmp_path: Path, separator: str, vocabulary: object) -> None:
    text = TEXT.replace(",", separator)
    table = only_table(read_raw(write_csv(tmp_path / "c", content=text), is_header=vocabulary))  # type: ignore[arg-type]
    assert table.header == ("客户号", "客户名称", "余额") and table.rows == ROWS


def test_B16_other_separators_inside_cells(tmp_path: Path) -> None:
    text = "客户号,客户名称,余额\n1,甲，乙;丙,1\n2,丁，戊;己,2\n"
    for vocabulary in (None, known):
        table = only_table(read_raw(write_csv(tmp_path / "c", content=text), is_header=vocabulary))
        assert table.rows == (("1", "甲，乙;丙", "1"), ("2", "丁，戊;己", "2"))


def test_B16_line_that_tells_the_separator(tmp_path: Path) -> None:
    table = only_table(read_raw(write_csv(tmp_path / "c", content="sep=;\nid;name\n1;a,b\n")))
    assert table.rows == (("1", "a,b"),) and table.row_numbers == (3,)


def test_B16_two_separators_that_do_equally_well_are_asked_about(tmp_path: Path) -> None:
    refused(write_csv(tmp_path / "c", content="id;x,name\n1;y,b\n"), "csv-separator")


def test_B17_ragged_rows_named(tmp_path: Path) -> None:
    text = "客户号,客户名称,余额\n1,甲,1\n2,乙\n3,丙,3,4\n4,丁,4,,\n"
    found = refused(write_csv(tmp_path / "c", content=text), "csv-ragged")
    assert "row 3 has 2 cells" in str(found) and found.where == "clients!3:3"
    with pytest.raises(Exception) as caught:
        read_raw(tmp_path / "c")
    assert [f.where for f in caught.value.findings] == ["clients!3:3", "clients!4:4"]  # type: ignore[attr-defined]


def test_B17_trailing_blank_cells_do_no_harm(tmp_path: Path) -> None:
    text = "客户清单,,,\n客户号,客户名称,余额,\n1,甲,1,,\n2,乙,2\n,,,\n\n3,丙,3,\n"
    table = only_table(read_raw(write_csv(tmp_path / "c", content=text), is_header=known))
    assert table.rows == (("1", "甲", "1"), ("2", "乙", "2"), ("3", "丙", "3"))
    assert table.row_numbers == (3, 4, 7)


def test_B18_quoted_newlines_kept(tmp_path: Path) -> None:
    text = 'id,name,note\r\n1,"two\r\nlines, and ""quotes""",x\r\n2,b,"\n"\r\n'
    table = only_table(read_raw(write_csv(tmp_path / "c", content=text)))
    assert table.rows == (("1", 'two\r\nlines, and "quotes"', "x"), ("2", "b", "\n"))
    assert table.row_numbers == (2, 3)  # rows as a spreadsheet counts them, not lines


@pytest.mark.parametrize("text", ['id,name\n1,"open\n2,b\n', 'id,name\n1,"a"b\n'])
def test_B18_broken_quotes_named(tmp_path: Path, text: str) -> None:
    assert "line 2" in str(refused(write_csv(tmp_path / "c", content=text), "csv-quotes"))


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u00ad", "\ufe00", "\x07"]
)
def test_B19_characters_that_do_not_show_are_flagged(tmp_path: Path, sign: str) -> None:
    case = read_raw(write_csv(tmp_path / "c", content=f"客户号,客户名称\n00{sign}1,甲\n"))
    found = noted(case, "odd-characters")
    assert found.where == "clients!A2" and f"U+{ord(sign):04X}" in str(found) and found.severity == "warning"
    assert only_table(case).rows == ((f"00{sign}1", "甲"),)  # delivered unchanged


def test_B19_lost_and_private_characters_are_flagged(tmp_path: Path) -> None:
    case = read_raw(write_csv(tmp_path / "c", content="客户号,客户名称\n1,王\ufffd\n2,李\ue123\n"))
    assert noted(case, "lost-characters").where == "clients!B2"
    assert noted(case, "private-characters").where == "clients!B3"


def test_B19_a_thousand_of_them_are_counted_not_listed(tmp_path: Path) -> None:
    rows = "".join(f"{n},甲\u200b\n" for n in range(1000))
    case = read_raw(write_csv(tmp_path / "c", content="客户号,客户名称\n" + rows), limits=ReadLimits(named=5))
    assert len(case.findings) == 6 and "995" in str(case.findings[-1])
