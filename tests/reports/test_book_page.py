"""The page of a whole book: a row a part, no row a client of the book."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cmopt import service
from cmopt.reports.html import render_html


@pytest.fixture(scope="module")
def run(tiny_bank: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("book_page") / "run"
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), report=False, book=True, workers=1)
    return service.allocate(order, out)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_parts_but_not_clients_of_the_book(run: Any, lang: Any) -> None:
    page = render_html(run, None, lang, [])
    assert 'id="book"' in page
    for part in run.book.parts:
        assert f'<td class="who">{part.name}' in page
    assert len(run.book.clients) > 0
    assert page.count("<tr data-outcome=") == len(run.lines)


def test_no_such_part_without_a_book(tiny_bank: Any, tmp_path: Path) -> None:
    order = service.Order(tiny_bank.case, str(tiny_bank.scheme), report=False)
    assert 'id="book"' not in render_html(service.allocate(order, tmp_path / "run"), None, "en", [])
