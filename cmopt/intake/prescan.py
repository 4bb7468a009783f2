"""A workbook looked through as a stream before any parser sees it: hostile ones are refused.

What the parser would lose silently (errors, formulas without results, long numbers, hidden rows, merged
cells) is noted on the way. Memory stays small whatever the file claims: sizes are counted while inflating.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.intake.names import shown_name, unsafe_entry
from cmopt.intake.raw import column_letters
from cmopt.intake.readlimits import ReadLimits
from cmopt.intake.sheetscan import SheetFacts, SheetScan, is_true, shared_texts
from cmopt.intake.xmlstream import XmlFault, XmlStream, local


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
            parts = _Parts(archive, name, limits)
            parts.check_entries()
            found = _workbook(parts)
            blank_texts = shared_texts(parts.chunks(TEXTS)) if TEXTS in parts.sizes else set()
            filled = 0
            for sheet in found.sheets:
                sheet.facts = _sheet(parts, sheet, blank_texts, filled)
                filled += sheet.facts.filled
            found.findings += _active_content(parts)
            parts.check_rest()
            return found
    except XmlFault as fault:
        raise InputError(_xml_finding(fault, name)) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise InputError(
            finding("file-damaged", N_("the workbook is damaged or was cut off; save it again"), name)
        ) from None


BOOK = "xl/workbook.xml"
TEXTS = "xl/sharedStrings.xml"
CHUNK = 256 * 1024


class _Parts:
    """The parts of one workbook, inflated in chunks and counted as they come."""

    def __init__(self, archive: zipfile.ZipFile, name: str, limits: ReadLimits) -> None:
        self.archive, self.name, self.limits = archive, name, limits
        self.sizes = {i.filename: i.compress_size for i in archive.infolist()}
        self.sheets: set[str] = set()
        self.done: set[str] = set()
        self.unpacked = 0

    def check_entries(self) -> None:
        entries = self.archive.infolist()
        if len(entries) > self.limits.entries:
            raise self.refuse(
                "zip-bomb",
                N_("the workbook has {count} parts; the limit is {limit}"),
                count=len(entries),
                limit=self.limits.entries,
            )
        seen: set[str] = set()
        for entry in entries:
            if unsafe_entry(entry.orig_filename) or unsafe_entry(entry.filename):
                raise self.refuse(
                    "zip-entry-name",
                    N_("the workbook holds a part with an unsafe name: {part}"),
                    part=shown_name(entry.orig_filename),
                )
            if entry.filename.casefold() in seen:
                raise self.refuse(
                    "zip-entry-name",
                    N_("the workbook holds two parts of the same name: {part}"),
                    part=shown_name(entry.filename),
                )
            seen.add(entry.filename.casefold())
            if entry.flag_bits & 0x41:
                raise self.refuse("encrypted", N_("the workbook is encrypted; save it without a password"))
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise zipfile.BadZipFile
        if BOOK not in self.sizes:
            raise self.refuse("file-kind", _what_instead(self.sizes))

    def chunks(self, part: str) -> Iterator[bytes]:
        """The bytes of `part`. Raises InputError once the workbook, or the part, unpacks to too much."""
        self.done.add(part)
        here = 0
        with self.archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                here += len(chunk)
                self.unpacked += len(chunk)
                packed = max(1, self.sizes[part])
                limits = self.limits
                if self.unpacked > limits.unpacked_bytes:
                    raise self.refuse(
                        "zip-bomb",
                        N_("the workbook unpacks to more than {limit} MiB; refused"),
                        limit=limits.unpacked_bytes // 2**20,
                    )
                tight = part not in self.sheets and here > limits.ratio_from_bytes
                if tight and here > limits.ratio * packed:
                    raise self.refuse(
                        "zip-bomb",
                        N_("a part of the workbook unpacks to more than {limit} times its size; refused"),
                        limit=limits.ratio,
                    )
                yield chunk

    def check_rest(self) -> None:
        """Every part nobody has looked at yet: counted, and refused if it is XML with a document type."""
        for part in self.sizes:
            if part in self.done or part.endswith("/"):
                continue
            xml = XmlStream() if part.endswith((".xml", ".rels")) else None
            for chunk in self.chunks(part):
                if xml:
                    xml.feed(chunk)
            if xml:
                xml.close()

    def elements(self, part: str) -> list[tuple[str, dict[str, str]]]:
        """The elements of a small XML part: local names with their attributes, also by local name."""
        found: list[tuple[str, dict[str, str]]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            found.append((local(name), {local(k): v for k, v in attributes.items()}))
            if len(found) > 100_000:
                raise self.refuse("zip-bomb", N_("the workbook has too many sheets, names or links"))

        xml = XmlStream(start)
        for chunk in self.chunks(part):
            xml.feed(chunk)
        xml.close()
        return found

    def related(self, part: str) -> dict[str, dict[str, str]]:
        """The relationships of `part` by id; `Target` is a part's full name, or as it stands if external."""
        folder, base = posixpath.split(part)
        rels = f"{folder}/_rels/{base}.rels"
        if rels not in self.sizes:
            return {}
        found: dict[str, dict[str, str]] = {}
        for element, attributes in self.elements(rels):
            if element == "Relationship" and "Id" in attributes:
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
                found[attributes["Id"]] = {**attributes, "Target": target}
        return found

    def refuse(self, code: str, text: str, where: str | None = None, **params: Any) -> InputError:
        return InputError(finding(code, text, where or self.name, **params))


def _workbook(parts: _Parts) -> Prescan:
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


def _sheet(parts: _Parts, sheet: SheetPart, blank_texts: set[int], filled: int) -> SheetFacts:
    scan = SheetScan(blank_texts)
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


def _active_content(parts: _Parts) -> Iterator[Finding]:
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


def _what_instead(sizes: dict[str, int]) -> str:
    if "xl/workbook.bin" in sizes:
        return N_("this is a binary workbook (.xlsb); save it as .xlsx")
    if "content.xml" in sizes:
        return N_("this is an OpenDocument file; save it as .xlsx")
    return N_("this is a zip file but not a workbook")


def _xml_finding(fault: XmlFault, name: str) -> Finding:
    if fault.kind == "doctype":
        return finding(
            "xml-entities",
            N_("the workbook declares entities, as no spreadsheet program does; refused"),
            name,
        )
    return finding("file-damaged", N_("the workbook is damaged or was cut off; save it again"), name)
