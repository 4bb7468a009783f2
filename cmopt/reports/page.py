"""What each part of the page shows: a run's facts as rows of text, ready for the template to escape."""

from __future__ import annotations

from typing import Any

from cmopt.domain.fixed import show_fixed
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.run import Run
from cmopt.errors import Finding
from cmopt.i18n import N_, Lang, tr
from cmopt.reports.soft import SOFT_HEADS, has_soft_rules, soft_rows
from cmopt.reports.view import (
    FairnessLine,
    GroupLoad,
    Names,
    accounts_handed_over,
    backups_of,
    best_first,
    by_rank,
    group_load,
    groups,
    in_order,
    is_balanced,
    rival_load,
    rival_value,
    scorecard,
    team_members,
)
from cmopt.reports.wording import (
    goal_meaning,
    goal_title,
    group_title,
    measure_title,
    metric_meaning,
    metric_title,
    outcome_title,
    proof_words,
    role_title,
    route_title,
    segment_title,
    severity_title,
    show_goal,
    show_measure,
    show_metric,
    show_money,
    tier_title,
    unit_title,
    with_note,
)

OUTCOMES = ("kept", "moved", "new", "unassigned")
Row = dict[str, Any]


def goals(run: Run, rival: Run | None, lang: Lang, exact: bool) -> list[Row]:
    return [
        {
            "title": goal_title(g.name, lang, run.scheme),
            "meaning": goal_meaning(g.name, lang),
            "value": show_goal(g.name, g.value, lang, run.scheme),
            "bound": show_goal(g.name, g.bound, lang, run.scheme),
            "rival": show_goal(g.name, rival_value(rival, g.name), lang, run.scheme),
            "proven": g.proven,
            "proof": proof_words(g, lang, exact, run.scheme),
        }
        for g in run.result.goals
    ]


def lines(run: Run, lang: Lang) -> list[Row]:
    """One row a divided account, in id order, and below it one a backup (without the balance, said once)."""
    names = Names(run.case)
    rows = []
    for x in in_order(run):
        grade = run.grades.get(x.staff_id) if x.staff_id is not None else None
        rows.append(
            {
                "client_id": x.client_id,
                "client": names.client(x.client_id),
                "branch": names.client_branch(x.client_id),
                "segment": segment_title(x.segment, run.scheme, lang),
                "balance": "" if x.is_backup else _money(names.balance(x.client_id)),
                "sort": names.balance(x.client_id) or 0,
                "staff_id": x.staff_id or "",
                "staff": names.staff(x.staff_id),
                "staff_branch": names.branch_of(x.staff_id),
                "tier": tier_title(grade.tier, run.scheme, lang) if grade else "",
                "rank": grade.rank if grade and grade.rank is not None else "",
                "role": role_title(x.role, lang),
                "previous_id": x.previous or "",
                "previous": names.staff(x.previous),
                "outcome": x.outcome,
                "outcome_title": outcome_title(x.outcome, lang),
                "reason": x.reason.render(lang),
            }
        )
    return rows


def team(run: Run, lang: Lang) -> list[Row]:
    names = Names(run.case)
    rows = []
    for staff_id, held in team_members(run):
        grade = run.grades.get(staff_id)
        total = sum(names.balance(x.client_id) or 0 for x in held)
        rows.append(
            {
                "name": names.staff(staff_id),
                "staff_id": staff_id,
                "branch": names.branch_of(staff_id),
                "rank": grade.rank if grade and grade.rank is not None else "",
                "accounts": [(names.client(x.client_id), _money(names.balance(x.client_id))) for x in held],
                "total": show_money(total),
            }
        )
    return rows


def tiers(run: Run, rival: Run | None, lang: Lang) -> list[Row]:
    """For each measure, a row a group of managers: mean and spread before, after and for the rival."""
    shown = [g for g in groups(run) if g[0] is not None]
    tables = []
    for m in run.scheme.measures:
        rows = []
        for group in shown:
            ours, theirs = group_load(run, group, m.key), group_load(rival, group, m.key)
            rows.append(_tier_row(run, ours, theirs, m.unit, lang))
        tables.append(
            {"title": with_note(m.title.render(lang), unit_title(m.unit, lang), lang), "rows": rows}
        )
    return tables


def _tier_row(run: Run, ours: GroupLoad, theirs: GroupLoad, unit: str, lang: Lang) -> Row:
    return {
        "tier": with_note(
            tier_title(ours.tier, run.scheme, lang), tr(N_("team"), lang) if ours.on_team else "", lang
        ),
        "managers": ours.managers,
        "mean": [show_measure(v, unit) for v in (ours.mean_before, ours.mean_after, theirs.mean_after)],
        "spread": [
            show_measure(v, unit) for v in (ours.spread_before, ours.spread_after, theirs.spread_after)
        ],
    }


def managers(run: Run, rival: Run | None, lang: Lang) -> list[Row]:
    """Tier by tier, one row a manager with a bar for each measure, all bars of a measure on one scale."""
    measures = run.scheme.measures
    theirs = rival_load(rival)
    top = {
        m.key: max(
            (v for p in run.portfolios for v in (p.before.get(m.key, 0), p.after.get(m.key, 0))), default=0
        )
        for m in measures
    }
    names = Names(run.case)
    found: dict[str | None, list[Row]] = {}
    for p in by_rank(run):
        if p.tier is None and not p.clients_before and not p.clients_after:
            continue
        grade = run.grades.get(p.staff_id)
        found.setdefault(p.tier, []).append(
            {
                "name": names.staff(p.staff_id),
                "staff_id": p.staff_id,
                "branch": p.branch,
                "rank": grade.rank if grade and grade.rank is not None else "",
                "team": p.on_team,
                "clients": (p.clients_before, p.clients_after),
                "loads": [_bar(p, theirs.get(p.staff_id), m.key, m.unit, top[m.key]) for m in measures],
            }
        )
    heads = [with_note(m.title.render(lang), unit_title(m.unit, lang), lang) for m in measures]
    return [
        {"tier": tier_title(tier, run.scheme, lang), "open": n < 2, "heads": heads, "rows": rows}
        for n, (tier, rows) in enumerate(found.items())
    ]


