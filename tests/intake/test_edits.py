"""Branch workbooks read back: what is asked for, and every fault by its address."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from handover_runs import book_run

from cmopt.domain.allocation import Line
from cmopt.domain.clients import Case, Link
from cmopt.domain.edits import DECISIONS, HIDDEN
from cmopt.i18n import LANGS, Lang, tr
from cmopt.intake.edits import Edits, merge_edits, read_edits
from cmopt.reports.handover_files import write_handover

RUN, LINES = book_run()
BRANCH = "样例支行 001"
Sheet = Any


def edited(tmp_path: Path, change: Callable[[Sheet], object], lang: Lang = "zh", number: int = 1) -> Path:
    """The workbook of a branch as it comes back from the branch head's spreadsheet program."""
    path = write_handover(RUN, tmp_path, lang, LINES)[number]
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    change(book.worksheets[0])
    book.save(path)
    return path


def fill(
    row: int, decision: str | None, give_to: object = None, why: str | None = None
) -> Callable[[Sheet], None]:
    def change(sheet: Sheet) -> None:
        for column, value in zip("LMN", (decision, give_to, why), strict=True):
            sheet[f"{column}{row}"] = value

    return change


def both(*changes: Callable[[Sheet], object]) -> Callable[[Sheet], None]:
    def change(sheet: Sheet) -> None:
        for one in changes:
            one(sheet)

    return change


def row_of(outcome: str, number: int = 0) -> tuple[int, Line]:
    """The row of the n-th line of the first branch with this outcome."""
    mine = [x for x in LINES if RUN.case.client_by_id[x.client_id].branch == BRANCH]
    found = [(5 + k, x) for k, x in enumerate(mine) if x.outcome == outcome]
    return found[number]


def codes(edits: Edits) -> list[tuple[str, str]]:
    """Code and cell of each error."""
    return [(f.code, (f.where or "").rpartition("!")[2]) for f in edits.errors]


MOVED, MOVED_LINE = row_of("moved")
NEW, NEW_LINE = row_of("new")
KEPT, KEPT_LINE = row_of("kept")


@pytest.mark.parametrize("lang", LANGS)
def test_each_decision_becomes_a_rule_with_its_reason(tmp_path: Path, lang: Lang) -> None:
    said = {key: tr(text, lang) for key, text in DECISIONS.items()}
    path = edited(
        tmp_path,
        both(
            fill(MOVED, said["previous"], None, "二十年老客户"),
            fill(NEW, said["refuse"], None, "亲属回避"),
            fill(KEPT, said["other"], "S00003 员工 00003", "行业熟悉"),
            fill(row_of("moved", 1)[0], said["accept"]),
        ),
        lang,
    )
    edits = read_edits([path], RUN.case)
    assert not edits.errors
    asked = [
        Link(MOVED_LINE.previous or "", MOVED_LINE.client_id, "pin", reason="二十年老客户"),
        Link(NEW_LINE.staff_id or "", NEW_LINE.client_id, "forbid", reason="亲属回避"),
        Link("S00003", KEPT_LINE.client_id, "pin", reason="行业熟悉"),
    ]
    assert list(edits.links) == sorted(asked, key=lambda k: (k.staff_id, k.client_id))
    assert [(p, s.name) for p, s in edits.sources.items()] == [(path, path.name)]
    assert [f.code for f in edits.findings if f.severity == "notice"] == ["edits-read"]


def test_a_workbook_nobody_touched_asks_for_nothing(tmp_path: Path) -> None:
    write_handover(RUN, tmp_path, "zh", LINES)
    edits = read_edits([tmp_path / "handover"], RUN.case)
    assert (edits.links, edits.errors, len(edits.sources)) == ((), (), 3)


