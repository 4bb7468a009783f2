"""Points of the items that read the scores and results tables, each with its faults, gaps and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from cmopt.domain.declared import Title
from cmopt.domain.fixed import UNIT, show_fixed
from cmopt.domain.grade import Beside
from cmopt.domain.grading_parts import Item, SourceUse
from cmopt.domain.grading_scheme import Grading
from cmopt.errors import Finding, Listed, Message, finding
from cmopt.grading.figures import Folded, Record, rounded
from cmopt.i18n import N_


@dataclass(frozen=True, slots=True)
class ItemPoints:
    """What one item gives, 0 to its max. `how`: the sum in figures; `notes`: gaps and what they counted.

    `quarters`: period -> points of that quarter alone, None where a scored source has no line.
    """

    points: int
    how: str = ""
    faults: tuple[Finding, ...] = ()
    notes: tuple[Message, ...] = ()
    absent: bool = False
    figure: int | None = None
    quarters: Mapping[str, int | None] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()


def item_points(item: Item, record: Record) -> ItemPoints:
    """Points of an item with sources or a measure. With faults the points are 0 and mean nothing."""
    return _by_sources(item, record) if item.sources else _by_measure(item, record)


# --- sources: weighted scores ------------------------------------------------------------------------


def _by_sources(item: Item, record: Record) -> ItemPoints:
    """Each scored source's score out of its full marks, weighted; a source that is missing refuses, counts 0,
    or leaves its weight to the others."""
    scored = [s for s in item.sources if s.scored]
    quarterly = item.period == "quarters"
    said = {s.source: record.score(item.key, s.source, quarterly, item.fold) for s in scored}
    faults = [f for s in item.sources for f in _range_faults(item, s, record)]
    faults += [f for s in scored if (f := _missing_fault(item, s, said[s.source], record)) is not None]
    faults += [f for s in item.sources if s.needs_evidence for f in _evidence_faults(item, s, record)]
    there = [s for s in scored if said[s.source].value is not None]
    if not there and not faults and item.missing == "renormalise":
        faults.append(_no_source(item, record))
    if faults:
        return ItemPoints(0, faults=tuple(faults), absent=any(f.absent for f in said.values()))
    counted = there if item.missing == "renormalise" else scored
    whole = sum(s.weight or 0 for s in counted) or 1
    share = Fraction(item.max, whole)
    points = Fraction(0)
    steps = []
    for s in counted:
        value = said[s.source].value or Fraction(0)
        points += share * (s.weight or 0) * value / _full(item, s)
        steps.append(f"{show_fixed(rounded(value))}/{show_fixed(_full(item, s))}×{_percent(s.weight or 0)}")
    notes = [n for s in scored for n in _gap_notes(item, s, said[s.source], record.grading)]
    return ItemPoints(
        min(rounded(points), item.max),
        " + ".join(steps) if len(scored) > 1 or quarterly else "",
        notes=tuple(notes),
        absent=any(f.absent for f in said.values()),
        quarters=_by_quarter(item, record, there, whole) if quarterly else {},
        beside=tuple(b for s in item.sources if not s.scored for b in _beside(item, s, record)),
    )


def _full(item: Item, use: SourceUse) -> int:
    return item.max if use.out_of is None else use.out_of


def _by_quarter(item: Item, record: Record, scored: list[SourceUse], whole: int) -> dict[str, int | None]:
    """Each quarter's points from the sources that have lines at all; `whole`: what the weights add up to."""
    found: dict[str, int | None] = {}
    lines = {s.source: {n.period: n for n in record.score_lines(item.key, s.source, True)} for s in scored}
    for period in map(str, record.periods(True)):
        points: Fraction | None = Fraction(0)
        for s in scored:
            line = lines[s.source].get(period)
            if line is None or points is None:
                points = None
                break
            score = line.score if isinstance(line.score, int) else 0
            points += Fraction(item.max * (s.weight or 0) * score, whole * _full(item, s))
        found[period] = None if points is None else rounded(points)
    return found


def _beside(item: Item, use: SourceUse, record: Record) -> list[Beside]:
    quarterly = item.period == "quarters"
    return [
        Beside(item.key, use.source, n.period, n.score if isinstance(n.score, int) else None, n.evidence)
        for n in record.score_lines(item.key, use.source, quarterly)
    ]


def _range_faults(item: Item, use: SourceUse, record: Record) -> list[Finding]:
    text = N_("{item}, {source} {period}: the score is {score}; it must be from 0 to {max}")
    return [
        finding(
            "score-range",
            text,
            f"staff {record.staff.staff_id}",
            item=item.title,
            source=source_title(use.source, record.grading),
            period=line.period or "",
            score=show_fixed(line.score),
            max=show_fixed(_full(item, use)),
        )
        for line in record.score_lines(item.key, use.source, item.period == "quarters")
        if isinstance(line.score, int) and not 0 <= line.score <= _full(item, use)
    ]


def _missing_fault(item: Item, use: SourceUse, said: Folded, record: Record) -> Finding | None:
    if said.refused:
        text = N_(
            "{item}, {source}: no line for {periods} in the scores table: write it, or let the scheme say what "
            "a missing quarter counts (grading.period.missing_quarter)"
        )
    elif said.value is None and item.missing == "refuse":
        text = N_(
            "{item}, {source}: no line for {periods} in the scores table: write a score, 0, or 缺考 (absent), "
            "or let the scheme say what a missing source counts (missing)"
        )
    else:
        return None
    return finding(
        "score-missing",
        text,
        f"staff {record.staff.staff_id}",
        item=item.title,
        source=source_title(use.source, record.grading),
        periods=_listed(said.gaps),
    )


