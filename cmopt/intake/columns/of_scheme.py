"""The columns a scheme adds to the tables, and the words it gives to some columns."""

from __future__ import annotations

from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_
from cmopt.intake.columns.base import Choice, Column, Form, Table, TableKey
from cmopt.intake.columns.clients import CLIENTS, LINKS
from cmopt.intake.columns.staff import POSTS, STAFF
from cmopt.intake.columns.words import CHOICES

TABLES: dict[TableKey, Table] = {"staff": STAFF, "posts": POSTS, "clients": CLIENTS, "links": LINKS}


def columns_of(table: TableKey, scheme: Scheme | None = None) -> tuple[Column, ...]:
    """The columns of `table`; with a scheme, the staff table has its exam items after the key columns."""
    columns = TABLES[table].columns
    if table != "staff" or scheme is None:
        return columns
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
    if table == "posts":
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
    if form == "post":
        return tuple(Choice(p.key, p.title.zh, p.title.en, p.aliases) for p in scheme.grading.posts)
    if form == "tier":
        return tuple(Choice(t.key, t.title.zh, t.title.en) for t in scheme.grading.tiers)
    return CHOICES.get(form, ())


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
