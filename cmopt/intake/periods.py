"""Periods of grading: the many ways a year, half, quarter or month is written -> one canonical form.

Canonical are "2025", "2025H1", "2025Q1" and "2025M03".
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from cmopt.i18n import N_, Lang
from cmopt.intake.raw import BadCell, RawValue
from cmopt.intake.report import Cells, Refused
from cmopt.intake.values import is_blank


def read_periods(cells: Cells) -> list[str | None]:
    """One canonical period a row; None for a blank or refused cell.

    A date of Excel is read as its month where it is the first of one (Excel makes dates of ``2025-03``);
    what was read so is told.
    """
    seen: dict[str, str] = {}
    dated: list[tuple[int, object]] = []
    periods: list[str | None] = []
    for row, value in enumerate(cells.values):
        period = seen.get(value) if type(value) is str else None
        if period is None and not is_blank(value):
            try:
                period, of_date = _period_of(cells, row, value)
            except Refused as refused:
                cells.refuse(row, refused)
            else:
                if of_date:
                    dated.append((row, period))
                elif type(value) is str:
                    seen[value] = period
        periods.append(period)
    cells.changed("period-date", N_("{header}: {count} dates were read as months: {cells}"), dated)
    return periods


def canonical_period(text: str) -> str | None:
    """``2025年一季度``, ``Q1 2025``, ``2025-03``, ``2025上半年`` ... in canonical form; None if it is none.

    >>> canonical_period("2025年第三季度")
    '2025Q3'
    """
    said = re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).upper()
    said = re.sub("十([一二])?", lambda m: f"1{m[1] or 0}", said).translate(_CHINESE)
    for form in _FORMS:
        found = form.fullmatch(said)
        if found is not None:
            return _built(found)
    return None


def show_period(period: str, lang: Lang) -> str:
    """``2025Q1`` as ``2025年一季度`` or ``2025Q1``."""
    if lang == "en" or not _CANONICAL(period):
        return period
    year, kind, number = period[:4], period[4:5], int(period[5:] or 0)
    if kind == "H":
        return f"{year}年{' 上下'[number]}半年"
    if kind == "Q":
        return f"{year}年{' 一二三四'[number]}季度"
    return f"{year}年{number}月" if kind else f"{year}年"


def _period_of(cells: Cells, row: int, value: RawValue) -> tuple[str, bool]:
    """The period in a cell, and whether it stood there as a date."""
    if isinstance(value, BadCell):
        raise cells.bad_cell(row)
    if isinstance(value, datetime | date):
        return _month_of_date(value.year, value.month, value.day), True
    if isinstance(value, bool):
        raise Refused("period-unreadable", _UNREADABLE)
    if isinstance(value, float):
        if value != int(value):  # 2025.1: January, October, or the first quarter?
            raise Refused("period-unreadable", _UNREADABLE)
        value = int(value)
    text = str(value)
    day = _DATE(unicodedata.normalize("NFKC", text).strip())
    if day is not None:
        return _month_of_date(int(day[1]), int(day[2]), int(day[3])), True
    found = canonical_period(text)
    if found is not None:
        return found, False
    if _NO_YEAR.search(unicodedata.normalize("NFKC", text).upper()) and not re.search("[0-9]{4}", text):
        raise Refused(
            "period-year", N_('{header} "{value}" names no year; write it as 2025Q1 or 2025年一季度')
        )
    raise Refused("period-unreadable", _UNREADABLE)


def _month_of_date(year: int, month: int, day: int) -> str:
    if day != 1 or not 1 <= month <= 12:
        raise Refused(
            "period-day", N_('{header} "{value}" is a day; write the period, as 2025, 2025Q1 or 2025-03')
        )
    return f"{year}M{month:02}"


def _built(found: re.Match[str]) -> str | None:
    """The canonical form of what a form matched; None where there is no such month."""
    part = found.groupdict()
    year = int(part["year"])
    if not 1900 <= year <= 2099:
        return None
    if part.get("quarter"):
        return f"{year}Q{part['quarter']}"
    if part.get("half"):
        return f"{year}H{1 if part['half'] in '1上F' else 2}"
    if part.get("span"):
        span = _SPANS[part["span"]]
        return f"{year}{span}"
    if part.get("month"):
        month = int(part["month"])
        return f"{year}M{month:02}" if 1 <= month <= 12 else None
    return str(year)


_CANONICAL = re.compile(r"(?:19|20)[0-9]{2}(?:H[12]|Q[1-4]|M(?:0[1-9]|1[0-2]))?").fullmatch
_CHINESE = str.maketrans("一二三四五六七八九", "123456789")
_YEAR = r"(?P<year>[0-9]{4})"
_SPANS = {"1-3": "Q1", "4-6": "Q2", "7-9": "Q3", "10-12": "Q4", "1-6": "H1", "7-12": "H2", "1-12": ""}
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_YEAR}(?:年度?)?(?:全年)?",
        rf"{_YEAR}年?[-/.]?Q(?P<quarter>[1-4])",
        rf"{_YEAR}年?[-/.]?第?(?P<quarter>[1-4])季度?",
        rf"Q(?P<quarter>[1-4])[-/.]?{_YEAR}年?",
        rf"{_YEAR}年?[-/.]?(?P<half>[上下])半年",
        rf"{_YEAR}年?[-/.]?H(?P<half>[12])",
        rf"H(?P<half>[12])[-/.]?{_YEAR}年?",
        rf"{_YEAR}年?(?P<span>1-3|4-6|7-9|10-12|1-6|7-12|1-12)月份?",
        rf"{_YEAR}年(?P<month>[0-9]{{1,2}})月份?",
        rf"{_YEAR}[-/](?P<month>[0-9]{{1,2}})",
        rf"{_YEAR}年?M(?P<month>[0-9]{{1,2}})",
        rf"{_YEAR}(?P<month>[0-9]{{2}})",
    )
)
_DATE = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[ T]0?0:00(?::00)?)?").fullmatch
_NO_YEAR = re.compile("季|Q[1-4]|H[12]|半年|月")
_UNREADABLE = N_('{header} "{value}" is not a period; write it as 2025, 2025H1, 2025Q1 or 2025-03')
