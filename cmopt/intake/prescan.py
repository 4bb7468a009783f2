"""A workbook looked through as a stream before any parser sees it: hostile ones are refused.

What the parser would lose silently (errors, formulas without results, long numbers, hidden rows, merged
cells) is noted on the way. Memory stays small whatever the file claims: sizes are counted while inflating.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.intake.names import shown_name
from cmopt.intake.raw import column_letters
from cmopt.intake.readlimits import ReadLimits
from cmopt.intake.sharedtexts import SharedTexts, scan_texts
from cmopt.intake.sheetscan import SheetFacts, SheetScan, is_true
from cmopt.intake.xmlstream import XmlFault
from cmopt.intake.zipparts import BOOK, UNPACKS, Parts


@dataclass
class SheetPart:
    """A sheet: its title, its part of the zip, whether it is hidden, and what its XML says."""

    title: str
    part: str
    hidden: bool
    facts: SheetFacts = field(default_factory=SheetFacts)


@dataclass
class Prescan:
    """What the pre-scan found: sheets in workbook order; `recalculates`: the file asks Excel to compute
    every formula when it is opened, so that stored results of 0 may never have been computed."""

    sheets: list[SheetPart] = field(default_factory=list)
    epoch_1904: bool = False
    recalculates: bool = False
    findings: list[Finding] = field(default_factory=list)


def prescan(data: bytes, name: str, limits: ReadLimits) -> Prescan:
    """Look through the workbook `data` (the bytes of the file `name`).

    Raises InputError for a hostile, encrypted, damaged or foreign zip; macros and links are warnings.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = Parts(archive, name, limits)
            parts.check_entries()
            found = _workbook(parts)
            texts = scan_texts(parts.chunks(TEXTS)) if TEXTS in parts.sizes else SharedTexts()
            filled = 0
            for sheet in found.sheets:
                sheet.facts = _sheet(parts, sheet, texts, filled)
                filled += sheet.facts.filled
            _check_repeated_texts(parts, found, texts)
            found.findings += _active_content(parts)
            parts.check_rest()
            return found
    except XmlFault as fault:
        raise InputError(_xml_finding(fault, name)) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise InputError(
            finding("file-damaged", N_("the workbook is damaged or was cut off; save it again"), name)
        ) from None


TEXTS = "xl/sharedStrings.xml"


def _workbook(parts: Parts) -> Prescan:
    found = Prescan()
    related = parts.related(BOOK)
    for element, attributes in parts.elements(BOOK):
        if element == "sheet":
            target = related.get(attributes.get("id", ""), {})
            if not target.get("Type", "").endswith("/worksheet"):
                continue
            if target["Target"] not in parts.sizes:
                raise zipfile.BadZipFile
            hidden = attributes.get("state", "visible") != "visible"
            found.sheets.append(SheetPart(attributes.get("name", ""), target["Target"], hidden))
        elif element == "workbookPr":
            found.epoch_1904 = is_true(attributes.get("date1904"))
        elif element == "calcPr":
            found.recalculates = is_true(attributes.get("fullCalcOnLoad"))
    parts.sheets = {s.part for s in found.sheets}
    titles = [s.title.casefold() for s in found.sheets]
    if len(set(titles)) < len(titles):
        raise zipfile.BadZipFile
    return found


def _sheet(parts: Parts, sheet: SheetPart, texts: SharedTexts, filled: int) -> SheetFacts:
    scan = SheetScan(texts)
    facts, limits = scan.facts, parts.limits
    for chunk in parts.chunks(sheet.part):
        scan.feed(chunk)
        if filled + facts.filled > limits.cells:
            raise parts.refuse(
                "too-many-cells", N_("the workbook has more than {limit} filled cells"), limit=limits.cells
            )
        if len(facts.merges) > limits.merges:
            raise parts.refuse(
                "too-many-cells",
                N_("the sheet has more than {limit} merged ranges"),
                sheet.title,
                limit=limits.merges,
            )
    scan.close()
    box = facts.last_row * (facts.last_column + 1)
    allowed = max(limits.sparse_cells, limits.sparse_factor * facts.filled)
    if box > allowed or facts.last_row > 1_048_576 or facts.last_column > 16_383:
        by_row, by_column = facts.farthest
        raise parts.refuse(
            "sheet-sparse",
            N_(
                "the sheet reaches from A1 to {corner} but only {filled} cells are filled; clear the stray "
                "cells (far out: {by_row}, {by_column})"
            ),
            sheet.title,
            corner=f"{column_letters(facts.last_column)}{facts.last_row}",
            filled=facts.filled,
            by_row=by_row,
            by_column=by_column,
        )
    return facts


def _check_repeated_texts(parts: Parts, found: Prescan, texts: SharedTexts) -> None:
    """A long text that very many cells share unpacks only in the parser: counted where that could be much."""
    limit = parts.limits.unpacked_bytes
    if sum(s.facts.texts for s in found.sheets) * max(texts.lengths, default=0) <= limit:
        return
    characters = 0
    for sheet in found.sheets:
        scan = SheetScan(texts, measured=True)
        for chunk in parts.again(sheet.part):
            scan.feed(chunk)
            if characters + scan.facts.characters > limit:
                raise parts.refuse("zip-bomb", UNPACKS, limit=limit // 2**20)
        scan.close()
        characters += scan.facts.characters
    if characters > limit:
        raise parts.refuse("zip-bomb", UNPACKS, limit=limit // 2**20)


def _active_content(parts: Parts) -> Iterator[Finding]:
    """Macros, links and calls to other programs: named, never run, never followed."""
    names = sorted(parts.sizes)
    if any(
        n.lower().endswith("vbaproject.bin") or n.startswith(("xl/macrosheets/", "xl/activeX/"))
        for n in names
    ):
        yield finding(
            "macros",
            N_("the workbook holds macros; they are never run, only the values are read"),
            parts.name,
            "warning",
        )
    for part in names:
        if part.startswith("xl/externalLinks/") and part.endswith(".xml"):
            for relation in parts.related(part).values():
                yield finding(
                    "external-link",
                    N_("the workbook links to {target}; the link is not followed"),
                    parts.name,
                    "warning",
                    target=shown_name(relation["Target"]),
                )
            for element, attributes in parts.elements(part):
                if element == "ddeLink":
                    yield finding(
                        "dde",
                        N_("the workbook asks the program {program} for data (DDE); it is not asked"),
                        parts.name,
                        "warning",
                        program=shown_name(attributes.get("ddeService", "?")),
                    )
        elif part == "xl/connections.xml":
            for element, attributes in parts.elements(part):
                if element == "connection":
                    yield finding(
                        "external-link",
                        N_("the workbook links to {target}; the link is not followed"),
                        parts.name,
                        "warning",
                        target=shown_name(attributes.get("name", "?")),
                    )
        elif part.startswith("xl/embeddings/"):
            yield finding(
                "external-link",
                N_("the workbook holds another file, {part}; it is not opened"),
                parts.name,
                "warning",
                part=shown_name(part),
            )


def _xml_finding(fault: XmlFault, name: str) -> Finding:
    if fault.kind == "doctype":
        return finding(
            "xml-entities",
            N_("the workbook declares entities, as no spreadsheet program does; refused"),
            name,
        )
    return finding("file-damaged", N_("the workbook is damaged or was cut off; save it again"), name)
