"""Finds which column a header names: either language, any case, width or spacing, a unit beside it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from cmopt.domain.scheme import Scheme
from cmopt.intake.columns import TABLES, Column, Table, TableKey, columns_of


@dataclass(frozen=True, slots=True)
class Matched:
    """A header that names `column`; `remark` is what else it says, squeezed: a unit as ``万元``, or ''."""

    column: Column
    remark: str


def match_header(header: object, names: Mapping[str, Column]) -> Matched | None:
    """The column that `header` names among `names` (see `names_of`), or None."""
    full = squeeze(header)
    if not full:
        return None
    for base, remark in _with_remark(full):
        column = names.get(base)
        if column is not None:
            return Matched(column, remark)
    for one, other in _halves(full):
        column = names.get(one)
        if column is not None and (names.get(other) is column or other in MONEY_POWERS):
            return Matched(column, other if other in MONEY_POWERS else "")
    return None


def names_of(columns: Iterable[Column]) -> dict[str, Column]:
    """Every squeezed name -> its column; a key or a title goes before an alias of another column."""
    names: dict[str, Column] = {}
    columns = tuple(columns)
    for column in columns:
        for name in (column.key, column.zh, column.en):
            names.setdefault(squeeze(name), column)
    for column in columns:
        for name in column.aliases:
            names.setdefault(squeeze(name), column)
    return names


def header_test(scheme: Scheme) -> Callable[[object], bool]:
    """A test whether a cell could be a header of any table under this scheme."""
    names = _all_names(scheme)
    return lambda value: match_header(value, names) is not None


def is_header(value: object) -> bool:
    """Whether a cell could be a header of any table, exam items of a scheme apart."""
    return match_header(value, _static_names()) is not None


def match_table(name: str) -> Table | None:
    """The table that a sheet or file of this name holds, or None."""
    return _table_names().get(squeeze(name))


def near_tables(name: str) -> list[str]:
    """Names of tables that `name` looks like."""
    return difflib.get_close_matches(squeeze(name), list(_table_names()), n=2, cutoff=0.7)


def near_column(header: object, names: Mapping[str, Column]) -> Column | None:
    """The column whose name `header` nearly is, or None."""
    close = difflib.get_close_matches(squeeze(header), list(names), n=1, cutoff=0.75)
    return names[close[0]] if close else None


def split_unit(header: str) -> tuple[str, str]:
    """``授信额度（万元）`` -> ("授信额度", "万元"); the remark is '' without brackets at the end."""
    found = _BRACKET.fullmatch(unicodedata.normalize("NFKC", header).strip())
    return (found[1].strip(), squeeze(found[2])) if found else (header, "")


def squeeze(value: object) -> str:
    """NFKC, lower case, without spaces, invisible characters, and the marks ``_ - : *`` and full stops."""
    if not isinstance(value, str):
        return ""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", value).casefold())


def _with_remark(full: str) -> Iterable[tuple[str, str]]:
    """The ways to part a squeezed header into a name and a remark, the likeliest first."""
    yield full, ""
    bracket = _BRACKET.fullmatch(full)
    if bracket:
        yield bracket[1], bracket[2]
    for unit in MONEY_POWERS:
        if full.endswith(unit):
            base = full[: -len(unit)]
            yield base, unit
            yield base.removesuffix("in"), unit


def _halves(full: str) -> Iterable[tuple[str, str]]:
    """The two halves of a header that says it twice (``客户号client_id``) or has its unit after a stroke."""
    for mark in "/|":
        if mark in full:
            head, _, tail = full.partition(mark)
            yield head, tail
    halves = _SCRIPTS.fullmatch(full)
    if halves:
        yield halves[1], halves[2]


_DROPPED = re.compile(
    "[\\s_*:·\\-\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+|(?<![0-9])\\.|\\.(?![0-9])"
)
_BRACKET = re.compile(r"(.+?)[(\[【〔](.*?)[)\]】〕]", re.DOTALL)
_SCRIPTS = re.compile(r"([^\x00-\x7f]+)([\x00-\x7f]+)")

# Money units -> the power of ten that makes them 万元; the longest first, so that 万元 is not read as 元.
MONEY_POWERS: dict[str, int] = dict(
    sorted(
        {
            "元": -4, "圆": -4, "yuan": -4, "rmb": -4, "cny": -4, "rmbyuan": -4,
            "百元": -2, "千元": -1, "thousandyuan": -1, "1000yuan": -1, "1,000yuan": -1,
            "万元": 0, "万": 0, "10000yuan": 0, "10,000yuan": 0, "tenthousandyuan": 0, "wanyuan": 0, "wan": 0,
            "十万元": 1, "百万元": 2, "百万": 2, "millionyuan": 2, "1,000,000yuan": 2,
            "千万元": 3, "千万": 3, "亿元": 4, "亿": 4, "100millionyuan": 4, "hundredmillionyuan": 4,
        }.items(),
        key=lambda item: -len(item[0]),
    )
)  # fmt: skip


def money_power(remark: str) -> int | None:
    """The power of ten that makes the unit in a header's remark 万元; None if it names no unit of ours."""
    said = remark.removeprefix("单位").removeprefix("人民币").removeprefix("in")
    if said not in MONEY_POWERS:
        said = said.removeprefix("rmb").removeprefix("cny")
    return MONEY_POWERS.get(said)


def speaks_of_money(remark: str) -> bool:
    """Whether a remark seems to name a unit of money, ours or not (``美元``)."""
    return (
        re.search(r"[元圆万亿千百币$€£¥]|yuan|rmb|cny|usd|eur|hkd|dollar|million|thousand|wan\b", remark)
        is not None
    )


@cache
def _static_names() -> dict[str, Column]:
    return names_of(c for t in TABLES for c in columns_of(t))


@cache
def _table_names() -> dict[str, Table]:
    names: dict[str, Table] = {}
    for table in TABLES.values():
        for name in (table.key, table.zh, table.en, *table.aliases):
            names.setdefault(squeeze(name), table)
    return names


def _all_names(scheme: Scheme) -> dict[str, Column]:
    keys: tuple[TableKey, ...] = tuple(TABLES)
    return names_of(c for t in keys for c in columns_of(t, scheme))
