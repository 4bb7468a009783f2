"""Periods in every spelling, and what is no period."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_tables import table

from cmopt.i18n import LANGS
from cmopt.intake.periods import canonical_period, read_periods, show_period
from cmopt.intake.raw import BadCell
from cmopt.intake.report import Cells, Report

SPELLINGS = {
    "2025": ["2025", "2025年", "2025年度", "2025全年", "２０２５年", "2025年1-12月"],
    "2025H1": ["2025H1", "2025h1", "2025上半年", "2025年上半年", "H1 2025", "2025年1-6月"],
    "2025H2": ["2025H2", "2025-H2", "2025年下半年", "2025年7-12月份"],
    "2025Q1": [
        "2025Q1",
        "2025q1",
        "2025-Q1",
        "Q1/2025",
        "2025年一季度",
        "2025年第一季度",
        "2025年1季度",
        "2025 第1季度",
    ],
    "2025Q4": ["2025Q4", "2025年四季度", "2025年10-12月"],
    "2025M03": ["2025-03", "2025/3", "2025年3月", "2025年03月份", "202503", "2025M3", "2025年三月"],
    "2025M11": ["2025年十一月", "2025-11"],
    "2025M10": ["2025年十月"],
}
NONE = [
    "",
    "今年",
    "25Q1",
    "2025Q5",
    "2025H3",
    "2025-13",
    "2025.1",
    "20251",
    "1季度",
    "2024-2025",
    "2025年上季度",
    "九月",
]


@pytest.mark.parametrize("period", SPELLINGS)
def test_spellings(period: str) -> None:
    assert {s: canonical_period(s) for s in SPELLINGS[period]} == dict.fromkeys(SPELLINGS[period], period)


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_period(text: str) -> None:
    assert canonical_period(text) is None


@given(
    st.integers(1900, 2099),
    st.sampled_from(["", "H1", "H2", "Q1", "Q2", "Q3", "Q4", *(f"M{n:02}" for n in range(1, 13))]),
)
def test_what_is_shown_is_read_back(year: int, part: str) -> None:
    for lang in LANGS:
        assert canonical_period(show_period(f"{year}{part}", lang)) == f"{year}{part}"


def test_cells_of_excel() -> None:
    """Excel makes dates of 2025-03 and numbers of 2025; a day, a share and an error are refused by address."""
    values = [
        2025, 2025.0, 202503.0, date(2025, 3, 1), datetime(2025, 4, 1), "2025-05-01", "2025Q2", None, " ",
        date(2025, 3, 15), 2025.1, True, "三季度", "soon", BadCell.UNCACHED,
    ]  # fmt: skip
    report = Report()
    raw = table("scores", ["期间"], [[v] for v in values])
    read = read_periods(Cells(raw, 0, report))
    assert read[:9] == ["2025", "2025", "2025M03", "2025M03", "2025M04", "2025M05", "2025Q2", None, None]
    assert read[9:] == [None] * 6
    wrong = {f.where: f.code for f in report.findings if f.severity == "error"}
    assert wrong == {
        "scores!A11": "period-day", "scores!A12": "period-unreadable", "scores!A13": "period-unreadable",
        "scores!A14": "period-year", "scores!A15": "period-unreadable", "scores!A16": "cell-uncached",
    }  # fmt: skip
    (told,) = (f for f in report.findings if f.severity == "notice")
    assert told.code == "period-date" and "2025M05" in told.render("en")
