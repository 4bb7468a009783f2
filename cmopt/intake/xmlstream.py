"""XML read as a stream by expat, which refuses document types: no entity is ever declared or followed."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat


class XmlFault(Exception):
    """Not to be read. `kind`: ``doctype`` (entities, inside or outside) or ``broken`` (not well-formed)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


# An attribute or comment that goes on for longer is no spreadsheet's: expat reads it again with every chunk.
LONGEST_TOKEN = 16 * 1024 * 1024


class XmlStream:
    """Calls `start(name, attributes)` and `text(data)` as the bytes are fed; raises XmlFault."""

    def __init__(
        self,
        start: Callable[[str, dict[str, str]], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        self._parser = expat.ParserCreate()
        self._fed = 0
        self._parser.buffer_text = True
        self._parser.StartElementHandler = start
        self._parser.CharacterDataHandler = text
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse
        self._parser.ExternalEntityRefHandler = _refuse

    def feed(self, chunk: bytes) -> None:
        self._fed += len(chunk)
        try:
            self._parser.Parse(chunk, False)
        except (expat.ExpatError, ValueError, LookupError, OSError):
            raise XmlFault("broken") from None
        if self._fed - self._parser.CurrentByteIndex > LONGEST_TOKEN:
            raise XmlFault("broken")

    def close(self) -> None:
        try:
            self._parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError, OSError):
            raise XmlFault("broken") from None


def local(name: str) -> str:
    """The name without its namespace prefix."""
    return name.rpartition(":")[2]


def _refuse(*_: object) -> int:
    raise XmlFault("doctype")
