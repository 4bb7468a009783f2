"""What every declaration of a scheme is made of: forms of values, titles, no unknown keys."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cmopt.domain.consistency import Inconsistent, fault, shown
from cmopt.domain.fixed import to_fixed
from cmopt.i18n import N_, Lang

WHOLE = 10_000  # 100 % in the unit that a Percent is held in


def _fixed(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Inconsistent([fault(N_("must be a number, not {value}"), value=shown(value))])
    try:
        return to_fixed(Decimal(str(value)))
    except (InvalidOperation, ValueError):
        what = fault(N_("must be a number of at most six decimals, not {value}"), value=shown(value))
        raise Inconsistent([what]) from None


def _percent(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?%", value):
        text = N_('write per cent with at most two decimals ("12.5%"), not {value}')
        raise Inconsistent([fault(text, value=shown(value))])
    return int(Decimal(value[:-1]) * 100)


Fixed = Annotated[int, BeforeValidator(_fixed)]  # millionths
Percent = Annotated[int, BeforeValidator(_percent)]  # hundredths of a per cent
LARGEST = 1_000_000  # of a number that counts people, accounts, ranks or levels
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(Declared):
    zh: str
    en: str

    def render(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def __call__(self, lang: Lang) -> str:
        return self.render(lang)
