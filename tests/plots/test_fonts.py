"""The bundled font: rare surnames, what it cannot draw, and no need of the system's fonts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cmopt.plots.fonts import FAMILY, font_file, outline, printable

PROGRAM = """
import sys
from cmopt.plots.fonts import skip_font_scan, FAMILY
{skip}
from cmopt.plots.style import drawing
from cmopt.plots.sheet import new_figure
with drawing():
    figure = new_figure(2, 1)
    figure.text(0.5, 0.5, "员工 㐂𠮷䶮")
    figure.savefig(sys.argv[1])
from matplotlib.font_manager import fontManager
print(len(fontManager.ttflist))
"""


def test_the_font_is_static_open_and_has_the_rare_surnames():
    from matplotlib.ft2font import FT2Font

    face = FT2Font(str(font_file()))
    assert (face.family_name, face.style_name) == (FAMILY, "Regular")
    assert all(face.get_char_index(ord(c)) for c in "㐂𠮷䶮员工万元≥÷ρ…□（）、：−")
    assert "SIL OPEN FONT LICENSE" in (font_file().parent / "OFL.txt").read_text(encoding="utf-8")
    assert font_file().stat().st_size < 10_000_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("㐂𠮷䶮", "㐂𠮷䶮"),
        ("a\nb\tc", "a b c"),
        ("甲\u202e乙", "甲□乙"),
        ("🏦", "□"),
        ("\x00", "□"),
        ("$x_1$", "$x_1$"),
    ],
)
def test_printable(text, shown):
    assert printable(text) == shown


def test_printable_is_cut_to_the_limit():
    assert printable("员" * 30, 10) == "员" * 9 + "…"
    assert printable("员" * 10, 10) == "员" * 10


def test_outlines_are_as_wide_as_their_characters():
    _, _, one = outline("员")
    _, _, two = outline("员工")
    assert (one, two) == (pytest.approx(1), pytest.approx(2))
    vertices, codes, width = outline("")
    assert (len(vertices), len(codes), width) == (0, 0, 0)


@pytest.mark.parametrize("skip", [True, False])
def test_a_machine_without_a_font_list_needs_no_scan(tmp_path, skip):
    """With the scan skipped nothing is cached and only a handful of fonts is known; without, as ever."""
    program = PROGRAM.format(skip="skip_font_scan()" if skip else "")
    cache = tmp_path / "cache"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path / "a.png")],
        env={**os.environ, "MPLCONFIGDIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.png").stat().st_size > 0
    assert (int(done.stdout) < 10) == skip
    assert bool(list(Path(cache).glob("fontlist*"))) != skip


def test_a_second_call_changes_nothing():
    from matplotlib.font_manager import fontManager

    from cmopt.plots.fonts import add_font, skip_font_scan

    add_font()
    before = list(fontManager.ttflist)
    add_font()
    skip_font_scan()
    assert fontManager.ttflist == before
