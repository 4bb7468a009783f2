"""What a scheme's grading reads from the further tables: items by source and period, results, certificates ...

One place from which the intake (words it knows, lines it misses), the template (sheets, dropdowns) and the
generator of invented cases take the same answer, whatever the scheme declares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from cmopt.domain.declared import Title
from cmopt.domain.grading_ladder import Needs
from cmopt.domain.grading_scheme import Grading, Item, Named, Part
from cmopt.domain.scheme import Scheme

Unit = Literal["money", "points", "count", "percent"]
FigureKind = Literal["value", "growth", "growth_rate"]
QUARTERS = ("Q1", "Q2", "Q3", "Q4")


class Name(Protocol):
    """Something a table may name by its key or its title in either language."""

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> Title: ...


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A line that the scores table should hold of everybody graded. `max` in millionths of a point.

    `period` None: the scheme speaks of no period. `scored` False: shown beside the grade, so that nobody
    misses it (a self-assessment). `optional`: of a year before the one that is graded; it counts where totals
    of several years running do. `evidence`: it must be there, and name its evidence.
    """

    item: str
    source: str
    period: str | None
    max: int
    scored: bool
    optional: bool = False
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A line that the results table should hold of everybody graded. `optional`: of a year before, so that
    nobody misses it. `condition`: only a condition looks at it; whom that does not concern have 0."""

    measure: str
    period: str | None
    unit: Unit
    optional: bool = False
    condition: bool = False


@dataclass(frozen=True, slots=True)
class Aim:
    """A size of a figure that the scheme speaks of (millionths): a target, a step, what a rung needs.

    `size` is of one line: where quarters add up to the year, a quarter of the year's. `terms`: measure ->
    coefficient in millionths; more than one where the figure is made of components.
    """

    terms: Mapping[str, int]
    figure: FigureKind
    quarterly: bool
    size: int


@dataclass(frozen=True)
class GradingNeeds:
    """All that a scheme reads besides the staff and posts tables of the annual plan."""

    tables: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()  # education, bank_years, serious_breach, position
    items: tuple[Item, ...] = ()
    sources: tuple[Named, ...] = ()
    score_lines: tuple[ScoreLine, ...] = ()
    measures: tuple[Named, ...] = ()
    result_lines: tuple[ResultLine, ...] = ()
    aims: tuple[Aim, ...] = ()
    certificates: tuple[Named, ...] = ()
    parts: tuple[Part, ...] = ()
    standings: tuple[Name, ...] = ()
    education: tuple[Named, ...] = ()  # the ladder, lowest first

    @cached_property
    def max_of(self) -> dict[tuple[str, str | None], int]:
        """(item, source) -> full marks; under (item, None) the most of any source."""
        found: dict[tuple[str, str | None], int] = {}
        for line in self.score_lines:
            for source in (line.source, None):
                found[line.item, source] = max(found.get((line.item, source), 0), line.max)
        return found

    @cached_property
    def sources_of(self) -> dict[str, tuple[str, ...]]:
        """item -> its sources, in the scheme's order."""
        found: dict[str, dict[str, None]] = {}
        for line in self.score_lines:
            found.setdefault(line.item, {})[line.source] = None
        return {item: tuple(of_item) for item, of_item in found.items()}

    @cached_property
    def periods_of(self) -> dict[str, tuple[str | None, ...]]:
        """table -> the periods its lines should have, in order."""
        return {
            "scores": tuple(dict.fromkeys(line.period for line in self.score_lines)),
            "results": tuple(dict.fromkeys(line.period for line in self.result_lines)),
        }

    @cached_property
    def read_of_item(self) -> dict[str, tuple[str | None, ...]]:
        """item -> the periods of it that are read, those of the graded year first."""
        found: dict[str, dict[str | None, None]] = {}
        for line in self.score_lines:
            found.setdefault(line.item, {})[line.period] = None
        return {item: tuple(periods) for item, periods in found.items()}

    @cached_property
    def read_of_measure(self) -> dict[str, tuple[str | None, ...]]:
        """measure -> the periods of it that are read."""
        found: dict[str, dict[str | None, None]] = {}
        for line in self.result_lines:
            found.setdefault(line.measure, {})[line.period] = None
        return {measure: tuple(periods) for measure, periods in found.items()}

    @cached_property
    def item_titles(self) -> dict[str, Title]:
        """item -> title; with its part (``part/item``) where another item has the same title."""
        part = {i.key: p.title for p in self.parts for i in p.all_items}
        shared = Counter(name for i in self.items for name in {i.title.zh, i.title.en})
        found = {}
        for item in self.items:
            title, of = item.title, part[item.key]
            if max(shared[title.zh], shared[title.en]) > 1:
                title = Title(zh=f"{of.zh}/{title.zh}", en=f"{of.en}/{title.en}")
            found[item.key] = title
        return found

    @cached_property
    def source_titles(self) -> dict[str, Title]:
        return {n.key: n.title for n in self.sources}

    @cached_property
    def measure_titles(self) -> dict[str, Title]:
        return {n.key: n.title for n in self.measures}

    @cached_property
    def unit_of(self) -> dict[str, Unit]:
        """measure -> its unit."""
        return {line.measure: line.unit for line in self.result_lines}


