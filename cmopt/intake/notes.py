"""Findings gathered while a file is read, so many of each kind: a million like ones help nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cmopt.errors import Finding, Severity, finding
from cmopt.i18n import N_


class Notes:
    """Collects findings about one place (a sheet or a file); beyond `named` of a code it only counts."""

    def __init__(self, place: str, named: int) -> None:
        self.place = place
        self.named = named
        self._kept: list[Finding] = []
        self._seen: Counter[tuple[str, Severity]] = Counter()

    def add(
        self, code: str, text: str, where: str | None = None, severity: Severity = "error", **params: Any
    ) -> None:
        """As `finding`; `where` is the place itself unless given."""
        self._seen[code, severity] += 1
        if self._seen[code, severity] <= self.named:
            self._kept.append(finding(code, text, where or self.place, severity, **params))

    def error(self, code: str, text: str, where: str | None = None, **params: Any) -> None:
        self.add(code, text, where, "error", **params)

    def warn(self, code: str, text: str, where: str | None = None, **params: Any) -> None:
        self.add(code, text, where, "warning", **params)

    def notice(self, code: str, text: str, where: str | None = None, **params: Any) -> None:
        self.add(code, text, where, "notice", **params)

    @property
    def failed(self) -> bool:
        return any(severity == "error" for _, severity in self._seen)

    def __iter__(self) -> Iterator[Finding]:
        yield from self._kept
        for (code, severity), times in self._seen.items():
            if times > self.named:
                yield finding(
                    code,
                    N_("{count} more like this ({kind})"),
                    self.place,
                    severity,
                    count=times - self.named,
                    kind=code,
                )
