"""What a branch head may write into the branch's workbook, and how the workbook says what it belongs to.

The workbook is written by `cmopt.reports.branch_book` and read back by `cmopt.intake.edits`; both take sheets,
columns, words and marks from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from cmopt.i18n import LANGS, N_, tr

if TYPE_CHECKING:
    from cmopt.domain.client_list import Clients

Decision = Literal["accept", "previous", "other", "refuse"]

# What stands in the decision column. A blank cell accepts.
DECISIONS: dict[Decision, str] = {
    "accept": N_("accept"),
    "previous": N_("keep with previous manager"),
    "other": N_("give to another manager"),
    "refuse": N_("not this manager"),
}

# The clients sheet: key -> title, in the order of the columns. The last three are the branch head's.
COLUMNS: dict[str, str] = {
    "client_id": N_("Client id"),
    "client": N_("Client"),
    "segment": N_("Segment"),
    "balance": N_("Balance (10k CNY)"),
    "previous": N_("Previous manager (id)"),
    "previous_name": N_("Previous manager"),
    "holder": N_("New manager (id)"),
    "holder_name": N_("New manager"),
    "outcome": N_("Outcome"),
    "wave": N_("Wave"),
    "reason": N_("Reason"),
    "decision": N_("Decision"),
    "give_to": N_("Give to (staff id)"),
    "why": N_("Why (required unless accepted)"),
}
REQUIRED = ("client_id", "previous", "holder", "decision", "give_to", "why")
YOURS = ("decision", "give_to", "why")

# The hidden sheet: its name, the format it is written in, and what stands in its first rows, key beside value.
HIDDEN = "cmopt"
FORMAT = "cmopt-branch-1"
FACTS = ("format", "branch", "case", "division", "rows", "run")
FIRST = 10  # the row (1-based) in which the rows of client, previous and new manager begin


def words(text: str) -> frozenset[str]:
    """A template in every language."""
    return frozenset(tr(text, lang) for lang in LANGS)


def case_marks(clients: Clients) -> dict[str, str]:
    """Branch -> SHA-256 over its clients as they were divided: id, kind, balance, incumbent; in order of ids.

    Another balance or incumbent, a client more or less: another mark. Scores and grades are not in it, so that
    a score corrected on appeal leaves a branch's edits standing.
    """
    incumbent = clients.columns.incumbent
    people, kinds = (*incumbent.names, ""), clients.kind_code.tolist()
    of_branch: dict[int, list[tuple[str, str, str, str]]] = {}
    columns = zip(
        clients.branch_code.tolist(),
        clients.ids,
        kinds,
        clients.balance.tolist(),
        incumbent.code.tolist(),
        strict=True,
    )
    for branch, client_id, kind, balance, who in columns:
        of_branch.setdefault(branch, []).append((client_id, str(kind), str(balance), people[who]))
    return {clients.branches[b]: _mark(rows) for b, rows in of_branch.items()}


def division_mark(rows: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 over (client, previous, new manager), "" for nobody; in whatever order they come."""
    return _mark(sorted(rows))


def _mark(rows: Iterable[tuple[str, ...]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(("\x1f".join(row) + "\x1e").encode())
    return digest.hexdigest()
