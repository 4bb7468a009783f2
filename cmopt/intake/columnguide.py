"""The page of the user guide that explains every column, made from the same source as the template."""

from __future__ import annotations

from pathlib import Path

from cmopt.domain.grading_needs import needs_of
from cmopt.domain.scheme import Scheme
from cmopt.i18n import LANGS, N_, Lang, tr
from cmopt.intake.columns import TABLES, Column, tables_of
from cmopt.intake.columns.grading import FURTHER_STAFF
from cmopt.intake.template import note_of, template_columns


def column_guide(scheme: Scheme, lang: Lang) -> str:
    """Markdown: every table and column with names in both languages, units and notes; exam items and words of
    columns are those of `scheme`. What only other schemes read is told as such."""
    lines = [f"# {tr(N_('The tables of a case'), lang)}", "", tr(INTRO, lang, scheme=scheme.title(lang)), ""]
    wanted = tables_of(scheme)
    for table in TABLES.values():
        needed = tr(N_("required"), lang) if table.required else tr(N_("may be left out"), lang)
        if table not in wanted:
            needed = tr(N_("only for schemes that read it"), lang)
        lines += [f"## `{table.key}` {table.zh} ({needed})", "", tr(table.note, lang), ""]
        lines += [_row(*(tr(h, lang) for h in HEADINGS)), _row(*["---"] * len(HEADINGS))]
        columns = template_columns(table.key, scheme)
        columns += tuple(c for c in table.columns if c.key not in {k.key for k in columns})
        lines += [_column(c, scheme, lang) for c in columns]
        lines += [""]
    return "\n".join([*lines, tr(FURTHER, lang), "", tr(WORDS, lang), ""])


def write_column_guides(folder: Path, scheme: Scheme) -> None:
    """Write ``columns.zh.md`` and ``columns.en.md`` into `folder`."""
    for lang in LANGS:
        (folder / f"columns.{lang}.md").write_text(column_guide(scheme, lang), encoding="utf-8", newline="\n")


def _column(column: Column, scheme: Scheme, lang: Lang) -> str:
    others = ", ".join(a for a in dict.fromkeys(column.aliases) if column.form != "score") or "–"
    star = " *" if column.required else ""
    names = f"`{column.key}`{star}", column.zh, others, column.unit(lang) or "–"
    note = note_of(column, scheme, lang)
    if column.key in FURTHER_KEYS and column.key not in needs_of(scheme).columns:
        note += (" " if lang == "en" else "") + tr(N_("Only for schemes that read it."), lang)
    return _row(*names, note)


def _row(*cells: str) -> str:
    return f"| {' | '.join(c.replace('|', chr(92) + '|') for c in cells)} |"


FURTHER_KEYS = frozenset(c.key for c in FURTHER_STAFF)
HEADINGS = (N_("Column"), N_("Chinese name"), N_("Also understood"), N_("Unit"), N_("What belongs there"))
INTRO = N_(
    "A case is one .xlsx workbook with a sheet a table, or a folder with a .csv file a table. Sheets, files "
    "and columns may bear their English or their Chinese names, in any order; capitals, spaces and "
    "full-width letters make no difference. A star marks what is required. The exam columns below are those "
    "of: {scheme}. `cmopt template` writes a workbook with all of it."
)
FURTHER = N_(
    "Money is in 10,000 yuan (万元) unless the header names another unit, as in `余额(元)`, `balance (yuan)` "
    "or `余额（亿元）`; it is converted exactly. Any further column of figures in staff, clients or links is "
    "kept as a measure under its own name. In links, a column of the name of one that a measure of the "
    "scheme adds up over clients (`balance`, `revenue`, `difficulty` or a further one) holds the client's "
    "load if that person holds it, in place of the figure in clients. In staff, a column that a limit of "
    "the scheme names holds each person's own limit. Other unknown columns are reported and not read. Ids "
    "are text. Yes and no may be written 是/否, yes/no, Y/N, true/false, 1/0 or as ticks (√). Dates may be "
    "written 2003-01-05, 2003/1/5, 2003年1月5日 or 20030105, or be dates of Excel. Years in post are counted "
    "from the first to the last day, both included."
)
WORDS = N_(
    "Items, sources, measures, certificates and tiers are named by the scheme's keys or titles, and an item "
    "also with its part, as in `part/item`. `cmopt template --scheme NAME` writes the tables and columns that "
    "one scheme reads, with its own words."
)
