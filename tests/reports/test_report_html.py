"""report.html as text: self-contained, complete, the same every time."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_sample import build_run

from cmopt.domain.draw import commitment
from cmopt.domain.result import Status
from cmopt.errors import finding
from cmopt.i18n import LANGS, Lang
from cmopt.reports.html import render_html, write_html

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_loaded_from_elsewhere(lang: Lang) -> None:
    tags = Tags(render_html(build_run(), build_run(solver="greedy"), lang, [])).found
    for tag, attributes in tags:
        for name in ("src", "href", "action", "srcset", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
        assert not any(name.startswith("on") or name == "style" for name in attributes)


def test_the_policy_allows_exactly_our_style_and_script() -> None:
    text = render_html(build_run(), None, "zh", [])
    policy = next(
        a["content"] for t, a in Tags(text).found if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None and policy.startswith("default-src 'none'")
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (part,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.S)
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("lang", LANGS)
def test_everything_is_on_the_page(lang: Lang) -> None:
    run = build_run()
    text = render_html(run, build_run(solver="greedy"), lang, [])
    for name in [s.name for s in run.case.roster] + [c.name for c in run.case.clients[:35]]:
        assert name in text
    assert len(re.findall("<tr data-outcome=", text)) == len(run.lines)
    assert "cmopt verify" in text and commitment(run.seed) in text
    assert ("已证明" if lang == "zh" else "proven: no division can do better") in text


def test_charts_are_embedded_once_svg_first(tmp_path: Path) -> None:
    (tmp_path / "lorenz.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "lorenz.svg").write_text(SVG)
    (tmp_path / "other.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    text = render_html(build_run(), None, "en", sorted(tmp_path.iterdir()))
    sources = [a["src"] or "" for t, a in Tags(text).found if t == "img"]
    assert [s.split(";")[0] for s in sources] == ["data:image/svg+xml", "data:image/png"]
    assert base64.b64decode(sources[0].split(",")[1]).decode() == SVG


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_html(build_run(), build_run(solver="greedy"), tmp_path / name, "zh", [])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_a_run_without_a_division_says_so() -> None:
    run = build_run()
    result = replace(run.result, status=Status.INFEASIBLE, allocation=None, goals=())
    none = replace(run, result=result, lines=(), portfolios=(), fairness=())
    assert "No division was made" in render_html(none, None, "en", [])


def test_a_breach_is_not_hidden() -> None:
    run = build_run()
    breach = finding("one-of-27", "{who} holds two of the 27", who="S001")
    text = render_html(replace(run, audit=replace(run.audit, breaches=(breach,))), None, "en", [])
    assert "do not use this division" in text and "S001 holds two of the 27" in text


def test_heavy_imports_wait_until_they_are_needed() -> None:
    code = (
        "import sys, cmopt.reports.html, cmopt.reports.workbook, cmopt.reports.tables\n"
        "print([m for m in ('jinja2', 'xlsxwriter', 'pandas', 'matplotlib', 'polib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
