"""The further grading tables: every column by name and form, every bad cell by its address, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from grading_schemes import scheme
from raw_tables import by_code, check, codes, said, table

from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Assessed, CertificateHeld, Mark, Outturn, Staff, Standing
from cmopt.intake.case import Intake, read_case
from cmopt.intake.example import example_case
from cmopt.intake.raw import BadCell, RawTable
from cmopt.intake.write import write_case

STAFF = ["工号", "姓名", "机构", "学历", "银行从业年限", "严重违规", "人员类别", "报名"]
PEOPLE: list[list[Any]] = [
    ["0001", "员工 001", "城东支行", "本科", "5", "否", "正式"],
    ["0002", "员工 002", "城西支行", "专科", "3.5年", "no", ""],
]
SCORES = ["工号", "项目", "来源", "期间", "得分", "依据"]
RESULTS = ["工号", "指标", "期间", "数值"]
CERTIFICATES = ["工号", "证书", "起", "止"]
STANDINGS = ["工号", "期间", "等级", "见习/试用"]


def staff(rows: Sequence[Sequence[Any]] = PEOPLE) -> RawTable:
    return table("staff", STAFF, [[*r, "是"] for r in rows])


def areas(rows: Sequence[Sequence[Any]], header: Sequence[str] = SCORES, **options: Any) -> Intake:
    return check(staff(), table("scores", header, rows, **options), scheme=scheme("areas"))


def ladder(**rows: Sequence[Sequence[Any]]) -> Intake:
    headers = {"results": RESULTS, "certificates": CERTIFICATES, "standings": STANDINGS}
    least = {"results": [["0001", "费用", "2025", "1"]], "certificates": [["0001", "上岗资格证", "", ""]]}
    tables = [table(key, headers[key], some) for key, some in (least | rows).items()]
    return check(staff(), *tables, scheme=scheme("ladder"))


def person(intake: Intake, staff_id: str = "0001") -> Staff:
    assert intake.case is not None, said(intake.errors)
    return intake.case.roster.by_id[staff_id]


def wrong(intake: Intake) -> dict[str | None, str]:
    return {f.where: f.code for f in intake.errors}


# --- read right --------------------------------------------------------------------------------------


def test_scores_by_keys_titles_and_aliases() -> None:
    intake = areas(
        [
            ["0001", "产品知识", "", "2025年", "85.5", ""],
            ["０００１", "law", "互评", "", "18", "见附件"],
            ["0001", "专业知识/能力", "Self-assessment", "2025", 20, "样例材料 001"],
            ["0001", "销售技能-能力", "exam", "2025年一季度", "缺考", None],
        ]
    )
    assert person(intake).assessed == (
        Assessed("law", "peers", "2025", 18 * UNIT, "见附件"),
        Assessed("law", "self", "2025", 20 * UNIT, "样例材料 001"),
        Assessed("products", "exam", "2025", 85_500_000),  # the only source, the only period
        Assessed("skills", "exam", "2025Q1", Mark.ABSENT),
    )
    assert person(intake, "0002").assessed == ()


def test_columns_in_any_order_and_in_english() -> None:
    header = ["evidence", "score (points)", "period", "staff_id", "source", "item"]
    intake = areas([["", "85", "2025", "0001", "exam", "Products"]], header)
    assert person(intake).assessed == (Assessed("products", "exam", "2025", 85 * UNIT),)


def test_results_in_the_unit_of_their_measure() -> None:
    """The header's unit is of money only; cells may name their own; counts and per cent stay what they are."""
    rows = [
        ["0001", "日均存款新增", "2025Q1", "1,200,000"],
        ["0001", "新增客户数", "2025", "12"],
        ["0001", "客户保留率", "2025", "85.5%"],
        ["0002", "客户保留率", "2025", "90"],
    ]
    certificates = table("certificates", CERTIFICATES, [["0001", "post", "", ""]])
    results = table("results", [*RESULTS[:3], "数值(元)"], rows)
    intake = check(staff(), results, certificates, scheme=scheme("ladder"))
    assert person(intake).results == (
        Outturn("clients", "2025", 12 * UNIT),
        Outturn("deposits", "2025Q1", 120 * UNIT),
        Outturn("kept", "2025", 85_500_000),
    )
    assert person(intake, "0002").results == (Outturn("kept", "2025", 90 * UNIT),)
    plain = ladder(results=[["0001", "费用", "2025", "3万"], ["0002", "费用", "2025", "5万元"]])
    assert person(plain).results == (Outturn("cost", "2025", 3 * UNIT),)


