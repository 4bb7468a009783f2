"""Raw tables to a case: tables found, columns in any order, measures, words, cross-checks."""

import random
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

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

from cmopt.domain.fixed import UNIT
from cmopt.errors import InputError
from cmopt.intake.case import read_case, require_case
from cmopt.intake.crosscheck import years_held
from cmopt.intake.schemes import load_scheme

POSTS = ["工号", "职务", "任职年数", "起始", "结束"]


def test_a_small_case_in_english_and_any_order_is_the_same_case() -> None:
    chinese = check()
    english = _only(english_tables())
    assert english.case == chinese.case and chinese.case is not None


def english_tables() -> list[Any]:
    kinds = {"贷款": "Loan", "存款": "deposit"}
    return [
        table(
            "Clients",
            ["Balance", "kind", "Name", "CLIENT_ID", "branch"],
            [[r[4], kinds[r[3]], r[1], r[0], r[2]] for r in reversed(CLIENT_ROWS)],
        ),
        table(
            "roster",
            ["Adaptability", "name", "branch", "staff_id", "written", "conduct", "language"],
            [[r[6], r[1], r[2], r[0], r[3], r[4], r[5]] for r in STAFF_ROWS],
        ),
    ]


def _only(tables: list[Any]) -> Any:
    from cmopt.intake.case import check_raw
    from cmopt.intake.raw import RawCase

    return check_raw(RawCase(tuple(tables), ()), annual())


def test_row_order_never_matters() -> None:
    rows = [[f"C{n:03d}", f"样例 {n}", "城东支行", "贷款", str(n)] for n in range(20)]
    posts = [
        ["0001", "行长", "2", None, None],
        ["0001", "主管", "3", None, None],
        ["0002", "行长", "1", None, None],
    ]
    one = check(table("clients", CLIENT_HEADER, rows), table("posts", POSTS, posts))
    random.Random(5).shuffle(rows)
    posts.reverse()
    two = check(table("clients", CLIENT_HEADER, rows), table("posts", POSTS, posts))
    assert one.case == two.case and one.case is not None


def test_missing_doubled_empty_and_unknown_tables() -> None:
    assert codes(_only([]).errors) == ["table-missing", "table-missing"]
    twice = check(table("clients", CLIENT_HEADER, CLIENT_ROWS), table("客户表", CLIENT_HEADER, CLIENT_ROWS))
    assert codes(twice.errors) == ["table-twice"]
    assert codes(check(table("clients", CLIENT_HEADER, [])).errors) == ["table-empty"]
    assert codes(check(table("clients", [], [])).errors) == ["table-empty"]
    unknown = check(table("Sheet9", ["a", "b"], [["1", "2"]]), table("lnks", ["a"], [["1"]]))
    assert unknown.case is not None
    severities = {f.where: f.severity for f in by_code(unknown, "table-unknown")}
    assert severities == {"Sheet9": "notice", "lnks": "warning"}


def test_missing_and_doubled_columns() -> None:
    rows = [r[:4] for r in CLIENT_ROWS]
    (missing,) = check(table("clients", CLIENT_HEADER[:4], rows)).errors
    assert missing.code == "column-missing" and "余额 balance" in missing.render("en")
    near = check(table("clients", [*CLIENT_HEADER[:4], "blance"], CLIENT_ROWS)).errors
    assert codes(near) == ["column-missing"] and "blance" in near[0].render("en")
    twice = check(with_column("balance (yuan)", ["1", "2"])).errors
    assert codes(twice) == ["column-twice"] and "clients!E1" in twice[0].render("en")


def test_an_exam_item_without_a_column_is_an_error_unless_tiers_are_given() -> None:
    short = table("staff", STAFF_HEADER[:4], [r[:4] for r in STAFF_ROWS])
    assert codes(check(short).errors) == ["item-missing"] * 3
    header = [*STAFF_HEADER[:3], "等级", "名次"]
    given = check(
        table("staff", header, [[*STAFF_ROWS[0][:3], "高级", 1], [*STAFF_ROWS[1][:3], "Junior", "2"]])
    )
    assert given.case is not None, said(given.errors)
    assert [(s.tier, s.rank) for s in given.case.roster] == [("senior", 1), ("junior", 2)]
    wrong = check(table("staff", header, [[*STAFF_ROWS[0][:3], "高极", 1], [*STAFF_ROWS[1][:3], None, 2]]))
    assert [(f.code, f.where) for f in wrong.errors][:1] == [("choice-unknown", "staff!D2")]
    assert "高级/Senior" in wrong.errors[0].render("en")


