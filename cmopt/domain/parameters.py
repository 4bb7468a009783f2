"""Parameters of a scheme: figures that stand in one place, among them those the source does not state."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.consistency import fault, refuse
from cmopt.domain.declared import Declared, Fixed, Title
from cmopt.domain.fixed import show_fixed, to_fixed
from cmopt.errors import Finding
from cmopt.i18n import N_


class Parameter(Declared):
    """A figure that ``"$NAME"`` refers to from anywhere in the scheme.

    `value`: a number, a per cent (``"20%"``), a text or a list; None: not filled. `stated` false: the source
    names the measure, but not the figure. `low`, `high`: the least and the most that make sense, both allowed.
    `filled_by`: the scheme that filled it, or ``--set``; None: the file that declares it.
    """

    title: Title
    value: Any = None
    stated: bool = True
    note: Title | None = None
    unit: Literal["points", "percent", "money", "count", "years"] | None = None
    low: Fixed | None = None
    high: Fixed | None = None
    filled_by: str | None = Field(default=None, max_length=200)

    @property
    def plain(self) -> object:
        """The value as JSON can hold it: a date as text."""
        return self.value.isoformat() if isinstance(self.value, date) else self.value

    @model_validator(mode="after")
    def _within(self) -> Self:
        refuse(parameter_faults(self))
        return self


def parameter_faults(parameter: Parameter) -> list[Finding]:
    """A figure outside low and high; low above high."""
    if parameter.low is not None and parameter.high is not None and parameter.low > parameter.high:
        return [fault(N_("is above high: no value fits"), "low")]
    number = _number(parameter.value)
    outside = number is not None and (
        (parameter.low is not None and number < parameter.low)
        or (parameter.high is not None and number > parameter.high)
    )
    if not outside:
        return []
    text = N_("must be from {low} to {high}, not {value}")
    low, high = (show_fixed(n) or "..." for n in (parameter.low, parameter.high))
    return [fault(text, "value", low=low, high=high, value=parameter.value)]


def _number(value: object) -> int | None:
    """A number, or the number of a per cent, in millionths; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return to_fixed(str(value).removesuffix("%"))
    except (ValueError, ArithmeticError):
        return None
