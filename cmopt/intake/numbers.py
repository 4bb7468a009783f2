"""Reads a column of figures exactly: digits by a whitelist, units asked for, nothing rounded in silence.

A figure becomes an integer count of millionths of its unit (`cmopt.domain.fixed`); money of 万元.
"""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Literal

from cmopt.domain.roster import Mark
from cmopt.i18n import N_
from cmopt.intake.headers import MONEY_POWERS, money_power, speaks_of_money, squeeze
from cmopt.intake.raw import BadCell, RawValue
from cmopt.intake.report import Cells, Refused, shown
from cmopt.intake.values import is_blank

Figure = int | Mark | None


def read_figures(
    cells: Cells,
    *,
    form: Literal["money", "number", "years", "score", "whole"],
    remark: str = "",
    low: int | None = None,
    high: int | None = None,
) -> list[Figure]:
    """One figure a row in millionths; None for a blank or refused cell, Mark.ABSENT for 缺考 in a score.

    `remark` is what the header says beside the name; `low` and `high` bound the figure, in millionths.
    Findings go to the report: every refused cell, mixed units, negatives, what was cleaned.
    """
    if form == "number" and money_power(remark) is not None:
        form = "money"
    power = _header_power(cells, form, remark)
    times: int = 10 ** max(power or 0, 0)
    over: int = 10 ** max(-(power or 0), 0)
    figures: list[Figure] = []
    units: dict[str, int] = {}
    widened: list[tuple[int, object]] = []
    bounds = (0 if low is None else max(low, 0)), (math.inf if high is None else high)
    seen: dict[str, int] = {}  # plain figures within bounds

    def one(value: RawValue, row: int) -> Figure:
        number = _plain_number(value)
        if number is None:
            text: str = value if type(value) is str else _text_of(cells, row, value)
            figure = _read_slowly(text, row, form, power, units, widened)
            if isinstance(figure, int):
                _check_bounds(cells, row, figure, form, low, high)
            return figure
        plain = number * times // over
        if number and "" not in units:
            units[""] = row
        if plain * over != number * times:
            raise Refused("number-decimals", _TOO_FINE)
        if form == "whole" or not bounds[0] <= plain <= bounds[1]:
            _check_bounds(cells, row, plain, form, low, high)
        if type(value) is str and len(seen) < 5000 and bounds[0] <= plain <= bounds[1]:
            seen[value] = plain
        return plain

    for row, value in enumerate(cells.values):
        figure: Figure = seen.get(value) if type(value) is str else None
        if figure is None and value is not None:
            try:
                figure = one(value, row)
            except Refused as refused:
                cells.refuse(row, refused)
        figures.append(figure)
    cells.changed("number-full-width", N_("{header}: {count} full-width figures were read: {cells}"), widened)
    _check_units(cells, units, power)
    return figures


def _plain_number(value: RawValue) -> int | None:
    """Millionths of a value that is nothing but a plain figure; None for what needs a closer look.

    A float below 1e9 that equals a count of millionths divided by a million has that as its 15-digit text.
    """
    if type(value) is float:
        if -1e9 < value < 1e9:
            number = round(value * 1e6)
            return number if number / 1e6 == value else None
        return None
    if type(value) is str and len(value) <= 22 and _PLAIN(value):
        whole, _, fraction = value.partition(".")
        return int(whole.replace(",", "") + fraction.ljust(6, "0"))
    return None


def _read_slowly(
    text: str,
    row: int,
    form: str,
    power: int | None,
    units: dict[str, int],
    widened: list[tuple[int, object]],
) -> Figure:
    """Whatever is not a plain figure: full-width, grouped, bracketed, with a unit, 缺考."""
    if is_blank(text):
        return None
    narrow = text.strip().translate(_NARROW)
    if form == "score" and squeeze(narrow) in _ABSENT:
        return Mark.ABSENT
    bare = (
        narrow.removesuffix("年")
        if form == "years"
        else narrow.removesuffix("分")
        if form == "score"
        else narrow
    )
    digits, exponent, unit = _parse(bare, form)
    own = _unit_power(unit, form)
    if digits:
        units.setdefault(unit, row)
    scale = 6 - exponent + ((power or 0) if own is None else own)
    if scale >= 0:
        figure: int = digits * 10**scale
    else:
        figure, rest = divmod(digits, 10**-scale)
        if rest:
            raise Refused("number-decimals", _TOO_FINE if form == "money" else _TOO_MANY_DECIMALS)
    if narrow != text.strip():
        widened.append((row, narrow))
    return figure