@pytest.mark.parametrize("written", ["S00003", " S0000３", "员工 00003", "S00003 员工 00003"])
def test_a_person_by_id_by_name_or_as_the_list_offers(tmp_path: Path, written: str) -> None:
    path = edited(tmp_path, fill(KEPT, "改由他人管户", written, "理由"))
    assert [k.staff_id for k in read_edits([path], RUN.case).links] == ["S00003"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (fill(KEPT, "改由他人管户", "S99999", "理由"), [("edits-staff", f"M{KEPT}")]),
        (fill(KEPT, "改由他人管户", None, "理由"), [("edits-nobody", f"M{KEPT}")]),
        (fill(KEPT, "改由他人管户", "S00003"), [("edits-no-reason", f"N{KEPT}")]),
        (fill(KEPT, "改由他人管户"), [("edits-nobody", f"M{KEPT}"), ("edits-no-reason", f"N{KEPT}")]),
        (fill(KEPT, "不同意该新管户人"), [("edits-no-reason", f"N{KEPT}")]),
        (fill(KEPT, "不同意"), [("edits-decision", f"L{KEPT}")]),
        (fill(NEW, "维持原管户人", None, "理由"), [("edits-no-previous", f"L{NEW}")]),
        (fill(KEPT, "同意", "S00003"), [("edits-contradictory", f"M{KEPT}")]),
        (fill(KEPT, None, "S00003"), [("edits-contradictory", f"M{KEPT}")]),
        (fill(MOVED, "维持原管户人", "S00003", "理由"), [("edits-contradictory", f"M{MOVED}")]),
        (fill(KEPT, None, None, "理由"), [("edits-undecided", f"L{KEPT}")]),
        (fill(KEPT, "#REF!", None, "理由"), [("edits-cell", f"L{KEPT}")]),
        (fill(KEPT, "改由他人管户", "=A1", "理由"), [("edits-cell", f"M{KEPT}")]),
    ],
)
def test_every_bad_cell_by_its_address(
    tmp_path: Path, change: Callable[[Sheet], object], expected: list[tuple[str, str]]
) -> None:
    edits = read_edits([edited(tmp_path, change)], RUN.case)
    assert codes(edits) == expected
    assert edits.links == ()
    assert all((f.where or "").startswith("01-样例支行 001.xlsx: 客户清单!") for f in edits.errors)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    change = both(fill(KEPT, "改由他人管户", "S99999", "理由"), fill(MOVED, "不同意该新管户人"))
    edited(tmp_path / "a", change)
    (tmp_path / "a" / "handover" / "02-样例支行 002.xlsx").write_bytes(b"PK\x03\x04 broken")
    edits = read_edits([tmp_path / "a" / "handover"], RUN.case)
    assert {f.code for f in edits.errors} == {"edits-staff", "edits-no-reason", "file-damaged"}


def set_cell(cell: str, value: object) -> Callable[[Sheet], None]:
    def change(sheet: Sheet) -> None:
        sheet[cell] = value

    return change


def test_what_was_written_must_stand(tmp_path: Path) -> None:
    path = edited(tmp_path, both(set_cell(f"G{KEPT}", "S00009x"), set_cell(f"E{MOVED}", None)))
    assert sorted(codes(read_edits([path], RUN.case))) == sorted(
        [("edits-changed", f"G{KEPT}"), ("edits-changed", f"E{MOVED}")]
    )


def test_a_line_added_or_doubled_is_refused_and_one_deleted_told(tmp_path: Path) -> None:
    path = edited(tmp_path, both(set_cell(f"A{KEPT}", "C999999")))
    assert codes(read_edits([path], RUN.case)) == [("edits-client", f"A{KEPT}")]

    def twice(sheet: Sheet) -> None:
        sheet.append([c.value for c in sheet[KEPT]])

    path = edited(tmp_path, twice)
    assert [c for c, _ in codes(read_edits([path], RUN.case))] == ["edits-line-twice"]
    path = edited(tmp_path, lambda sheet: sheet.delete_rows(KEPT))
    edits = read_edits([path], RUN.case)
    assert not edits.errors
    assert [f.code for f in edits.findings if f.severity == "warning"] == ["edits-lines-gone"]


def test_sorted_lines_and_a_renamed_sheet_are_read_all_the_same(tmp_path: Path) -> None:
    def turned(sheet: Sheet) -> None:
        sheet.title = "意见"
        fill(MOVED, "维持原管户人", None, "理由")(sheet)
        rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=5)]
        for r, row in enumerate(reversed(rows), start=5):
            for c, value in enumerate(row, start=1):
                sheet.cell(r, c).value = value

    edits = read_edits([edited(tmp_path, turned)], RUN.case)
    assert edits.errors == ()
    assert [k.client_id for k in edits.links] == [MOVED_LINE.client_id]


# --- what the file belongs to ------------------------------------------------------------------------


