"""Soft rules that were not kept, as rows of text for the workbook and the page."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cmopt.domain.fixed import UNIT
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, Lang, tr
from cmopt.metrics.soft import Overstepped, overstepped
from cmopt.reports.view import Names
from cmopt.reports.wording import show_figure, tier_title, unit_title, with_note

SOFT_HEADS = (N_("Soft rule"), N_("Who"), N_("Holds"), N_("Allowed"), N_("Beyond by"), N_("Costs"))


@dataclass(frozen=True, slots=True)
class SoftRow:
    """The cells under SOFT_HEADS."""

    rule: str
    who: str
    holds: str
    allowed: str
    beyond: str
    cost: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.rule, self.who, self.holds, self.allowed, self.beyond, self.cost)


def has_soft_rules(scheme: Scheme) -> bool:
    prices = [*(cap.price for cap in scheme.at_most), *(limit.price for limit in scheme.limits)]
    return any(price is not None for price in prices)


def soft_rows(run: Run, lang: Lang) -> list[SoftRow]:
    """One row a soft rule and person or group that does not keep it, in the scheme's order."""
    if run.result.allocation is None:
        return []
    found = overstepped(run.case, run.scheme, run.grades, run.result.allocation)
    return [_row(x, run, lang) for x in found]


def _row(x: Overstepped, run: Run, lang: Lang) -> SoftRow:
    measure = run.scheme.measure_by_key.get(x.kind)
    what = tr(N_("accounts"), lang) if measure is None else measure.title.render(lang)
    unit = unit_title("money", lang) if measure is not None and measure.unit == "money" else ""
    least = tr(N_("at least {figure}"), lang, figure=_figure(x.allowed))
    most = tr(N_("at most {figure}"), lang, figure=_figure(x.allowed))
    return SoftRow(
        rule=" · ".join(said for said in (x.title.render(lang), what, unit) if said),
        who=_who(x, run, lang),
        holds=_figure(x.total),
        allowed=least if x.below else most,
        beyond=_figure(x.beyond),
        cost=f"{x.cost:,}",
    )


def _who(x: Overstepped, run: Run, lang: Lang) -> str:
    match x.per:
        case "person":
            return with_note(Names(run.case).staff(x.who), x.who, lang)
        case "tier":
            return tier_title(x.who, run.scheme, lang)
        case "branch":
            return x.who
        case _:
            return tr(N_("all together"), lang)


def _figure(value: Fraction) -> str:
    """Millionths as text; what lies between two of them is rounded half to even."""
    return show_figure(round(value)) if value.denominator == 1 else f"{float(value / UNIT):,.2f}"