def _parse(narrow: str, form: str) -> tuple[int, int, str]:
    """``"(1,234.5万)"`` -> (-12345, 1, "万"): digits, how many of them are decimals, the unit written."""
    body, negative = narrow, False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
    unit = ""
    if form == "money" and body[:1] in ("¥", "￥"):
        body, unit = body[1:].strip(), "元"
    ending = _ENDING.search(body)
    if ending:
        if unit and squeeze(ending[0]) != unit:
            raise Refused("not-a-number", _NOT_A_NUMBER)
        unit, body = squeeze(ending[0]), body[: ending.start()].strip()
    found = _FIGURE.fullmatch(body)
    if found is None:
        raise _why_not(body)
    sign, whole, fraction = found[1], found[2].replace(",", ""), found[3] or ""
    if negative and sign:
        raise Refused("not-a-number", _NOT_A_NUMBER)
    if len(whole) + len(fraction) > 40:
        raise Refused("number-too-long", N_('{header} "{value}" has too many digits'))
    number = int(whole + fraction)
    return (-number if negative or sign == "-" else number), len(fraction), unit


def _why_not(body: str) -> Refused:
    if _SCIENTIFIC(body):
        return Refused("number-scientific", _IN_POWERS)
    if body.casefold().lstrip("+-") in ("nan", "inf", "infinity", "∞"):
        return Refused("number-not-finite", N_('{header} "{value}" is not a finite number'))
    if any(c.isnumeric() and not c.isascii() and c not in "十百千万亿" for c in body):
        return Refused("number-digits", N_('{header} "{value}" uses digits other than 0 to 9'))
    return Refused("not-a-number", _NOT_A_NUMBER)


def _unit_power(unit: str, form: str) -> int | None:
    """The power of ten a cell's own unit stands for; None when it has none."""
    if not unit:
        return None
    if unit == "%" and form != "number":
        raise Refused("number-percent", N_('{header} "{value}" is a percentage; write the figure itself'))
    if unit != "%" and form != "money":
        raise Refused(
            "number-unit", N_('{header} "{value}" has a unit of money, but the column is not money')
        )
    if unit != "%" and unit not in MONEY_POWERS:
        raise Refused("unit-unknown", N_('{header} "{value}" has an unknown unit; use 元, 万元 or 亿元'))
    return _power_of(unit)


def _power_of(unit: str) -> int:
    return PER_CENT if unit == "%" else MONEY_POWERS[unit]


def _text_of(cells: Cells, row: int, value: RawValue) -> str:
    """The decimal text of a value that Excel holds as a number: 15 significant digits, no more."""
    if isinstance(value, str):  # a NumberText
        raise Refused("number-digits-lost", _LOST)
    if isinstance(value, bool | date):
        raise Refused("not-a-number", _NOT_A_NUMBER)
    if isinstance(value, BadCell):
        raise cells.bad_cell(row)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Refused("number-not-finite", N_('{header} "{value}" is not a finite number'))
        if abs(value) >= 1e15:
            raise Refused("number-digits-lost", _LOST)
        text = f"{value:.15g}"
        return f"{value:.20f}".rstrip("0") if "e" in text else text
    if isinstance(value, int) and abs(value) >= 10**15:
        raise Refused("number-digits-lost", _LOST)
    return str(value)


