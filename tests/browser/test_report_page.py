"""report.html in a real browser: nothing leaves the file, nothing fails, it reads and works."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cmopt.reports.html import write_html

CHROMIUM = next(
    (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
)
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright's Python package is not installed")


@pytest.fixture(scope="module")
def sample() -> ModuleType:
    path = Path(__file__).parents[1] / "reports" / "report_sample.py"
    spec = importlib.util.spec_from_file_location("report_sample_for_browser", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visit:
    """A page opened from a file, with everything it asked for and complained about."""

    def __init__(self, browser: Any, path: Path, javascript: bool = True) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context = browser.new_context(java_script_enabled=javascript, viewport={"width": 1300, "height": 900})
        self.page = context.new_page()
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.goto(path.as_uri())
        self.page.wait_for_load_state("networkidle")

    def quiet(self, path: Path) -> bool:
        return not self.complaints and all(r == path.as_uri() or r.startswith("data:") for r in self.requests)


@pytest.fixture(scope="module")
def report(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    chart = folder / "lorenz.svg"
    chart.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><circle r="9"/></svg>')
    path: Path = folder / "report.html"
    write_html(sample.build_run(), sample.build_run(solver="greedy"), path, "zh", [chart])
    return path


def test_it_opens_without_a_request_or_a_complaint(browser: Any, report: Path) -> None:
    visit = Visit(browser, report)
    assert visit.quiet(report), (visit.requests, visit.complaints)
    assert visit.page.locator("h1").inner_text() == "年度客户经理考评与客户划分方案"
    assert visit.page.locator("#lines td.who", has_text="样例企业 001").is_visible()
    assert visit.page.locator("figure img").evaluate("i => i.complete && i.naturalWidth > 0")
    assert (
        visit.page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor")
        == "rgb(23, 73, 107)"
    )
    assert not visit.page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_table_is_cut_off_on_a_desktop(
    browser: Any, sample: ModuleType, tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "report.html"
    write_html(sample.build_run(), sample.build_run(solver="greedy"), path, lang, [])  # type: ignore[arg-type]
    page = Visit(browser, path).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    cut = page.evaluate(
        "Array.from(document.querySelectorAll('.wide')).filter(w => w.scrollWidth > w.clientWidth)"
        ".map(w => w.closest('section').id + ' ' + (w.scrollWidth - w.clientWidth))"
    )
    assert cut == []


def test_search_and_filter_narrow_the_table(browser: Any, report: Path) -> None:
    page = Visit(browser, report).page
    rows = page.locator("#lines tbody tr:visible")
    assert rows.count() == 35
    page.get_by_placeholder("搜索客户、管户人、机构、理由").fill("样例企业 c0003")
    assert rows.count() == 1
    page.get_by_placeholder("搜索客户、管户人、机构、理由").fill("")
    page.locator("#allocation select").select_option("unassigned")
    assert rows.count() == 1


def test_a_click_sorts_by_number(browser: Any, report: Path) -> None:
    page = Visit(browser, report).page
    page.locator("#lines th button", has_text="余额").click()
    cells = page.locator("#lines tbody td:nth-child(3)").all_inner_texts()
    figures = [float(c.replace(",", "")) for c in cells]
    assert figures == sorted(figures) and len(set(figures)) > 1


def test_it_reads_without_javascript(browser: Any, report: Path) -> None:
    page = Visit(browser, report, javascript=False).page
    assert page.locator("#lines td.who", has_text="样例企业 001").is_visible()
    assert not page.locator(".tools").first.is_visible()


def test_paper_shows_what_is_folded_on_the_screen(browser: Any, report: Path) -> None:
    page = Visit(browser, report).page
    assert not page.locator("#people").is_visible()
    assert len(page.pdf()) > 10_000
    assert page.locator("#grades details").evaluate("d => d.open")


def test_H81_script_in_names_does_not_run(browser: Any, sample: ModuleType, tmp_path: Path) -> None:
    name = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
    run = sample.with_names(sample.build_run(), name, name)
    path = tmp_path / "report.html"
    write_html(run, run, path, "zh", [])
    visit = Visit(browser, path)
    assert visit.quiet(path), (visit.requests, visit.complaints)
    assert visit.page.title() == "年度客户经理考评与客户划分方案"
    assert visit.page.locator("#lines td.who", has_text=name).first.is_visible()
