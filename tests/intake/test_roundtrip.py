"""A case written and read again is equal; the template passes the check; the guide is up to date."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_tables import annual, by_code, said

from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.roster import Mark, PostHeld, Roster, Staff
from cmopt.i18n import LANGS, Lang
from cmopt.intake.case import read_case
from cmopt.intake.columnguide import column_guide
from cmopt.intake.columns import TABLES, tables_of
from cmopt.intake.schemes import load_scheme
from cmopt.intake.template import example_case, write_template
from cmopt.intake.write import write_case

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEME = annual()

# Names as people have them: rare characters beyond the basic plane, quotes, separators, formula starts.
letters = st.sampled_from([*"㐂𠮷䶮样例企业员工支行ABCxyz0129,;\"'=+-@|·"])
names = st.text(letters, min_size=1, max_size=8)
ids = st.text(st.sampled_from([*"0123456789ABCxyz㐂𠮷䶮-_"]), min_size=1, max_size=10)
branches = st.sampled_from(["样例支行 01", "营业部", "𠮷祥支行"])
money = st.integers(-(10**6), 10**17)
figures = st.integers(0, 10**14)
days = st.dates(date(1950, 1, 1), date(2090, 12, 31))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def measures(*keys: str) -> st.SearchStrategy[Mapping[str, int]]:
    return st.dictionaries(st.sampled_from(keys), figures, max_size=2)


def scores(most: int) -> st.SearchStrategy[Any]:
    return maybe(st.just(Mark.ABSENT) | st.integers(10**6, most))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    staff_ids = draw(st.lists(ids, min_size=1, max_size=4, unique=True))
    client_ids = draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    someone = st.sampled_from(staff_ids)
    items = SCHEME.grading.items
    staff = []
    for staff_id in staff_ids:
        tier = draw(maybe(st.sampled_from([t.key for t in SCHEME.grading.tiers])))
        known = st.sampled_from([p.key for p in SCHEME.grading.posts])
        held = st.builds(PostHeld, known, st.integers(0, 40_000_000))
        staff.append(
            Staff(
                staff_id, draw(names), draw(branches), draw(maybe(names)), draw(maybe(st.booleans())),
                draw(st.booleans()), draw(maybe(st.integers(0, 50_000_000))), draw(maybe(money)),
                {i.key: v for i in items if (v := draw(scores(i.max)))},
                tuple(sorted(draw(st.lists(held, max_size=2)), key=lambda p: (p.post, p.years))),
                tier, draw(maybe(st.integers(1, 99))) if tier else None, draw(measures("测评", "headcount")),
            )
        )  # fmt: skip
    clients = []
    for client_id in client_ids:
        kind = draw(st.sampled_from(["loan", "deposit"]))
        clients.append(
            Client(
                client_id, draw(names), draw(branches), kind, draw(money),
                kind == "deposit" and draw(st.booleans()), draw(maybe(someone)), draw(maybe(someone)),
                draw(maybe(st.integers(1, 5))), draw(maybe(st.integers(10**6, 5 * 10**6))),
                draw(maybe(money)), draw(maybe(names)), draw(maybe(days)),
                draw(st.integers(1, 4)), draw(measures("授信额度", "profit", "𠮷")),
            )
        )  # fmt: skip
    pairs = draw(st.lists(st.tuples(someone, st.sampled_from(client_ids)), max_size=4, unique=True))
    links = [
        Link(
            *pair, draw(maybe(st.sampled_from(["forbid", "pin", "allow"]))), draw(maybe(st.integers(1, 9))),
            draw(maybe(figures)), draw(maybe(figures)), draw(measures("difficulty", "里程")),
        )
        for pair in pairs
    ]  # fmt: skip
    return Case(Roster(tuple(staff)), tuple(clients), tuple(links))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), lang=st.sampled_from(LANGS))
def test_a_folder_reads_back_equal(case: Case, lang: Lang) -> None:
    with TemporaryDirectory() as folder:
        write_case(case, SCHEME, Path(folder) / "case", lang)
        intake = read_case(Path(folder) / "case", SCHEME)
    assert intake.case == case, said(intake.errors)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases(), lang=st.sampled_from(LANGS))
def test_a_workbook_reads_back_equal(case: Case, lang: Lang) -> None:
    with TemporaryDirectory() as folder:
        write_case(case, SCHEME, Path(folder) / "case.xlsx", lang)
        intake = read_case(Path(folder) / "case.xlsx", SCHEME)
    assert intake.case == case, said(intake.errors)


def test_writing_again_leaves_no_stale_rows(tmp_path: Path) -> None:
    case = example_case(SCHEME)
    write_case(case, SCHEME, tmp_path, "zh")
    bare = Case(case.roster, case.clients)
    write_case(bare, SCHEME, tmp_path, "zh")
    assert read_case(tmp_path, SCHEME).case == bare


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("overrides", [{}, {"measures.difficulty.column": "户数"}])
def test_a_fresh_template_passes_the_check(tmp_path: Path, lang: Lang, overrides: dict[str, str]) -> None:
    scheme = load_scheme("annual", overrides)
    write_template(tmp_path / "template.xlsx", scheme, lang)
    intake = read_case(tmp_path / "template.xlsx", scheme)
    assert intake.case == example_case(scheme), said(intake.errors)
    assert not intake.warnings, said(intake.warnings)
    (aside,) = by_code(intake, "table-unknown")
    assert aside.severity == "notice"


@pytest.mark.parametrize("lang", LANGS)
def test_the_template_offers_words_and_notes(tmp_path: Path, lang: Lang) -> None:
    import openpyxl

    write_template(tmp_path / "template.xlsx", SCHEME, lang)
    book = openpyxl.load_workbook(tmp_path / "template.xlsx")
    assert book.sheetnames[1:] == [t.title(lang) for t in tables_of(SCHEME)]
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes is not None
        assert all(cell.value and cell.comment is not None for cell in sheet[1])
        assert any(cell.value.endswith("*") for cell in sheet[1])
        assert sheet.data_validations.count > 0
    clients = book[TABLES["clients"].title(lang)]
    offered = " ".join(rule.formula1 for rule in clients.data_validations.dataValidation)
    assert ("贷款,存款" if lang == "zh" else "loan,deposit") in offered
    assert f"'{TABLES['staff'].title(lang)}'!$A$2" in offered
    assert clients["A2"].number_format == "@" and clients["A2"].value == "C0001"


@pytest.mark.parametrize("lang", LANGS)
def test_the_column_guide_is_up_to_date(lang: Lang) -> None:
    """To renew: python -c "... write_column_guides(Path('docs'), load_scheme('annual'))"."""
    page = (DOCS / f"columns.{lang}.md").read_text(encoding="utf-8")
    assert page == column_guide(load_scheme("annual"), lang)
    for table in TABLES.values():
        for column in table.columns:
            assert f"`{column.key}`" in page and column.zh in page
