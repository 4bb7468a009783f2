"""What goals, statuses, outcomes, routes, groups and metrics are called in front of people.

Every function takes a key as it stands in the files (``continuity``, ``tier:senior``, ...) and a language,
and falls back to the key itself, so that a new goal or metric is shown rather than hidden.
"""

from __future__ import annotations

import math

from cmopt.domain.fixed import show_fixed
from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.result import Phase
from cmopt.domain.scheme import Measure, Scheme
from cmopt.i18n import N_, Lang, tr
from cmopt.reports.terms import (
    CERTIFICATES,
    CHARTS,
    GOALS,
    GROUPS,
    IN_MILLIONTHS,
    MEASURES,
    METRICS,
    ONE,
    OUTCOMES,
    ROLES,
    ROUTES,
    SEVERITIES,
    SHARES,
    SIGNED_SHARES,
    SOLVERS,
    STATUSES,
    UNITS,
    Unit,
)


def goal_title(name: str, lang: Lang, scheme: Scheme | None = None) -> str:
    """What the goal is called; with the scheme, leximin and leximax name the measure that they compare."""
    title = tr(GOALS[name].title, lang) if name in GOALS else name
    measure = _compared(name, scheme)
    return title if measure is None else f"{title} · {measure.title.render(lang)}"


def goal_meaning(name: str, lang: Lang) -> str:
    """One sentence: what is counted and which way is better; '' for a goal not known here."""
    return tr(GOALS[name].meaning, lang) if name in GOALS else ""


def goal_unit(name: str, scheme: Scheme | None = None) -> Unit:
    """The unit of the goal's integer; with the scheme, leximin and leximax have their measure's."""
    measure = _compared(name, scheme)
    if measure is not None:
        return measure.unit
    return GOALS[name].unit if name in GOALS else "number"


def goal_in_millionths(name: str) -> bool:
    """Whether the goal's integer counts millionths of its unit."""
    return name in IN_MILLIONTHS


def _compared(name: str, scheme: Scheme | None) -> Measure | None:
    """The measure that leximin or leximax compares under this scheme."""
    if scheme is None or name not in LEXICOGRAPHIC:
        return None
    key = next((g.measure for g in scheme.goals if g.name == name), None)
    return scheme.measure_by_key.get(key or "")


def show_goal(name: str, value: int | None, lang: Lang, scheme: Scheme | None = None) -> str:
    """The goal's value for reading, e.g. ``21 accounts``; an em dash where there is none."""
    if value is None:
        return "—"
    unit = goal_unit(name, scheme)
    shown = f"{value:,}"
    if goal_in_millionths(name):
        shown = show_money(value) if unit == "money" else show_figure(value)
    said = unit_title(unit, lang, one=shown == "1")
    return f"{shown} {said}" if said else shown


def show_levels(phase: Phase, lang: Lang, scheme: Scheme | None = None, most: int = 12) -> str:
    """The totals of leximin and leximax from the worst-off on, the first `most` of them; '' for other goals."""
    if not phase.levels:
        return ""
    money = goal_unit(phase.name, scheme) == "money"
    shown = [show_money(v) if money else show_figure(v) for v in phase.levels[:most]]
    text = " · ".join([*shown, "…"] if len(phase.levels) > most else shown)
    if phase.sense == "max":
        return tr(N_("from the lightest on: {levels}"), lang, levels=text)
    return tr(N_("from the heaviest on: {levels}"), lang, levels=text)


def show_figure(value: int) -> str:
    """Millionths as plain decimal text with thousands marked, exact: ``1,234.5``."""
    whole, _, rest = show_fixed(abs(value)).partition(".")
    return f"{'-' if value < 0 else ''}{int(whole):,}{'.' if rest else ''}{rest}"


def show_money(value: int) -> str:
    """Millionths of 万元 as ``12,345.67`` (rounded half even to two decimals)."""
    whole, dot, rest = show_fixed(value, 2).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{dot}{rest}"


def show_measure(value: int | None, unit: str) -> str:
    """A load of a portfolio for reading: money with two decimals, points and counts as short as exact."""
    if value is None:
        return "—"
    if unit == "money":
        return show_money(value)
    text = show_fixed(value, 2)
    return text.rstrip("0").rstrip(".")


def show_metric(value: float | None, metric: str = "") -> str:
    """A fairness figure for reading: shares in per cent, four decimals when small, thousands marked."""
    if value is None or not math.isfinite(value):
        return "—"
    if metric in SHARES:
        return f"{100 * value:.1f} %"
    if metric in SIGNED_SHARES:
        return f"{100 * value:+.1f} %"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4f}"


def proof_words(phase: Phase, lang: Lang, exact: bool = True, scheme: Scheme | None = None) -> str:
    """What is known about a goal's value, for somebody who never heard of a bound; levels where there are any.

    `exact` False: the solver follows a rule and proves nothing (greedy).
    """
    said, levels = _proof(phase, lang, exact, scheme), show_levels(phase, lang, scheme)
    return tr(N_("{proof}; {levels}"), lang, proof=said, levels=levels) if levels else said


