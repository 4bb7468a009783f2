"""Cells that are not what they seem: characters that do not show, calls to programs, doubtful totals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmopt.i18n import N_
from cmopt.intake.grid import Grid
from cmopt.intake.headerrow import Header
from cmopt.intake.notes import Notes
from cmopt.intake.raw import RawValue, column_letters

# Zero-width and bidirectional characters, fillers, variation selectors, controls.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
LOST = re.compile("\ufffd")
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
CALL = re.compile(r"\s*[=+@-][^|]*\|[^!]*!.*", re.DOTALL)
TOTALS = frozenset(
    {"合计", "小计", "总计", "共计", "合 计", "小 计", "总 计", "total", "subtotal", "Total", "TOTAL"}
)


Rows = list[tuple[int, Sequence[RawValue]]]
BLOCK = 10_000


def flag_cells(grid: Grid, header: Header, body: Rows, notes: Notes) -> None:
    """Warn of every such cell by address; the values are delivered unchanged."""
    _flag(grid, [(header.bottom, header.names)], notes)
    for start in range(0, len(body), BLOCK):
        _flag(grid, body[start : start + BLOCK], notes)


def _flag(grid: Grid, rows: Rows, notes: Notes) -> None:
    """Cell by cell only where all texts put together show that there is something."""
    texts = "\n".join(["", *[v for _, row in rows for v in row if type(v) is str], ""])
    unseen = bool(UNSEEN.search(texts) or LOST.search(texts) or PRIVATE.search(texts))
    call = grid.text_only and "|" in texts
    total = any(f"\n{t}\n" in texts for t in TOTALS)
    if not (unseen or call or total):
        return
    for number, row in rows:
        for column, value in enumerate(row):
            if type(value) is not str:
                continue
            where = f"{grid.name}!{column_letters(column)}{number}"
            if unseen:
                _flag_characters(value, where, notes)
            if call and CALL.fullmatch(value):
                notes.warn(
                    "dde", N_("the text looks like a call to another program (DDE); it stays text"), where
                )
            if value in TOTALS:
                notes.warn(
                    "total-row-doubtful",
                    N_("this looks like a total, but the row begins with something else; it is read as data"),
                    where,
                )


def _flag_characters(value: str, where: str, notes: Notes) -> None:
    if found := UNSEEN.findall(value):
        notes.warn(
            "odd-characters",
            N_("the text holds characters that do not show: {characters}"),
            where,
            characters=_shown(found),
        )
    if LOST.search(value):
        notes.warn("lost-characters", N_("a character was lost before this file was written (U+FFFD)"), where)
    if found := PRIVATE.findall(value):
        notes.warn(
            "private-characters",
            N_("the text holds characters that only one system's font knows: {characters}"),
            where,
            characters=_shown(found),
        )


def _shown(characters: list[str]) -> str:
    return ", ".join(f"U+{ord(c):04X}" for c in sorted(set(characters))[:5])
