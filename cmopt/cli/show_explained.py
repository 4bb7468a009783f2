"""What `cmopt explain` says of a client, on the terminal."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cmopt.cli.show import said
from cmopt.domain.scheme import Scheme
from cmopt.domain.why import Effect, Explained, WhyNot
from cmopt.errors import Listed
from cmopt.i18n import N_, Lang, tr

MOST_OTHERS = 20


def explained(found: Explained, scheme: Scheme, lang: Lang, asked: bool) -> None:
    """The client's line; then of the person asked about every rule and goal, or the others best first."""
    from cmopt.reports.wording import outcome_title

    line = found.line
    if line.staff_id is None:
        said(lang, N_("{client}: nobody"), client=line.client_id)
    else:
        how = outcome_title(line.outcome, lang)
        said(lang, N_("{client}: {staff} ({how})"), client=line.client_id, staff=line.staff_id, how=how)
    typer.echo(f"  {line.reason.render(lang)}")
    if found.together:
        listed = Listed(found.together).render(lang)
        said(lang, N_("Of its group, these would go with it: {clients}"), clients=listed)
    if asked:
        _one(found.others[0], scheme, lang)
    elif found.others:
        _all(found.others, scheme, lang)
    else:
        said(lang, N_("Nobody else may hold it"))


def _one(other: WhyNot, scheme: Scheme, lang: Lang) -> None:
    if other.barred is not None:
        said(lang, N_("{staff} may not hold it: {why}"), staff=other.staff_id, why=other.barred.render(lang))
        return
    if other.breaks:
        said(
            lang, N_("Given to {staff}, all else as it is, hard rules would be broken:"), staff=other.staff_id
        )
        for rule in other.breaks:
            typer.echo(f"  {rule.render(lang)}")
    said(lang, N_("Given to {staff}, all else as it is, the goals in their order:"), staff=other.staff_id)
    for effect in other.effects:
        typer.echo(f"  {_goal(effect, scheme, lang)}")
        for why in effect.because:
            typer.echo(f"    {why.render(lang)}")
    said(lang, _verdict(other))


def _verdict(other: WhyNot) -> str:
    if other.breaks:
        return N_("So the rules forbid it, unless something else changes hands too")
    if other.first is None:
        return N_("So it would be just as good: one of several equal divisions")
    if other.first.worse > 0:
        return N_("So the first goal that changes speaks against it; goals after that one do not count")
    return N_("So it would be better: the division is not proven best")


def _all(others: tuple[WhyNot, ...], scheme: Scheme, lang: Lang) -> None:
    said(lang, N_("Others who may hold it, the best first; all else as it is:"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in (N_("Staff"), N_("Hard rules"), N_("First goal that changes")):
        table.add_column(tr(head, lang), overflow="fold")
    for other in others[:MOST_OTHERS]:
        broken = other.breaks[0].render(lang) if other.breaks else tr(N_("kept"), lang)
        first = tr(N_("none"), lang) if other.first is None else _goal(other.first, scheme, lang)
        table.add_row(*map(Text, (other.staff_id, broken, first)))
    Console().print(table)
    if len(others) > MOST_OTHERS:
        said(lang, N_("... and {n} more"), n=len(others) - MOST_OTHERS)


def _goal(effect: Effect, scheme: Scheme, lang: Lang) -> str:
    """``Handover cost: 13 worse``."""
    from cmopt.reports.wording import goal_title, show_goal

    title = goal_title(effect.goal, lang, scheme)
    if not effect.worse:
        return tr(N_("{goal}: the same"), lang).format(goal=title)
    amount = show_goal(effect.goal, abs(effect.worse), lang, scheme)
    text = N_("{goal}: {n} worse") if effect.worse > 0 else N_("{goal}: {n} better")
    return tr(text, lang).format(goal=title, n=amount)
