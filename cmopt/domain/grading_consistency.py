"""What must hold within the grading part of a scheme: names that exist, weights that add up, full marks.

The ladder has a file of its own (`ladder_consistency`). Each function returns every fault, by key path.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from cmopt.domain.consistency import fault, twice, unknown
from cmopt.domain.fixed import show_fixed
from cmopt.domain.ladder_consistency import UNKNOWN_RESULT, ladder_faults
from cmopt.errors import Finding
from cmopt.i18n import N_

if TYPE_CHECKING:
    from cmopt.domain.grading_parts import Item, Part, Per, PointsRule, SourceUse
    from cmopt.domain.grading_scheme import Grading, Period

WHOLE = 10_000  # 100 % in hundredths of a per cent
QUARTERS = 4

UNKNOWN_POST = N_("there is no post {name} under grading.posts; there are: {known}")
UNKNOWN_TIE_KEY = N_("there is nothing called {name} to decide ties by; there are: {known}")
UNKNOWN_SOURCE = N_("there is no source {name} under grading.sources; there are: {known}")
NOT_WHOLE = N_("the weights add up to {sum}%: make them 100%")
SOME_WEIGHTS = N_("give a weight to each of them, or to none")


# --- within one part ---------------------------------------------------------------------------------


def rule_faults(rule: PointsRule) -> list[Finding]:
    if (rule.post is None) == (rule.column is None):
        return [fault(N_("name either a post or a column, and only one of them"))]
    return []


def source_faults(source: SourceUse) -> list[Finding]:
    if source.scored and source.weight is None:
        return [
            fault(N_("a source that is scored needs a weight; one shown beside: scored = false"), "weight")
        ]
    if not source.scored and source.weight is not None:
        return [fault(N_("a source that is only shown beside has no weight: take it away"), "weight")]
    return []


def per_faults(per: Per) -> list[Finding]:
    if per.points == 0:
        return [fault(N_("gives no points for the figure: say how many"), "points")]
    return []


def item_faults(item: Item) -> list[Finding]:
    """One kind of source only, weights of sources that add up, one rule for a measure, fields that belong."""
    if item.sources and item.measure is not None:
        return [fault(N_("has either sources (scores table) or a measure (results table), not both"))]
    rules = [n for n in ("target", "steps", "per") if getattr(item, n)]
    found: list[Finding] = []
    if item.measure is None:
        given = [*rules, *(["figure"] if item.figure != "value" else [])]
        found += [fault(N_("belongs to an item with a measure only"), name) for name in given]
    elif len(rules) != 1:
        found.append(fault(N_("say how the figure gives points by one of: target, steps, per")))
    if item.by_column:
        given = [n for n in ("fold",) if getattr(item, n) is not None]
        given += [n for n, usual in (("period", "year"), ("missing", "refuse")) if getattr(item, n) != usual]
        text = N_("belongs to an item with sources or a measure: a column of the staff table is one score")
        found += [fault(text, name) for name in given]
    if item.fold is not None and item.period != "quarters":
        found.append(fault(N_('folds quarters: it needs period = "quarters"'), "fold"))
    if item.measure is not None and item.missing == "renormalise":
        text = N_("there are no other sources whose weights could take its place: refuse or zero")
        found.append(fault(text, "missing"))
    return [*found, *_source_list(item), *_step_list(item)]


def _source_list(item: Item) -> list[Finding]:
    if not item.sources:
        return []
    found = twice("sources", [s.source for s in item.sources])
    scored = [s.weight for s in item.sources if s.scored and s.weight is not None]
    if not scored:
        found.append(fault(N_("no source is scored: the item could give no points"), "sources"))
    elif sum(scored) != WHOLE:
        found.append(fault(NOT_WHOLE, "sources", sum=_percent(sum(scored))))
    return found


def _step_list(item: Item) -> list[Finding]:
    found = []
    for n, (lower, upper) in enumerate(pairwise(item.steps), 2):
        if upper.at_least <= lower.at_least:
            text = N_("step {n} does not begin above the step before it: nobody can reach it")
            found.append(fault(text, "steps", n=n))
    for n, step in enumerate(item.steps, 1):
        if not 0 <= step.points <= item.max:
            text = N_("step {n} gives {points}; it must be from 0 to the item's max {max}")
            given = {"points": show_fixed(step.points), "max": show_fixed(item.max)}
            found.append(fault(text, "steps", n=n, **given))
    return found


def part_faults(part: Part) -> list[Finding]:
    if part.items and part.rules:
        return [fault(N_("a part has items or rules, not both: make two parts of it"))]
    weights = [i.weight for i in part.items if i.weight is not None]
    if weights and len(weights) < len(part.items):
        return [fault(SOME_WEIGHTS, "items")]
    if weights and sum(weights) != WHOLE:
        return [fault(NOT_WHOLE, "items", sum=_percent(sum(weights)))]
    if part.items and not weights and sum(i.max for i in part.items) != part.max:
        return [fault(N_("the max of its items must add up to the part's max"))]
    return []


# --- across the parts --------------------------------------------------------------------------------


def grading_faults(grading: Grading) -> list[Finding]:
    return [*_part_names(grading), *_table_names(grading), *_periods(grading), *ladder_faults(grading)]


def _part_names(grading: Grading) -> list[Finding]:
    keys = [p.key for p in grading.parts]
    items = [i.key for i in grading.all_items]
    posts = {p.key for p in grading.posts}
    deciding = {*keys, *items, "finance_years", "bank_years", "average_deposits", "draw"}
    found = [
        *twice("parts", keys),
        *twice("parts.items", items),
        *twice("tie_order", grading.tie_order),
        *unknown("tie_order", UNKNOWN_TIE_KEY, grading.tie_order, deciding),
    ]
    for part in grading.parts:
        for rule in part.rules:
            if rule.post is not None:
                found += unknown(f"parts.{part.key}.rules.{rule.key}", UNKNOWN_POST, [rule.post], posts)
    if "draw" not in grading.tie_order or grading.tie_order.index("draw") + 1 < len(grading.tie_order):
        text = N_("the last key must be draw, and only the last, so that no tie stays open")
        found.append(fault(text, "tie_order"))
    weights = [p.weight for p in grading.parts if p.weight is not None]
    if weights and len(weights) < len(grading.parts):
        found.append(fault(SOME_WEIGHTS, "parts"))
    elif weights and sum(weights) != WHOLE:
        found.append(fault(NOT_WHOLE, "parts", sum=_percent(sum(weights))))
    elif not weights and "full_marks" in grading.model_fields_set:
        text = N_("counts only where the parts have weights: give them weights, or take it away")
        found.append(fault(text, "full_marks"))
    return found


def _table_names(grading: Grading) -> list[Finding]:
    """Names of sources, results and derived figures."""
    sources = [s.key for s in grading.sources]
    results = [r.key for r in grading.results]
    figures = [*results, *(d.key for d in grading.derived)]
    found = [
        *twice("sources", sources),
        *twice("results", figures),
        *twice("certificates", [c.key for c in grading.certificates]),
        *twice("education", [e.key for e in grading.education]),
    ]
    for item, path in _items(grading):
        found += unknown(f"{path}.sources", UNKNOWN_SOURCE, [s.source for s in item.sources], sources)
        if item.measure is not None:
            found += unknown(f"{path}.measure", UNKNOWN_RESULT, [item.measure], figures)
    for derived in grading.derived:
        at = f"derived.{derived.key}.components"
        found += twice(at, [c.key for c in derived.components])
        found += unknown(at, UNKNOWN_RESULT, [c.measure for c in derived.components], results)
    return found


def _periods(grading: Grading) -> list[Finding]:
    """Quarters and growth need a year; weights of quarters that add up and are used."""
    found = [] if grading.period is None else _period_faults(grading.period)
    folds = [i.fold for i in grading.all_items]
    folds += [n.fold for needs in grading.all_needs for n in needs.needs_results]
    folds += [only.when.fold for only in grading.conditional]
    if (
        grading.period is not None
        and grading.period.weights
        and "weighted" not in (grading.period.fold, *folds)
    ):
        text = N_('nothing is folded with them: say fold = "weighted", or take them away')
        found.append(fault(text, "period.weights"))
    if grading.period is None:
        text = N_("needs the year that is graded: add grading.period with year")
        wanting = [f"{p}.period" for i, p in _items(grading) if i.period == "quarters"]
        wanting += [f"{p}.figure" for i, p in _items(grading) if i.figure != "value"]
        found += [fault(text, path) for path in wanting]
        if grading.movement is not None:
            found.append(fault(text, "movement"))
    elif not grading.period.weights:
        text = N_("weighted quarters need grading.period.weights")
        found += [fault(text, f"{p}.fold") for i, p in _items(grading) if i.fold == "weighted"]
    return found


def _period_faults(period: Period) -> list[Finding]:
    if period.weights and len(period.weights) != QUARTERS:
        return [fault(N_("one weight for each of the four quarters"), "period.weights")]
    if period.weights and sum(period.weights) != WHOLE:
        return [fault(NOT_WHOLE, "period.weights", sum=_percent(sum(period.weights)))]
    if period.fold == "weighted" and not period.weights:
        return [fault(N_("weighted quarters need grading.period.weights"), "period.fold")]
    return []


def _items(grading: Grading) -> Iterator[tuple[Item, str]]:
    for part in grading.parts:
        for item in part.items:
            yield item, f"parts.{part.key}.items.{item.key}"


def _percent(hundredths: int) -> str:
    return show_fixed(hundredths * 10_000)
