"""Cases D33-D43: numbers are exact integers of the smallest unit, or refused by cell."""

from datetime import date, datetime
from typing import Any

import pytest
from raw_tables import by_code, check, codes, column, said, with_column

from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Mark
from cmopt.intake.raw import BadCell, NumberText


def balances(*values: Any, header: str = "余额", **options: Any) -> list[int]:
    return column(check(with_column(header, values, **options)), "balance")


def refused(*values: Any, header: str = "余额", **options: Any) -> list[tuple[str, str | None]]:
    intake = check(with_column(header, values, **options))
    assert intake.case is None
    return [(f.code, f.where) for f in intake.errors]


def test_D33_thousands() -> None:
    assert balances("1,234.56", "12,345,678", "１，２３４．５６") == [
        1_234_560_000,
        12_345_678 * UNIT,
        1_234_560_000,
    ]
    for wrong in ("1,23", "12,34.5", ",123", "1,234,56", "1.234,56"):
        assert refused(wrong) == [("not-a-number", "clients!E2")], wrong


def test_D34_wan_and_yi() -> None:
    assert balances("1.2亿", "0.5亿元") == [12_000 * UNIT, 5_000 * UNIT]
    assert balances("12万", "1,200.5 万元") == [12 * UNIT, 1_200_500_000]
    assert balances("12000000.01元", "¥0.01") == [1_200_000_001, 1]
    assert balances("12万", "3", header="余额（万元）") == [12 * UNIT, 3 * UNIT]


@pytest.mark.parametrize(
    ("header", "figure", "fen"),
    [
        ("余额(元)", "12,345.67", 1_234_567),
        ("余额（万元）", "12.345678", 12_345_678),
        ("余额【亿元】", "1.23456789", 12_345_678_900),
        ("余额（单位：千元）", 10, 1_000_000),
        ("余额/元", 10000.0, 1_000_000),
        ("余额 万元", "1", 1_000_000),
        ("Balance (Yuan)", "10000", 1_000_000),
        ("BALANCE (10,000 yuan)", "1", 1_000_000),
        ("ｂａｌａｎｃｅ（人民币元）", "1", 100),
        ("余额(年末)", "1", 1_000_000),
    ],
)
def test_D34_the_unit_in_the_header(header: str, figure: object, fen: int) -> None:
    from raw_tables import CLIENT_HEADER, CLIENT_ROWS, table

    rows = [[*CLIENT_ROWS[0][:4], figure]]
    assert column(check(table("clients", [*CLIENT_HEADER[:4], header], rows)), "balance") == [fen]


def test_D35_mixed_units_are_asked_about_naming_both_cells() -> None:
    for values in (("1200万", "1.2亿"), ("5000000", "500万"), ("1.2亿", "5元"), ("¥5", "5")):
        intake = check(with_column("余额", values))
        (error,) = intake.errors
        assert error.code == "unit-mixed"
        assert "clients!E2" in error.render("en") and "clients!E3" in error.render("en")
    assert refused("500元", "300元", header="余额(万元)") == [("unit-mixed", "clients!E2")]
    assert refused("5", header="余额(美元)") == [("unit-unknown", "clients!E1")]


def test_D35_zero_has_no_unit() -> None:
    assert balances("0", "12万", "0元") == [0, 12 * UNIT, 0]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1_000", "not-a-number"),
        ("²", "number-digits"),
        ("1²", "number-digits"),
        ("١٢٣", "number-digits"),
        ("一百", "number-digits"),
        ("①", "number-digits"),
        ("12k", "not-a-number"),
        ("0x10", "not-a-number"),
        ("12 000", "not-a-number"),
        ("--5", "not-a-number"),
        ("(-5)", "not-a-number"),
        ("5.", "not-a-number"),
        ("=1+1", "not-a-number"),
        ("-", "not-a-number"),
        ("9" * 50, "number-too-long"),
        (True, "not-a-number"),
        (date(2003, 1, 5), "not-a-number"),
    ],
)
def test_D36_digits_by_a_whitelist(value: object, code: str) -> None:
    assert refused(value) == [(code, "clients!E2")]


def test_D36_full_width_digits_are_read_and_logged() -> None:
    intake = check(with_column("余额", ["１２３．４５", "7"]))
    assert column(intake, "balance") == [123_450_000, 7 * UNIT]
    (notice,) = by_code(intake, "number-full-width")
    assert notice.severity == "notice" and "clients!E2" in notice.render("en")


def test_D37_negative_or_in_parentheses_read_and_flagged() -> None:
    intake = check(with_column("余额", ["-5", "(1,234.5)", "（6）", "−7", -8, -9.5]))
    assert sorted(column(intake, "balance")) == sorted(
        [-5 * UNIT, -1_234_500_000, -6 * UNIT, -7 * UNIT, -8 * UNIT, -9_500_000]
    )
    flagged = by_code(intake, "number-negative")
    assert [f.where for f in flagged] == [f"clients!E{n}" for n in range(2, 8)]
    assert {f.severity for f in flagged} == {"warning"}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "number-not-finite"),
        (float("inf"), "number-not-finite"),
        ("nan", "number-not-finite"),
        ("-Infinity", "number-not-finite"),
        ("1e400", "number-scientific"),
        ("1.2E+05", "number-scientific"),
        (NumberText("1e400"), "number-digits-lost"),
        (1e15, "number-digits-lost"),
        (10**15, "number-digits-lost"),
    ],
)
def test_D38_nan_inf_1e400(value: object, code: str) -> None:
    assert refused(value) == [(code, "clients!E2")]