def test_certificates_and_standings() -> None:
    intake = ladder(
        certificates=[["0001", "上岗证", "2020-01-05", "长期有效"], ["0001", "credit", "", "2026年1月1日"]],
        standings=[
            ["0001", "2024", "资深", "是"],
            ["0001", "2023年", "s", ""],
            ["0002", "2024", "junior", None],
        ],
    )
    assert person(intake).certificates == (
        CertificateHeld("credit", None, date(2026, 1, 1)),
        CertificateHeld("post", date(2020, 1, 5)),
    )
    assert person(intake).standings == (Standing("2023", "s"), Standing("2024", "s", True))
    assert person(intake, "0002").standings == (Standing("2024", "junior"),)
    who = person(intake, "0002")
    assert (who.education, who.bank_years, who.serious_breach, who.position) == (
        "college",
        3_500_000,
        False,
        "regular",
    )


def test_nothing_depends_on_the_order_of_rows() -> None:
    rows = [
        ["0001", "产品知识", "exam", "2025", "85", ""],
        ["0002", "产品知识", "exam", "2025", "70", ""],
        ["0001", "law", "peers", "2025", "18", ""],
        ["0001", "law", "exam", "2025", "60", ""],
    ]
    assert areas(rows).case == areas(rows[::-1]).case


# --- refused, all at once ----------------------------------------------------------------------------


def test_every_bad_cell_of_scores_by_address() -> None:
    intake = areas(
        [
            ["0001", "产品知识", "exam", "2025", "101", ""],  # 2: above the full marks of the source
            ["0003", "产品知识", "exam", "2025", "80", ""],  # 3: nobody of that number
            ["0001", "产品只知识", "exam", "2025", "80", ""],  # 4: nearly an item
            ["0001", "能力", "exam", "2025", "80", ""],  # 5: two items have the title
            ["0001", "law", "同事评介", "2025", "8", ""],  # 6: nearly a source
            ["0001", "law", "", "2025", "8", ""],  # 7: which source?
            ["0001", "law", "exam", "2025年5季度", "80", ""],  # 8
            ["0001", "skills", "exam", "", "50", ""],  # 9: which quarter?
            ["0001", "law", "exam", "2025", "1e2", ""],  # 10
            ["0001", "law", "peers", "2025", -3, ""],  # 11
            ["", "law", "peers", "2025", "5", ""],  # 12
            ["0001", "", "peers", "2025", "5", ""],  # 13
            ["0001", "skills", "peers", "2025Q1", BadCell.UNCACHED, ""],  # 14
        ]
    )
    assert wrong(intake) == {
        "scores!E2": "score-above-max",
        "scores!A3": "reference-unknown",
        "scores!B4": "choice-unknown",
        "scores!B5": "word-ambiguous",
        "scores!C6": "choice-unknown",
        "scores!C7": "source-blank",
        "scores!D8": "period-unreadable",
        "scores!D9": "period-blank",
        "scores!E10": "number-scientific",
        "scores!E11": "number-below",
        "scores!A12": "cell-blank",
        "scores!B13": "cell-blank",
        "scores!E14": "cell-uncached",
    }
    near = {f.where: f.render("zh") for f in intake.errors}
    assert "产品知识/Products" in near["scores!B4"] and "同事评价/Peers" in near["scores!C6"]
    assert "law, skills" in near["scores!B5"]
    assert "专业知识" not in near["scores!E2"] and "100" in near["scores!E2"]


