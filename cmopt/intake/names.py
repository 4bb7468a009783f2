"""Names that come from outside: of uploaded files, of zip entries, of sheets. Refused, never repaired."""

from __future__ import annotations

import re

from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_


def safe_name(name: str) -> str:
    """`name` itself, if it can be the name of a file in one folder on any system.

    Raises InputError (code ``unsafe-name``) for anything else: a path (`../x`, `C:x`), NUL and other control
    characters, characters that turn the direction of writing (they disguise endings), characters Windows
    refuses, a leading or trailing space, a trailing dot, device names (`CON.xlsx`), more than 200 bytes.
    """
    why = _fault(name)
    if why is not None:
        raise InputError(finding("unsafe-name", why, shown_name(name)))
    return name


def unsafe_title(title: str) -> Finding | None:
    """What is wrong with a sheet's title (Excel itself allows none of this), or None."""
    if _HIDDEN.search(title) or re.search(r"[\\/:?*\[\]]", title) or not title.strip():
        return finding("unsafe-name", N_("a sheet's title may not look like this"), shown_name(title))
    return None


def unsafe_entry(name: str) -> bool:
    """Whether the name of a zip entry could lead out of a folder, or means two things to two readers."""
    return bool(
        not name
        or len(name) > 1000
        or _HIDDEN.search(name)
        or "\\" in name
        or ":" in name
        or name.startswith("/")
        or any(part in ("..", ".") for part in name.split("/"))
    )


def shown_name(name: str) -> str:
    """`name` fit to be shown: escapes instead of characters that do not show, cut to 80."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name[:200])
    return shown if len(shown) <= 80 else shown[:79] + "…"


_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)


def _fault(name: str) -> str | None:
    if not name or name in (".", ".."):
        return N_("this is not the name of a file")
    if _HIDDEN.search(name):
        return N_("the file's name holds characters that do not show")
    if re.search(r'[\\/:<>"|?*]', name):
        return N_("the file's name holds a character that file names may not have")
    if name != name.strip() or name.endswith("."):
        return N_("the file's name begins or ends with a space or a dot")
    if _DEVICE.fullmatch(name):
        return N_("the file's name is the name of a device on Windows")
    if len(name.encode()) > 200:
        return N_("the file's name is too long")
    return None