def _header_power(cells: Cells, form: str, remark: str) -> int | None:
    """The power of ten of the header's unit; None when it names none (money is then 万元)."""
    if not remark:
        return None
    if form == "money":
        power = money_power(remark)
        if power is None and speaks_of_money(remark):
            cells.add("error", "unit-unknown", _UNKNOWN_UNIT, unit=shown(remark))
        elif power:
            cells.add(
                "notice", "unit-converted", N_("{header}: read in {unit}, held in 10,000 yuan"), unit=remark
            )
        return power
    if form == "number" and remark == "%":
        return PER_CENT
    if form == "years" and remark in ("月", "个月", "月数", "month", "months", "天", "日", "days"):
        cells.add("error", "unit-years", N_("{header}: write years, not {unit}"), unit=remark)
    return None


def _check_units(cells: Cells, units: dict[str, int], power: int | None) -> None:
    """Figures with different units, or some with and some without, cannot be told apart safely: ask."""
    stated = {row: _power_of(unit) if unit else power for unit, row in units.items()}
    meant = set(stated.values())
    if len(meant) > 1:
        first, *rest = sorted(stated)
        second = next(row for row in rest if stated[row] != stated[first])
        code, text = ("percent-mixed", _MIXED_PERCENT) if "%" in units else ("unit-mixed", _MIXED_UNITS)
        said = {"value": shown(cells.values[first]), "other_value": shown(cells.values[second])}
        cells.add("error", code, text, second, cell=cells.at(first), other=cells.at(second), **said)
    elif meant and power is not None and meant != {power}:
        row = min(stated)
        cells.add("error", "unit-mixed", _HEADER_DIFFERS, row, value=shown(cells.values[row]))


def _check_bounds(cells: Cells, row: int, figure: int, form: str, low: int | None, high: int | None) -> None:
    if high is not None and figure > high:
        if form == "score":
            raise Refused(
                "score-above-max", N_('{header} "{value}" is above the maximum of {high}'), high=_plain(high)
            )
        raise Refused("number-above", N_('{header} "{value}" is above {high}'), high=_plain(high))
    if low is not None and figure < low:
        raise Refused("number-below", N_('{header} "{value}" is below {low}'), low=_plain(low))
    if form == "whole" and figure % 1_000_000:
        raise Refused("number-whole", N_('{header} "{value}" is not a whole number'))
    if figure < 0:
        cells.add(
            "warning",
            "number-negative",
            N_('{header} "{value}" is negative'),
            row,
            value=shown(cells.values[row]),
        )


def _plain(millionths: int) -> str:
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


_PLAIN = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{1,6})?").fullmatch
_FIGURE = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+").fullmatch
_ENDING = re.compile("(?:%|[十百千万亿]*[元圆]|[百千]?万|亿)$")
_NARROW = str.maketrans("０１２３４５６７８９．，（）－＋％−", "0123456789.,()-+%-")
_ABSENT = frozenset({"缺考", "缺席", "未考", "弃考", "未参加", "absent", "abs"})

PER_CENT = -2

_NOT_A_NUMBER = N_('{header} "{value}" is not a number')
_IN_POWERS = N_('{header} "{value}" is in powers of ten, digits may be lost; write it out')
_LOST = N_('{header} "{value}" has more than 15 digits, the last ones are lost; format the column as text')
_TOO_FINE = N_('{header} "{value}" is finer than a fen (0.01 yuan); round it')
_TOO_MANY_DECIMALS = N_('{header} "{value}" has more than six decimals; round it')
_UNKNOWN_UNIT = N_('{header}: the unit "{unit}" is not known; use yuan (元), 10,000 yuan (万元) or 亿元')
_MIXED_UNITS = N_(
    '{header} mixes units: {cell} "{value}" and {other} "{other_value}"; '
    "write the whole column in one unit, named in the header"
)
_HEADER_DIFFERS = N_('{header} names one unit and "{value}" another; write the whole column in one unit')
_MIXED_PERCENT = N_(
    '{header} mixes percentages and figures: {cell} "{value}" and {other} "{other_value}"; '
    "is 95 % meant as 0.95? Write one form"
)
