"""The parts of a workbook's zip: their names checked, then inflated in chunks and counted as they come."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any

from cmopt.errors import InputError, finding
from cmopt.i18n import N_
from cmopt.intake.names import shown_name, unsafe_entry
from cmopt.intake.readlimits import ReadLimits
from cmopt.intake.xmlstream import XmlStream, local

BOOK = "xl/workbook.xml"
CHUNK = 256 * 1024
UNPACKS = N_("the workbook unpacks to more than {limit} MiB; refused")


class Parts:
    """The parts of one workbook. Methods raise InputError beyond a limit, XmlFault on XML not to be read,
    what `zipfile` raises on damage."""

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
                        UNPACKS,
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

    def again(self, part: str) -> Iterator[bytes]:
        """The bytes of a part that was within the limits the first time."""
        with self.archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
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


def _what_instead(sizes: dict[str, int]) -> str:
    if "xl/workbook.bin" in sizes:
        return N_("this is a binary workbook (.xlsb); save it as .xlsx")
    if "content.xml" in sizes:
        return N_("this is an OpenDocument file; save it as .xlsx")
    return N_("this is a zip file but not a workbook")
