"""The bundled Chinese font: no chart depends on what fonts a machine has."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FAMILY = "Cmopt Sans SC"
CAPITALS = 0.733  # height of a capital or a digit, in ems
MISSING = "□"  # what stands for a character the font does not have


def font_file() -> Path:
    """The bundled OpenType file (OFL, see font/README.md); a page may serve the same one."""
    return Path(__file__).parent / "font" / "CmoptSansSC-Regular.otf"


def add_font() -> None:
    """Make the bundled font known to matplotlib in this process; does nothing the second time."""
    from matplotlib.font_manager import fontManager

    if not any(entry.name == FAMILY for entry in fontManager.ttflist):
        fontManager.addfont(font_file())


def printable(text: str, limit: int | None = None) -> str:
    """`text` in one line of characters the font has; the others become □. Longer than `limit`: cut with …"""
    shown = "".join(_shown(c) for c in text)
    if limit is not None and len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return shown


def outline(text: str) -> tuple[Any, Any, float]:
    """Vertices (n x 2, in ems, from the start of the base line), path codes and width (ems) of `text`."""
    import numpy as np

    drawn = [_glyph(c) for c in printable(text)]
    if not drawn:
        return np.empty((0, 2)), np.empty(0, dtype=np.uint8), 0.0
    starts = np.cumsum([0.0, *(width for _, _, width in drawn)])
    vertices = [v + np.array((x, 0.0)) for (v, _, _), x in zip(drawn, starts[:-1], strict=True)]
    return np.concatenate(vertices), np.concatenate([codes for _, codes, _ in drawn]), float(starts[-1])


def skip_font_scan() -> None:
    """For a process that draws only these charts: import matplotlib without its scan of the system's fonts.

    On a machine where matplotlib has not run before, its first import reads every installed font, which takes
    a second or many. Where it has run before, or is already imported, nothing changes. Afterwards
    matplotlib knows only the bundled font and its own default in this process; nothing is cached.
    """
    if "matplotlib.font_manager" in sys.modules:
        return
    import matplotlib

    version = _font_list_version()
    if version is None or Path(matplotlib.get_cachedir(), f"fontlist-v{version}.json").is_file():
        return
    with TemporaryDirectory() as folder:
        Path(folder, f"fontlist-v{version}.json").write_text(json.dumps(_empty_list(version)))
        real: Any = matplotlib.get_cachedir
        matplotlib.get_cachedir = lambda: folder
        try:
            from matplotlib.font_manager import fontManager
        finally:
            matplotlib.get_cachedir = real
    fontManager.addfont(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))


def _font_list_version() -> str | None:
    """The version matplotlib puts on its font list, read without importing the module; None = not found."""
    spec = find_spec("matplotlib.font_manager")
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    found = re.search(r"__version__ = '([\d.]+)'", Path(spec.origin).read_text(encoding="utf-8"))
    return found[1] if found else None


def _empty_list(version: str) -> dict[str, Any]:
    return {
        "__class__": "FontManager",
        "_version": version,
        "_FontManager__default_weight": "normal",
        "default_size": None,
        "defaultFamily": {"ttf": "DejaVu Sans", "afm": "Helvetica"},
        "afmlist": [],
        "ttflist": [],
    }


@cache
def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return character if character.isprintable() and _face().get_char_index(ord(character)) else MISSING


@cache
def _glyph(character: str) -> tuple[Any, Any, float]:
    from matplotlib.ft2font import LoadFlags

    face = _face()
    face.set_size(100, 72)
    glyph = face.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    vertices, codes = face.get_path()
    return vertices / 100, codes, glyph.linearHoriAdvance / 65536 / 100


@cache
def _face() -> Any:
    from matplotlib.ft2font import FT2Font

    return FT2Font(str(font_file()))
