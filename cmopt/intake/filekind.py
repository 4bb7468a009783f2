"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import re
from pathlib import PurePath

from cmopt.errors import InputError, Message, finding
from cmopt.i18n import N_

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_workbook(name: str, data: bytes) -> None:
    """Raises InputError unless `data` could be an .xlsx or .xlsm workbook and `name` says so too."""
    suffix = PurePath(name).suffix.lower()
    if not data:
        raise InputError(finding("file-empty", EMPTY, name))
    if data.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise InputError(finding("encrypted", ENCRYPTED, name))
    if not data.startswith(ZIP):
        raise InputError(finding("file-kind", NOT_WORKBOOK, name, kind=_kind(data)))
    if suffix not in (".xlsx", ".xlsm"):
        raise InputError(finding("file-kind", NOT_NAMED, name))


def check_text(name: str, data: bytes) -> None:
    """Raises InputError unless `data` could be a text file."""
    if data.startswith(OLE) or any(data.startswith(mark) for mark, _ in KINDS):
        raise InputError(finding("file-kind", NOT_TEXT, name, kind=_kind(data)))
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|table|head|meta)", data[:200], re.IGNORECASE):
        raise InputError(finding("file-kind", NOT_TEXT, name, kind=_kind(data)))


EMPTY = N_("the file is empty")
ENCRYPTED = N_("the workbook is encrypted; save it without a password")
NOT_WORKBOOK = N_("the file's name says workbook, but it is {kind}; save it as .xlsx")
NOT_NAMED = N_("a case is an .xlsx or .xlsm workbook, or a folder of .csv files")
NOT_TEXT = N_("the file's name says .csv, but it is {kind}; save it as CSV")
KINDS = (
    (ZIP, N_("a workbook or another zip file")),
    (b"PK\x05\x06", N_("an empty zip file")),
    (b"%PDF", N_("a PDF file")),
    (b"{\\rtf", N_("a text document (RTF)")),
    (b"7z\xbc\xaf\x27\x1c", N_("a 7z archive")),
    (b"Rar!", N_("a RAR archive")),
    (b"\x1f\x8b", N_("a gzip archive")),
    (b"\x89PNG", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
)


def _kind(data: bytes) -> Message:
    if data.startswith(OLE):
        return Message(N_("a workbook of the old kind (.xls)"))
    for mark, kind in KINDS:
        if data.startswith(mark):
            return Message(kind)
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<", data[:200]):
        return Message(N_("a web page or other XML"))
    if b"\0" not in data[:4096] or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Message(N_("plain text, perhaps CSV"))
    return Message(N_("of no known kind"))
