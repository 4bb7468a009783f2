"""Every template the charts mark has its Chinese."""

from __future__ import annotations

import ast
from pathlib import Path

import polib

import cmopt.plots


def test_every_marked_template_is_translated():
    folder = Path(cmopt.plots.__file__).parent
    marked = {
        node.args[0].value
        for source in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_"
    }
    catalogues = {p.name: polib.pofile(str(p)) for p in (folder.parent / "locale" / "zh").glob("*.po")}
    assert marked <= {e.msgid for c in catalogues.values() for e in c if e.msgstr}
    assert {e.msgid for e in catalogues["plots.po"]} <= marked
