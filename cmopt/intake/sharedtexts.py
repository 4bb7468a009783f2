"""The shared texts of a workbook (xl/sharedStrings.xml): how long each is, and which are blank."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cmopt.intake.xmlstream import XmlStream, local


@dataclass
class SharedTexts:
    """By number: `lengths` in characters (escapes not undone), `blank` those with nothing but spaces."""

    lengths: list[int] = field(default_factory=list)
    blank: set[int] = field(default_factory=set)


def scan_texts(chunks: Iterable[bytes]) -> SharedTexts:
    """Read as a stream; the readings (furigana, pinyin) that may stand with a text are no part of it."""
    texts = SharedTexts()
    start_of: list[str] = []  # the beginning of the text that is open, enough to tell whether it is blank
    reading = spoken = False

    def close_text() -> None:
        if texts.lengths and is_blank("".join(start_of)):
            texts.blank.add(len(texts.lengths) - 1)
        start_of.clear()

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal reading, spoken
        name = local(name)
        if name == "si":
            close_text()
            texts.lengths.append(0)
            reading = spoken = False
        elif name == "t":
            reading = not spoken and bool(texts.lengths)
        else:
            reading, spoken = False, name == "rPh"

    def text(data: str) -> None:
        if reading:
            texts.lengths[-1] += len(data)
            if is_blank("".join(start_of)):
                start_of[:] = [data]

    xml = XmlStream(start, text)
    for chunk in chunks:
        xml.feed(chunk)
    xml.close()
    close_text()
    return texts


def is_blank(text: str) -> bool:
    """Whether nothing of `text` is left when it is stripped, Excel's escapes (``_x000D_``) undone."""
    if "_x" in text:
        text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)
    return not text.strip()
