"""Reads columns of ids, words and dates. Ids are text; what was normalised is logged; nothing is guessed."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from cmopt.i18n import N_
from cmopt.intake.columns import TICKS, Choice
from cmopt.intake.raw import BadCell, NumberText, RawValue
from cmopt.intake.report import Cells, Refused, shown

T = TypeVar("T")
BLOCK = 10_000  # cells are looked up so many at a time


def is_blank(value: RawValue) -> bool:
    """Whether a cell holds nothing: empty, or only spaces and invisible characters."""
    if value is None or not isinstance(value, str):
        return value is None
    return not value[:1].isalnum() and not _INVISIBLE.sub("", value).strip()


def read_ids(cells: Cells) -> list[str | None]:
    """One id a row as canonical text (NFKC, no spaces, no invisible characters, X of an identity number upper
    case); None for a blank or refused cell."""
    cleaned: list[tuple[int, object]] = []

    def one(value: RawValue, row: int) -> str | None:
        text = value if type(value) is str else _id_of_number(cells, row, value)
        key = canonical_id(text)
        if not key:
            return None
        if _EXCEL_POWER(key):
            raise Refused("id-scientific", _ID_SCIENTIFIC)
        if _DECIMAL_ID(key):
            raise Refused("id-decimal", _ID_DECIMAL)
        if _IDENTITY(key) and not _identity_holds(key):
            cells.add("warning", "id-checksum", _ID_CHECKSUM, row, value=shown(key))
        if key != text:
            cleaned.append((row, key))
        return key

    texts = (v for v in cells.values if type(v) is str)
    plain: dict[str, str | None] = {v: v for v in texts if v.isascii() and v.isalnum() and len(v) != 18}
    ids = _each(cells, one, plain)
    cells.changed("id-normalised", N_("{header}: {count} ids were normalised: {cells}"), cleaned)
    return ids


def canonical_id(text: str) -> str:
    """NFKC without spaces and invisible characters; the x that ends an identity number becomes X."""
    key = re.sub(r"\s+", "", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)))
    return key.upper() if re.fullmatch(r"[0-9]{17}x", key) else key


def read_texts(cells: Cells, *, tidy: bool = False) -> list[str | None]:
    """One text a row, trimmed; None for a blank cell. "NA" and "None" are text like any other.

    `tidy` (branches, groups) also takes NFKC, without invisible characters and doubled spaces, and logs it.
    """
    cleaned: list[tuple[int, object]] = []
    said = (v for v in cells.values if type(v) is str and not tidy)
    seen: dict[str, str | None] = {v: v for v in said if v[:1].isalnum() and v[-1:].isalnum()}

    def one(value: RawValue, row: int) -> str | None:
        written = _plain_text(cells, row, value)
        text = canonical_text(written) if tidy else "" if is_blank(written) else written.strip()
        if tidy and text != written:
            cleaned.append((row, text))
        elif tidy and text:
            seen[text] = text
        return text or None

    texts = _each(cells, one, seen)
    cells.changed("text-normalised", N_("{header}: {count} names were normalised: {cells}"), cleaned)
    return texts


def canonical_text(text: str) -> str:
    """NFKC, without invisible characters, single spaces."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def read_choices(cells: Cells, choices: Sequence[Choice]) -> list[str | int | bool | None]:
    """One of a few words a row, in either language or by its key; None for a blank or refused cell."""
    words = choice_words(choices)
    seen: dict[str, str | int | bool | None] = {}

    def one(value: RawValue, row: int) -> str | int | bool | None:
        if is_blank(value):
            return None
        said = fold(_plain_text(cells, row, value))
        if said not in words:
            near = difflib.get_close_matches(said, list(words), n=3)
            titles = sorted({_title(choices, words[n]) for n in near}) or [c.zh + "/" + c.en for c in choices]
            raise Refused("choice-unknown", _CHOICE_UNKNOWN, known=", ".join(titles))
        word = words[said]
        if isinstance(value, str):
            seen[value] = word
        return word

    return _each(cells, one, seen)


def choice_words(choices: Iterable[Choice]) -> dict[str, str | int | bool]:
    """Every folded spelling -> the value; keys and titles go before aliases."""
    words: dict[str, str | int | bool] = {}
    choices = tuple(choices)
    for choice in choices:
        for word in (choice.value if isinstance(choice.value, str) else "", choice.zh, choice.en):
            if word:
                words.setdefault(fold(word), choice.value)
    for choice in choices:
        for word in choice.aliases:
            words.setdefault(fold(word), choice.value)
    return words


def fold(word: str) -> str:
    """NFKC, lower case, without spaces and invisible characters."""
    return canonical_id(word).casefold()


def is_tick_column(values: Sequence[RawValue]) -> bool:
    """Whether all that stands in a column are ticks or crosses, so that blank means no."""
    said = {v.strip() for v in values if isinstance(v, str) and not is_blank(v)}
    return bool(said) and said <= TICKS and not any(not isinstance(v, str) and v is not None for v in values)