def test_every_bad_cell_of_the_other_tables_by_address() -> None:
    intake = ladder(
        results=[
            ["0001", "日均存款新赠", "2025Q1", "10"],
            ["0001", "日均存款新增", "2025Q1", "ten"],
            ["0001", "日均存款新增", "2025Q2", "5万"],
            ["0009", "新增客户数", "2025", "3亿"],
            ["0001", "费用", "2025", None],
        ],
        certificates=[
            ["0001", "上岗资格", "", ""],
            ["0001", "post", "2025-02-30", ""],
            ["0001", "credit", "2025-03-01", "2024-03-01"],
            ["0002", None, "", ""],
        ],
        standings=[
            ["0001", "2025", "资深", ""],
            ["0002", "去年", "中级客户经里", ""],
            ["0002", "2024", "junior", "maybe"],
        ],
    )
    assert wrong(intake) == {
        "results!B2": "choice-unknown",
        "results!D3": "not-a-number",
        "results!A5": "reference-unknown",
        "results!D5": "number-unit",
        "results!D6": "cell-blank",
        "certificates!B2": "choice-unknown",
        "certificates!C3": "date-impossible",
        "certificates!D4": "certificate-dates",
        "certificates!B5": "cell-blank",
        "standings!B2": "standing-period",
        "standings!B3": "period-unreadable",
        "standings!C3": "choice-unknown",
        "standings!D4": "choice-unknown",
    }


def test_staff_columns_by_address() -> None:
    rows = [
        [*PEOPLE[0][:3], "研究生班", "-1", "?", "临时"],
        [*PEOPLE[1][:3], "大专", "八年", "√", "见习"],
    ]
    intake = check(
        staff(rows),
        table("results", RESULTS, [["0001", "费用", "2025", "1"]]),
        table("certificates", CERTIFICATES, [["0001", "post", "", ""]]),
        scheme=scheme("ladder"),
    )
    assert wrong(intake) == {
        "staff!D2": "choice-unknown",
        "staff!E2": "number-below",
        "staff!F2": "choice-unknown",
        "staff!G2": "choice-unknown",
        "staff!E3": "number-digits",
    }


@pytest.mark.parametrize(
    "key, rows",
    [
        ("results", [["0001", "费用", "2025", "10"], ["0001", "cost", "2025年", "10"]]),
        ("certificates", [["0001", "post", "2020-01-01", ""], ["0001", "上岗证", "20200101", "2030-01-01"]]),
        ("standings", [["0001", "2024", "资深", ""], ["0001", "2024年", "中级客户经理", ""]]),
    ],
)
def test_a_line_twice_names_both_cells(key: str, rows: Sequence[Sequence[Any]]) -> None:
    (found,) = by_code(ladder(**{key: rows}), "line-twice")
    text = found.render("en")
    assert found.severity == "error"
    assert f"{key}!" in text and text.count("3") >= 1 and f"{found.where}"[-1] == "3"
    assert f"{key}!{str(found.where)[-2]}2 and {found.where}" in text


def test_a_score_twice_names_both_cells_even_with_a_blank_source() -> None:
    rows = [["0001", "products", "exam", "2025", "80", ""], ["0001", "产品知识", "", "", "80", ""]]
    (found,) = by_code(areas(rows), "line-twice")
    assert found.where == "scores!E3" and "scores!E2 and scores!E3" in found.render("en")


def test_words_of_another_scheme_are_told_once_and_left_out() -> None:
    rows = [["0001", "存贷款任务", "领导", "2025", "999", ""]] * 3 + [
        ["0001", "law", "上级", "2025", "9", ""]
    ]
    rows += [["0001", "law", "exam", "2025", "9", ""]]
    intake = areas(rows)
    told = by_code(intake, "word-unknown")
    assert [(f.where, f.severity) for f in told] == [("scores!B2", "warning"), ("scores!C5", "warning")]
    assert "3 lines" in told[0].render("en") and "Products" in told[0].render("en")
    assert person(intake).assessed == (Assessed("law", "exam", "2025", 9 * UNIT),)


def test_a_source_the_item_does_not_take() -> None:
    rows = [["0001", "products", "peers", "2025", "80", ""], ["0002", "products", "self", "2025", "80", ""]]
    intake = areas(rows)
    assert [f.where for f in by_code(intake, "source-unread")] == ["scores!C2", "scores!C3"]
    assert len(person(intake).assessed) == 1