def test_a_workbook_of_another_case_is_out_of_date(tmp_path: Path) -> None:
    path = edited(tmp_path, fill(MOVED, "维持原管户人", None, "理由"))
    case = RUN.case
    changed = [
        replace(c, balance=c.balance + 1) if c.client_id == KEPT_LINE.client_id else c for c in case.clients
    ]
    elsewhere = [replace(c, balance=c.balance + 1) if c.branch != BRANCH else c for c in case.clients]
    assert codes(read_edits([path], Case(case.roster, tuple(changed))))[0][0] == "edits-stale"
    assert not read_edits([path], Case(case.roster, tuple(elsewhere))).errors


def test_workbooks_of_two_runs_are_not_mixed(tmp_path: Path) -> None:
    other, lines = book_run()
    lines[0] = replace(lines[0], staff_id="S00003")
    assert other.book is not None
    other.book.parts[0].holder[0] = 3  # type: ignore[index]
    for folder, run, said in (("a", RUN, LINES), ("b", other, lines)):
        (tmp_path / folder).mkdir()
        write_handover(run, tmp_path / folder, "zh", said)
    mixed = [
        tmp_path / "a" / "handover" / "01-样例支行 001.xlsx",
        tmp_path / "b" / "handover" / "02-样例支行 002.xlsx",
    ]
    assert [f.code for f in read_edits(mixed, RUN.case).errors] == ["edits-mixed"]


def test_another_workbook_and_an_altered_record_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["客户号", "支行意见"])  # type: ignore[union-attr]
    book.save(tmp_path / "别的.xlsx")
    assert codes(read_edits([tmp_path / "别的.xlsx"], RUN.case))[0][0] == "edits-foreign"

    def forged(sheet: Sheet) -> None:
        sheet.parent[HIDDEN]["C10"] = "S00099"

    assert codes(read_edits([edited(tmp_path, forged)], RUN.case))[0][0] == "edits-altered"


def test_a_folder_without_workbooks_a_missing_file_and_doubled_names(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    (tmp_path / "空" / "说明.txt").write_text("-")
    found = read_edits([tmp_path / "空", tmp_path / "没有.xlsx"], RUN.case)
    assert [f.code for f in found.findings] == ["edits-ignored", "edits-none", "file-cannot-open"]


# --- edits against each other and against the case -----------------------------------------------


def test_two_copies_of_one_branch_may_agree_but_not_contradict(tmp_path: Path) -> None:
    for name, decision in (("甲", "维持原管户人"), ("乙", "维持原管户人"), ("丙", "不同意该新管户人")):
        (tmp_path / name).mkdir()
        path = edited(tmp_path / name, fill(MOVED, decision, None, "理由"))
        path.rename(tmp_path / f"{name}.xlsx")
    same, other, against = (tmp_path / f"{n}.xlsx" for n in "甲乙丙")
    assert len(read_edits([same, other], RUN.case).links) == 1
    assert [f.code for f in read_edits([same, against], RUN.case).errors] == ["edits-contradictory"]


def with_links(*links: Link) -> Case:
    return replace(RUN.case, links=links)


@pytest.mark.parametrize("rule", ["forbid", "allow"])
def test_a_pin_against_the_cases_own_links(tmp_path: Path, rule: Any) -> None:
    path = edited(tmp_path, fill(MOVED, "维持原管户人", None, "理由"))
    case = with_links(Link(MOVED_LINE.previous or "", MOVED_LINE.client_id, rule))
    assert codes(read_edits([path], case)) == [("edits-against-case", f"L{MOVED}")]


def test_a_pin_beside_anothers_pin_and_a_refusal_of_who_is_pinned(tmp_path: Path) -> None:
    case = with_links(Link(MOVED_LINE.staff_id or "", MOVED_LINE.client_id, "pin"))
    for decision in ("维持原管户人", "不同意该新管户人"):
        path = edited(tmp_path, fill(MOVED, decision, None, "理由"))
        assert codes(read_edits([path], case)) == [("edits-against-case", f"L{MOVED}")]


def test_merged_links_keep_bids_and_figures() -> None:
    pair = (MOVED_LINE.previous or "", MOVED_LINE.client_id)
    case = with_links(
        Link(*pair, bid=2, fit=5, measures={"x": 1}), Link("S00001", NEW_LINE.client_id, "forbid")
    )
    merged = merge_edits(case, [Link(*pair, "pin", reason="理由")])
    assert merged.link_of[pair] == Link(*pair, "pin", 2, 5, None, {"x": 1}, "理由")
    assert len(merged.links) == 2
    assert merge_edits(case, []) is case
