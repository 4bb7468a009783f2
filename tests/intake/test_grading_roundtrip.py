"""The further grading tables written and read again; the template of each scheme has what it wants, no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from grading_schemes import SCHEMES, scheme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_tables import by_code, said

from cmopt.domain.clients import Case
from cmopt.domain.grading_needs import needs_of
from cmopt.domain.roster import Assessed, CertificateHeld, Mark, Outturn, Roster, Staff, Standing
from cmopt.i18n import LANGS, Lang
from cmopt.intake.case import read_case
from cmopt.intake.columnguide import column_guide
from cmopt.intake.columns import TABLES, Table
from cmopt.intake.example import example_case
from cmopt.intake.gradingbuild import in_order
from cmopt.intake.schemes import load_scheme
from cmopt.intake.template import write_template
from cmopt.intake.write import write_case

days = st.none() | st.dates(date(1990, 1, 1), date(2089, 12, 31))
texts = st.none() | st.text(st.sampled_from([*"㐂𠮷䶮样例=+-@,;\"'|1"]), min_size=1, max_size=9)


def unique(*columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    return st.lists(st.tuples(*columns), max_size=4, unique=True)


@st.composite
def areas_cases(draw: st.DrawFn) -> Case:
    needs = needs_of(scheme("areas"))
    lines = st.sampled_from([(n.item, n.source, n.period, n.max) for n in needs.score_lines])
    staff = []
    for staff_id in ("0001", "0002", "X𠮷"):
        least = 1 if staff_id == "0001" else 0  # a scheme that reads scores wants some
        some = draw(st.lists(lines, min_size=least, max_size=5, unique_by=lambda n: n[:3]))
        given_scores = [
            Assessed(i, o, p, draw(st.just(Mark.ABSENT) | st.integers(0, most)), draw(texts))
            for i, o, p, most in some
        ]
        position: Any = draw(st.sampled_from(["regular", "trainee", "agent"]))
        staff.append(Staff(staff_id, "员工", "样例支行", position=position, assessed=in_order(given_scores)))
    return Case(Roster(tuple(staff)), example_case(scheme("areas")).clients)


@st.composite
def ladder_cases(draw: st.DrawFn) -> Case:
    needs = needs_of(scheme("ladder"))
    lines = st.sampled_from([(n.measure, n.period) for n in needs.result_lines])
    tiers = st.sampled_from([n.key for n in needs.standings])
    staff = []
    for staff_id in ("0001", "0002"):
        results = [
            Outturn(m, p, draw(st.integers(10**6, 10**14)))
            for m, p in draw(st.lists(lines, min_size=1, max_size=5, unique=True))
        ]
        held = {
            (c, a): CertificateHeld(c, a, b)
            for c, a, b in draw(unique(st.sampled_from(["post", "credit"]), days, days))
        }
        held = {
            k: c for k, c in held.items() if not (c.valid_from and c.valid_to and c.valid_to < c.valid_from)
        }
        held |= {("post", None): CertificateHeld("post")}
        years = draw(
            st.lists(st.sampled_from(["2022", "2023H1", "2024Q3", "2024M11"]), max_size=3, unique=True)
        )
        staff.append(
            Staff(
                staff_id, "员工", "样例支行",
                education=draw(st.none() | st.sampled_from([n.key for n in needs.education])),
                bank_years=draw(st.none() | st.integers(0, 40_000_000)),
                serious_breach=draw(st.none() | st.booleans()),
                results=in_order(results), certificates=in_order(held.values()),
                standings=in_order(Standing(y, draw(tiers), draw(st.booleans())) for y in years),
            )
        )  # fmt: skip
    staff[0] = replace(
        staff[0], education="bachelor", bank_years=0, serious_breach=False
    )  # columns are there
    return Case(Roster(tuple(staff)), example_case(scheme("ladder")).clients)


def reads_back_equal(case: Case, name: str, file: str, lang: Lang) -> None:
    with TemporaryDirectory() as folder:
        write_case(case, scheme(name), Path(folder) / file, lang)
        intake = read_case(Path(folder) / file, scheme(name))
    assert intake.case == case, said(intake.errors)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=areas_cases(), lang=st.sampled_from(LANGS), file=st.sampled_from(["case", "case", "case.xlsx"]))
def test_scores_read_back_equal(case: Case, lang: Lang, file: str) -> None:
    reads_back_equal(case, "areas", file, lang)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=ladder_cases(), lang=st.sampled_from(LANGS), file=st.sampled_from(["case", "case", "case.xlsx"]))
def test_results_certificates_and_standings_read_back_equal(case: Case, lang: Lang, file: str) -> None:
    reads_back_equal(case, "ladder", file, lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SCHEMES)
def test_a_fresh_template_of_each_scheme_passes_the_check(tmp_path: Path, lang: Lang, name: str) -> None:
    write_template(tmp_path / "template.xlsx", scheme(name), lang)
    intake = read_case(tmp_path / "template.xlsx", scheme(name))
    assert intake.case == example_case(scheme(name)), said(intake.errors)
    assert not intake.warnings, said(intake.warnings)
    assert not by_code(intake, "line-missing")


TITLES = {
    "annual": "staff posts clients links",
    "areas": "staff clients links scores",
    "ladder": "staff clients links results certificates standings",
    "exam": "staff clients links",
}
STAFF_COLUMNS = {
    "annual": set(),
    "areas": {"position"},
    "ladder": {"education", "bank_years", "serious_breach", "position"},
    "exam": {"education", "bank_years", "position"},
}


@pytest.mark.parametrize("name", TITLES)
def test_the_template_has_the_sheets_and_columns_that_the_scheme_reads(tmp_path: Path, name: str) -> None:
    import openpyxl

    write_template(
        tmp_path / "template.xlsx", load_scheme("annual") if name == "annual" else scheme(name), "en"
    )
    book = openpyxl.load_workbook(tmp_path / "template.xlsx")
    assert book.sheetnames[1:] == TITLES[name].split()
    heads = {str(c.value).split(" ")[0].rstrip("*") for c in book["staff"][1]}
    further = {"education", "bank_years", "serious_breach", "position"}
    assert heads & further == STAFF_COLUMNS[name]


@pytest.mark.parametrize("lang", LANGS)
def test_dropdowns_offer_items_sources_and_periods(tmp_path: Path, lang: Lang) -> None:
    import openpyxl

    write_template(tmp_path / "template.xlsx", scheme("areas"), lang)
    sheet = openpyxl.load_workbook(tmp_path / "template.xlsx")[TABLES["scores"].title(lang)]
    rules = {str(r.sqref)[0]: r.formula1 for r in sheet.data_validations.dataValidation}
    words = {
        "zh": ("产品知识,专业知识/能力,销售技能/能力", "考试,同事评价,自评", "2025年,2025年一季度"),
        "en": ("products,law,skills", "exam,peers,self", "2025,2025Q1"),
    }
    assert all(words[lang][n] in rules["BCD"[n]] for n in range(3)), rules
    comment = sheet["E1"].comment.text
    assert ("满分" if lang == "zh" else "Full marks") in comment and "100" in comment


def test_long_lists_stand_on_a_sheet_that_the_intake_leaves_aside(tmp_path: Path) -> None:
    """Excel allows 255 characters in a rule."""
    import openpyxl

    text = SCHEMES["ladder"].replace("日均存款新增", "日均存款新增" * 45)
    from grading_schemes import division

    from cmopt.intake.schemes import parse_scheme

    long = parse_scheme(text + division())
    write_template(tmp_path / "template.xlsx", long, "zh")
    book = openpyxl.load_workbook(tmp_path / "template.xlsx")
    assert book.sheetnames[-1] == "选项"
    (rule,) = (r for r in book["业绩"].data_validations.dataValidation if str(r.sqref).startswith("B"))
    assert rule.formula1 == "'选项'!$A$2:$A$6"
    assert [c.value for c in book["选项"]["A"]][:3] == ["指标", "日均存款新增" * 45, "新增客户数"]
    intake = read_case(tmp_path / "template.xlsx", long)
    assert intake.case == example_case(long), said(intake.errors)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.key)
@pytest.mark.parametrize("lang", LANGS)
def test_the_column_guide_of_any_scheme_names_every_table_and_column(table: Table, lang: Lang) -> None:
    page = column_guide(scheme("ladder"), lang).split(f"## `{table.key}` ")[1].split("\n## ")[0]
    assert all(f"`{c.key}`" in page for c in table.columns)
    wanted = ("只有用到它的方案才需要" if lang == "zh" else "only for schemes that read it") not in page
    assert wanted == (table.key not in ("scores", "posts"))
