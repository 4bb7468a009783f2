"""Raw tables written by hand, for the tests of the intake's second half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding
from cmopt.intake.case import Intake, check_raw
from cmopt.intake.raw import RawCase, RawTable
from cmopt.intake.schemes import load_scheme

STAFF_HEADER = ["工号", "姓名", "机构", "笔试", "行为规范", "语言表达", "应变能力"]
STAFF_ROWS: list[list[Any]] = [
    ["0001", "员工 001", "城东支行", "40", "4", "4", "16"],
    ["0002", "员工 002", "城西支行", "35", "3", "4", "15"],
]
CLIENT_HEADER = ["客户号", "客户名称", "机构", "类型", "余额"]
CLIENT_ROWS: list[list[Any]] = [
    ["C001", "样例企业 001", "城东支行", "贷款", "1200"],
    ["C002", "样例企业 002", "城西支行", "存款", "800"],
]


def annual() -> Scheme:
    return load_scheme("annual")


def table(
    name: str,
    header: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    *,
    text_only: bool = False,
    epoch_1904: bool = False,
    bad: dict[tuple[int, int], str] | None = None,
) -> RawTable:
    """A raw table whose header stands in row 1."""
    return RawTable(
        source="case.xlsx",
        name=name,
        header=tuple(header),
        header_row=1,
        rows=tuple(tuple(r) for r in rows),
        row_numbers=tuple(range(2, len(rows) + 2)),
        text_only=text_only,
        epoch_1904=epoch_1904,
        bad=bad or {},
    )


def with_column(header: str, values: Sequence[Any], *, of: str = "clients", **options: Any) -> RawTable:
    """The small clients (or staff) table with one more column, or with one of its columns replaced.

    Rows are added as needed, so that there is one a value.
    """
    head, rows = (CLIENT_HEADER, CLIENT_ROWS) if of == "clients" else (STAFF_HEADER, STAFF_ROWS)
    filled = [list(r) for r in rows[: len(values)]]
    for n in range(len(filled), len(values)):
        filled.append([f"{'C' if of == 'clients' else ''}9{n:03d}", f"样例 {n:03d}", *rows[0][2:]])
    base = header.split("(")[0].split("（")[0]
    if base in head:
        at = head.index(base)
        return table(
            of, [*head[:at], header, *head[at + 1 :]],
            [[*r[:at], v, *r[at + 1 :]] for r, v in zip(filled, values, strict=True)], **options,
        )  # fmt: skip
    return table(of, [*head, header], [[*r, v] for r, v in zip(filled, values, strict=True)], **options)


def check(*tables: RawTable, scheme: Scheme | None = None) -> Intake:
    """The intake of these tables; the small staff and clients tables stand in for those not given."""
    given = {t.name for t in tables}
    rest = [
        t
        for t in (table("staff", STAFF_HEADER, STAFF_ROWS), table("clients", CLIENT_HEADER, CLIENT_ROWS))
        if t.name not in given
    ]
    return check_raw(RawCase((*rest, *tables), ()), scheme or annual())


def column(intake: Intake, name: str) -> list[Any]:
    """One field of all clients, in id order."""
    assert intake.case is not None, said(intake.errors)
    return [getattr(c, name) for c in intake.case.clients]


def codes(findings: Sequence[Finding]) -> list[str]:
    return [f.code for f in findings]


def said(findings: Sequence[Finding]) -> list[str]:
    return [f.render("en") for f in findings]


def by_code(intake: Intake, code: str) -> list[Finding]:
    return [f for f in intake.findings if f.code == code]


def where(findings: Sequence[Finding]) -> Mapping[str | None, str]:
    return {f.where: f.code for f in findings}
