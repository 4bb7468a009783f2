"""The word lists of a workbook's dropdowns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cmopt.i18n import Lang
from cmopt.intake.columns import OPTIONS, Column
from cmopt.intake.raw import column_letters


@dataclass
class Lists:
    """Dropdowns too long to stand in a rule (Excel allows 255 characters) stand on a sheet of their own."""

    lang: Lang
    columns: list[tuple[str, list[str]]] = field(default_factory=list)

    def source(self, column: Column, words: list[str]) -> list[str] | str | None:
        """What a rule names as its list: the words, a range, None where there are none."""
        if not words or (len(",".join(words)) <= 255 and not any("," in w for w in words)):
            return words or None
        known = next((n for n, (_, there) in enumerate(self.columns) if there == words), len(self.columns))
        if known == len(self.columns):
            self.columns.append((column.title(self.lang), words))
        letter = column_letters(known)
        return f"='{OPTIONS[self.lang]}'!${letter}$2:${letter}${len(words) + 1}"

    def write(self, book: Any, looks: dict[str, Any]) -> None:
        if self.columns:
            sheet = book.add_worksheet(OPTIONS[self.lang])
            sheet.set_column(0, len(self.columns) - 1, 30)
            for at, (title, words) in enumerate(self.columns):
                sheet.write_string(0, at, title, looks["group"])
                for row, word in enumerate(words, 1):
                    sheet.write_string(row, at, word, looks["text"])
