"""What a table and a column of a case are: names in both languages, forms, bounds, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cmopt.i18n import N_, Lang, tr

TableKey = Literal["staff", "posts", "clients", "links", "scores", "results", "certificates", "standings"]
Form = Literal[
    "id", "staff", "client", "text", "branch", "yes_no", "kind", "quality", "rule", "post", "tier",
    "money", "number", "years", "whole", "date", "score", "education", "position", "item", "source", "period",
    "points", "measure", "value", "certificate", "standing",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its names, what stands in it (`form`), its unit, bounds and an explanation.

    `staff` and `client` are references to the key columns of those tables. `low` and `high` bound a number,
    in its unit (inclusive). `blank` says what an empty cell means, where that is not simply "not known".
    """

    key: str
    zh: str
    en: str
    form: Form
    note: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    maximum: int | None = None
    blank: str | None = None

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def unit(self, lang: Lang) -> str | None:
        """What the figures are counted in; None for what has no unit."""
        text = UNIT_OF_FORM.get(self.form)
        return tr(text, lang) if text else None


@dataclass(frozen=True, slots=True)
class Table:
    key: TableKey
    zh: str
    en: str
    note: str
    columns: tuple[Column, ...]
    required: bool = False
    aliases: tuple[str, ...] = ()

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the few words a column takes, and the other ways of writing it."""

    value: str | int | bool
    zh: str
    en: str
    aliases: tuple[str, ...] = ()

    def title(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


UNIT_OF_FORM: dict[str, str] = {
    "money": N_("10,000 yuan"),
    "years": N_("years"),
    "score": N_("points"),
    "points": N_("points"),
}

# Columns that only count the lines: left out, not kept as a measure.
LINE_NUMBERS = frozenset({"序号", "行号", "no", "nr", "#", "index", "line"})

# Sheets of the template that people read and the intake skips.
READ_ME = {"zh": "说明", "en": "Read me"}
OPTIONS = {"zh": "选项", "en": "Options"}

STAFF_NO = ("员工号", "员工编号", "员工工号", "职工号", "柜员号", "staff no", "employee id")
CLIENT_NO = ("客户编号", "客户代码", "客户id", "client no", "customer id")