def needs_of(scheme: Scheme) -> GradingNeeds:
    """What `scheme` reads; kept with its grading part, as a cached property would be."""
    held = vars(scheme.grading)
    kept = held.get("_needs_of_tables")
    if kept is None or kept[0] != id(scheme.grading):  # a changed copy brings the old one's along
        kept = held["_needs_of_tables"] = (id(scheme.grading), _collected(scheme.grading))
    found: GradingNeeds = kept[1]
    return found


def _collected(grading: Grading) -> GradingNeeds:
    items = grading.assessed_items
    every = grading.all_needs
    tables = grading.reads
    return GradingNeeds(
        tables=tables,
        columns=frozenset(_columns(grading, every)),
        items=items,
        sources=grading.sources,
        score_lines=tuple(line for item in items for line in _score_lines(item, grading)),
        measures=grading.results,
        result_lines=_result_lines(grading, every),
        aims=tuple(_aims(grading, every)),
        certificates=grading.certificates,
        parts=grading.parts,
        standings=grading.standing_names,
        education=grading.education_ladder,
    )


def _columns(grading: Grading, every: tuple[Needs, ...]) -> Iterator[str]:
    rules = [rule for part in grading.parts for rule in part.rules]
    if any(n.needs_education for n in every):
        yield "education"
    if any(n.needs_bank_years is not None for n in every) or any(r.column == "bank_years" for r in rules):
        yield "bank_years"
    if any(n.needs_no_serious_breach for n in every):
        yield "serious_breach"
    if grading.reads or grading.rungs or grading.trainees != "outside" or any(n.any_need for n in every):
        yield "position"


def _score_lines(item: Item, grading: Grading) -> Iterator[ScoreLine]:
    for back in range(_years(grading)):
        for period in _periods(grading, item.period == "quarters", back=back):
            for use in item.sources:
                most = item.max if use.out_of is None else use.out_of
                yield ScoreLine(
                    item.key, use.source, period, most, use.scored, back > 0, use.needs_evidence and not back
                )


def _years(grading: Grading) -> int:
    """How many years' totals the scheme looks at."""
    if grading.movement is None or grading.movement.demote_below is None:
        return 1
    return grading.movement.demote_after


def _periods(
    grading: Grading, quarterly: bool, figure: FigureKind = "value", back: int = 0
) -> list[str | None]:
    """The periods of a figure, `back` years before; growth also takes those of the year before that."""
    if grading.period is None:
        return [None]
    year = int(grading.period.year) - back
    years = [year] if figure == "value" else [year - 1, year]
    return [f"{y:04}{q}" for y in years for q in (QUARTERS if quarterly else ("",))]


def _result_lines(grading: Grading, every: tuple[Needs, ...]) -> tuple[ResultLine, ...]:
    units: dict[str, Unit] = {r.key: r.unit for r in grading.results}
    optional: dict[tuple[str, str | None], bool] = {}
    condition: dict[str, bool] = {}
    for measure, quarterly, figure, only in _figures(grading, every):
        for key in _terms(measure, grading):
            condition[key] = condition.get(key, True) and only
            for back in range(_years(grading)):
                for period in _periods(grading, quarterly, figure, back):
                    optional[key, period] = optional.get((key, period), True) and back > 0
    return tuple(ResultLine(k, p, units[k], o, condition[k]) for (k, p), o in optional.items())


def _figures(grading: Grading, every: tuple[Needs, ...]) -> Iterator[tuple[str, bool, FigureKind, bool]]:
    """(measure, by quarters, figure, of a condition) of every item, need and condition that reads one."""
    for item in grading.all_items:
        if item.measure is not None:
            yield item.measure, item.period == "quarters", item.figure, False
    for need in (need for needs in every for need in needs.needs_results):
        yield need.measure, need.period == "quarters", need.figure, False
    for need in (only.when for only in grading.conditional):
        yield need.measure, need.period == "quarters", need.figure, True


def _terms(measure: str, grading: Grading) -> dict[str, int]:
    """measure -> coefficient: itself, or the components of a derived figure."""
    for derived in grading.derived:
        if derived.key == measure:
            return {c.measure: c.coefficient for c in derived.components}
    return {measure: 1_000_000}


def _aims(grading: Grading, every: tuple[Needs, ...]) -> Iterator[Aim]:
    for item in grading.all_items:
        if item.measure is not None:
            sizes = [item.target] if item.target is not None else [s.at_least for s in item.steps]
            if item.per is not None and item.per.points > 0:
                sizes.append((item.max - item.per.base) * item.per.unit // item.per.points)
            for size in sizes:
                yield _aim(item.measure, item.figure, item.period == "quarters", item.fold, size, grading)
    for need in (
        *(n for needs in every for n in needs.needs_results),
        *(c.when for c in grading.conditional),
    ):
        quarterly = need.period == "quarters"
        yield _aim(need.measure, need.figure, quarterly, need.fold, need.at_least, grading)


def _aim(
    measure: str, figure: FigureKind, quarterly: bool, fold: str | None, size: int, grading: Grading
) -> Aim:
    usual = None if grading.period is None else grading.period.fold
    if quarterly and figure != "growth_rate" and (fold or usual) == "sum":
        size //= len(QUARTERS)
    return Aim(_terms(measure, grading), figure, quarterly, size)
