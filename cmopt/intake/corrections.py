"""Corrected facts of one person: ``written=46``, ``scores.quality.supervisor.2025Q2=95`` and the like.

A fact is a column of the staff table (by its key or its title), or a line of another table:
``scores.ITEM[.SOURCE][.PERIOD]``, ``results.MEASURE[.PERIOD]``, ``posts.POST`` (years), ``standings.PERIOD``
(a rung or tier), ``certificates.CERTIFICATE`` (``held``, or first and last day: ``2024-01-01/2026-12-31``).
Whatever a scheme names may be written by its key or its title. Without a period the year's own line is meant.
``none`` takes a line away; a blank leaves the cell of a column blank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from cmopt.domain.appeal import Correction
from cmopt.domain.fixed import show_fixed, to_fixed
from cmopt.domain.roster import Assessed, CertificateHeld, Mark, Outturn, PostHeld, Staff, Standing
from cmopt.domain.scheme import Scheme, Title
from cmopt.errors import InputError, Listed, finding
from cmopt.i18n import N_
from cmopt.intake.columns import Column, choices_of, columns_of
from cmopt.intake.headers import squeeze
from cmopt.intake.periods import canonical_period

FACTS = frozenset({
    "registered", "marketing", "finance_years", "average_deposits", "education", "bank_years",
    "serious_breach", "position",
})  # fmt: skip
NONE = ("none", "无")


def corrected(staff: Staff, facts: Mapping[str, str], scheme: Scheme) -> tuple[Staff, tuple[Correction, ...]]:
    """`staff` with the facts corrected, and each as it was and is. InputError names every fact that is none."""
    faults = []
    done: list[Correction] = []
    for fact, text in facts.items():
        try:
            staff, was, now = _one(staff, fact, text.strip(), scheme)
        except _NotSo as error:
            faults.append(finding("appeal-fact", error.text, fact, value=text, known=Listed(error.known)))
            continue
        if was == now:
            same = N_("it is {value} already: nothing to correct")
            faults.append(finding("appeal-same", same, fact, value=was or "-"))
        done.append(Correction(fact, was, now))
    if not facts:
        faults.append(finding("appeal-none", N_("say what is corrected: --set column=value")))
    if faults:
        raise InputError(faults)
    return staff, tuple(done)


class _NotSo(Exception):
    def __init__(self, text: str, known: Sequence[object] = ()) -> None:
        self.text, self.known = text, list(known) or ["-"]


UNREADABLE = N_("cannot be read from {value}")
UNKNOWN = N_("{value} is not known here; there are: {known}")
NO_FACT = N_(
    "there is no such fact; there are columns of the staff table ({known}) and lines of further tables"
)

Changed = tuple[Staff, str, str]


def _one(staff: Staff, fact: str, text: str, scheme: Scheme) -> Changed:
    table, _, rest = fact.partition(".")
    lines = LINES.get(table)
    if lines is not None and rest:
        return lines(staff, rest.split("."), text, scheme)
    return _column(staff, fact, text, scheme)


# --- columns of the staff table ------------------------------------------------------------------------


def _column(staff: Staff, name: str, text: str, scheme: Scheme) -> Changed:
    allowed = [c for c in columns_of("staff", scheme) if c.form == "score" or c.key in FACTS]
    wanted = squeeze(name)
    column = next((c for c in allowed if wanted in map(squeeze, (c.key, c.zh, c.en, *c.aliases))), None)
    if column is None:
        raise _NotSo(NO_FACT, [c.key for c in allowed])
    value = _value(column, text, scheme)
    if column.form != "score":
        was = getattr(staff, column.key)
        if value is None and column.key in ("marketing", "position"):
            raise _NotSo(UNREADABLE)
        return replace(staff, **{column.key: value}), _shown(was), _shown(value)
    scores = {k: s for k, s in staff.scores.items() if k != column.key}
    if value is not None:
        scores[column.key] = value
    return replace(staff, scores=scores), _shown(staff.scores.get(column.key)), _shown(value)


def _value(column: Column, text: str, scheme: Scheme) -> Any:
    if not text:
        return None
    choices = choices_of(column.form, scheme)
    if choices:
        said = squeeze(text)
        for c in choices:
            if said in map(squeeze, (str(c.value), c.zh, c.en, *c.aliases)):
                return c.value
        raise _NotSo(UNKNOWN, [c.en for c in choices])
    return _score(text) if column.form == "score" else _number(text)


def _score(text: str) -> int | Mark:
    return Mark.ABSENT if text in ("缺考", "absent") else _number(text)


def _number(text: str) -> int:
    try:
        return to_fixed(Decimal(text))
    except (InvalidOperation, ValueError):
        raise _NotSo(UNREADABLE) from None


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mark):
        return value.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return show_fixed(value) if isinstance(value, int) else str(value)


# --- lines of the other tables -------------------------------------------------------------------------


def _scores(staff: Staff, path: list[str], text: str, scheme: Scheme) -> Changed:
    grading = scheme.grading
    key = _key(path[0], [(i.key, i.title) for i in grading.assessed_items])
    item = next(i for i in grading.assessed_items if i.key == key)
    sources = [s.source for s in item.sources]
    period = _period(path[-1]) if len(path) > 1 else None
    named = path[1:] if period is None else path[1:-1]
    if len(named) > 1 or (not named and len(sources) > 1):
        raise _NotSo(UNKNOWN, [f"scores.{item.key}.{s}" for s in sources])
    source = (
        _key(named[0], [(n.key, n.title) for n in grading.sources if n.key in sources])
        if named
        else sources[0]
    )
    if period is None:
        of_source = [n for n in staff.assessed if (n.item, n.source or sources[0]) == (item.key, source)]
        period = _period_meant([n.period for n in of_source], f"scores.{item.key}.{source}", scheme)
    rest = [
        n for n in staff.assessed if (n.item, n.source or sources[0], n.period) != (item.key, source, period)
    ]
    old = [n for n in staff.assessed if n not in rest]
    new = (
        []
        if text in NONE
        else [Assessed(item.key, source, period, _score(text), old[0].evidence if old else None)]
    )
    lines = tuple(sorted([*rest, *new], key=lambda n: (n.item, n.source or "", n.period or "")))
    return replace(staff, assessed=lines), *_both([n.score for n in old], [n.score for n in new])


def _results(staff: Staff, path: list[str], text: str, scheme: Scheme) -> Changed:
    measure = _key(path[0], [(r.key, r.title) for r in scheme.grading.results])
    period = _period(path[1]) if len(path) > 1 else None
    if len(path) > 2 or (len(path) == 2 and period is None):
        raise _NotSo(UNREADABLE)
    if period is None:
        of_measure = [r.period for r in staff.results if r.measure == measure]
        period = _period_meant(of_measure, f"results.{measure}", scheme)
    old = [r for r in staff.results if (r.measure, r.period) == (measure, period)]
    new = [] if text in NONE else [Outturn(measure, period, _number(text))]
    lines = [r for r in staff.results if r not in old] + new
    ordered = tuple(sorted(lines, key=lambda r: (r.measure, r.period or "")))
    return replace(staff, results=ordered), *_both([r.value for r in old], [r.value for r in new])


def _posts(staff: Staff, path: list[str], text: str, scheme: Scheme) -> Changed:
    post = _key(".".join(path), [(p.key, p.title) for p in scheme.grading.posts])
    old = [p for p in staff.posts if p.post == post]
    new = [] if text in NONE else [PostHeld(post, _number(text))]
    posts = tuple(sorted([*(p for p in staff.posts if p not in old), *new], key=lambda p: (p.post, p.years)))
    return replace(staff, posts=posts), *_both([p.years for p in old], [p.years for p in new])


def _certificates(staff: Staff, path: list[str], text: str, scheme: Scheme) -> Changed:
    key = _key(".".join(path), [(c.key, c.title) for c in scheme.grading.certificates])
    old = [c for c in staff.certificates if c.certificate == key]
    new = [] if text in NONE else [_certificate(key, text)]
    held = [*(c for c in staff.certificates if c not in old), *new]
    ordered = tuple(sorted(held, key=lambda c: (c.certificate, c.valid_from or date.min)))
    was, now = (", ".join(map(_days, some)) for some in (old, new))
    return replace(staff, certificates=ordered), was, now


def _certificate(key: str, text: str) -> CertificateHeld:
    if text in ("held", "有"):
        return CertificateHeld(key)
    first, slash, last = text.partition("/")
    try:
        days = [date.fromisoformat(d) if d else None for d in (first, last)]
    except ValueError:
        raise _NotSo(UNREADABLE) from None
    if not slash:
        raise _NotSo(UNREADABLE)
    return CertificateHeld(key, days[0], days[1])


def _days(held: CertificateHeld) -> str:
    days = [d.isoformat() if d else "" for d in (held.valid_from, held.valid_to)]
    return "/".join(days) if any(days) else "held"


def _standings(staff: Staff, path: list[str], text: str, scheme: Scheme) -> Changed:
    period = _period(path[0])
    if period is None or len(path) > 1:
        raise _NotSo(UNREADABLE)
    old = [s for s in staff.standings if s.period == period]
    new = []
    if text not in NONE:
        named = _key(text, [(n.key, n.title) for n in scheme.grading.standing_names])
        new = [Standing(period, named, old[0].probation if old else False)]
    kept = [*(s for s in staff.standings if s not in old), *new]
    ordered = tuple(sorted(kept, key=lambda s: (s.period or "", s.tier)))
    return replace(staff, standings=ordered), *_both([s.tier for s in old], [s.tier for s in new])


def _both(old: Sequence[object], new: Sequence[object]) -> tuple[str, str]:
    return ", ".join(map(_shown, old)), ", ".join(map(_shown, new))


def _key(said: str, names: Sequence[tuple[str, Title]]) -> str:
    """The key of what is named by its key or its title in either language; a key goes before any title."""
    if said in [key for key, _ in names]:
        return said
    found = [k for k, title in names if squeeze(said) in map(squeeze, (k, title.zh, title.en))]
    if len(found) != 1:
        raise _NotSo(UNKNOWN, [key for key, _ in names])
    return found[0]


def _period_meant(there: Sequence[str | None], fact: str, scheme: Scheme) -> str | None:
    """The period of a fact that names none: that of the year's own line; none where there is no line."""
    year = None if scheme.grading.period is None else scheme.grading.period.year
    periods = set(there)
    if not periods:
        return None
    if len(periods) == 1 and periods <= {None, year}:
        return periods.pop()
    if year in periods:
        return year
    raise _NotSo(UNKNOWN, [f"{fact}.{p}" for p in sorted(p for p in periods if p)])


def _period(text: str) -> str | None:
    return canonical_period(text)


LINES: Mapping[str, Callable[[Staff, list[str], str, Scheme], Changed]] = {
    "scores": _scores,
    "results": _results,
    "posts": _posts,
    "certificates": _certificates,
    "standings": _standings,
}
