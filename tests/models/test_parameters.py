"""Parameters that the source does not state, and schemes that extend others."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmopt.errors import SchemeError
from cmopt.intake.extending import toml_text
from cmopt.intake.schemes import load_scheme, parse_scheme, read_scheme_text, shipped_schemes

ANNUAL = read_scheme_text("annual")
PARAMETERS = """
[parameters.mark]
title = { zh = "合格线", en = "Pass mark" }
stated = false
unit = "points"
low = 50
high = 90
[parameters.size]
title = { zh = "小组人数", en = "Size of the team" }
"""
OPEN = (
    ANNUAL.replace("pass_mark = 75", 'pass_mark = "$mark"').replace("size = 3", 'size = "$size"') + PARAMETERS
)


def filled(mark: str = "75", size: str = "3", **more: str) -> dict[str, str]:
    return {"parameters.mark.value": mark, "parameters.size.value": size, **more}


def faults(text: str, overrides: dict[str, str] | None = None) -> list[tuple[str, str | None]]:
    with pytest.raises(SchemeError) as caught:
        parse_scheme(text, overrides)
    return [(f.code, f.where) for f in caught.value.findings]


# --- parameters ----------------------------------------------------------------------------------------


def test_all_that_is_unfilled_is_refused_at_once_by_name() -> None:
    with pytest.raises(SchemeError) as caught:
        parse_scheme(OPEN)
    first, second = caught.value.findings
    assert (first.code, first.where) == ("parameter-unfilled", "parameters.mark.value")
    assert "Pass mark: not stated in the source" in first.render("en")
    assert "grading.pass_mark" in first.render("en")
    assert "--set parameters.mark.value=" in first.render("en")
    assert "合格线：原文未规定" in first.render("zh")
    assert (second.where, "not stated" in second.render("en")) == ("parameters.size.value", False)
    assert "teams.deposit_team.size" in second.render("en")


def test_filled_it_is_the_plan_itself() -> None:
    scheme = parse_scheme(OPEN, filled())
    assert scheme.grading == load_scheme("annual").grading
    assert scheme.teams == load_scheme("annual").teams
    assert scheme.filled_parameters == {
        "mark": {"value": 75, "stated": False, "filled_by": "--set"},
        "size": {"value": 3, "stated": True, "filled_by": "--set"},
    }


def test_in_lists_and_as_per_cent() -> None:
    text = (
        OPEN.replace('    "written",  ', '    "$first",  ')
        + '[parameters.first]\nvalue = "written"\ntitle = { zh = "甲", en = "A" }\n'
    )
    assert parse_scheme(text, filled()).grading.tie_order[0] == "written"


def test_undefined_and_unused() -> None:
    assert faults(OPEN.replace("$mark", "$marks"), filled()) == [
        ("parameter-unknown", "grading.pass_mark"),
        ("parameter-unused", "parameters.mark"),
    ]


@pytest.mark.parametrize("value", ["49.9", "90.1"])
def test_outside_its_bounds(value: str) -> None:
    assert faults(OPEN, filled(value)) == [("scheme-value", "parameters.mark.value")]


def test_a_parameter_does_not_point_at_another() -> None:
    assert ("parameter-value", "parameters.mark.value") in faults(OPEN, filled('"$size"'))


def test_what_a_parameter_holds_is_checked_where_it_stands() -> None:
    assert ("scheme-value", "teams.deposit_team.size") in faults(OPEN, filled(size="many"))


def test_unknown_keys_of_a_parameter() -> None:
    assert ("scheme-key", "parameters.mark.lowest") in faults(
        OPEN.replace("low = 50", "lowest = 50"), filled()
    )


def test_set_reaches_sources_and_needs() -> None:
    """Entries of lists are named by their key, name, measure, source or part."""
    worked = Path(__file__).parents[1] / "grading" / "worked.toml"
    text = worked.read_text(encoding="utf-8") + ANNUAL[ANNUAL.index("# --- 客户分档") :]
    scheme = parse_scheme(
        text,
        {
            "grading.parts.service.items.quality.sources.supervisor.weight": "60%",
            "grading.parts.service.items.quality.sources.complaints.weight": "40%",
            "grading.levels.top.needs_results.profit.at_least": "55",
            "grading.rungs.top_1.score_from": "90",
            "grading.movement.up_at_most": "2",
            "grading.as_of": "2026-06-30",
        },
    )
    assert [s.weight for s in scheme.grading.assessed_items[0].sources] == [6000, 4000, None]
    assert scheme.grading.levels[0].needs_results[0].at_least == 55_000_000
    assert scheme.grading.as_of == date(2026, 6, 30)


# --- extending -----------------------------------------------------------------------------------------


def extending(folder: Path, text: str) -> str:
    (folder / "open.toml").write_text(OPEN, encoding="utf-8")
    own = folder / "example.toml"
    own.write_text(text, encoding="utf-8")
    return str(own)


EXAMPLE = """
extends = "open.toml"
name = "annual-example"
example = true
title = { zh = "示例", en = "Example" }
[parameters.mark]
value = 70
[parameters.size]
value = 4
[[segments]]
key = "large_loan"
at_least = 1200
[[segments]]
key = "medium_loan"
below = 1200
"""


def test_a_small_file_fills_a_scheme(tmp_path: Path) -> None:
    scheme = load_scheme(extending(tmp_path, EXAMPLE))
    annual = load_scheme("annual")
    assert (scheme.name, scheme.example, scheme.grading.pass_mark) == ("annual-example", True, 70_000_000)
    assert scheme.teams[0].size == 4
    assert scheme.segment_by_key["large_loan"].at_least == 1_200_000_000
    assert [s.key for s in scheme.segments] == [s.key for s in annual.segments]
    assert scheme.goals == annual.goals
    assert {p.filled_by for p in scheme.parameters.values()} == {"annual-example"}


def test_the_text_stands_alone(tmp_path: Path) -> None:
    """What is kept with a run needs no further file, and reads as the same scheme."""
    name = extending(tmp_path, EXAMPLE)
    text, scheme = read_scheme_text(name), load_scheme(name)
    for file in tmp_path.iterdir():
        file.unlink()
    assert "extends" not in tomllib.loads(text)
    assert parse_scheme(text) == scheme


@pytest.mark.parametrize(
    "line", ["low = 0", "high = 1000", "stated = true", 'unit = "count"', 'title = { zh = "甲", en = "A" }']
)
def test_a_file_that_fills_a_parameter_declares_nothing_of_it(line: str, tmp_path: Path) -> None:
    with pytest.raises(SchemeError) as caught:
        load_scheme(extending(tmp_path, EXAMPLE.replace("value = 70", f"value = 70\n{line}")))
    (found,) = caught.value.findings
    assert (found.code, found.where) == ("parameter-set", f"parameters.mark.{line.split()[0]}")
    assert "example.toml" in found.render("en")


def test_who_filled_a_parameter_is_never_taken_from_a_file(tmp_path: Path) -> None:
    own = extending(tmp_path, EXAMPLE.replace("value = 4", 'value = 4\nfilled_by = "board"'))
    below = tmp_path / "open.toml"
    below.write_text(below.read_text(encoding="utf-8") + 'filled_by = "law"\n', encoding="utf-8")
    with pytest.raises(SchemeError) as caught:
        load_scheme(own)
    said = [(f.code, f.where, str(f.message.params["file"])) for f in caught.value.findings]
    assert said == [
        ("parameter-set", "parameters.size.filled_by", "open.toml"),
        ("parameter-set", "parameters.size.filled_by", "example.toml"),
    ]


def test_a_note_goes_with_the_value_and_a_parameter_of_its_own_is_free(tmp_path: Path) -> None:
    text = EXAMPLE.replace("value = 70", 'value = 70\nnote = { zh = "董事会", en = "the board" }')
    own = text.replace("at_least = 1200", 'at_least = "$least"').replace("below = 1200", 'below = "$least"')
    own += '[parameters.least]\ntitle = { zh = "甲", en = "A" }\nvalue = 1200\nlow = 1\nhigh = 2000\n'
    found = load_scheme(extending(tmp_path, own)).parameters
    assert found["mark"].note is not None and found["mark"].note.en == "the board"
    assert (found["mark"].filled_by, found["least"].filled_by) == ("annual-example", None)


def test_set_goes_over_what_extends(tmp_path: Path) -> None:
    scheme = load_scheme(extending(tmp_path, EXAMPLE), {"parameters.mark.value": "80"})
    assert (scheme.grading.pass_mark, scheme.parameters["mark"].filled_by) == (80_000_000, "--set")


def test_a_shipped_scheme_can_be_extended(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_text('extends = "annual"\nname = "ours"\n[grading]\npass_mark = 60\n', encoding="utf-8")
    scheme = load_scheme(own)
    assert (scheme.name, scheme.grading.pass_mark) == ("ours", 60_000_000)
    assert scheme.segments == load_scheme("annual").segments


def test_a_part_of_a_scheme_is_only_there_to_be_extended(tmp_path: Path) -> None:
    """models/_division.toml has no grading: it is no scheme, and is not listed as one."""
    assert not [name for name in shipped_schemes() if name.startswith("_")]
    with pytest.raises(SchemeError) as caught:
        load_scheme("_division")
    assert ("scheme-missing", "grading") in [(f.code, f.where) for f in caught.value.findings]
    grading = ANNUAL[ANNUAL.index("[grading]") : ANNUAL.index("# --- 客户分档")]
    own = tmp_path / "ours.toml"
    own.write_text(f'extends = "_division"\nname = "ours"\n{grading}', encoding="utf-8")
    annual = load_scheme("annual")
    assert load_scheme(own).grading == annual.grading
    assert load_scheme(own).segments == annual.segments


def test_circles_and_missing_files(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{name}.toml").write_text(
            f'extends = "{other}.toml"\nname = "{name}"\n', encoding="utf-8"
        )
    with pytest.raises(SchemeError) as caught:
        load_scheme(tmp_path / "a.toml")
    assert [f.code for f in caught.value.findings] == ["scheme-extends"]
    (tmp_path / "b.toml").unlink()
    with pytest.raises(SchemeError, match="no such file"):
        load_scheme(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_text("= 3", encoding="utf-8")
    with pytest.raises(SchemeError, match=r"b\.toml: not valid TOML"):
        load_scheme(tmp_path / "a.toml")


VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**40), 2**40),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.dates(date(1900, 1, 1)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text('aé-_ 1."\n', max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text('abc中 ."', max_size=4), VALUES, max_size=5))
def test_toml_text_reads_back_as_it_was(tree: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(tree)) == tree


# --- marks that an input method types ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "mark", "right"),
    [
        ("pass_mark ＝ 75", "＝", "="),
        ("pass_mark = “75”", "“", '"'),
        ('absent = "not_graded" ＃ 缺考', "＃", "#"),
    ],
)
def test_full_width_marks_are_named(wrong: str, mark: str, right: str) -> None:
    with pytest.raises(SchemeError) as caught:
        parse_scheme(f"[grading]\n{wrong}\n")
    (found,) = caught.value.findings
    assert found.code == "scheme-toml"
    assert f"line 2, column {wrong.index(mark) + 1}: {mark} is a" in found.render("en")
    assert found.render("en").endswith(f"write {right}")
    assert f"请改成半角的 {right}" in found.render("zh")
