"""Reads columns of words that the scheme gives: items, sources, measures, certificates, standings."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from cmopt.domain.scheme import Scheme
from cmopt.i18n import N_
from cmopt.intake.columns import Choice, Column, choices_of
from cmopt.intake.raw import BadCell, RawValue
from cmopt.intake.report import Cells, Refused, shown
from cmopt.intake.values import fold, is_blank

NEAR = 0.7  # how like a known word another must be to be taken for a slip of the pen


def read_scheme_words(
    cells: Cells, column: Column, scheme: Scheme, aside: Collection[int] = ()
) -> list[str | None]:
    """One key a row; None where blank or not known.

    A word that is nearly one the scheme knows is an error at its cell, with what it may be meant as. A word
    that is like none of them may belong to another scheme that reads the same tables: told once, with how
    many lines are left out. Rows in `aside` are left out already and not looked at.
    """
    choices = choices_of(column.form, scheme)
    words = _words(choices)
    seen: dict[str, str] = {}
    strange: dict[str, list[int]] = {}
    keys: list[str | None] = []
    for row, value in enumerate(cells.values):
        key = seen.get(value) if type(value) is str else None
        if key is None and row not in aside and not is_blank(value):
            try:
                said = _said(cells, row, value)
                key = _known(said, words, choices)
            except Refused as refused:
                cells.refuse(row, refused)
            else:
                if key is None:
                    strange.setdefault(said, []).append(row)
                elif type(value) is str:
                    seen[value] = key
        keys.append(key)
    for rows in strange.values():
        cells.add(
            "warning", "word-unknown", _STRANGE, rows[0], value=shown(cells.values[rows[0]]), count=len(rows),
            known=_titles(choices),
        )  # fmt: skip
    return keys


def _words(choices: Sequence[Choice]) -> dict[str, tuple[str, ...]]:
    """Every folded spelling -> the keys it may mean; a key goes before titles, titles before aliases."""
    words: dict[str, tuple[str, ...]] = {fold(str(c.value)): (str(c.value),) for c in choices}
    for names in ([(c, (c.zh, c.en)) for c in choices], [(c, c.aliases) for c in choices]):
        found: dict[str, dict[str, None]] = {}
        for choice, spellings in names:
            for word in spellings:
                found.setdefault(fold(word), {})[str(choice.value)] = None
        for word, keys in found.items():
            words.setdefault(word, tuple(keys))
    return words


def _said(cells: Cells, row: int, value: RawValue) -> str:
    if isinstance(value, BadCell):
        raise cells.bad_cell(row)
    return fold(value if isinstance(value, str) else str(value))


def _known(said: str, words: dict[str, tuple[str, ...]], choices: Sequence[Choice]) -> str | None:
    """The key; None for a word like none of them. Refused: nearly one of them, or one of several."""
    keys = words.get(said)
    if keys is not None and len(keys) == 1:
        return keys[0]
    if keys is not None:
        raise Refused("word-ambiguous", _AMBIGUOUS, keys=", ".join(keys))
    near = difflib.get_close_matches(said, list(words), n=3, cutoff=NEAR)
    near += [w for w in words if w not in near and min(len(w), len(said)) >= 3 and (w in said or said in w)]
    if not near:
        return None
    meant = dict.fromkeys(k for w in near[:3] for k in words[w])
    raise Refused("choice-unknown", _NEARLY, known=_titles([c for c in choices if c.value in meant]))


def _titles(choices: Sequence[Choice]) -> str:
    return ", ".join(c.zh if c.zh == c.en else f"{c.zh}/{c.en}" for c in choices)


_NEARLY = N_('{header} "{value}" is not known; is it meant as {known}?')
_AMBIGUOUS = N_('{header} "{value}" may be any of {keys}; write the one that is meant')
_STRANGE = N_(
    '{header} "{value}" is nothing the scheme knows; {count} lines with it are left out. It knows: {known}'
)