def test_D39_absent_blank_and_zero_kept_apart() -> None:
    intake = check(with_column("笔试", ["缺考", None, 0, "0", "absent", "\u3000"], of="staff"))
    assert intake.case is not None, said(intake.errors)
    scores = [s.scores.get("written", "blank") for s in sorted(intake.case.roster, key=lambda s: s.staff_id)]
    assert scores == [Mark.ABSENT, "blank", 0, 0, Mark.ABSENT, "blank"]
    for word in ("NA", "-", "缓考", "作弊"):
        assert len(check(with_column("笔试", [word], of="staff")).errors) == 1, word


def test_D39_scores_outside_0_to_the_maximum_by_cell() -> None:
    intake = check(with_column("笔试", ["50.01", -1, "50", "45分"], of="staff"))
    assert [(f.code, f.where) for f in intake.errors] == [
        ("score-above-max", "staff!D2"),
        ("number-below", "staff!D3"),
    ]
    assert "50" in intake.errors[0].render("en")


def test_D40_95_per_cent_against_095() -> None:
    assert codes(check(with_column("笔试", ["95%", "40"], of="staff")).errors) == ["number-percent"]
    assert codes(check(with_column("笔试", [0.95, 0.8], of="staff")).errors) == ["score-share"]
    assert codes(check(with_column("笔试(100分)", [40, 30], of="staff")).errors) == ["score-maximum"]
    odd = check(with_column("笔试", [0.95, 40], of="staff"))
    assert odd.case is not None and [f.where for f in by_code(odd, "score-small")] == ["staff!D2"]
    assert refused("95%") == [("number-percent", "clients!E2")]
    from raw_tables import table

    links = table("links", ["工号", "客户号", "匹配度"], [["0001", "C001", "95%"], ["0002", "C001", "0.9"]])
    (error,) = check(links).errors
    assert (
        error.code == "percent-mixed"
        and "links!C2" in error.render("en")
        and "links!C3" in error.render("en")
    )
    shares = check(table("links", ["工号", "客户号", "匹配度"], [["0001", "C001", "95%"]]))
    assert shares.case is not None and shares.case.links[0].fit == 950_000


@pytest.mark.parametrize(
    "value",
    [
        "2003-01-05", "2003/1/5", "2003.1.5", "2003年1月5日", "20030105", "２００３－０１－０５",
        20030105, 37626, 37626.0, date(2003, 1, 5), datetime(2003, 1, 5, 9, 30), "2003-01-05 00:00:00",
    ],
)  # fmt: skip
def test_D41_ways_to_write_a_date(value: object) -> None:
    assert column(check(with_column("管户起始", [value])), "held_since") == [date(2003, 1, 5)]


def test_D41_serials_in_the_1904_epoch() -> None:
    intake = check(with_column("管户起始", [36164], epoch_1904=True))
    assert column(intake, "held_since") == [date(2003, 1, 5)]


@pytest.mark.parametrize(
    "value",
    ["2003", 2003, "5/1/2003", "2003-13-01", "2003-02-29", "37626", "03-01-05", "1899-12-31", 60, 1e300, True,
     "yesterday", float("nan")],
)  # fmt: skip
def test_D41_what_is_no_date_is_refused(value: object) -> None:
    (error,) = check(with_column("管户起始", [value])).errors
    assert error.code.startswith("date-") and error.where == "clients!F2"


def test_D42_a_tenth_and_a_fifth() -> None:
    assert balances(0.1 + 0.2, "0.3", 1 / 8) == [300_000, 300_000, 125_000]
    assert balances(1234567.89, 4.35, 2.675, 1e-6) == [1_234_567_890_000, 4_350_000, 2_675_000, 1]


def test_D42_finer_than_a_fen_is_refused() -> None:
    for value in ("0.1234567", 1 / 3, 1e-7):
        assert refused(value) == [("number-decimals", "clients!E2")], value
    assert refused("0.001", header="余额(元)") == [("number-decimals", "clients!E2")]
    assert refused(0.001, header="余额(元)") == [("number-decimals", "clients!E2")]


def test_D43_totals_over_2_to_the_53rd_are_exact() -> None:
    values = ["9007199254740993", "9007199254740992.000001", "1"]
    assert sum(balances(*values, text_only=True)) == 18014398509481986 * UNIT + 1
    assert balances("1234567890123456789.01元") == [123456789012345678901]


def test_D_error_values_and_uncached_formulas_by_cell() -> None:
    assert refused(BadCell.ERROR, bad={(0, 4): "#REF!"}) == [("cell-error", "clients!E2")]
    assert refused(BadCell.UNCACHED) == [("cell-uncached", "clients!E2")]
    for header in ("客户号", "客户名称", "类型", "管户起始", "重点机构存款"):
        intake = check(with_column(header, [BadCell.ERROR]))
        assert codes(intake.errors) == ["cell-error"], header


def test_D_every_bad_cell_at_once() -> None:
    values = [f"{n}k" if n % 3 == 0 else n for n in range(1, 100)]
    wrong = refused(*values)
    assert wrong == [("not-a-number", f"clients!E{n + 1}") for n in range(3, 100, 3)]
