"""What the commands say, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cmopt.domain.allocation import left_out
from cmopt.domain.clients import Case
from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.result import Phase
from cmopt.domain.run import Run
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding
from cmopt.i18n import N_, Lang, tr

WROTE = N_("Written: {path}")
WHERE_DEMO = N_("Written: {out} (cpsat: the proven division; greedy: the comparison; compare.csv)")
ATTEMPT = N_("No division. The grades and the record of the attempt are written: {path}")
INVENTED = N_("Invented {staff} staff and {clients} clients: {path}")
INTERRUPTED = N_("Stopped. Nothing was written; earlier results are as they were.")
OUT_OF_MEMORY = N_("Out of memory. Nothing was written; earlier results are as they were.")

INTERNAL = N_("Internal error: {what}. Set CMOPT_DEBUG=1 to see where; nothing was written.")

MOST_SHOWN = 200


def said(lang: Lang, text: str, err: bool = False, **params: Any) -> None:
    typer.echo(tr(text, lang).format(**params), err=err)


def findings(found: Sequence[Finding], lang: Lang) -> None:
    """Errors first, then warnings, then notices; on stderr, one a line."""
    order = ("error", "warning", "notice")
    names = {
        "error": tr(N_("error"), lang),
        "warning": tr(N_("warning"), lang),
        "notice": tr(N_("notice"), lang),
    }
    listed = sorted(found, key=lambda f: order.index(f.severity))
    for f in listed[:MOST_SHOWN]:
        typer.echo(f"{names[f.severity]} [{f.code}] {f.render(lang)}", err=True)
    if len(listed) > MOST_SHOWN:
        said(lang, N_("... and {n} more"), err=True, n=len(listed) - MOST_SHOWN)


def verdict(intake: Any, lang: Lang) -> None:
    if intake.errors:
        said(lang, N_("{n} errors; nothing can be computed before they are mended"), n=len(intake.errors))
    else:
        said(
            lang,
            N_("The case is in order: {staff} staff, {clients} clients, {links} links ({n} warnings)"),
            staff=len(intake.case.roster),
            clients=len(intake.case.clients),
            links=len(intake.case.links),
            n=len(intake.warnings),
        )


def grades(case: Case, scheme: Scheme, graded: Mapping[str, Grade], lang: Lang) -> None:
    """The ranked by rank, then the others who hold a tier, and how many there are of each."""
    from cmopt.reports.wording import route_title, rung_title, tier_title

    table = _table()
    rungs = bool(scheme.grading.rungs)
    on_ladder = (N_("Rung"),) if rungs else ()
    heads = (N_("Rank"), N_("Staff"), N_("Total"), *on_ladder, N_("Tier"), N_("Route"), N_("Tie"))
    for head in heads:
        table.add_column(tr(head, lang), overflow="fold")
    listed = sorted(
        (g for g in graded.values() if g.tier is not None or g.rung is not None),
        key=lambda g: (g.rank is None, g.rank or 0, g.staff_id),
    )
    for g in listed:
        table.add_row(
            "" if g.rank is None else str(g.rank),
            Text(f"{g.staff_id} {case.roster.by_id[g.staff_id].name}"),
            show_fixed(g.total),
            *([Text(rung_title(g.rung, scheme, lang))] if rungs else []),
            Text(tier_title(g.tier, scheme, lang)),
            Text(route_title(g.route, scheme, lang)),
            Text(g.tie_note.render(lang) if g.tie_note else ""),
        )
    Console().print(table)
    counts = {t.key: sum(g.tier == t.key for g in graded.values()) for t in scheme.grading.tiers}
    told = [f"{tier_title(k, scheme, lang)} {n}" for k, n in counts.items()]
    offers = sum(g.route == "agent_offer" for g in graded.values())
    said(lang, N_("{tiers}; to be offered agent status: {offers}"), tiers="  ".join(told), offers=offers)


def run(done: Run, lang: Lang, rival: Run | None = None) -> None:
    """Status, every goal with its bound and proof, what was left out, the audit."""
    from cmopt.reports.wording import (
        goal_title,
        role_title,
        show_goal,
        show_levels,
        solver_title,
        status_title,
        with_note,
    )

    solver, status = solver_title(done.result.solver, lang), status_title(done.result.status, lang)
    if done.book is None:
        text = N_("{solver}: {status}, {seconds:.2f} s")
        said(lang, text, solver=solver, status=status, seconds=done.result.seconds)
    else:
        said(lang, N_("All clients: {status}, {seconds:.1f} s"), status=status, seconds=done.result.seconds)
        said(lang, N_("Key accounts ({solver}):"), solver=solver)
    table = _table()
    table.add_column(tr(N_("Goal"), lang), overflow="fold")
    for head in (N_("Value"), N_("Bound"), N_("Proven"), N_("Seconds")):
        table.add_column(tr(head, lang), no_wrap=True)
    if rival is not None:
        table.add_column(solver_title(rival.result.solver, lang), no_wrap=True)
    theirs = {} if rival is None else {g.name: g.value for g in rival.result.goals}
    yes = tr(N_("yes"), lang)
    for goal in done.result.goals:
        cells = [
            goal_title(goal.name, lang, done.scheme),
            show_goal(goal.name, goal.value, lang, done.scheme),
            show_goal(goal.name, goal.bound, lang, done.scheme) if goal.bound is not None else "-",
            yes if goal.proven else _open(goal, lang),
            f"{goal.seconds:.2f}",
        ]
        if rival is not None:
            cells.append(show_goal(goal.name, theirs.get(goal.name), lang, done.scheme))
        table.add_row(*map(Text, cells))
    Console().print(table)
    for goal in done.result.goals:
        if goal.levels:
            title = goal_title(goal.name, lang, done.scheme)
            typer.echo(f"  {title}: {show_levels(goal, lang, done.scheme)}")
    outcomes(done, lang)
    for line, places in left_out(done.lines):
        role = f"{role_title('backup', lang)} × {places}" if line.is_backup else ""
        typer.echo(f"  {with_note(line.client_id, role, lang)}: {line.reason.render(lang)}")
    clean = N_("Audit: every rule kept, every goal recounted")
    broken = N_("Audit: {n} rules broken")
    said(lang, clean if done.audit.clean else broken, n=len(done.audit.breaches))
    if done.result.certificate == "cross-checked":
        said(lang, N_("Second engine: every goal confirmed"))
    findings([f for f in done.notes if f.severity != "notice"], lang)


def _open(goal: Phase, lang: Lang) -> str:
    """How far an unproven goal may be off."""
    from cmopt.reports.wording import gap, is_bounded

    if not is_bounded(goal):
        return tr(N_("no"), lang)
    if goal.levels and goal.bound == goal.value:
        return tr(N_("no, only the first level"), lang)
    return tr(N_("no, within {gap}"), lang, gap=gap(goal))


def outcomes(done: Run, lang: Lang) -> None:
    """How many accounts had each outcome, and how many of the backups' places are filled, if there are any."""
    from cmopt.reports.wording import outcome_title, role_title

    leads = [line for line in done.lines if not line.is_backup]
    n = {o: sum(line.outcome == o for line in leads) for o in ("kept", "moved", "new", "unassigned")}
    told = [f"{outcome_title(o, lang)} {n[o]}" for o in n]
    if places := [line for line in done.lines if line.is_backup]:
        filled = sum(x.staff_id is not None for x in places)
        told.append(f"{role_title('backup', lang)} {filled}/{len(places)}")
    typer.echo("  ".join(told))


