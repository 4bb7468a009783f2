"""The columns a scheme adds to the tables, and the words it gives to some columns."""

from __future__ import annotations

from cmopt.domain.declared import Title
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_
from cmopt.intake.columns.base import Choice, Column, Form, Table, TableKey
from cmopt.intake.columns.clients import CLIENTS, LINKS
from cmopt.intake.columns.grading import CERTIFICATES, FURTHER_STAFF, RESULTS, SCORES, STANDINGS
from cmopt.intake.columns.staff import POSTS, STAFF
from cmopt.intake.columns.words import CHOICES

TABLES: dict[TableKey, Table] = {
    t.key: t for t in (STAFF, POSTS, CLIENTS, LINKS, SCORES, RESULTS, CERTIFICATES, STANDINGS)
}


def tables_of(scheme: Scheme) -> tuple[Table, ...]:
    """The tables `scheme` reads: of posts and the further ones of grading only those it wants."""
    wanted = {"staff", "clients", "links", *needs_of(scheme).tables}
    if scheme.grading.posts:
        wanted.add("posts")
    return tuple(t for t in TABLES.values() if t.key in wanted)


def columns_of(table: TableKey, scheme: Scheme | None = None) -> tuple[Column, ...]:
    """The columns of `table`; with a scheme, the staff table has its exam items after the key columns, and
    only those of the further columns that the scheme reads."""
    columns = TABLES[table].columns
    if table != "staff" or scheme is None:
        return columns
    wanted = needs_of(scheme).columns
    columns = tuple(c for c in columns if c.key not in _FURTHER or c.key in wanted)
    taken = {c.key for c in columns}
    items = tuple(
        Column(
            key=item.key,
            zh=item.title.zh,
            en=item.key,
            form="score",
            note=SCORE_NOTE,
            aliases=tuple(
                f"{title}{ending}"
                for title in (item.title.zh, item.title.en, item.key)
                for ending in ("", "成绩", "分数", "得分", " score")
            ),
            low=0,
            maximum=item.max,
        )
        for item in scheme.grading.items
        if item.key not in taken
    )
    at = next(n for n, c in enumerate(columns) if c.key == "finance_years")
    return (*columns[:at], *items, *columns[at:])


def figure_columns(table: TableKey, scheme: Scheme) -> tuple[Column, ...]:
    """Further columns of figures that the scheme reads in `table`: what its measures add up over clients, what
    its limits ask of staff, and loads of pairs in links (known columns of the clients table among them)."""
    if table not in ("staff", "clients", "links"):
        return ()
    known = {c.key: c for c in TABLES["clients"].columns}
    found: dict[str, Column] = {}
    for measure in scheme.measures:
        form: Form = "money" if measure.unit == "money" else "number"
        column = known.get(measure.column)
        names = (measure.column, measure.column) if column is None else (column.zh, column.en)
        aliases = () if column is None else column.aliases
        if table != "clients" or column is None:
            note = PAIR_NOTE if table == "links" else MEASURE_NOTE
            found.setdefault(measure.column, Column(measure.column, *names, form, note, aliases=aliases))
    if table != "staff":
        return tuple(found.values())
    limits: dict[str, Column] = {}
    for limit in scheme.limits:
        unit = None if limit.measure is None else scheme.measure_by_key[limit.measure].unit
        for key in (limit.least_column, limit.most_column):
            if key is not None:
                form = "money" if unit == "money" else "number"
                limits.setdefault(key, Column(key, key, key, form, LIMIT_NOTE))
    return tuple(limits.values())


def choices_of(form: Form, scheme: Scheme) -> tuple[Choice, ...]:
    """The words a column of this form takes; () when it takes free text or figures."""
    if form in CHOICES:
        return CHOICES[form]
    grading, needs = scheme.grading, needs_of(scheme)
    match form:
        case "post":
            return tuple(_named(p.key, p.title, p.aliases) for p in grading.posts)
        case "tier" | "standing":
            return tuple(_named(t.key, t.title) for t in needs.standings)
        case "education":
            return tuple(_named(n.key, n.title, n.aliases) for n in needs.education)
        case "source":
            return tuple(_named(n.key, n.title, n.aliases) for n in needs.sources)
        case "measure":
            return tuple(_named(n.key, n.title, n.aliases) for n in needs.measures)
        case "certificate":
            return tuple(_named(n.key, n.title, n.aliases) for n in needs.certificates)
        case "item":
            within = {i.key: p.title for p in grading.parts for i in p.all_items}
            return tuple(_named(i.key, i.title, _within(within[i.key], i.title)) for i in needs.items)
    return ()


def _named(key: str, title: Title, aliases: tuple[str, ...] = ()) -> Choice:
    return Choice(key, title.zh, title.en, aliases)


def _within(part: Title, item: Title) -> tuple[str, ...]:
    """An item may be named with its part, so that two parts may have items of one title."""
    return tuple(f"{of}{mark}{it}" for of, it in ((part.zh, item.zh), (part.en, item.en)) for mark in "/-:")


_FURTHER = frozenset(c.key for c in FURTHER_STAFF)

SCORE_NOTE = N_(
    "Points of the exam, from 0 to the scheme's maximum. Write 缺考 or absent for who did not sit it; a "
    "blank cell means that there is no score. Absent, blank and 0 are three different things."
)

MEASURE_NOTE = N_("A figure that a measure of the scheme adds up over the clients a manager holds.")
PAIR_NOTE = N_("The client's load if this person holds it, in place of the figure in the clients table.")
LIMIT_NOTE = N_(
    "The least or the most that the scheme's limits let this person hold. Blank: the limit that holds for "
    "everybody, if there is one."
)
