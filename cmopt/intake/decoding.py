"""Bytes of a text file -> text, strictly. A bad byte is an error with its place, never a guess."""

from __future__ import annotations

import codecs
import re

from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_


def decode(data: bytes, name: str) -> str:
    """The text of the file `name`, without its byte order mark.

    With a mark: UTF-8, UTF-16 or UTF-32, as it says. Without: UTF-8; else GB18030 (a superset of GBK and
    GB2312), but only where the bytes really look like Chinese text, since GB18030 decodes nearly anything.

    Raises InputError: ``csv-bad-byte`` with line and byte offset (both 1-based), or ``csv-encoding`` where
    no encoding can be told.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name, len(mark))
    if b"\0" in data:
        raise InputError(finding("csv-encoding", NUL, name, offset=data.index(b"\0") + 1))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        fault = error.start
    if _mostly_utf8(data):
        raise InputError(_bad_byte(data, name, fault, "UTF-8"))
    text = _strictly(data, "gb18030", name, 0)
    if not _looks_chinese(data):
        raise InputError(finding("csv-encoding", UNKNOWN, name))
    return text


MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NUL = N_(
    "there is a NUL byte at byte {offset}: not a text file, or UTF-16 without its mark; save it as UTF-8"
)
UNKNOWN = N_("the encoding cannot be told (not UTF-8, and not plausible as GB18030); save it as UTF-8")
BAD_BYTE = N_("line {line}, byte {offset} (0x{byte}) cannot be read as {encoding}; save the file as UTF-8")

# A character of UTF-8 beyond Latin letters, three or four bytes: Chinese text is made of them.
WIDE_UTF8 = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}")
# GB18030: four bytes; two bytes of GB2312 (common characters); other two bytes (rare ones of GBK).
GB_PARTS = re.compile(
    rb"(?P<four>[\x81-\xfe][0-9][\x81-\xfe][0-9])|(?P<common>[\xa1-\xf7][\xa1-\xfe])"
    rb"|(?P<rare>[\x81-\xfe][\x40-\x7e\x80-\xfe])"
)


def _strictly(data: bytes, encoding: str, name: str, skip: int) -> str:
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(_bad_byte(data, name, error.start + skip, encoding.upper())) from None


def _bad_byte(data: bytes, name: str, at: int, encoding: str) -> Finding:
    if encoding.startswith(("UTF-16", "UTF-32")):
        width = 2 if encoding.startswith("UTF-16") else 4
        before = data[: at - at % width].decode(encoding, errors="replace")
        line = len(re.findall("\r\n|\r|\n", before)) + 1
    else:
        line = len(re.findall(b"\r\n|\r|\n", data[:at])) + 1
    return finding(
        "csv-bad-byte", BAD_BYTE, name, line=line, offset=at + 1, byte=f"{data[at]:02X}", encoding=encoding
    )


def _mostly_utf8(data: bytes) -> bool:
    """Whether this is UTF-8 with faults: no fewer whole wide characters than bytes that fit nowhere."""
    wide = len(WIDE_UTF8.findall(data))
    faults = data.decode("utf-8", errors="replace").count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return wide > 0 and wide >= faults


def _looks_chinese(data: bytes) -> bool:
    """Whether, read as GB18030, at least 3 of 4 characters beyond ASCII are common ones or four bytes long.

    Text of one-byte Latin sets or of Big5 gives mostly rare characters instead.
    """
    common = rare = 0
    for part in GB_PARTS.finditer(data):
        if part["rare"]:
            rare += 1
        else:
            common += 1
    return common >= 3 * rare
