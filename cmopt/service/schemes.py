"""Schemes against each other on the same bank: who would be senior under which plan, and what it changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.result import Phase
from cmopt.domain.run import Run
from cmopt.errors import Finding, InfeasibleError, InputError, StoppedError, finding
from cmopt.grading import grade
from cmopt.i18n import N_, Lang
from cmopt.service.dividing import divide
from cmopt.service.order import Loaded, Order, load

if TYPE_CHECKING:
    from cmopt.store.comparison import Comparison

Row = tuple[str, ...]


@dataclass(frozen=True)
class _Tried:
    """The case under one scheme: everybody's grade, and the division; None, and why, where there is none."""

    loaded: Loaded
    grades: Mapping[str, Grade]
    run: Run | None
    status: str


def compare_schemes(order: Order, schemes: Sequence[str], out: Path | None) -> Comparison:
    """`order.case` graded and divided under each of `schemes` (names or files), side by side.

    Rows as of `compare_runs`, and before them ``people`` (how many hold each tier; who has none), ``tier`` and
    ``rung`` and ``total`` (by staff, only those whose tier differs). With `out`, written there as CSV.

    Raises InputError: fewer than two schemes, one named twice, a scheme that refuses the case (all of them with
    all their faults, each under its scheme's name).
    """
    from cmopt.store.comparison import Comparison, check_comparison_place, write_comparison

    names = [Path(s).stem if s.endswith(".toml") else s for s in schemes]
    if len(names) < 2 or len(set(names)) < len(names):
        text = N_("name at least two different schemes, apart by commas: --schemes annual,annual-2003")
        raise InputError(finding("compare-schemes", text))
    if out is not None:
        check_comparison_place(out)
    tried = _all_tried(order, dict(zip(names, schemes, strict=True)))
    titles = {m.key: m.title for t in tried for m in t.loaded.scheme.measures}
    rows = [("status", "", "", "", *(t.status for t in tried)), *_people(tried), *_grades(tried)]
    rows += [*_goals(tried), *_fairness(tried), *_holders(tried)]
    tiers = {t.key: t.title for one in tried for t in one.loaded.scheme.grading.tiers}
    found = Comparison(tuple(names), tuple(rows), titles, tiers=tiers)
    if out is not None:
        write_comparison(found, out)
    return found


def one_case(paths: Sequence[Path], lang: Lang) -> Order:
    """The Order of the one case that schemes are compared on; InputError where there are several."""
    if len(paths) != 1:
        text = N_("--schemes compares on one case: name one folder or workbook, not {n}")
        raise InputError(finding("compare-case", text, n=len(paths)))
    return Order(paths[0], report=False, lang=lang)


def _all_tried(order: Order, schemes: Mapping[str, str]) -> list[_Tried]:
    """Every scheme, or the faults of all that refuse the case."""
    faults: list[Finding] = []
    tried: list[_Tried] = []
    for name, scheme in schemes.items():
        try:
            tried.append(_try(dataclasses.replace(order, scheme=scheme)))
        except InputError as error:
            faults += [dataclasses.replace(f, where=f"{name}: {f.where or '-'}") for f in error.findings]
    if faults:
        raise InputError(faults)
    return tried


def _try(order: Order) -> _Tried:
    loaded = load(order)
    grades = grade(loaded.case.roster, loaded.scheme, order.seed)
    try:
        run = divide(loaded, order)
    except InfeasibleError:
        return _Tried(loaded, grades, None, "infeasible")
    except StoppedError:
        return _Tried(loaded, grades, None, "unknown")
    return _Tried(loaded, grades, run, str(run.result.status))


# --- rows ----------------------------------------------------------------------------------------------


def _people(tried: Sequence[_Tried]) -> Iterator[Row]:
    """How many hold each tier under each scheme; '' where the scheme has no such tier."""
    tiers = dict.fromkeys(t.key for one in tried for t in one.loaded.scheme.grading.tiers)
    for tier in tiers:
        known = [tier in one.loaded.scheme.grading.tier_order for one in tried]
        counts = [sum(g.tier == tier for g in one.grades.values()) for one in tried]
        yield ("people", tier, "", "", *(str(n) if k else "" for n, k in zip(counts, known, strict=True)))
    none = [sum(g.tier is None for g in one.grades.values()) for one in tried]
    yield ("people", "", "", "", *map(str, none))


def _grades(tried: Sequence[_Tried]) -> Iterator[Row]:
    """Of everybody who has another tier under another scheme: tier, rung and total."""
    shown: dict[str, Callable[[Grade], str]] = {
        "tier": lambda g: g.tier or "",
        "rung": lambda g: g.rung or "",
        "total": lambda g: show_fixed(g.total),
    }
    differ = [i for i in sorted(tried[0].grades) if len({one.grades[i].tier for one in tried}) > 1]
    for section, cell in shown.items():
        for staff_id in differ:
            cells = [cell(one.grades[staff_id]) for one in tried]
            if any(cells):
                yield (section, _text(staff_id), "", "", *cells)


def _goals(tried: Sequence[_Tried]) -> Iterator[Row]:
    by_scheme: list[dict[str, Phase]] = [
        {} if one.run is None else {g.name: g for g in one.run.result.goals} for one in tried
    ]
    for name in dict.fromkeys(n for goals in by_scheme for n in goals):
        values = [goals[name].value if name in goals else None for goals in by_scheme]
        yield ("goal", name, "", "", *("" if v is None else str(v) for v in values))
    for name in dict.fromkeys(n for goals in by_scheme for n in goals):
        yield ("proven", name, "", "", *(_proven(goals.get(name)) for goals in by_scheme))


def _proven(phase: Phase | None) -> str:
    return "" if phase is None else str(phase.proven).lower()


def _fairness(tried: Sequence[_Tried]) -> Iterator[Row]:
    after = [
        {} if one.run is None else {(f.metric, f.group, f.measure): f.after for f in one.run.fairness}
        for one in tried
    ]
    for key in dict.fromkeys(k for found in after for k in found):
        cells = [found.get(key) for found in after]
        yield ("fairness", *key, *("" if c is None else repr(c) for c in cells))


def _holders(tried: Sequence[_Tried]) -> Iterator[Row]:
    """Accounts held by different people, among the schemes that divide them."""
    held = [
        {} if one.run is None or one.run.result.allocation is None else one.run.result.allocation.holder
        for one in tried
    ]
    for client_id in sorted({c for h in held for c in h}):
        if len({h.get(client_id) for h in held if h}) > 1:
            yield ("holder", _text(client_id), "", "", *(_text(h.get(client_id) or "") for h in held))


def _text(name: str) -> str:
    from cmopt.reports.tables import guarded

    return guarded(name)
