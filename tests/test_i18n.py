"""Every text for people is marked, translated once, with the same parameters, into Chinese."""

from __future__ import annotations

import ast
import re
import string
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest

import cmopt
from cmopt.errors import Finding, Listed, Message, because, finding
from cmopt.i18n import LANGS, _catalogue, tr

PACKAGE = Path(cmopt.__file__).parent
CATALOGUES = sorted((PACKAGE / "locale" / "zh").glob("*.po"))
CHINESE = re.compile("[\u4e00-\u9fff\u3001]")  # characters, and the comma of lists
TEXT_ARGUMENT = {"N_": 0, "tr": 0, "t": 0, "Message": 0, "finding": 1}


def marks(path: Path) -> Iterator[tuple[ast.expr, str]]:
    """The text argument of every call that takes one, and where it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = TEXT_ARGUMENT.get(called)
            if place is not None and len(node.args) > place:
                yield node.args[place], f"{path.relative_to(PACKAGE)}:{node.lineno}"


@cache
def templates() -> dict[str, str]:
    """Every marked template -> where it stands (one of the places)."""
    found: dict[str, str] = {}
    for source in sorted(PACKAGE.rglob("*.py")):
        for text, where in marks(source):
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found[text.value] = where
    for page in sorted(PACKAGE.rglob("*.j2")):
        for pair in re.findall(r"\bt\((?:\"([^\"]*)\"|'([^']*)')", page.read_text(encoding="utf-8")):
            found[pair[0] or pair[1]] = str(page.relative_to(PACKAGE))
    return found


def catalogue(path: Path) -> list[polib.POEntry]:
    return list(polib.pofile(path.read_text(encoding="utf-8")))  # type: ignore[no-untyped-call]


@cache
def entries() -> dict[str, list[tuple[str, str]]]:
    """msgid -> (catalogue, msgstr) for every entry of every catalogue."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in CATALOGUES:
        for entry in catalogue(path):
            found[entry.msgid].append((path.name, entry.msgstr))
    return dict(found)


def fields(text: str) -> list[tuple[str, str, str]]:
    """The parameters of a template, with conversion and format."""
    parsed = string.Formatter().parse(text)
    return sorted(
        (name, conversion or "", spec or "") for _, name, spec, conversion in parsed if name is not None
    )


def letters(text: str) -> str:
    """The letters of a template outside its parameters."""
    return "".join(c for part, *_ in string.Formatter().parse(text) for c in part if c.isalpha())


def test_the_walk_finds_the_templates() -> None:
    assert len(templates()) > 400
    assert {"{staff} gives it up: {why}", "Written: {path}", "Summary"} <= templates().keys()


def test_every_marked_template_has_chinese() -> None:
    lacking = {text: where for text, where in templates().items() if text not in entries()}
    assert not lacking


def test_no_catalogue_entry_is_left_over() -> None:
    assert not {text: found for text, found in entries().items() if text not in templates()}


def test_no_template_stands_twice_in_a_catalogue_or_has_two_translations() -> None:
    """Each part has its own catalogue, so that a word used by two parts stands in both: the same in both."""
    for text, found in entries().items():
        assert len({name for name, _ in found}) == len(found), text
        assert len({said for _, said in found}) == 1, (text, found)


def test_the_core_catalogue_repeats_no_other() -> None:
    repeated = [
        t for t, found in entries().items() if len(found) > 1 and ("core.po" in {n for n, _ in found})
    ]
    assert not repeated


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: p.name)
def test_translations_have_the_same_parameters_and_are_chinese(path: Path) -> None:
    for entry in catalogue(path):
        assert entry.msgstr and "fuzzy" not in entry.flags, entry.msgid
        assert fields(entry.msgid) == fields(entry.msgstr), entry.msgid
        if letters(entry.msgid):
            assert CHINESE.search(entry.msgstr), entry.msgid


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda p: p.name)
def test_chinese_sentences_have_chinese_punctuation(path: Path) -> None:
    """No ASCII comma, semicolon or colon beside Chinese characters."""
    wrong = re.compile("[\u4e00-\u9fff][,;:?!]|[,;:?!] ?[\u4e00-\u9fff]")
    for entry in catalogue(path):
        assert not wrong.search(entry.msgstr), entry.msgstr


def test_texts_are_never_put_together_before_they_are_translated() -> None:
    built = [
        where
        for source in sorted(PACKAGE.rglob("*.py"))
        for text, where in marks(source)
        if isinstance(text, ast.JoinedStr | ast.BinOp)
    ]
    assert not built


def test_codes_of_findings_are_kebab_case() -> None:
    codes = [
        str(node.args[0].value)
        for source in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("finding", "Finding")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(codes) > 50
    assert not [c for c in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", c)]


def test_chinese_and_english_are_both_said() -> None:
    assert tr("Written: {path}", "en", path="x") == "Written: x"
    assert tr("Written: {path}", "zh", path="x") == "已写出：x"
    assert tr("nowhere marked {n}", "zh", n=3) == "nowhere marked 3"
    assert _catalogue("zh")["nobody was responsible"] == "原无管户人"


def test_parameters_that_are_messages_are_said_in_the_same_language() -> None:
    inner = Message("{staff} gives it up: {why}", {"staff": "E1", "why": Message("recused from this client")})
    outer = Message("{first}; {second}", {"first": inner, "second": Listed(["C1", "C2"])})
    assert outer.render("en") == "E1 gives it up: recused from this client; C1, C2"
    assert outer.render("zh") == "原管户人 E1 退出：对该客户须回避；C1、C2"


def test_a_parameter_with_braces_is_not_read_as_a_template() -> None:
    for lang in LANGS:
        assert "{0}" in Message("Written: {path}", {"path": "{0}"}).render(lang)


def test_a_finding_names_its_place_first() -> None:
    found = finding("run-json", "not valid JSON", "result.json")
    assert found == Finding("run-json", Message("not valid JSON"), "result.json", "error")
    assert found.render("en") == "result.json: not valid JSON"
    assert found.render("zh") == "result.json: 不是有效的 JSON"


def test_reasons_of_the_operating_system_are_in_words() -> None:
    full = because(OSError(28, "No space left on device"))
    assert (full.render("en"), full.render("zh")) == ("no space left on the disk", "磁盘空间不足")
    assert because(OSError(71, "Protocol error")).render("zh") == "Protocol error"