def comparison(found: Any, lang: Lang) -> None:
    """Goals and the headline fairness lines of each run; the whole is in the CSV."""
    from cmopt.reports.wording import goal_title, metric_title, show_goal, show_metric, with_note

    table = _table()
    table.add_column("", overflow="fold")
    for name in found.runs:
        table.add_column(Text(name), overflow="fold")
    for section, name, group, measure, *cells in found.rows:
        if section == "goal":
            shown = [show_goal(name, int(c), lang) if c else "" for c in cells]
            table.add_row(Text(goal_title(name, lang)), *map(Text, shown))
        elif section == "levels":
            table.add_row(Text(goal_title(name, lang)), *(Text(_first_levels(c)) for c in cells))
        elif (
            section == "fairness"
            and group == "bank"
            and name in ("gini", "justified_envy", "blocking_pairs", "continuity_count")
        ):
            title = tr(N_("Clients"), lang) if (name, measure) == ("gini", "clients") else ""
            if measure in found.measures:
                title = found.measures[measure].render(lang)
            shown = [show_metric(float(c), name) if c else "" for c in cells]
            table.add_row(Text(with_note(metric_title(name, lang), title, lang)), *map(Text, shown))
    Console().print(table)
    differ = sum(row[0] == "holder" for row in found.rows)
    said(lang, N_("{n} accounts are held by different people"), n=differ)
    if not found.same_case:
        said(
            lang,
            N_("Take care: these runs are not of the same case; their figures are not alike in kind"),
            err=True,
        )


def people(found: Any, lang: Lang) -> None:
    """How many hold each tier under each scheme, and how many people's tier differs."""
    from cmopt.reports.wording import status_title

    table = _table()
    for head in ("", *found.runs):
        table.add_column(Text(head), overflow="fold")
    for section, name, _, _, *cells in found.rows:
        if section in ("people", "status"):
            title = tr(N_("no tier") if section == "people" else N_("Status"), lang)
            if name:
                title = found.tiers[name].render(lang)
            table.add_row(Text(title), *(Text(status_title(c, lang)) for c in cells))
    Console().print(table)
    differ = sum(row[0] == "tier" for row in found.rows)
    said(lang, N_("{n} people have another tier under another scheme"), n=differ)


def _first_levels(cell: str, most: int = 6) -> str:
    """The first levels of a leximin or leximax goal, out of a comparison's cell."""
    from cmopt.reports.wording import show_figure

    levels = cell.split()
    return " · ".join([*(show_figure(int(v)) for v in levels[:most]), *(["…"] if levels[most:] else [])])


def verified(breaches: Sequence[Finding], lang: Lang, repeated: tuple[int, int] | None) -> None:
    """`repeated`: of how many goals the proof was repeated, of how many in all; None: not asked for."""
    if not breaches:
        stands = N_(
            "The record stands: files unchanged, every rule kept, every value and table recomputed alike"
        )
        said(lang, stands)
        proofs = N_("Proofs: every bound found again by solving the problem again")
        unproved = N_("Proofs: not repeated; --solve solves the problem again and checks every bound")
        some = N_(
            "Proofs: the bounds of the first {n} of {all} goals found again by solving the problem again; the "
            "others are not proven, or rest on one that is not, and were not checked"
        )
        none = N_("Proofs: none to repeat, as the first goal is not proven; nothing was solved again")
        if repeated is None:
            said(lang, unproved)
        elif repeated[0] == repeated[1]:
            said(lang, proofs)
        elif repeated[0]:
            said(lang, some, n=repeated[0], all=repeated[1])
        else:
            said(lang, none)
        return
    said(lang, N_("The record does not stand. First breach:"))
    findings(breaches, lang)


def _table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold")
