"""`--edits`: a workbook written, edited, handed back; the next run honours it and can be verified."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import cmopt, on

from cmopt import service
from cmopt.domain.run import Run
from cmopt.reports.handover_files import write_handover


@pytest.fixture(scope="module")
def run(tiny_bank: Any) -> Run:
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme))
    return service.divide(service.load(order), order)


@pytest.fixture
def books(run: Run, tmp_path: Path) -> Path:
    """The folder of the branches' workbooks."""
    write_handover(run, tmp_path, "zh")
    return tmp_path / "handover"


def fill(books: Path, client_id: str, decision: str, give_to: str | None, why: str | None) -> str:
    """Write into the client's line wherever it stands; the cell of the decision."""
    for path in sorted(books.iterdir()):
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        sheet = book.worksheets[0]
        for row in range(5, sheet.max_row + 1):
            if sheet.cell(row, 1).value == client_id:
                for column, value in zip((12, 13, 14), (decision, give_to, why), strict=True):
                    sheet.cell(row, column).value = value
                book.save(path)
                return f"{path.name}: {sheet.title}!L{row}"
    raise AssertionError(client_id)


def lines(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "allocation.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["client_id"]: row for row in csv.DictReader(file)}


def other_holder(run: Run, client_id: str) -> str:
    """Somebody else of the holder's tier who holds no account on the team."""
    line = next(x for x in run.lines if x.client_id == client_id)
    assert line.staff_id is not None
    tier = run.grades[line.staff_id].tier
    team = {x.staff_id for x in run.lines if x.role == "team"}
    barred = {k.staff_id for k in run.case.links if k.client_id == client_id}
    return next(
        s
        for s, g in sorted(run.grades.items())
        if g.tier == tier and s not in {line.staff_id, *team, *barred}
    )


def test_the_next_run_honours_the_edits_and_says_so(
    run: Run, books: Path, tiny_bank: Any, tmp_path: Path
) -> None:
    given, refused = [x for x in run.lines if x.role == "manager" and x.staff_id][:2]
    wanted = other_holder(run, given.client_id)
    fill(books, given.client_id, "改由他人管户", wanted, "行业熟悉")
    fill(books, refused.client_id, "不同意该新管户人", None, "亲属回避")
    out = tmp_path / "again"
    said = cmopt("allocate", *on(tiny_bank, "--out", out, "--no-report", "--edits", books))
    assert said.code == 0, said.err
    told = lines(out)
    assert told[given.client_id]["staff_id"] == wanted
    assert told[given.client_id]["reason"].endswith(f"支行意见：由 {wanted} 管户（“行业熟悉”）")
    assert told[refused.client_id]["staff_id"] != refused.staff_id
    assert f"不由 {refused.staff_id} 管户（“亲属回避”）" in told[refused.client_id]["reason"]
    untouched = next(c for c in told if c not in (given.client_id, refused.client_id))
    assert "支行意见" not in told[untouched]["reason"]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    kept = {name for name in manifest["inputs"] if name.startswith("inputs/edits/")}
    assert kept == {f"inputs/edits/{p.name}" for p in books.iterdir()}
    assert sum(d["code"] == "edits-read" for d in manifest["decisions"]) == len(kept)
    assert cmopt("verify", out).code == 0


def test_verify_sees_an_edit_that_was_taken_away(
    run: Run, books: Path, tiny_bank: Any, tmp_path: Path
) -> None:
    given = next(x for x in run.lines if x.role == "manager" and x.staff_id)
    fill(books, given.client_id, "改由他人管户", other_holder(run, given.client_id), "行业熟悉")
    out = tmp_path / "again"
    assert cmopt("allocate", *on(tiny_bank, "--out", out, "--no-report", "--edits", books)).code == 0
    for file in (out / "inputs" / "edits").iterdir():
        file.unlink()
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["inputs"] = {k: v for k, v in manifest["inputs"].items() if not k.startswith("inputs/edits/")}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (out / "inputs" / "edits").rmdir()
    assert cmopt("verify", out).code == 2


def test_a_bad_cell_ends_the_run_with_its_address(
    run: Run, books: Path, tiny_bank: Any, tmp_path: Path
) -> None:
    given = next(x for x in run.lines if x.role == "manager" and x.staff_id)
    cell = fill(books, given.client_id, "改由他人管户", "没有此人", None)
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "again", "--edits", books, "--lang", "en"))
    assert said.code == 2
    assert cell.replace("!L", "!M") in said.err and cell.replace("!L", "!N") in said.err
    assert "[edits-staff]" in said.err and "[edits-no-reason]" in said.err
    assert not (tmp_path / "again").exists()


def test_an_edit_that_no_rule_allows_is_named(run: Run, books: Path, tiny_bank: Any, tmp_path: Path) -> None:
    """Pinned to somebody who is no manager at all: the engine says so, with the client and the person."""
    given = next(x for x in run.lines if x.role == "manager" and x.staff_id)
    nobody = next(s for s, g in sorted(run.grades.items()) if g.tier is None)
    fill(books, given.client_id, "改由他人管户", nobody, "理由")
    said = cmopt("allocate", *on(tiny_bank, "--out", tmp_path / "again", "--edits", books, "--lang", "en"))
    assert said.code == 2
    assert given.client_id in said.err and nobody in said.err
