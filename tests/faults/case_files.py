"""Builds the good, messy and hostile files that the fault tests hand to `read_raw`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from cmopt.errors import Finding, InputError
from cmopt.intake.files import read_raw
from cmopt.intake.raw import RawCase, RawTable
from cmopt.intake.readlimits import ReadLimits

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

# A small table as XML; `{}` takes further rows, `{}` again what follows the rows.
TWO_ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>client_id</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>balance</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>C1</t></is></c><c r="B2"><v>10</v></c></row>'
)
NAMES = frozenset(
    {"client_id", "name", "branch", "kind", "balance", "客户号", "客户名称", "机构", "类型", "余额"}
)
NAMES |= {"staff_id", "工号", "姓名", "笔试", "面试", "行为规范", "语言表达", "应变能力", "年初余额", "客户"}


def known(value: object) -> bool:
    """A small vocabulary of header names."""
    return isinstance(value, str) and value.strip() in NAMES


def sheet_xml(rows: str = TWO_ROWS, after: str = "", before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def write_parts(
    path: Path, sheets: Mapping[str, str | bytes], parts: Mapping[str, str | bytes] | None = None
) -> Path:
    """A workbook made of raw sheet XML by title; `parts` adds or replaces parts of the zip."""
    listed = "".join(
        f'<sheet name="{title}" sheetId="{n}" r:id="rId{n}"/>' for n, title in enumerate(sheets, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
        "_rels/.rels": (
            f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELS}">{related}</Relationships>',
    }
    whole |= {f"xl/worksheets/sheet{n}.xml": xml for n, xml in enumerate(sheets.values(), 1)}
    whole |= parts or {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in whole.items():
            archive.writestr(name, content)
    return path


def write_sheets(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    touch: Callable[[Any, dict[str, Any]], None] | None = None,
) -> Path:
    """A workbook as a spreadsheet program writes one; `touch(workbook, sheets by title)` does the rest."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    made = {}
    for title, rows in sheets.items():
        made[title] = book.add_worksheet(title)
        for number, row in enumerate(rows):
            made[title].write_row(number, 0, row)
    if touch:
        touch(book, made)
    book.close()
    return path


def write_csv(folder: Path, name: str = "clients.csv", content: str | bytes = "") -> Path:
    folder.mkdir(exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return folder


def refused(path: Path, code: str, limits: ReadLimits | None = None, **options: Any) -> Finding:
    """The first finding of that code; fails unless the case is refused with it."""
    with pytest.raises(InputError) as caught:
        read_raw(path, limits=limits or ReadLimits(), **options)
    found = [f for f in caught.value.findings if f.code == code and f.severity == "error"]
    assert found, [f.code for f in caught.value.findings]
    assert found[0].where
    assert found[0].render("zh") != found[0].render("en"), "no Chinese wording"
    return found[0]


def noted(case: RawCase, code: str) -> Finding:
    """The first warning or notice of that code; fails if there is none."""
    found = [f for f in case.findings if f.code == code]
    assert found, [f.code for f in case.findings]
    assert found[0].render("zh") != found[0].render("en"), "no Chinese wording"
    return found[0]


def only_table(case: RawCase) -> RawTable:
    (table,) = case.tables
    return table


def zip_bytes(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
