"""Which column and table a header or sheet name means."""

import pytest
from raw_tables import annual

from cmopt.intake.columns import TABLES, columns_of
from cmopt.intake.headers import header_test, is_header, match_header, match_table, names_of, squeeze


def meant(header: str, table: str = "clients") -> tuple[str, str] | None:
    found = match_header(header, names_of(columns_of(table, annual())))  # type: ignore[arg-type]
    return (found.column.key, found.remark) if found else None


@pytest.mark.parametrize("table", list(TABLES))
def test_no_two_columns_share_a_name(table: str) -> None:
    columns = columns_of(table, annual())  # type: ignore[arg-type]
    owners: dict[str, set[str]] = {}
    for column in columns:
        for name in (column.key, column.zh, column.en, *column.aliases):
            owners.setdefault(squeeze(name), set()).add(column.key)
    assert {n: o for n, o in owners.items() if len(o) > 1 or not n} == {}


def test_no_two_tables_share_a_name() -> None:
    names = [squeeze(n) for t in TABLES.values() for n in {t.key, t.zh, t.en, *t.aliases}]
    assert len(names) == len({*names})


@pytest.mark.parametrize(
    ("header", "key", "remark"),
    [
        ("余额", "balance", ""),
        (" 余 额 *", "balance", ""),
        ("余额（万元）", "balance", "万元"),
        ("余额\n(元)*", "balance", "元"),
        ("Balance (Yuan)", "balance", "yuan"),
        ("ＢＡＬＡＮＣＥ", "balance", ""),
        ("余额万元", "balance", "万元"),
        ("balance_yuan", "balance", "yuan"),
        ("Client ID", "client_id", ""),
        ("客户号/client_id", "client_id", ""),
        ("客户号(Client ID)", "client_id", "clientid"),
        ("客户号 Client ID", "client_id", ""),
        ("余额/元", "balance", "元"),
        ("Held-Since", "held_since", ""),
        ("Managers needed", "managers_needed", ""),
    ],
)
def test_headers_in_any_dress(header: str, key: str, remark: str) -> None:
    assert meant(header) == (key, remark)


@pytest.mark.parametrize(
    "header", ["", "授信额度", "余额2", "余额/户", "期初（余额）", "城东支行", "样例企业 001", 17, None]
)
def test_what_is_no_header(header: object) -> None:
    assert match_header(header, names_of(columns_of("clients"))) is None


def test_exam_items_come_from_the_scheme() -> None:
    for header in ("笔试", "written", "Written exam", "笔试成绩", "笔试(50分)", "笔试 (50 points)"):
        found = meant(header, "staff")
        assert found is not None and found[0] == "written", header
    assert meant("笔试(50分)", "staff") == ("written", "50分")
    assert not is_header("应变能力") and header_test(annual())("应变能力")
    assert is_header("工号") and is_header("Balance (yuan)") and not is_header("12")


@pytest.mark.parametrize(
    ("name", "key"),
    [("员工", "staff"), ("员工表", "staff"), ("Staff", "staff"), (" 客户 ", "clients"),
     ("CLIENTS", "clients"), ("任职", "posts"), ("回避表", "links"), ("说明", None), ("Sheet1", None)],
)  # fmt: skip
def test_table_names(name: str, key: str | None) -> None:
    found = match_table(name)
    assert (found.key if found else None) == key
