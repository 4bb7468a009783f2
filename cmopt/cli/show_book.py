"""What `cmopt allocate --book` says of the rest of the book, on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.result import Phase, Status
from cmopt.domain.run import Run
from cmopt.errors import Listed
from cmopt.i18n import N_, Lang, tr

if TYPE_CHECKING:
    from cmopt.domain.book_findings import PartProof

MOST_PARTS = 10  # shown one by one: those furthest from their bounds

GO_ON = N_("Some parts are without a division. Go on with: cmopt allocate ... --resume {path}")
KEPT = N_("{n} parts are kept. Go on with: cmopt allocate ... --resume {path}")


def book(run: Run, lang: Lang) -> None:
    """Goals over all parts, the parts furthest from their bounds, what became of the clients."""
    from cmopt import service
    from cmopt.reports.wording import outcome_title, solver_title

    assert run.book is not None
    found = run.book
    solvers = Counter(p.result.solver for p in found.parts if p.holder is not None)
    typer.echo("")
    _said(
        lang,
        N_("The rest of the book: {clients} clients in {parts} parts ({solvers}), {seconds:.1f} s"),
        clients=sum(len(p.clients) for p in found.parts),
        parts=len(found.parts),
        solvers=", ".join(f"{solver_title(s, lang)} {n}" for s, n in sorted(solvers.items())) or "-",
        seconds=found.seconds,
    )
    _goals(run, found, lang)
    _furthest(run, found, lang)
    n = sum((service.part_outcomes(run.case, p) for p in found.parts), Counter[str]())
    told = [f"{outcome_title(o, lang)} {n[o]}" for o in ("kept", "moved", "new", "unassigned")]
    typer.echo("  ".join(told))
    if len(found.counter):
        _said(lang, N_("{n} deposits stay with the counter"), n=len(found.counter))


def exit_code(found: BookResult) -> int:
    """3 where a part has no feasible division, 4 where one was stopped or failed without any."""
    states = {p.result.status for p in found.parts if p.holder is None}
    return 0 if not states else 3 if Status.INFEASIBLE in states else 4


def proofs(parts: Sequence[PartProof], lang: Lang, seconds: float) -> None:
    """What `verify --solve` did again of each part's proofs, and, by name, what it did not."""
    from cmopt.reports.wording import goal_title

    solved = [p for p in parts if p.solved]
    text = N_(
        "Book: {n} of {all} parts solved again, nothing found that beats a bound or a value; bounds found "
        "again: {again}; only counted again from their multipliers: {counted}"
    )
    again, counted = sum(len(p.again) for p in parts), sum(len(p.counted) for p in parts)
    _said(lang, text, n=len(solved), all=len(parts), again=again, counted=counted)
    if missed := [p.part for p in parts if not p.solved]:
        text = N_("Not solved again, the {seconds:.0f} s were over: {parts}")
        _said(lang, text, seconds=seconds, parts=Listed(missed).render(lang))
    if left := [p for p in parts if p.open]:
        _said(lang, N_("Bounds by search that were not found again ({n} parts):"), n=len(left))
        for part in left:
            typer.echo(f"  {part.part}: {Listed([goal_title(g, lang) for g in part.open]).render(lang)}")


def _goals(run: Run, found: BookResult, lang: Lang) -> None:
    from cmopt.reports.wording import goal_title, show_goal

    table = _table(lang, N_("Goal"), N_("Value"), N_("Bound"), N_("Parts proven"))
    for n, goal in enumerate(found.goals):
        proven = sum(p.result.goals[n].proven for p in found.parts)
        table.add_row(
            Text(goal_title(goal.name, lang, run.scheme)),
            "-" if goal.value is None else Text(show_goal(goal.name, goal.value, lang, run.scheme)),
            "-" if goal.bound is None else Text(show_goal(goal.name, goal.bound, lang, run.scheme)),
            f"{proven}/{len(found.parts)}",
        )
    Console().print(table)


def _furthest(run: Run, found: BookResult, lang: Lang) -> None:
    """The parts with the widest gap, one line each."""
    from cmopt.reports.wording import gap_words, goal_title, show_goal

    heads = (N_("Part"), N_("Clients"), N_("Managers"), N_("Goal"), N_("Value"), N_("Bound"), N_("Gap"))
    table = _table(lang, *heads)
    apart = [(_share(g), p, g) for p in found.parts for g in p.result.goals if _share(g) > 0]
    widest: dict[str, tuple[float, PartResult, Phase]] = {}
    for share, part, goal in sorted(apart, key=lambda a: (-a[0], a[1].name)):
        widest.setdefault(part.name, (share, part, goal))
    for _, part, goal in list(widest.values())[:MOST_PARTS]:
        told = (
            part.name,
            str(len(part.clients)),
            str(part.managers),
            goal_title(goal.name, lang, run.scheme),
        )
        ends = (show_goal(goal.name, v, lang, run.scheme) for v in (goal.value, goal.bound))
        table.add_row(*map(Text, (*told, *ends, gap_words(goal, lang))))
    if not widest:
        return
    text = N_(
        "Parts not proven best ({n} of {of}), each with the goal whose value and bound are furthest apart:"
    )
    _said(lang, text, n=len(widest), of=len(found.parts))
    Console().print(table)
    if len(widest) > MOST_PARTS:
        _said(lang, N_("... and {n} more parts"), n=len(widest) - MOST_PARTS)
    text = N_(
        "Gap: what a division could at most be better by. It shrinks with a longer --time-limit; a wide one "
        "says that little is proven, not that the division is bad."
    )
    _said(lang, text)


def _share(goal: Phase) -> float:
    """How far value and bound lie apart, as a share of the larger; 0 where one is not known."""
    if goal.value is None or goal.bound is None or goal.proven:
        return 0.0
    return abs(goal.value - goal.bound) / max(1, abs(goal.value), abs(goal.bound))


def _said(lang: Lang, text: str, **params: object) -> None:
    typer.echo(tr(text, lang).format(**params))


def _table(lang: Lang, *heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        words = head in (N_("Part"), N_("Goal"))
        table.add_column(tr(head, lang), overflow="fold", no_wrap=not words)
    return table