def test_further_numeric_columns_are_measures_others_are_reported() -> None:
    intake = check(with_column("授信额度（元）", ["1,000,000", None]))
    assert column(intake, "measures") == [{"授信额度": 100 * UNIT}, {}]
    assert column(check(with_column(" 员工数 ", [12, "7.5"])), "measures") == [
        {"员工数": 12 * UNIT},
        {"员工数": 7_500_000},
    ]
    words = check(with_column("备注", ["好", None]))
    assert column(words, "measures") == [{}, {}] and by_code(words, "column-ignored")[0].severity == "notice"
    mixed = check(with_column("员工数", [12, "约20"]))
    assert column(mixed, "measures") == [{}, {}]
    assert "clients!F3" in by_code(mixed, "column-mixed")[0].render("en")
    for codes_ in (["0012", "0013"], ["110105194912310021", "110105194912310022"]):
        assert column(check(with_column("组织代码", codes_)), "measures") == [{}, {}]
    assert column(check(with_column("序号", [1, 2])), "measures") == [{}, {}]


def test_a_measure_the_scheme_names_must_be_numeric() -> None:
    scheme = load_scheme("annual", {"measures.difficulty.column": "户数"})
    assert codes(check(with_column("户数", [3, "约20"]), scheme=scheme).errors) == ["not-a-number"]
    assert column(check(with_column(" 户 数", [3, 4]), scheme=scheme), "measures")[0] == {"户数": 3 * UNIT}
    assert codes(by_code(check(scheme=scheme), "measure-absent")) == ["measure-absent"]


def test_a_link_may_carry_the_load_of_a_client() -> None:
    links = table(
        "links", ["工号", "客户号", "难度", "余额(元)", "里程"], [["0001", "C001", "4", "50000", "3"]]
    )
    intake = check(links)
    assert intake.case is not None, said(intake.errors)
    assert dict(intake.case.links[0].measures) == {
        "difficulty": 4 * UNIT,
        "balance": 5 * UNIT,
        "里程": 3 * UNIT,
    }


@pytest.mark.parametrize("yes", ["是", "Y", "yes", "TRUE", True, 1, 1.0, "1", "√", "✓"])
@pytest.mark.parametrize("no", ["否", "n", "No", "false", False, 0, "0", "×"])
def test_yes_and_no(yes: object, no: object) -> None:
    intake = check(with_column("报名", [yes, no], of="staff"))
    assert intake.case is not None, said(intake.errors)
    assert [s.registered for s in intake.case.roster] == [True, False]


def test_blank_is_not_known_but_no_among_ticks() -> None:
    def registered(*values: object) -> list[bool | None]:
        intake = check(with_column("报名", values, of="staff"))
        assert intake.case is not None
        return [s.registered for s in intake.case.roster]

    assert registered("是", None) == [True, None]
    assert registered("√", None) == [True, False]
    assert registered(None, "") == [None, None]
    default = check(with_column("营销人员", ["是", None], of="staff"))
    assert default.case is not None and [s.marketing for s in default.case.roster] == [True, False]
    assert "1 blank" in by_code(default, "blank-default")[0].render("en")


def test_words_of_quality_kind_and_rule() -> None:
    words = ["正常", "关注类", "Substandard", 4, "5", None, "２"]
    assert column(check(with_column("五级分类", words)), "quality") == [1, 2, 3, 4, 5, None, 2]
    for wrong in ("6", 0, "-1", "良好", 1.5):
        assert codes(check(with_column("五级分类", [wrong])).errors) == ["choice-unknown"], wrong
    links = [
        ["0001", "C001", "回避"],
        ["0001", "C002", "PIN"],
        ["0002", "C001", "允许"],
        ["0002", "C002", None],
    ]
    intake = check(table("links", ["工号", "客户号", "规则"], links))
    assert intake.case is not None
    assert [k.rule for k in intake.case.links] == ["forbid", "pin", "allow", None]


def test_bounds() -> None:
    assert codes(check(with_column("难度", [0.5, 6])).errors) == ["number-below", "number-above"]
    assert column(check(with_column("难度", [1, "4.5"])), "difficulty") == [UNIT, 4_500_000]
    assert codes(check(with_column("所需经理数", [0, 1.5])).errors) == ["number-below", "number-whole"]
    assert column(check(with_column("所需经理数", [None, 2])), "managers_needed") == [1, 2]
    links = table("links", ["工号", "客户号", "竞聘志愿"], [["0001", "C001", 0], ["0001", "C002", 1]])
    assert [(f.code, f.where) for f in check(links).errors] == [("number-below", "links!C2")]
    assert codes(check(with_column("金融从业年限", [-1, "18个月"], of="staff")).errors) == [
        "number-below",
        "not-a-number",
    ]
    assert codes(check(with_column("金融从业年限(月)", [18, 20], of="staff")).errors) == ["unit-years"]


def test_a_key_deposit_is_a_deposit() -> None:
    intake = check(with_column("重点机构存款", ["是", "是"]))
    assert [(f.code, f.where) for f in intake.errors] == [("key-deposit-loan", "clients!F2")]