def _evidence_faults(item: Item, use: SourceUse, record: Record) -> list[Finding]:
    """No line at all, or one that names no evidence, of a source that must have it (a self-assessment)."""
    lines = record.score_lines(item.key, use.source, item.period == "quarters")
    without = [n.period or "" for n in lines if not (n.evidence or "").strip()]
    source = source_title(use.source, record.grading)
    where = f"staff {record.staff.staff_id}"
    if not lines:
        text = N_("{item}, {source}: no line in the scores table; the scheme asks for one with its evidence")
        return [finding("evidence-missing", text, where, item=item.title, source=source)]
    text = N_("{item}, {source} {period}: the scheme asks for evidence: name it in the scores table")
    return [
        finding("evidence-missing", text, where, item=item.title, source=source, period=period)
        for period in without
    ]


def _no_source(item: Item, record: Record) -> Finding:
    text = N_("{item}: no source has a score, so that there are no weights to share out")
    return finding("score-missing", text, f"staff {record.staff.staff_id}", item=item.title)


def _gap_notes(item: Item, use: SourceUse, said: Folded, grading: Grading) -> list[Message]:
    if not said.gaps:
        return []
    shown = {
        "item": item.title,
        "source": source_title(use.source, grading),
        "periods": _listed(said.gaps),
    }
    if said.value is None:
        text = N_("{item}, {source}: no line for {periods}; counts 0")
        if item.missing == "renormalise":
            text = N_("{item}, {source}: no line for {periods}; its weight goes to the other sources")
        return [Message(text, shown)]
    return [Message(_gap_text(grading), shown)]


def _gap_text(grading: Grading) -> str:
    assert grading.period is not None
    if grading.period.missing_quarter == "zero":
        return N_("{item}, {source}: no line for {periods}, each counts 0")
    return N_("{item}, {source}: no line for {periods}; the other quarters stand for the year")


# --- measures: figures turned into points ------------------------------------------------------------


def _by_measure(item: Item, record: Record) -> ItemPoints:
    assert item.measure is not None
    said = record.figure(item.measure, item.figure, item.period == "quarters", item.fold)
    title = figure_title(item.measure, record.grading)
    if said.value is None and (said.refused or item.missing == "refuse"):
        return ItemPoints(0, faults=(_no_figure(item, title, said, record),))
    if said.value is None:
        text = N_("{item}: {measure} has no figure ({periods}); counts 0")
        note = Message(text, {"item": item.title, "measure": title, "periods": _listed(said.gaps)})
        return ItemPoints(0, notes=(note,))
    notes: tuple[Message, ...] = ()
    if said.gaps:
        shown = {"item": item.title, "source": title, "periods": _listed(said.gaps)}
        notes = (Message(_gap_text(record.grading) if record.grading.period else DERIVED_GAP, shown),)
    points, how = _turned(item, said.value)
    return ItemPoints(points, how, notes=notes, figure=rounded(said.value))


DERIVED_GAP = N_("{item}, {source}: some components have no figure, each counts 0")


def _turned(item: Item, figure: Fraction) -> tuple[int, str]:
    """Points from 0 to max, and the sum in figures."""
    shown = show_fixed(rounded(figure))
    if item.target is not None:
        points = figure * item.max / item.target
        how = f"{shown}/{show_fixed(item.target)}×{show_fixed(item.max)}"
    elif item.per is not None:
        units = figure / item.per.unit
        times = Fraction(units.numerator // units.denominator) if item.per.whole else units
        points = item.per.base + item.per.points * times
        counted = f"INT({shown}/{show_fixed(item.per.unit)})" if item.per.whole else shown
        if not item.per.whole and item.per.unit != UNIT:
            counted = f"{shown}/{show_fixed(item.per.unit)}"
        base = f"{show_fixed(item.per.base)}+" if item.per.base else ""
        how = f"{base}{show_fixed(item.per.points)}×{counted}"
    else:
        reached = [s for s in item.steps if figure >= s.at_least]
        points = Fraction(reached[-1].points if reached else 0)
        how = f"{shown}≥{show_fixed(reached[-1].at_least)}" if reached else shown
    return min(max(rounded(points), 0), item.max), how


def _no_figure(item: Item, title: object, said: Folded, record: Record) -> Finding:
    text = N_(
        "{item}: {measure} has no figure for {periods} in the results table: write it (0 if it is none), or "
        "let the scheme say what a missing one counts (missing, grading.period.missing_quarter)"
    )
    if not said.gaps:
        text = N_("{item}: the growth of {measure} in per cent needs a figure above 0 in the year before")
    where = f"staff {record.staff.staff_id}"
    return finding("result-missing", text, where, item=item.title, measure=title, periods=_listed(said.gaps))


# --- titles ------------------------------------------------------------------------------------------


def source_title(key: str, grading: Grading) -> Title | str:
    return next((s.title for s in grading.sources if s.key == key), key)


def figure_title(key: str, grading: Grading) -> Title | str:
    titles: dict[str, Title] = {r.key: r.title for r in grading.results}
    titles |= {d.key: d.title for d in grading.derived}
    return titles.get(key, key)


def _percent(hundredths: int) -> str:
    return f"{show_fixed(hundredths * 10_000)}%"


def _listed(periods: tuple[str, ...]) -> object:
    return Listed(periods) if periods else Message(N_("the year"))