def _bar(ours: Portfolio, theirs: Portfolio | None, measure: str, unit: str, top: int) -> Row:
    before, after = ours.before.get(measure), ours.after.get(measure)
    other = theirs.after.get(measure) if theirs else None
    wide = [round(100 * max(v or 0, 0) / top, 1) if top > 0 else 0 for v in (before, after)]
    return {
        "before": show_measure(before, unit),
        "after": show_measure(after, unit),
        "rival": show_measure(other, unit),
        "sort": after or 0,
        "wide": wide,
    }


def fairness(run: Run, rival: Run | None, lang: Lang) -> Row:
    """A table a group, metrics by measures: bank, balanced tiers, what lies between tiers and branches.

    Figures of no such measure come in a list. Single branches are left to the workbook.
    """
    measures = [*(m.key for m in run.scheme.measures), "clients"]
    pivots: dict[str, dict[str, dict[str, FairnessLine]]] = {}
    others = []
    for f in scorecard(run, rival):
        if f.metric.startswith("continuity") or f.measure not in measures:
            others.append(f)
        elif f.group in ("bank", "tiers", "branches") or is_balanced(f.group, run.scheme):
            pivots.setdefault(f.group, {}).setdefault(f.metric, {})[f.measure] = f
    explained: set[str] = set()
    return {
        "heads": [measure_title(m, run.scheme, lang) for m in measures],
        "groups": [
            {
                "title": group_title(group, run.scheme, lang),
                "rows": [
                    _metric_row(m, held, measures, explained, lang) for m, held in pivots[group].items()
                ],
            }
            for group in sorted(pivots, key=lambda g: g in ("tiers", "branches"))
        ],
        "others": [
            {
                "title": metric_title(f.metric, lang),
                "meaning": metric_meaning(f.metric, lang),
                "group": group_title(f.group, run.scheme, lang),
                "figures": _figures(f),
            }
            for f in others
        ],
    }


def _metric_row(
    metric: str, held: dict[str, FairnessLine], measures: list[str], explained: set[str], lang: Lang
) -> Row:
    """A metric's figures by measure; what it means is said where it stands first."""
    meaning = "" if metric in explained else metric_meaning(metric, lang)
    explained.add(metric)
    title = metric_title(metric, lang)
    return {"title": title, "meaning": meaning, "cells": [_figures(held.get(m)) for m in measures]}


def _figures(f: FairnessLine | None) -> tuple[str, str, str]:
    if f is None:
        return "", "", ""
    before, after, rival = (show_metric(v, f.metric) for v in (f.before, f.after, f.rival))
    return before, after, rival


def handovers(run: Run, lang: Lang) -> list[Row]:
    names, backups = Names(run.case), backups_of(run)
    return [
        {
            "client_id": x.client_id,
            "client": names.client(x.client_id),
            "backups": [names.staff(s) for s in backups.get(x.client_id, ())],
            "segment": segment_title(x.segment, run.scheme, lang),
            "balance": _money(names.balance(x.client_id)),
            "from": names.staff(x.previous),
            "from_branch": names.branch_of(x.previous) or names.client_branch(x.client_id),
            "to": names.staff(x.staff_id),
            "to_branch": names.branch_of(x.staff_id),
        }
        for x in accounts_handed_over(run)
    ]


def grades(run: Run, lang: Lang) -> list[Row]:
    """Everybody, best first."""
    names = Names(run.case)
    parts = [p.key for p in run.scheme.grading.parts]
    return [
        {
            "staff_id": g.staff_id,
            "name": names.staff(g.staff_id),
            "branch": names.branch_of(g.staff_id),
            "rank": g.rank if g.rank is not None else "",
            "parts": [show_fixed(g.parts.get(p)) for p in parts],
            "total": show_fixed(g.total),
            "tier": tier_title(g.tier, run.scheme, lang) if g.tier is not None else "",
            "route": route_title(g.route, run.scheme, lang),
            "tie": g.tie_note.render(lang) if g.tie_note else "",
            "trace": [m.render(lang) for m in g.trace],
        }
        for g in sorted(run.grades.values(), key=best_first)
    ]


def soft(run: Run, lang: Lang) -> Row | None:
    """Heads and rows of the soft rules that were not kept; None where the scheme has no soft rule."""
    if not has_soft_rules(run.scheme):
        return None
    heads = [tr(head, lang) for head in SOFT_HEADS]
    return {"heads": heads, "rows": [row.cells for row in soft_rows(run, lang)]}


def notes(run: Run, lang: Lang) -> list[tuple[str, str, str]]:
    """(severity, its title, the note): breaches first, then what the solver and the intake said."""
    told: list[Finding] = [*run.audit.breaches, *run.result.findings, *run.notes]
    return [(n.severity, severity_title(n.severity, lang), n.render(lang)) for n in told]


def _money(value: int | None) -> str:
    return "" if value is None else show_money(value)