def read_dates(cells: Cells) -> list[date | None]:
    """One date a row: 2003-01-05, 2003/1/5, 2003年1月5日, 20030105, an Excel date or its serial number."""

    seen: dict[str, date | None] = {}

    def one(value: RawValue, row: int) -> date | None:
        if isinstance(value, str) and is_blank(value):
            return None
        if isinstance(value, datetime):
            found = value.date()
        elif isinstance(value, date):
            found = value
        elif isinstance(value, BadCell):
            raise cells.bad_cell(row)
        elif isinstance(value, bool) or value is None:
            raise Refused("date-unreadable", _DATE_UNREADABLE)
        elif isinstance(value, str):
            found = _date_of_text(unicodedata.normalize("NFKC", value).strip())
        else:
            found = _date_of_serial(value, cells.table.epoch_1904)
        if not 1900 <= found.year <= 2100:
            raise Refused("date-range", N_('{header} "{value}" is not between 1900 and 2100'))
        if isinstance(value, str):
            seen[value] = found
        return found

    return _each(cells, one, seen)


def _each(cells: Cells, one: Callable[[RawValue, int], T], seen: dict[str, T]) -> list[T | None]:
    """`one(value, row)` for every cell that is not empty; a refused cell is reported and None.

    Texts in `seen` are not read again; `one` puts there what needs no finding.
    """
    out: list[T | None] = []
    for start in range(0, len(cells.values), BLOCK):
        block = cells.values[start : start + BLOCK]
        found = [seen.get(v) if type(v) is str else None for v in block]
        for n, value in enumerate(block):
            if value is not None and found[n] is None:
                known = seen.get(value) if type(value) is str else None
                try:
                    found[n] = one(value, start + n) if known is None else known
                except Refused as refused:
                    cells.refuse(start + n, refused)
        out += found
    return out


def _id_of_number(cells: Cells, row: int, value: RawValue) -> str:
    if isinstance(value, BadCell):
        raise cells.bad_cell(row)
    if isinstance(value, NumberText):
        raise Refused("id-digits-lost", _ID_LOST)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("id-not-text", _ID_NOT_TEXT)
    if value != value:
        raise Refused("id-not-text", _ID_NOT_TEXT)
    if abs(value) >= 10**15:
        raise Refused("id-digits-lost", _ID_LOST)
    if value != int(value) or value < 0:
        raise Refused("id-decimal", _ID_DECIMAL)
    return str(int(value))


def _plain_text(cells: Cells, row: int, value: RawValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, BadCell):
        raise cells.bad_cell(row)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _identity_holds(key: str) -> bool:
    """The check character of an 18-character identity number (GB 11643, ISO 7064 MOD 11-2), if it is one.

    Numbers whose middle is no date of birth are other numbers and hold.
    """
    try:
        date(int(key[6:10]), int(key[10:12]), int(key[12:14]))
    except ValueError:
        return True
    if not 1900 <= int(key[6:10]) <= 2100:
        return True
    total = sum(int(d) * pow(2, 17 - n, 11) for n, d in enumerate(key[:17]))
    return "10X98765432"[total % 11] == key[17]


def _date_of_text(text: str) -> date:
    for form in _DATE_FORMS:
        found = form(text)
        if found:
            try:
                return date(int(found[1]), int(found[2]), int(found[3]))
            except ValueError:
                raise Refused(
                    "date-impossible", N_('{header} "{value}" is a day that does not exist')
                ) from None
    raise Refused("date-unreadable", _DATE_UNREADABLE)


def _date_of_serial(value: int | float, epoch_1904: bool) -> date:
    """Excel's day number, in the workbook's own epoch; eight digits are yyyymmdd."""
    whole = int(value) if abs(value) < 1e9 else 0
    if whole == value and 19_000_101 <= whole <= 21_001_231:
        return _date_of_text(str(whole))
    if not 8_000 <= whole <= 80_000:
        raise Refused("date-unreadable", _DATE_UNREADABLE)
    return (date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)) + timedelta(days=whole)


def _title(choices: Sequence[Choice], value: str | int | bool) -> str:
    return next(f"{c.zh}/{c.en}" for c in choices if c.value == value and type(c.value) is type(value))


_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EXCEL_POWER = re.compile(r"[0-9]+(\.[0-9]+[eE]\+?|[eE]\+)[0-9]+").fullmatch
_DECIMAL_ID = re.compile(r"[0-9]+\.0+").fullmatch
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]").fullmatch
_TIME = r"(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
_DATE_FORMS = (
    re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_TIME}").fullmatch,
    re.compile(rf"([0-9]{{4}})/([0-9]{{1,2}})/([0-9]{{1,2}}){_TIME}").fullmatch,
    re.compile(r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})").fullmatch,
    re.compile(r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?[日号]").fullmatch,
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})").fullmatch,
)

_ID_NOT_TEXT = N_('{header} "{value}" is not an id; format the column as text and write it again')
_ID_LOST = N_('{header} "{value}": digits lost; format the column as text')
_ID_SCIENTIFIC = N_('{header} "{value}" is an id in powers of ten, digits lost; format the column as text')
_ID_DECIMAL = N_('{header} "{value}" is a number with decimals, not an id; format the column as text')
_ID_CHECKSUM = N_('{header} "{value}" looks like an identity number, but its last character does not check')
_CHOICE_UNKNOWN = N_('{header} "{value}" is not known; write one of: {known}')
_DATE_UNREADABLE = N_('{header} "{value}" is not a date; write it as 2003-01-05')
