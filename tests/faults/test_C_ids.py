"""Cases C21-C32: ids are text, keys stand once, references are known."""

from pathlib import Path

import pytest
from raw_tables import (
    CLIENT_HEADER,
    CLIENT_ROWS,
    STAFF_HEADER,
    STAFF_ROWS,
    annual,
    by_code,
    check,
    codes,
    column,
    said,
    table,
    with_column,
)

from cmopt.intake.case import Intake, read_case
from cmopt.intake.raw import NumberText
from cmopt.intake.values import canonical_id

LINK_HEADER = ["工号", "客户号", "规则"]


def test_C21_leading_zeros_kept() -> None:
    intake = check(with_column("客户号", ["0001", "01"]))
    assert column(intake, "client_id") == ["0001", "01"]
    assert intake.case is not None and [s.staff_id for s in intake.case.roster] == ["0001", "0002"]


def test_C21_a_whole_number_becomes_its_digits() -> None:
    assert column(check(with_column("客户号", [17, 18.0])), "client_id") == ["17", "18"]
    assert column(check(with_column("客户号", [123456789012345, "x"])), "client_id") == [
        "123456789012345",
        "x",
    ]


@pytest.mark.parametrize(
    "value", [110105194912310021, 1.10105194912310e17, 10**15, NumberText("110105194912310021"), float("inf")]
)
def test_C22_a_number_of_more_than_15_digits_is_refused(value: object) -> None:
    intake = check(with_column("客户号", [value, "C2"]))
    (error,) = intake.errors
    assert (error.code, error.where) == ("id-digits-lost", "clients!A2")
    assert "digits lost" in error.render("en") and "text" in error.render("en")


@pytest.mark.parametrize("value", ["1.1E+17", "1.10105E+17", "1E+15", "1.1e17", "１.１E+17"])
def test_C23_powers_of_ten_are_refused(value: str) -> None:
    intake = check(with_column("客户号", [value, "C2"]))
    assert [(f.code, f.where) for f in intake.errors] == [("id-scientific", "clients!A2")]


def test_C23_other_unlikely_ids_are_refused() -> None:
    for value in ("1001.0", 1.5, True, -3):
        assert len(check(with_column("客户号", [value, "C2"])).errors) == 1, value
    assert column(check(with_column("客户号", ["1E15", "2"])), "client_id") == ["1E15", "2"]


def test_C24_checksum_of_an_identity_number_and_X() -> None:
    right = "11010519491231002X"  # the example of GB 11643-1999
    intake = check(with_column("客户号", [right.lower(), "C2"]))
    assert column(intake, "client_id") == [right, "C2"]
    assert not by_code(intake, "id-checksum") and len(by_code(intake, "id-normalised")) == 1
    wrong = check(with_column("客户号", ["110105194912310021", "C2"]))
    assert wrong.case is not None
    (warning,) = by_code(wrong, "id-checksum")
    assert (warning.severity, warning.where) == ("warning", "clients!A2")


def test_C24_an_18_digit_number_without_a_birthday_is_no_identity_number() -> None:
    assert not by_code(check(with_column("客户号", ["110105000000000021", "C2"])), "id-checksum")


def test_C24_x_and_X_are_one_person() -> None:
    staff = table(
        "staff", STAFF_HEADER, [["11010519491231002X", *STAFF_ROWS[0][1:]], ["0002", *STAFF_ROWS[1][1:]]]
    )
    intake = check(staff, with_column("现管户人", ["11010519491231002x", "0002"]))
    assert column(intake, "incumbent") == ["11010519491231002X", "0002"]


@pytest.mark.parametrize("name", ["NA", "nan", "None", "null", "N/A", "TRUE"])
def test_C25_the_name_NA_kept(name: str) -> None:
    assert column(check(with_column("客户名称", [name, "样例企业 002"])), "name")[0] == name


def test_C26_a_client_twice_shows_both_rows() -> None:
    intake = check(with_column("客户号", ["C001", "C001"]))
    (error,) = intake.errors
    assert (error.code, error.where) == ("id-twice", "clients!A3")
    text = error.render("en")
    assert all(part in text for part in ("clients!A2", "clients!A3", "样例企业 001", "样例企业 002"))


def test_C27_a_manager_twice_shows_both_rows() -> None:
    intake = check(with_column("工号", ["0001", "0001", "0001"], of="staff"))
    assert [(f.code, f.where) for f in intake.errors] == [("id-twice", "staff!A3"), ("id-twice", "staff!A4")]
    assert "员工 001" in intake.errors[0].render("en") and "员工 002" in intake.errors[0].render("en")