def _proof(phase: Phase, lang: Lang, exact: bool, scheme: Scheme | None) -> str:
    if phase.value is None:
        return tr(N_("no division was found"), lang)
    if phase.name == "draw" and phase.proven:
        return tr(N_("settled: this draw picks exactly one of the equally good divisions"), lang)
    if phase.proven and phase.bound == phase.value:
        return tr(N_("proven: no division can do better, given the goals above it"), lang)
    if phase.proven:
        return tr(
            N_("proven: {bound} is the best possible; the scheme let later goals give some of it back"),
            lang,
            bound=show_goal(phase.name, phase.bound, lang, scheme),
        )
    if phase.levels and phase.bound == phase.value:
        return tr(N_("the first level is proven, those after it are the best found"), lang)
    if is_bounded(phase):
        return tr(
            N_("best found, not proven: at best {bound} could be reached; this one is within {gap} of that"),
            lang,
            bound=show_goal(phase.name, phase.bound, lang, scheme),
            gap=gap(phase),
        )
    if not exact:
        return tr(N_("made by a fixed rule, which proves nothing"), lang)
    return tr(N_("best found, nothing proven about it"), lang)


def gap(phase: Phase) -> str:
    """How far value and bound lie apart, in per cent of the larger, rounded up."""
    assert phase.value is not None and phase.bound is not None
    apart, whole = abs(phase.value - phase.bound), max(abs(phase.value), abs(phase.bound))
    per_mille = -(-apart * 1000 // whole) if whole else 0
    return f"{per_mille / 10:g} %"


def is_bounded(phase: Phase) -> bool:
    """Whether the bound says anything: 0 for a value that is not 0 is what anybody knows beforehand."""
    return phase.bound is not None and (phase.bound != 0 or phase.value == 0)


def gap_words(phase: Phase, lang: Lang) -> str:
    """The gap in per cent, or that nothing is proven."""
    return gap(phase) if is_bounded(phase) else tr(N_("nothing proven"), lang)


def status_title(status: str, lang: Lang) -> str:
    return tr(STATUSES[status], lang) if status in STATUSES else status


def outcome_title(outcome: str, lang: Lang) -> str:
    return tr(OUTCOMES[outcome], lang) if outcome in OUTCOMES else outcome


def role_title(role: str | None, lang: Lang) -> str:
    if role is None:
        return ""
    return tr(ROLES[role], lang) if role in ROLES else role


def solver_title(solver: str, lang: Lang) -> str:
    return tr(SOLVERS[solver], lang) if solver in SOLVERS else solver


def certificate_title(certificate: str | None, lang: Lang) -> str:
    if certificate is None:
        return tr(N_("none"), lang)
    return tr(CERTIFICATES[certificate], lang) if certificate in CERTIFICATES else certificate


def severity_title(severity: str, lang: Lang) -> str:
    return tr(SEVERITIES[severity], lang) if severity in SEVERITIES else severity


def unit_title(unit: str, lang: Lang, one: bool = False) -> str:
    """``money`` -> 万元, ``accounts`` -> 户, ...; '' for a bare number. `one`: as said of a single one."""
    if one and unit in ONE:
        return tr(ONE[unit], lang)
    return tr(UNITS[unit], lang) if unit in UNITS else ""


def with_note(text: str, note: str, lang: Lang) -> str:
    """``Loan balance (10k CNY)``; the text alone where there is no note."""
    return tr(N_("{title} ({note})"), lang, title=text, note=note) if note else text


def metric_title(name: str, lang: Lang) -> str:
    return tr(METRICS[name].title, lang) if name in METRICS else name


def metric_meaning(name: str, lang: Lang) -> str:
    return tr(METRICS[name].meaning, lang) if name in METRICS else ""


def chart_title(stem: str, lang: Lang) -> str:
    """The caption of a chart from its file's stem; '' where the stem is not known (the chart has a title)."""
    return tr(CHARTS[stem], lang) if stem in CHARTS else ""


def tier_title(tier: str | None, scheme: Scheme, lang: Lang) -> str:
    if tier is None:
        return tr(N_("no client manager"), lang)
    found = next((t for t in scheme.grading.tiers if t.key == tier), None)
    return found.title.render(lang) if found else tier


def rung_title(rung: str | None, scheme: Scheme, lang: Lang) -> str:
    """'' where somebody stands on no rung."""
    place = None if rung is None else scheme.grading.rung_order.get(rung)
    return (rung or "") if place is None else scheme.grading.rungs[place].title.render(lang)


def segment_title(segment: str, scheme: Scheme, lang: Lang) -> str:
    found = scheme.segment_by_key.get(segment)
    return found.title.render(lang) if found else segment


def measure_title(measure: str, scheme: Scheme, lang: Lang) -> str:
    found = scheme.measure_by_key.get(measure)
    if found:
        return found.title.render(lang)
    return tr(MEASURES[measure], lang) if measure in MEASURES else goal_title(measure, lang)


def route_title(route: str, scheme: Scheme, lang: Lang) -> str:
    """How somebody came to their tier: a route of the scheme, or a word of ROUTES."""
    found = next((r for r in scheme.grading.routes if r.key == route), None)
    if found:
        return found.title.render(lang)
    return tr(ROUTES[route], lang) if route in ROUTES else route


def group_title(group: str, scheme: Scheme, lang: Lang) -> str:
    """``bank``, ``tier:senior``, ``tier:senior/team``, ``branch:...`` and the like in words."""
    kind, colon, rest = group.partition(":")
    if kind == "tier" and colon:
        tier, _, apart = rest.partition("/")
        return with_note(tier_title(tier, scheme, lang), tr(GROUPS.get(apart, apart), lang), lang)
    if kind == "branch" and colon:
        return rest
    return tr(GROUPS[group], lang) if group in GROUPS else group