def posts(*rows: list[Any]) -> Any:
    return check(table("posts", POSTS, rows))


def test_posts_by_years_or_dates() -> None:
    intake = posts(
        ["0001", "支行行长", "3.5", None, None],
        ["0001", "信贷主管", None, "2000-01-01", "2001-12-31"],
        ["0002", "deputy_head", 2, date(2000, 1, 1), date(2002, 6, 30)],
    )
    assert intake.case is not None, said(intake.errors)
    held = {s.staff_id: [(p.post, p.years) for p in s.posts] for s in intake.case.roster}
    assert held == {
        "0001": [("branch_head", 3_500_000), ("supervisor", 2 * UNIT)],
        "0002": [("deputy_head", 2 * UNIT)],
    }


@pytest.mark.parametrize(
    ("row", "code", "where"),
    [
        ([None, None, None], "post-years", "posts!C2"),
        ([None, "2000-01-01", None], "post-to", "posts!E2"),
        ([None, None, "2000-01-01"], "post-from", "posts!D2"),
        ([None, "2001-01-01", "2000-01-01"], "post-dates", "posts!E2"),
        (["5", "2000-01-01", "2001-01-01"], "post-years-differ", "posts!C2"),
        (["-1", None, None], "number-below", "posts!C2"),
        (["x", None, None], "not-a-number", "posts!C2"),
    ],
)
def test_posts_that_cannot_be_read(row: list[Any], code: str, where: str) -> None:
    assert [(f.code, f.where) for f in posts(["0001", "支行行长", *row]).errors] == [(code, where)]


def test_unknown_posts_and_doubled_posts() -> None:
    (error,) = posts(["0001", "支行行张", "1", None, None]).errors
    assert error.code == "choice-unknown" and "支行行长" in error.render("en")
    twice = posts(["0001", "行长", "1", None, None], ["0001", "支行行长", "1", None, None])
    assert twice.case is not None and codes(by_code(twice, "post-twice")) == ["post-twice"]
    assert [p.years for p in twice.case.roster.by_id["0001"].posts] == [UNIT, UNIT]
    days = ["0001", "行长", None, "2000-01-01", "2001-01-01"]
    assert codes(posts(days, days).errors) == ["post-twice"]


@pytest.mark.parametrize(
    ("start", "end", "full"),
    [
        (date(2000, 1, 1), date(2000, 12, 31), 1),
        (date(2000, 1, 1), date(2000, 12, 30), 0),
        (date(2000, 1, 1), date(2001, 1, 1), 1),
        (date(2000, 2, 29), date(2001, 2, 27), 1),
        (date(2000, 2, 29), date(2001, 2, 26), 0),
        (date(2000, 2, 29), date(2004, 2, 28), 4),
        (date(2000, 2, 29), date(2004, 2, 27), 3),
        (date(2000, 3, 1), date(2003, 2, 28), 3),
        (date(2000, 7, 1), date(2000, 7, 1), 0),
    ],
)
def test_full_years_between_dates(start: date, end: date, full: int) -> None:
    years = years_held(start, end)
    assert years // UNIT == full and years % UNIT < UNIT


def test_ranks_with_tiers() -> None:
    header = [*STAFF_HEADER, "等级", "名次"]
    rows = [[*STAFF_ROWS[0], "高级", 3], [*STAFF_ROWS[1], "高级", 3]]
    assert codes(check(table("staff", header, rows)).warnings)[:1] == ["rank-twice"]
    alone = check(table("staff", header, [[*STAFF_ROWS[0], None, 3], [*STAFF_ROWS[1], "高级", 1]]))
    assert alone.case is not None and alone.case.roster.by_id["0001"].rank is None
    assert by_code(alone, "rank-alone")


def test_require_case_raises_every_error() -> None:
    intake = check(with_column("余额", ["12k", "x"]))
    with pytest.raises(InputError) as caught:
        require_case(intake)
    assert caught.value.findings == intake.errors and len(intake.errors) == 2
    assert require_case(check()).client_by_id["C001"].balance == 1200 * UNIT


def test_a_file_that_cannot_be_read_is_an_intake_with_errors(tmp_path: Path) -> None:
    intake = read_case(tmp_path / "nothing.xlsx", annual())
    assert intake.case is None and intake.errors


def test_findings_speak_chinese() -> None:
    intake = check(with_column("余额", ["12k", "-5"]))
    shown = [f.render("zh") for f in intake.findings if f.where and f.where.startswith("clients!E")]
    assert shown == ["clients!E2: 余额“12k”不是数字", "clients!E3: 余额“-5”是负数"]


def test_importing_the_intake_brings_no_heavy_module() -> None:
    program = (
        "import sys, cmopt.intake.case, cmopt.intake.template, cmopt.intake.columnguide;"
        "heavy = ('pandas', 'numpy', 'xlsxwriter', 'ortools', 'python_calamine');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
