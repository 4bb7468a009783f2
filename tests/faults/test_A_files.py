"""Faults A1 to A12: hostile and broken files are refused with a code; the serving process survives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from case_files import (
    MAIN,
    OFFICE,
    RELS,
    TWO_ROWS,
    noted,
    only_table,
    refused,
    sheet_xml,
    write_csv,
    write_parts,
    write_sheets,
    zip_bytes,
)

from cmopt.errors import InputError
from cmopt.intake import workbook
from cmopt.intake.files import read_raw, safe_name
from cmopt.intake.prescan import prescan
from cmopt.intake.readlimits import ReadLimits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROWS = [["client_id", "balance"], ["C1", 10], ["C2", 20.5]]


# --- 1 zip bomb


def test_A01_part_that_unpacks_to_200_times_its_size(tmp_path: Path) -> None:
    bomb = b"<a>" + b" " * 30_000_000 + b"</a>"
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, {"docProps/app.xml": bomb})
    assert path.stat().st_size < 300_000
    refused(path, "zip-bomb")


def test_A01_sheet_that_unpacks_beyond_the_limit(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + " " * 9_000_000)})
    assert only_table(read_raw(path)).rows == (("C1", 10),)
    refused(path, "zip-bomb", ReadLimits(unpacked_bytes=8 * 2**20))


def test_A01_sizes_are_counted_not_believed_and_memory_stays_small(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + " " * 60_000_000)})
    data = path.read_bytes()
    tracemalloc.start()
    with pytest.raises(InputError) as caught:
        prescan(data, "case.xlsx", ReadLimits(unpacked_bytes=50 * 2**20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.findings[0].code == "zip-bomb"
    assert peak < 30 * 2**20
    real = (len(sheet_xml(TWO_ROWS + " " * 60_000_000))).to_bytes(4, "little")
    assert real in data
    refused_path = tmp_path / "lies.xlsx"
    refused_path.write_bytes(data.replace(real, (1000).to_bytes(4, "little")))
    refused(refused_path, "file-damaged")


def test_A01_one_long_text_shared_by_very_many_cells(tmp_path: Path) -> None:
    texts = f'<sst xmlns="{MAIN}"><si><t>{"x" * 30_000}</t></si><si><t>y</t></si></sst>'
    rels = (
        f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>'
    )
    parts = {"xl/sharedStrings.xml": texts, "xl/_rels/workbook.xml.rels": rels}

    def case(index: int) -> Path:
        rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{index}</v></c></row>' for n in range(3, 20_003))
        return write_parts(tmp_path / f"{index}.xlsx", {"clients": sheet_xml(TWO_ROWS + rows)}, parts)

    started = time.monotonic()
    refused(case(0), "zip-bomb")  # 600 MB of text in a file of 100 KB
    assert time.monotonic() - started < 10
    assert len(only_table(read_raw(case(1))).rows) == 20_001  # the long text is there, but nobody uses it


def test_A01_too_many_entries(tmp_path: Path) -> None:
    extra = {f"xl/media/{n}.bin": b"" for n in range(60)}
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, extra)
    refused(path, "zip-bomb", ReadLimits(entries=50))


def test_A01_too_many_cells(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "case.xlsx", {"clients": ROWS})
    refused(path, "too-many-cells", ReadLimits(cells=5))


# --- 2 one cell far out


def test_A02_cell_at_xfd1048576(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + far)})
    started = time.monotonic()
    found = refused(path, "sheet-sparse")
    assert time.monotonic() - started < 5
    assert "XFD1048576" in str(found) and "clients" in str(found)


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row><row r="3"><c r="XFD3"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
        '<row r="1048576"><c r="XFD1048576"><f>1+1</f></c></row>',
        '<row r="1048576"><c r="XFD1048576" t="e"><v>#REF!</v></c></row>',
        '<row r="9999999"><c r="A9999999"><v>1</v></c></row>',
        '<x:row xmlns:x="%s" r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>' % MAIN,  # noqa: UP031
        "<!-- -->" + '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>',
    ],
)
def test_A02_in_every_disguise(tmp_path: Path, far: str) -> None:
    refused(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + far)}), "sheet-sparse")


def test_A02_false_dimension_and_formatted_far_cell_do_no_harm(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    xml = sheet_xml(TWO_ROWS + far, before='<dimension ref="A1:XFD1048576"/>')
    assert only_table(read_raw(write_parts(tmp_path / "case.xlsx", {"clients": xml}))).rows == (("C1", 10),)


PARSE_UNSEEN = (
    "import sys, io, json; sys.path[:0] = sys.argv[1:];"
    "from python_calamine import CalamineWorkbook as W; from cmopt.intake.workbook_child import _confine;"
    "from cmopt.intake.readlimits import ReadLimits; sys.stdin.buffer.readline(); _confine(ReadLimits());"
    "W.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0).to_python()"
)


def test_A02_this_process_survives_the_crash_of_the_parser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + far)})
    monkeypatch.setattr(workbook, "CHILD", PARSE_UNSEEN)  # as if the pre-scan had missed it
    refused(path, "workbook-crash")
    monkeypatch.undo()
    assert only_table(read_raw(write_sheets(tmp_path / "good.xlsx", {"clients": ROWS}))).rows


def test_A02_slow_parsing_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sheets(tmp_path / "case.xlsx", {"clients": ROWS})
    monkeypatch.setattr(workbook, "CHILD", "import time; time.sleep(60)")
    started = time.monotonic()
    refused(path, "workbook-time", ReadLimits(seconds=0.3))
    assert time.monotonic() - started < 10


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_A02_ctrl_c_kills_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sheets(tmp_path / "case.xlsx", {"clients": ROWS})
    children: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remember(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        children.append(start(*args, **options))
        return children[-1]

    monkeypatch.setattr(workbook, "CHILD", "import time; time.sleep(60)")
    monkeypatch.setattr(workbook.subprocess, "Popen", remember)
    timer = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        read_raw(path)
    timer.join()
    assert [child.poll() is not None for child in children] == [True]


def test_A02_the_child_can_open_no_file_once_confined() -> None:
    pytest.importorskip("resource")
    tried = (
        "import sys, socket; sys.path[:0] = sys.argv[1:]\n"
        "from cmopt.intake.workbook_child import _confine\n"
        "from cmopt.intake.readlimits import ReadLimits\n"
        "_confine(ReadLimits())\n"
        "for what in (lambda: open(sys.executable), socket.socket):\n"
        "    try: what(); print('opened')\n"
        "    except OSError: print('refused')\n"
    )
    import sys

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", tried, *workbook._import_folders()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["refused", "refused"]


# --- 3, 4 entities

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
PARTS = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml",
         "xl/_rels/workbook.xml.rels", "docProps/core.xml", "xl/drawings/drawing1.xml"]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_A03_entity_bomb(tmp_path: Path, part: str) -> None:
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, {part: BOMB + "<x>&c;</x>"})
    refused(path, "xml-entities")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", PARTS[:3])
def test_A04_external_entity(tmp_path: Path, part: str, encoding: str) -> None:
    xml = (f'<?xml version="1.0" encoding="{encoding}"?>' + OUTSIDE + "<x>&e;</x>").encode(encoding)
    refused(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, {part: xml}), "xml-entities")


@pytest.mark.parametrize("monster", ['<x a="{}"/>', "<!--{}-->"])
def test_A03_one_endless_attribute_or_comment(tmp_path: Path, monster: str) -> None:
    xml = sheet_xml(after=monster.format("a" * 80_000_000))
    started = time.monotonic()
    refused(write_parts(tmp_path / "case.xlsx", {"clients": xml}), "file-damaged")
    assert time.monotonic() - started < 15


def test_A04_doctype_without_entities_too(tmp_path: Path) -> None:
    xml = '<!DOCTYPE worksheet SYSTEM "http://example.invalid/x.dtd">' + sheet_xml()
    refused(write_parts(tmp_path / "case.xlsx", {"clients": xml}), "xml-entities")


# --- 5 macros, 6 links


def test_A05_macros_never_run(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "case.xlsm", {"clients": sheet_xml()}, {"xl/vbaProject.bin": b"code"})
    case = read_raw(path)
    assert noted(case, "macros").severity == "warning"
    assert only_table(case).rows == (("C1", 10),)
    old = write_parts(tmp_path / "xl4.xlsx", {"clients": sheet_xml()}, {"xl/macrosheets/sheet9.xml": "<x/>"})
    noted(read_raw(old), "macros")


def test_A06_external_links_named_not_followed(tmp_path: Path) -> None:
    link = f'<externalLink xmlns="{MAIN}" xmlns:r="{OFFICE}"><externalBook r:id="rId1"/></externalLink>'
    rels = (
        f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/externalLinkPath" '
        'Target="http://example.invalid/other.xlsx" TargetMode="External"/></Relationships>'
    )
    parts = {
        "xl/externalLinks/externalLink1.xml": link,
        "xl/externalLinks/_rels/externalLink1.xml.rels": rels,
    }
    case = read_raw(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, parts))
    assert "example.invalid/other.xlsx" in str(noted(case, "external-link"))
    assert only_table(case).rows == (("C1", 10),)


def test_A06_data_connections_and_embedded_files_named(tmp_path: Path) -> None:
    parts = {
        "xl/connections.xml": f'<connections xmlns="{MAIN}"><connection id="1" name="core"/></connections>',
        "xl/embeddings/oleObject1.bin": b"x",
    }
    case = read_raw(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, parts))
    said = " ".join(str(f) for f in case.findings if f.code == "external-link")
    assert "core" in said and "oleObject1.bin" in said


def test_A06_dde_named_not_called(tmp_path: Path) -> None:
    link = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    path = write_parts(
        tmp_path / "case.xlsx", {"clients": sheet_xml()}, {"xl/externalLinks/externalLink1.xml": link}
    )
    assert "cmd" in str(noted(read_raw(path), "dde"))


@pytest.mark.parametrize("formula", ["cmd|'/c calc'!A0", "'cmd'|'/c calc'!'A0'"])
def test_A06_dde_in_a_formula_or_a_csv_cell(tmp_path: Path, formula: str) -> None:
    row = f'<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f>{formula}</f><v>7</v></c></row>'
    case = read_raw(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(TWO_ROWS + row)}))
    assert noted(case, "dde").where == "clients!B3"
    assert only_table(case).rows[1] == (3, 7)
    case = read_raw(write_csv(tmp_path / "csv", content=f"client_id,name\nC1,={formula}\n"))
    assert noted(case, "dde").where == "clients!B2"
    assert only_table(case).rows == (("C1", f"={formula}"),)


# --- 7 wrong extension, 8 encrypted, 9 truncated, 10 empty


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), ".xls"),
        (b"client_id,balance\nC1,10\n", "text"),
        ("客户号,余额\n".encode("gb18030"), "text"),
        (b"<html><table><tr><td>client_id</td></tr></table></html>", "XML"),
        (b"%PDF-1.7\n\0", "PDF"),
        (zip_bytes({"word/document.xml": b"<x/>"}), "not a workbook"),
        (zip_bytes({"xl/workbook.bin": b"x"}), ".xlsb"),
        (zip_bytes({"content.xml": b"<x/>"}), "OpenDocument"),
        (bytes(range(256)) * 4, "no known kind"),
        (b"PK\x05\x06" + b"\0" * 18, "zip"),
    ],
)
def test_A07_not_a_workbook_whatever_the_name_says(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "case.xlsx"
    path.write_bytes(content)
    assert said in str(refused(path, "file-kind"))


def test_A07_workbook_or_web_page_named_csv(tmp_path: Path) -> None:
    book = write_sheets(tmp_path / "case.xlsx", {"clients": ROWS})
    refused(write_csv(tmp_path / "a", content=book.read_bytes()), "file-kind")
    refused(write_csv(tmp_path / "b", content=OLE + b"\0" * 100), "file-kind")
    refused(write_csv(tmp_path / "c", content=b"\xef\xbb\xbf <html><body>"), "file-kind")


def test_A07_other_names_and_other_things(tmp_path: Path) -> None:
    book = write_sheets(tmp_path / "case.xlsx", {"clients": ROWS})
    refused(Path(shutil.copy(book, tmp_path / "case.xls")), "file-kind")
    (tmp_path / "clients.csv").write_text("client_id,balance\nC1,10\n")
    refused(tmp_path / "clients.csv", "file-kind")
    refused(tmp_path / "none.xlsx", "file-missing")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.xlsx")  # opening it would wait for ever
        refused(tmp_path / "pipe.xlsx", "file-kind")


def test_A08_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "case.xlsx"
    path.write_bytes(OLE + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500)
    refused(path, "encrypted")
    data = bytearray(write_sheets(tmp_path / "zip.xlsx", {"clients": ROWS}).read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1  # the entry says it is encrypted
    path.write_bytes(data)
    refused(path, "encrypted")


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_A09_truncated(tmp_path: Path, share: float) -> None:
    data = write_sheets(tmp_path / "whole.xlsx", {"clients": ROWS}).read_bytes()
    path = tmp_path / "case.xlsx"
    path.write_bytes(data[: max(4, int(len(data) * share))])
    refused(path, "file-damaged")


def test_A09_damaged_inside(tmp_path: Path) -> None:
    data = bytearray(write_sheets(tmp_path / "whole.xlsx", {"clients": ROWS}).read_bytes())
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 90
    data[at] ^= 0xFF
    path = tmp_path / "case.xlsx"
    path.write_bytes(data)
    refused(path, "file-damaged")
    refused(write_parts(path, {"clients": sheet_xml()[:-30]}), "file-damaged")
    gone = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="gone.xml"/>'
    rels = f'<Relationships xmlns="{RELS}">{gone}</Relationships>'
    refused(write_parts(path, {"clients": sheet_xml()}, {"xl/_rels/workbook.xml.rels": rels}), "file-damaged")


@pytest.mark.parametrize(
    "rows",
    [
        TWO_ROWS + '<row r="2"><c r="A2"><v>7</v></c><c r="B2"><v>99</v></c></row>',  # the row twice
        TWO_ROWS + '<row r="3"><c r="A3"><v>1</v></c><c r="A3"><v>2</v></c></row>',  # the cell twice
        TWO_ROWS + '<!--<row r="3"><c r="A3"><v>1</v></c></row>-->',  # looks like a row, is a comment
    ],
)
def test_A09_what_two_readers_read_differently_is_refused(tmp_path: Path, rows: str) -> None:
    refused(write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml(rows)}), "readers-disagree")


def test_A10_empty(tmp_path: Path) -> None:
    (tmp_path / "case.xlsx").write_bytes(b"")
    refused(tmp_path / "case.xlsx", "file-empty")
    refused(write_sheets(tmp_path / "blank.xlsx", {"clients": [], "staff": [["", "  "]]}), "empty-case")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "empty-case")
    refused(write_csv(tmp_path / "csv", content=b""), "empty-case")
    refused(write_csv(tmp_path / "marks", content=b"\xef\xbb\xbf\r\n,,\r\n"), "empty-case")


def test_A10_header_only_is_a_table_without_rows_and_said(tmp_path: Path) -> None:
    case = read_raw(write_sheets(tmp_path / "case.xlsx", {"clients": ROWS[:1], "staff": [], "links": ROWS}))
    assert {t.name: len(t.rows) for t in case.tables} == {"clients": 0, "staff": 0, "links": 2}
    assert case.tables[0].header == ("client_id", "balance")
    assert [f.where for f in case.findings if f.code == "empty-table"] == ["clients", "staff"]


# --- 11 names, 12 changed


@pytest.mark.parametrize(
    "name",
    ["../x", "..", "", ".", "a/b.csv", "a\\b.csv", "a\0.csv", "CON.xlsx", "con", "Lpt1.csv", "nul.tar.gz",
     "COM¹.csv", "C:x.csv", "x.csv ", "x.csv.", " x", "a\nb.csv", "a\u202excod.exe", "a\u200b.csv", "a*.csv",
     "x" * 300, "客" * 70 + ".xlsx"],
)  # fmt: skip
def test_A11_unsafe_names_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        safe_name(name)
    assert caught.value.findings[0].code == "unsafe-name"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "name", ["clients.csv", "客户 2026年.xlsx", "console.xlsx", "a.b-c_d(1).csv", "㐂𠮷.csv"]
)
def test_A11_ordinary_names_kept(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "entry", ["../evil.xml", "xl/../../evil.xml", "/etc/x", "C:/x", "xl\\x.xml", "x\0y.xml"]
)
def test_A11_entry_names_of_the_zip(tmp_path: Path, entry: str) -> None:
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, {entry.replace("\0", "~"): "<x/>"})
    if "\0" in entry:
        path.write_bytes(path.read_bytes().replace(b"x~y.xml", b"x\0y.xml"))
    refused(path, "zip-entry-name")


def test_A11_the_same_entry_twice(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "case.xlsx", {"clients": sheet_xml()}, {"xl/WORKBOOK.xml": "<x/>"})
    refused(path, "zip-entry-name")


@pytest.mark.parametrize("title", ["../x", "a/b", "a\u202eb"])
def test_A11_sheet_titles(tmp_path: Path, title: str) -> None:
    refused(write_parts(tmp_path / "case.xlsx", {title: sheet_xml()}), "unsafe-name")


@pytest.mark.skipif(os.name == "nt", reason="Windows itself refuses these names")
def test_A11_names_on_disk(tmp_path: Path) -> None:
    refused(write_sheets(tmp_path / "CON.xlsx", {"clients": ROWS}), "unsafe-name")
    refused(write_csv(tmp_path / "folder", "aux.csv", "client_id,balance\nC1,1\n"), "unsafe-name")
    write_csv(tmp_path / "twice", "clients.csv", "client_id,balance\nC1,1\n")
    write_csv(tmp_path / "twice", "Clients.csv", "client_id,balance\nC1,1\n")
    refused(tmp_path / "twice", "file-twice")


def test_A12_file_changed_since_it_was_previewed(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "case.xlsx", {"clients": ROWS})
    seen = {s.name: s.sha256 for s in read_raw(path).sources}
    assert read_raw(path, seen).sources[0].sha256 == seen["case.xlsx"]
    write_sheets(path, {"clients": [*ROWS, ["C3", 1]]})
    assert "case.xlsx" in str(refused(path, "file-changed", expected=seen))


def test_A12_file_added_or_gone(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "case", "clients.csv", "client_id,balance\nC1,1\n")
    seen = {s.name: s.sha256 for s in read_raw(folder).sources}
    write_csv(folder, "links.csv", "client_id,staff_id\nC1,S1\n")
    refused(folder, "file-changed", expected=seen)
    (folder / "links.csv").unlink()
    (folder / "clients.csv").rename(folder / "other.csv")
    refused(folder, "file-changed", expected=seen)
