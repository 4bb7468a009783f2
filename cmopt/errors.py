"""The error tree, and the coded findings that errors carry.

    CmoptError                     exit 1   an internal error
    ├── InputError                 exit 2   bad input or usage: every finding at once
    │   └── SchemeError            exit 2   the scheme file, by key path
    ├── InfeasibleError            exit 3   no feasible division; the conflict is named
    └── StoppedError               exit 4   stopped before any division was found

A `Finding` is one thing wrong (or worth knowing), with a stable code, the place it was met at and an
English message template that `cmopt.i18n` puts into the reader's language when it is shown.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from cmopt.i18n import N_, Lang, tr

Severity = Literal["error", "warning", "notice"]


class Worded(Protocol):
    """Anything that can say itself in either language: a Message, a scheme's Title."""

    def render(self, lang: Lang) -> str: ...


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for people: an English template (`N_("... {name} ...")`) and its parameters.

    A parameter may itself be Worded (another Message, a Title); it is rendered in the same language.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def render(self, lang: Lang = "en") -> str:
        said = tr(self.text, lang)
        if not self.params:
            return said
        return said.format(
            **{
                k: v if type(v) is str or not hasattr(v, "render") else v.render(lang)
                for k, v in self.params.items()
            }
        )

    def __str__(self) -> str:
        return self.render("en")


@dataclass(frozen=True, slots=True)
class Once:
    """What stands in many sentences: worded once in each language."""

    what: Worded
    said: dict[Lang, str] = field(default_factory=dict, compare=False, repr=False)

    def render(self, lang: Lang = "en") -> str:
        if lang not in self.said:
            self.said[lang] = self.what.render(lang)
        return self.said[lang]

    def __str__(self) -> str:
        return self.render("en")


@dataclass(frozen=True, slots=True)
class Listed:
    """Several things in a row, joined as the language joins them: ``a, b`` or ``a、b``."""

    items: Sequence[object]
    joint: str = N_(", ")

    def render(self, lang: Lang = "en") -> str:
        return tr(self.joint, lang).join(
            i.render(lang) if hasattr(i, "render") else str(i) for i in self.items
        )

    def __str__(self) -> str:
        return self.render("en")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or note. `where` is an address such as ``clients!F17``, a file, a person, a key path."""

    code: str
    message: Message
    where: str | None = None
    severity: Severity = "error"

    def render(self, lang: Lang = "en") -> str:
        said = self.message.render(lang)
        return f"{self.where}: {said}" if self.where else said

    def __str__(self) -> str:
        return self.render("en")


def finding(
    code: str, text: str, where: str | None = None, severity: Severity = "error", **params: Any
) -> Finding:
    """Short spelling of ``Finding(code, Message(text, params), where, severity)``."""
    return Finding(code, Message(text, params), where, severity)


REASONS = {
    errno.ENOENT: N_("no such file or folder"),
    errno.EACCES: N_("access denied"),
    errno.EPERM: N_("access denied"),
    errno.ENOSPC: N_("no space left on the disk"),
    errno.EROFS: N_("the disk is read-only"),
    errno.EISDIR: N_("it is a folder"),
    errno.ENOTDIR: N_("a part of the path is a file, not a folder"),
    errno.EBUSY: N_("another program uses it"),
    errno.EEXIST: N_("a part of the path is a file, not a folder"),
    errno.EFBIG: N_("the file grows larger than is allowed here"),
    errno.EDQUOT: N_("the disk quota is used up"),
    errno.ENAMETOOLONG: N_("the name is too long"),
}


def because(error: OSError) -> Message:
    """Why the operating system refused, in words; a reason not listed here in the system's own."""
    if error.errno in REASONS:
        return Message(REASONS[error.errno])
    return Message(N_("{reason}"), {"reason": error.strerror or type(error).__name__})


class CmoptError(Exception):
    """Base of every error this package raises on purpose; carries its findings."""

    exit_code = 1

    def __init__(self, findings: Finding | Sequence[Finding]) -> None:
        self.findings: tuple[Finding, ...] = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__("\n".join(f.render("en") for f in self.findings))

    def __reduce__(self) -> tuple[type[CmoptError], tuple[tuple[Finding, ...]]]:
        """Errors come back from other processes with their findings."""
        return type(self), (self.findings,)

    def render(self, lang: Lang = "en") -> str:
        return "\n".join(f.render(lang) for f in self.findings)


class InputError(CmoptError):
    exit_code = 2


class SchemeError(InputError):
    pass


class InfeasibleError(CmoptError):
    exit_code = 3


class StoppedError(CmoptError):
    exit_code = 4
