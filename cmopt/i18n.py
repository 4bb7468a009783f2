"""Wording in Chinese and English: GNU gettext catalogues, one .po file a part of the house.

Sources hold English templates, marked `N_("...")` where they are only stored; `tr` translates one.
The catalogues are `cmopt/locale/zh/*.po`; a test checks that every marked template is in one of them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)


def N_(text: str) -> str:
    """Mark a template for translation without translating it (gettext's own convention)."""
    return text


def tr(text: str, lang: Lang, **params: object) -> str:
    """The template in `lang`, filled with `params`. An untranslated template stays English."""
    said = text if lang == "en" else _catalogue(lang).get(text, text)
    return said.format(**params) if params else said


@cache
def _catalogue(lang: Lang) -> dict[str, str]:
    import polib

    entries: dict[str, str] = {}
    folder = resources.files("cmopt").joinpath("locale", lang)
    for part in sorted(folder.iterdir(), key=lambda p: p.name):
        if part.name.endswith(".po"):
            for entry in polib.pofile(part.read_text(encoding="utf-8")):  # type: ignore[no-untyped-call]
                if entry.msgstr and not entry.obsolete:
                    entries[entry.msgid] = entry.msgstr
    return entries