def test_lines_of_periods_that_the_scheme_does_not_read_are_told() -> None:
    rows = [["0001", "law", "exam", p, "80", ""] for p in ("2025", "2025-03", "2024", "2025Q1")]
    rows += [["0002", "law", "exam", "2025M03", "80", ""]]
    told = by_code(areas(rows), "period-unread")
    assert [(f.where, f.severity) for f in told] == [
        ("scores!D4", "notice"),
        ("scores!D3", "warning"),
        ("scores!D5", "warning"),
    ]
    assert "2 lines of 2025M03" in told[1].render("en") and "reads 2025" in told[1].render("en")


def test_shares_in_a_measure_of_per_cent_are_asked_about() -> None:
    shares = [["0001", "客户保留率", "2025", 0.95], ["0002", "客户保留率", "2025", 0.9]]
    assert wrong(ladder(results=shares)) == {"results!D2": "percent-share"}
    assert not wrong(ladder(results=[["0001", "客户保留率", "2025", "0.95%"]]))


def test_total_rows_and_repeated_headers_of_a_file_are_no_lines(tmp_path: Path) -> None:
    write_case(example_case(scheme("ladder")), scheme("ladder"), tmp_path, "zh")
    before = read_case(tmp_path, scheme("ladder")).case
    with (tmp_path / "results.csv").open("a", encoding="utf-8") as file:
        file.write("合计,,,99\n工号,指标,期间,数值\n,,,\n")
    intake = read_case(tmp_path, scheme("ladder"))
    assert before is not None and intake.case == before, said(intake.errors)
    assert {"total-row", "header-again"} <= set(codes(intake.notices))


def test_a_table_without_use_is_told_not_read() -> None:
    scores = table("评分", SCORES, [["nobody", "nothing", "", "", "x", ""]])
    intake = check(scores)
    (told,) = by_code(intake, "table-unneeded")
    assert told.severity == "notice" and intake.case is not None
    assert [s.assessed for s in intake.case.roster] == [(), ()]


def test_columns_of_staff_without_use_are_told_not_read() -> None:
    rows = [["0001", "员工 001", "城东支行", "40", "4", "4", "16", "小学", "abc"]]
    header = ["工号", "姓名", "机构", "笔试", "行为规范", "语言表达", "应变能力", "学历", "银行从业年限"]
    intake = check(table("staff", header, rows))
    assert [f.where for f in by_code(intake, "column-unneeded")] == ["staff!H1", "staff!I1"]
    assert intake.case is not None
    assert intake.case.roster.staff[0].education is None


def test_a_column_called_position_is_the_post_where_the_scheme_has_no_position() -> None:
    header = ["工号", "姓名", "机构", "笔试", "行为规范", "语言表达", "应变能力", "position"]
    intake = check(table("staff", header, [["0001", "员工 001", "城东支行", "40", "4", "4", "16", "Teller"]]))
    assert intake.case is not None, said(intake.errors)
    assert intake.case.roster.staff[0].post == "Teller"
    assert "choice-unknown" not in codes(intake.findings)


# --- missing lines -----------------------------------------------------------------------------------

FULL = [
    ["products", "exam", "2025", "80"],
    ["law", "exam", "2025", "80"],
    ["law", "peers", "2025", "18"],
    *(["skills", o, f"2025Q{q}", "50"] for q in (1, 2, 3, 4) for o in ("peers", "exam")),
]


def lines(*people: str, without: Sequence[Sequence[str]] = ()) -> list[list[str]]:
    return [[p, *line, ""] for p in people for line in FULL if [p, *line[:3]] not in list(without)]


def missing(intake: Intake) -> list[str]:
    return [f.render("en") for f in by_code(intake, "line-missing")]


def test_nothing_is_missing_when_everybody_has_every_line() -> None:
    intake = areas(lines("0001", "0002"))
    assert set(codes(intake.warnings)) == {"measure-absent"}, said(
        intake.warnings
    )  # of the small clients table


