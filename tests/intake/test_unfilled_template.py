"""The template of a scheme that leaves figures open has the sheets and columns of its example filling."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from cmopt import service
from cmopt.errors import SchemeError
from cmopt.intake import unfilled
from cmopt.intake.schemes import read_scheme_text, shipped_schemes

OPEN = [n for n in shipped_schemes() if f"{n}-example" in shipped_schemes()]


def cells(file: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(file)
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


@pytest.mark.parametrize("name", OPEN)
def test_same_sheets_and_columns_as_of_the_example(name: str, tmp_path: Path) -> None:
    (notice,) = service.write_template(name, tmp_path / "open.xlsx", "zh")
    assert (notice.code, notice.severity) == ("template-unfilled", "notice")
    assert name in notice.render("zh") and f"{name}-example" in notice.render("en")
    assert service.write_template(f"{name}-example", tmp_path / "filled.xlsx", "zh") == ()
    got, of_example = cells(tmp_path / "open.xlsx"), cells(tmp_path / "filled.xlsx")
    first = next(iter(got))
    assert "示例" not in str(got[first][1]) and "示例" in str(of_example[first][1])
    got[first][1] = of_example[first][1]  # the title alone differs
    assert got == of_example


def test_a_file_of_ones_own_is_refused_by_name(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_text('extends = "retail"\nname = "ours"\n', encoding="utf-8")
    with pytest.raises(SchemeError) as caught:
        service.write_template(str(own), tmp_path / "t.xlsx", "zh")
    assert {f.code for f in caught.value.findings} == {"parameter-unfilled"}
    assert not (tmp_path / "t.xlsx").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('\nyear = "2025"', '\nyear = "$shown"'),
        ("\nsize = 3", '\nsize = "$shown"'),
    ],
)
def test_refused_where_the_template_would_show_the_figure(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open figure that the template speaks of is never taken from the example."""
    value = "2025" if "year" in old else 3
    declared = '\n[parameters.shown]\ntitle = { zh = "数", en = "Figure" }\nstated = false\n'
    text = read_scheme_text("retail")
    assert text.count(old) == 1
    texts = {
        "retail": text.replace(old, new) + declared,
        "retail-example": read_scheme_text("retail-example").replace(old, new)
        + f"{declared}value = {value!r}\n",
    }
    monkeypatch.setattr(unfilled, "read_scheme_text", texts.__getitem__)
    with pytest.raises(SchemeError) as caught:
        unfilled.scheme_for_template("retail")
    assert "parameters.shown.value" in {f.where for f in caught.value.findings}


def test_full_marks_of_scores_are_shown_those_of_figures_are_not() -> None:
    scheme, _ = unfilled.scheme_for_template("retail")
    assert not unfilled._shown("grading.parts.results.items.results_of_year.max", scheme)
    assert not unfilled._shown("grading.pass_mark", scheme)
    scored, _ = unfilled.scheme_for_template("rural-management")
    assert unfilled._shown("grading.parts.business.items.business_year.max", scored)
    assert unfilled._shown("grading.parts.business.items.business_year.sources.assessors.out_of", scored)
    assert not unfilled._shown("grading.parts.business.weight", scored)
