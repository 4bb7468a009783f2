"""A bank that wants its book divided and has no key account."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

import pytest
from whole_bank import order_of, record_of

from cmopt import service
from cmopt.errors import InputError


@pytest.fixture
def alone(tiny_bank: Any, copy_of: Any) -> Any:
    """The tiny bank without its key accounts."""
    with (tiny_bank.run / "allocation.csv").open(encoding="utf-8-sig", newline="") as file:
        keys = {row["client_id"] for row in csv.DictReader(file)}
    case: Path = copy_of(tiny_bank.case)
    for name in ("clients.csv", "links.csv"):
        text = (case / name).read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines()))
        with (case / name).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(row for row in rows if not keys & set(row))
    return order_of(tiny_bank, case=case, workers=1, overrides=EASY)


EASY = {
    "book.bands": "[]",
    "book.mix": "[]",
    "book.goals": '[{name="coverage"}, {name="handovers"}]',
}


def test_only_the_book_is_divided(alone: Any, tmp_path: Path) -> None:
    run = service.allocate(alone, tmp_path / "run")
    record = record_of(tmp_path / "run")
    assert run.book is not None
    assert run.book.complete
    assert run.lines == ()
    assert all(g["value"] == g["bound"] and g["proven"] for g in record["goals"])
    assert sum(p["clients"] for p in record["book"]["parts"]) == 20
    assert service.verify(tmp_path / "run") == ()


def test_without_the_book_there_is_nothing_to_divide(alone: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        service.allocate(dataclasses.replace(alone, book=False, workers=None), tmp_path / "run")
    assert [f.code for f in error.value.findings] == ["no-accounts"]
    checked = service.check(alone)
    assert checked.case is not None
    assert "no-key-accounts" in {f.code for f in checked.findings}