def test_a_missing_table_column_quarter_and_source_are_all_told_at_once() -> None:
    without = [["0001", "skills", o, "2025Q3"] for o in ("peers", "exam")]
    without += [["0002", "skills", o, "2025Q3"] for o in ("peers", "exam")]
    without += [["0002", "law", "peers", "2025"], ["0002", "products", "exam", "2025"]]
    assert missing(areas(lines("0001", "0002", without=without))) == [
        "scores: no line for Products; Exam; 2025: 1 of 2 people to be graded (0002)",
        "scores: no line for Knowledge/Ability; Peers; 2025: 1 of 2 people to be graded (0002)",
        "scores: nobody has a line for Sales/Ability; Peers, Exam; 2025Q3",
    ]
    bare = table("staff", [*STAFF[:3], "报名"], [[*r[:3], "是"] for r in PEOPLE])
    found = check(bare, scheme=scheme("ladder"))
    assert sorted(codes(found.errors)) == ["column-missing"] * 3 + ["table-missing"] * 2
    assert codes(found.warnings).count("standings-missing") == 1
    both = " ".join(f.render("zh") for f in found.errors)
    assert "日均存款新增" in both and "上岗资格证" in both and "学历" in both


def test_who_is_not_graded_misses_nothing() -> None:
    """Trainees, agents and whoever did not register; with given tiers nobody."""
    rows = [["0001", "员工 001", "城东支行", "本科", "5", "否", "见习"], [*PEOPLE[1][:6], "代办"]]
    intake = check(staff(rows), table("scores", SCORES, lines("0009")[:0]), scheme=scheme("areas"))
    assert not missing(intake)
    given = table("staff", [*STAFF, "等级"], [[*r, "是", "高级"] for r in PEOPLE])
    intake = check(given, scheme=scheme("ladder"))
    assert intake.case is not None, said(intake.errors)


def test_where_the_table_does_not_say_who_registered_whoever_has_a_line_did() -> None:
    silent = table("staff", STAFF, [[*r, ""] for r in PEOPLE])
    scores = table("scores", SCORES, lines("0001", without=[["0001", "law", "exam", "2025"]]))
    intake = check(silent, scores, scheme=scheme("areas"))
    assert missing(intake) == ["scores: nobody has a line for Knowledge/Ability; Exam; 2025"]
    (told,) = by_code(intake, "not-registered")
    assert told.severity == "notice" and "0002" in told.render("en")


def test_a_self_assessment_is_not_missed_and_blank_scores_are_no_lines() -> None:
    rows = lines("0001", "0002")
    assert rows[0][:2] == ["0001", "products"]
    rows[0][4] = ""
    assert missing(areas(rows)) == [
        "scores: no line for Products; Exam; 2025: 1 of 2 people to be graded (0001)"
    ]


def test_blank_facts_name_the_people() -> None:
    rows = [[*PEOPLE[0][:3], "", "5", "", ""], PEOPLE[1]]
    intake = check(
        staff(rows),
        table("results", RESULTS, [["0001", "费用", "2025", "1"]]),
        table("certificates", CERTIFICATES, [["0001", "post", "", ""]]),
        scheme=scheme("ladder"),
    )
    told = by_code(intake, "needed-blank")
    assert [f.where for f in told] == ["staff!D1", "staff!F1"]
    assert all("0001" in f.render("zh") for f in told)


def test_many_people_are_counted_and_ten_of_them_named() -> None:
    people = [[f"{n:04}", f"员工 {n:03}", "城东支行", "本科", "5", "否", ""] for n in range(1, 31)]
    scores = table("scores", SCORES, lines("0001"))
    intake = check(staff(people), scores, scheme=scheme("areas"))
    texts = missing(intake)
    assert len(texts) == 3 and all("29 of 30" in t and "0011" in t and "19 more" in t for t in texts)


def test_a_tier_given_to_a_trainee_or_agent_is_named() -> None:
    rows = [
        ["0001", "员工 001", "城东支行", "高级", "见习"],
        ["0002", "员工 002", "城东支行", "高级", "正式"],
    ]
    given = table("staff", ["工号", "姓名", "机构", "等级", "人员类别"], rows)
    told = [f for f in check(given, scheme=scheme("areas")).warnings if f.code == "tier-outside"]
    assert ["D2" in str(f.where) for f in told] == [True]
