"""An appeal on screen: the corrected facts, old and new grade, and who else moves."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cmopt.cli.show import said
from cmopt.domain.appeal import Appeal
from cmopt.domain.fixed import show_fixed
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_, Lang, tr


def appeal(found: Appeal, out: Path, lang: Lang) -> None:
    for done in found.corrections:
        text = N_("{fact}: {before} -> {after}")
        said(lang, text, fact=done.fact, before=done.before or "-", after=done.after or "-")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in (N_("Staff"), N_("Grade as it was"), N_("Grade as corrected")):
        table.add_column(tr(head, lang), overflow="fold")
    for staff_id in found.changed:
        pair = (found.before[staff_id], found.after[staff_id])
        table.add_row(Text(staff_id), *(Text(_shown(g, found.scheme, lang)) for g in pair))
    Console().print(table)
    others = len(found.changed) - 1
    said(lang, N_("{n} others change with it; both records: {path}"), n=others, path=out)
    text = N_("Divide again with the corrected case: cmopt allocate {case} --scheme {scheme}")
    inputs = out / "after" / "inputs"
    said(lang, text, case=inputs / "case", scheme=inputs / "scheme.toml")


def _shown(grade: Grade, scheme: Scheme, lang: Lang) -> str:
    from cmopt.reports.wording import rung_title, tier_title

    none = tr(N_("none"), lang)
    return tr(
        N_("total {total}, rank {rank}, {tier}"),
        lang,
        total=show_fixed(grade.total) or none,
        rank=none if grade.rank is None else grade.rank,
        tier=" ".join(
            filter(None, (rung_title(grade.rung, scheme, lang), tier_title(grade.tier, scheme, lang)))
        ),
    )
