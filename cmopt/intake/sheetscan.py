"""One sheet of a workbook read as a stream, for what the parser would lose or choke on.

Rows of plain numbers and shared texts are recognised by one expression (5 times as fast); all else goes
through expat. A row wrongly taken for plain (inside a comment, say) is only counted too much, and then the
count differs from what the parser finds, so that the workbook is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cmopt.intake.raw import column_letters
from cmopt.intake.sharedtexts import SharedTexts, is_blank
from cmopt.intake.xmlstream import XmlStream, local

# Rows are 1-based and columns 0-based throughout, as in RawTable.
Place = tuple[int, int]


@dataclass
class SheetFacts:
    """What a sheet's XML says. `filled` cells hold anything at all; `values` of them are neither errors,
    nor uncached formulas, nor blank texts: as many as the parser must find."""

    filled: int = 0
    values: int = 0
    texts: int = 0  # cells that refer to shared texts
    characters: int = 0  # of those texts, where they were looked up one by one
    last_row: int = 0
    last_column: int = -1
    farthest: tuple[str, str] = ("", "")  # the addresses that set last_row and last_column
    uncached: list[Place] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    exact: list[tuple[int, int, str]] = field(default_factory=list)
    computed: list[tuple[int, int, bool]] = field(default_factory=list)  # formulas; whether the result is 0
    dde: list[Place] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


class SheetScan:
    """Feed it the sheet's bytes; `facts` are complete after `close`.

    `measured`: go slowly and count the characters of its shared texts too. Raises XmlFault on a document
    type or broken XML.
    """

    def __init__(self, texts: SharedTexts, measured: bool = False) -> None:
        self.facts = SheetFacts()
        self._plain = not texts.blank and not measured
        self._shapes: dict[bytes, tuple[int, int, str, int]] = {}
        self._rest = b""
        self._cells = _CellScan(self.facts, texts)
        self._xml = XmlStream(self._cells.start, self._cells.text)

    def feed(self, chunk: bytes) -> None:
        if not self._plain:
            self._xml.feed(chunk)
            return
        block = self._rest + chunk
        end = block.rfind(b"</row>") + 6
        if end < 6 and len(block) < LONGEST_ROW:
            self._rest = block
            return
        end = end if end >= 6 else len(block)
        self._rest = block[end:]
        self._scan(block[:end])

    def close(self) -> None:
        self._xml.feed(self._rest)
        self._xml.close()
        self._cells.finish_cell()

    def _scan(self, block: bytes) -> None:
        done = 0
        for row in PLAIN_ROW.finditer(block):
            if row.start() > done:
                self._xml.feed(block[done : row.start()])
            done = row.end()
            if row[3]:
                self._count(int(row[1]), row[2], row[3])
        if done < len(block):
            self._xml.feed(block[done:])

    def _count(self, number: int, attributes: bytes, cells: bytes) -> None:
        shape = cells.translate(None, b"0123456789.-")
        known = self._shapes.get(shape)
        if known is None:
            letters = [m.decode() for m in FILLED.findall(shape)]
            last = max(letters, key=column_of) if letters else ""
            known = (len(letters), shape.count(b't="s"><v>'), last, column_of(last))
            if len(self._shapes) < 4096:
                self._shapes[shape] = known
        filled, texts, letter, column = known
        if filled:
            facts = self.facts
            facts.filled += filled
            facts.values += filled
            facts.texts += texts
            if HIDDEN_ROW.search(attributes):
                facts.hidden_rows.append(number)
            if number > facts.last_row or column > facts.last_column:
                self._cells.reach(number, column, f"{letter}{number}")


ENOUGH = 16 * 1024  # characters of a cell; no number, error or formula is longer
LONGEST_ROW = 8 * 1024 * 1024
NUMBER = rb"-?\d{1,15}(?:\.\d{1,25})?(?:[eE]-\d{1,3})?"
PLAIN_ROW = re.compile(
    rb'<row r="(\d{1,7})"([^<>&/]{0,400})(?:/>|>'
    rb'((?:<c r="[A-Z]{1,3}\1"(?: s="\d{1,6}")?(?: t="[sn]")?(?:/>|><v>' + NUMBER + rb"</v></c>))*+)</row>)"
)
HIDDEN_ROW = re.compile(rb'\shidden="(?:1|true)"|\sht="0+(?:\.0*)?"')
FILLED = re.compile(rb'r="([A-Z]+)"[^>]*(?<!/)><v>')
REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
# A call to another program, =program|topic!item; the quoted forms too.
DDE = re.compile(r"[A-Za-z0-9_.']+\|[^\"|]*!")


class _CellScan:
    """The handlers of expat for what is not a plain row."""

    def __init__(self, facts: SheetFacts, texts: SharedTexts) -> None:
        self.facts = facts
        self.texts = texts
        self.row = self.column = 0
        self.row_hidden = False
        self.in_rows = self.in_cell = self.reading = self.inline = False
        self.type: str | None = None
        self.formula: str | None = None
        self.value: str | None = None
        self.part = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = local(name)
        if name == "c":
            self.finish_cell()
            self._open_cell(attributes)
        elif name == "v" and self.in_cell:
            self._open_part("v")
            self.value = ""
        elif name == "f" and self.in_cell:
            self._open_part("f")
            self.formula = ""
        elif name == "row":
            self.finish_cell()
            self._open_row(attributes)
        elif name == "is" and self.in_cell:
            self.inline, self.reading = True, False
            self.value = self.value or ""
        elif self.inline:
            self.reading = name == "t" and self.part != "rPh"
            if name in ("t", "r", "rPh"):
                self.part = "rPh" if name == "rPh" or (name == "t" and self.part == "rPh") else name
        else:
            self.finish_cell()
            self._outside(name, attributes)

    def text(self, text: str) -> None:
        if not self.reading:
            return
        if self.part == "f":
            if len(self.formula or "") < ENOUGH:
                self.formula = (self.formula or "") + text
            return
        value = self.value or ""
        if len(value) > ENOUGH:  # only whether anything is there still matters
            if value.strip():
                return
            value = ""
        self.value = value + text

    def finish_cell(self) -> None:
        """Record the cell that was open, if there was one."""
        if not self.in_cell:
            return
        self.in_cell = self.reading = self.inline = False
        value = self.value.strip() if self.value is not None else None
        if not value and self.formula is None:
            return
        facts, place = self.facts, (self.row, self.column)
        if self.formula is not None:
            if DDE.search(self.formula):
                facts.dde.append(place)
            if not value and (self.type != "str" or value is None):
                facts.uncached.append(place)
                self._filled()
                return
            facts.computed.append((*place, value == "0"))
        if self.type == "e":
            facts.errors.append((*place, value or "#"))
        elif self.type in (None, "n"):
            facts.values += 1
            if len(value or "") > 15 or "e" in (value or "").lower():
                self._long_number(value or "")
        elif self.type == "s":
            self._shared(value or "")
        else:
            facts.values += not is_blank(value or "")
        self._filled()

    def reach(self, row: int, column: int, address: str) -> None:
        """Note how far the filled cells go."""
        facts = self.facts
        by_row, by_column = facts.farthest
        if row > facts.last_row:
            facts.last_row, by_row = row, address
        if column > facts.last_column:
            facts.last_column, by_column = column, address
        facts.farthest = (by_row, by_column)

    def _open_cell(self, attributes: dict[str, str]) -> None:
        self.in_cell = self.in_rows
        self.type = attributes.get("t")
        self.formula = self.value = None
        self.part = ""
        self.column += 1
        reference = REFERENCE.fullmatch(attributes.get("r", ""))
        if reference:
            self.column, self.row = column_of(reference[1]), int(reference[2])

    def _open_part(self, part: str) -> None:
        self.part, self.reading = part, True

    def _open_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self.row = int(number) if number.isdecimal() and len(number) < 9 else self.row + 1
        self.column = -1
        self.row_hidden = is_true(attributes.get("hidden")) or is_zero(attributes.get("ht"))

    def _outside(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheetData":
            self.in_rows = True
            return
        self.in_rows = False
        facts = self.facts
        if name == "mergeCell":
            corners = [REFERENCE.fullmatch(c) for c in attributes.get("ref", "").split(":")]
            if len(corners) == 2 and corners[0] and corners[1]:
                (c1, r1), (c2, r2) = corners[0].groups(), corners[1].groups()
                facts.merges.append((int(r1), column_of(c1), int(r2), column_of(c2)))
        elif name == "col" and (is_true(attributes.get("hidden")) or is_zero(attributes.get("width"))):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                facts.hidden_columns.append((int(first) - 1, int(last) - 1))

    def _filled(self) -> None:
        facts = self.facts
        facts.filled += 1
        if self.row > facts.last_row or self.column > facts.last_column:
            self.reach(self.row, self.column, f"{column_letters(self.column)}{self.row}")
        if self.row_hidden and (not facts.hidden_rows or facts.hidden_rows[-1] != self.row):
            facts.hidden_rows.append(self.row)

    def _shared(self, index: str) -> None:
        number = int(index) if index.isdecimal() and len(index) < 9 else -1
        self.facts.values += number not in self.texts.blank
        self.facts.texts += 1
        if 0 <= number < len(self.texts.lengths):
            self.facts.characters += self.texts.lengths[number]

    def _long_number(self, text: str) -> None:
        """A number of 16 digits or more before the point (or no number at all) is kept as it is written.

        Fractions are not: Excel itself writes a typed 4.35 as 4.3499999999999996.
        """
        try:
            number = float(text)
        except (ValueError, OverflowError):
            number = float("inf")
        if not abs(number) < 1e15:
            self.facts.exact.append((self.row, self.column, text))


def is_true(flag: str | None) -> bool:
    return flag is not None and flag.strip().lower() in ("1", "true")


def is_zero(size: str | None) -> bool:
    return size is not None and re.fullmatch(r"0+(\.0*)?", size.strip()) is not None


def column_of(letters: str) -> int:
    """A -> 0, XFD -> 16383; no letters -> -1."""
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column - 1