def test_C28_full_width_or_spaced_ids_are_normalised_and_logged() -> None:
    intake = check(with_column("客户号", ["Ｃ ００１", "C002 "]), with_links(["000１", "C001", None]))
    assert column(intake, "client_id") == ["C001", "C002"]
    assert intake.case is not None and intake.case.links[0].staff_id == "0001"
    clients, links = by_code(intake, "id-normalised")
    assert clients.severity == "notice"
    text = clients.render("en")
    assert "2 ids" in text and 'clients!A2 "Ｃ ００１" → "C001"' in text
    assert "links!A2" in links.render("en")


def with_links(*rows: list[object]) -> object:
    return table("links", LINK_HEADER, rows)


def test_C29_an_empty_join_key_joins_nothing() -> None:
    intake = check(with_links([None, "C001", "回避"], ["0001", "  ", None], ["0001", "C002", "回避"]))
    assert [(f.code, f.where) for f in intake.errors] == [
        ("cell-blank", "links!A2"),
        ("cell-blank", "links!B3"),
    ]


def test_C29_a_blank_incumbent_is_nobody() -> None:
    assert column(check(with_column("现管户人", [None, "\u3000"])), "incumbent") == [None, None]


def test_C30_a_pair_twice_would_multiply_joins() -> None:
    intake = check(with_links(["0001", "C001", "回避"], ["0001", "C002", None], ["0001", "C001", None]))
    (error,) = intake.errors
    assert (error.code, error.where) == ("pair-twice", "links!A4") and "links!A2" in error.render("en")
    both = check(with_column("工号", ["0001", "0001"], of="staff"), with_links(["0001", "C001", None]))
    assert codes(both.errors) == ["id-twice"]


def test_C31_an_unknown_manager_is_an_error_with_near_matches() -> None:
    intake = check(with_column("现管户人", [1, "员工 002"]), with_links(["0003", "C01", None]))
    said_of = {f.where: f.render("en") for f in intake.errors}
    assert set(said_of) == {"clients!F2", "clients!F3", "links!A2", "links!B2"}
    assert {f.code for f in intake.errors} == {"reference-unknown"}
    assert "near it: 0001" in said_of["clients!F2"] and "near it: 0002" in said_of["clients!F3"]
    assert "C001" in said_of["links!B2"]


def test_C31_an_unknown_branch_is_a_warning_with_near_matches() -> None:
    intake = check(with_column("机构", ["城东", "城 西支行"]))
    assert intake.case is not None
    said_of = {f.where: f.render("en") for f in by_code(intake, "branch-unknown")}
    assert "near it: 城东支行" in said_of["clients!C2"] and "near it: 城西支行" in said_of["clients!C3"]
    same = check(with_column("机构", [" 城东支行", "城西\u200b支行"]))
    assert not by_code(same, "branch-unknown") and by_code(same, "text-normalised")


def test_C32_blank_keys_and_names_by_cell() -> None:
    intake = check(
        table("clients", CLIENT_HEADER, [[None, *CLIENT_ROWS[0][1:]], ["C2", "", " ", None, "\u200b"]])
    )
    assert {(f.code, f.where) for f in intake.errors} == {
        ("cell-blank", f"clients!{cell}") for cell in ("A2", "B3", "C3", "D3", "E3")
    }, said(intake.errors)


@pytest.mark.parametrize("text", ["0001", "C-1", "A/b", "㐂𠮷䶮", "1_000"])
def test_canonical_ids_stay_as_they_are(text: str) -> None:
    assert canonical_id(text) == text == canonical_id(canonical_id(text))


def test_C22_in_a_workbook_a_number_cell_is_refused_and_a_text_cell_is_read(tmp_path: Path) -> None:
    import openpyxl

    def read(value: object) -> Intake:
        book = openpyxl.Workbook()
        staff, clients = book.active, book.create_sheet("客户")
        staff.title = "员工"
        for sheet, rows in ((staff, [STAFF_HEADER, *STAFF_ROWS]), (clients, [CLIENT_HEADER, *CLIENT_ROWS])):
            for row in rows:
                sheet.append(row)
        clients["A2"] = value
        book.save(tmp_path / "case.xlsx")
        return read_case(tmp_path / "case.xlsx", annual())

    assert [(f.code, f.where) for f in read(110105194912310021).errors] == [("id-digits-lost", "客户!A2")]
    assert "110105000000000021" in column(read("110105000000000021"), "client_id")
    assert "C001" in column(read("C001"), "client_id")
