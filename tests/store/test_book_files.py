"""A run of the whole book: read back as it was written, and every forged value, bound and line is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tampering import Record, Rows, edit_json, edit_rows, rehash

from cmopt import service
from cmopt.domain.book_result import BookResult
from cmopt.domain.run import Run
from cmopt.errors import InputError
from cmopt.i18n import LANGS
from cmopt.store.book_files import BOUNDS, read_book, write_bounds

# goals that the large solver proves at once
EASY = {
    "book.bands": '[{ key = "clients", title = { zh = "户数", en = "Clients" }, within = "90%" }]',
    "book.mix": "[]",
    "book.goals": '[{name="coverage"}, {name="handovers"}, {name="tier_preference"}, {name="bands"}]',
}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A bank of ten branches, divided by the large solver: its folder, and the run."""
    place = tmp_path_factory.mktemp("bank")
    service.synth(place / "case", "annual", "zh", clients=200, staff=60, branches=10, seed=1, book=True)
    order = service.Order(
        place / "case", "annual", EASY, solver="large", time_limit=5.0, book=True, workers=1, report=False
    )
    return place / "run", service.allocate(order, place / "run")


@pytest.fixture
def run(bank: tuple[Path, Run], copy_of: Callable[[Path], Path]) -> Path:
    return copy_of(bank[0])


def breaches(run: Path) -> set[str]:
    found = service.verify(run)
    assert all(f.render(lang) for f in found for lang in LANGS)
    return {f.code for f in found}


def test_a_fresh_run_stands(run: Path) -> None:
    assert breaches(run) == set()


def test_it_is_read_back_as_it_was_written(bank: tuple[Path, Run]) -> None:
    folder, run = bank
    assert run.book is not None
    assert run.result.allocation is not None
    key, book = read_book(folder, run.case, run.scheme, counter=run.book.counter)
    assert key.holder == run.result.allocation.holder
    assert (book.counter == run.book.counter).all()
    for mine, theirs in zip(book.parts, run.book.parts, strict=True):
        assert (mine.name, mine.branches, mine.managers) == (theirs.name, theirs.branches, theirs.managers)
        assert mine.clients.tolist() == theirs.clients.tolist()
        assert mine.holder is not None
        assert theirs.holder is not None
        assert mine.holder.tolist() == theirs.holder.tolist()
        assert told(mine.result.goals) == told(theirs.result.goals)
        said = [
            (d.goal, d.bound, d.scale, {k: v for k, v in d.rows.items() if v}, d.ends) for d in theirs.duals
        ]
        assert [(d.goal, d.bound, d.scale, dict(d.rows), d.ends) for d in mine.duals] == said
        assert mine.why.render("zh") == theirs.why.render("zh")
    assert told(book.goals) == told(run.book.goals)


def told(goals: Any) -> list[tuple[Any, ...]]:
    return [(g.name, g.sense, g.value, g.bound, g.proven) for g in goals]


def test_numbers_of_any_size_stay_exact(tmp_path: Path, bank: tuple[Path, Run]) -> None:
    from dataclasses import replace

    from cmopt.store.book_files import read_bounds

    book = bank[1].book
    assert book is not None
    part = book.parts[0]
    large = replace(part.duals[0], scale=10**40, rows={"a": 3**90, "b": 0}, ends={"coverage": -(10**30)})
    written: BookResult = replace(book, parts=(replace(part, duals=(large,)),))
    write_bounds(written, tmp_path / BOUNDS)
    (again,) = read_bounds(tmp_path)[part.name]
    assert again == replace(large, rows={"a": 3**90})


# --- forged, the manifest made right again -----------------------------------------------------------


def forged(run: Path, name: str, change: Callable[[Record], None]) -> set[str]:
    edit_json(run / name, change)
    rehash(run)
    return breaches(run)


def in_part(change: Callable[[Any], None]) -> Callable[[Record], None]:
    return lambda record: change(record["book"]["parts"][0])


def test_a_forged_value_is_named(run: Path) -> None:
    def lower(part: Any) -> None:
        next(g for g in part["goals"] if g["name"] == "handovers")["value"] -= 1

    assert "record-value" in forged(run, "result.json", in_part(lower))


def test_a_forged_bound_is_named(run: Path) -> None:
    def higher(part: Any) -> None:
        goal = next(g for g in part["goals"] if g["name"] == "handovers")
        goal.update(bound=goal["bound"] - 1)

    assert "bound-recount" in forged(run, "result.json", in_part(higher))


def test_a_forged_bound_with_multipliers_to_fit_is_named(run: Path) -> None:
    name: list[str] = []

    def bound(record: Record) -> None:
        name.append(next(iter(record["parts"])))
        duals = next(d for d in record["parts"][name[0]] if d["goal"] == "handovers")
        duals["bound"] -= 1

    edit_json(run / BOUNDS, bound)

    def same(record: Record) -> None:
        part = next(p for p in record["book"]["parts"] if p["name"] == name[0])
        goal = next(g for g in part["goals"] if g["name"] == "handovers")
        goal["bound"] -= 1

    assert "bound-recount" in forged(run, "result.json", same)


def test_sums_over_parts_are_added_up_again(run: Path) -> None:
    def more(record: Record) -> None:
        record["book"]["goals"][0]["bound"] -= 1

    assert "book-record" in forged(run, "result.json", more)


@pytest.mark.parametrize("field", ["counter", "complete"])
def test_what_the_book_says_of_itself_is_counted_again(run: Path, field: str) -> None:
    def other(record: Record) -> None:
        record["book"][field] = 7

    assert "book-record" in forged(run, "result.json", other)


def test_a_part_that_was_taken_out_is_named(run: Path) -> None:
    def out(record: Record) -> None:
        part = record["book"]["parts"].pop()
        record["book"]["parts"][0]["branches"] += part["branches"]

    assert {"book-part-missing", "book-branches"} <= forged(run, "result.json", out)


def test_the_book_cannot_be_left_out_of_the_record(run: Path) -> None:
    assert "audit-stray" in forged(run, "result.json", lambda record: record.pop("book"))


def lines_of_the_book(rows: Rows) -> list[int]:
    return [n for n, row in enumerate(rows) if row[2] in ("small_loan", "middle_loan", "deposit")]


def test_a_line_given_to_somebody_else_is_named(run: Path) -> None:
    def change(rows: Rows) -> None:
        at = [n for n in lines_of_the_book(rows) if rows[n][5] == "kept"]
        other = next(rows[n][1] for n in at if rows[n][1] != rows[at[0]][1])
        rows[at[0]][1] = other

    edit_rows(run / "allocation.csv", change)
    rehash(run)
    assert breaches(run)


def test_another_reason_is_named(run: Path) -> None:
    def change(rows: Rows) -> None:
        rows[lines_of_the_book(rows)[3]][6] = "好"

    edit_rows(run / "allocation.csv", change)
    rehash(run)
    assert breaches(run) == {"verify-row"}


def test_a_line_left_out_is_named(run: Path) -> None:
    edit_rows(run / "allocation.csv", lambda rows: rows.pop(lines_of_the_book(rows)[0]))
    rehash(run)
    assert "book-left-over" in breaches(run)


def test_somebody_who_is_not_in_the_case_is_refused(run: Path) -> None:
    def change(rows: Rows) -> None:
        rows[lines_of_the_book(rows)[0]][1] = "E9999"

    edit_rows(run / "allocation.csv", change)
    rehash(run)
    with pytest.raises(InputError, match="E9999"):
        service.verify(run)


@pytest.mark.parametrize(
    "change",
    [
        lambda book: book.pop("parts"),
        lambda book: book["parts"][0].pop("why"),
        lambda book: book["parts"][0].update(status="best"),
        lambda book: book["parts"][0]["goals"][0].update(value=1.5),
        lambda book: book.update(seconds="long"),
    ],
)
def test_a_record_that_is_none_is_refused(run: Path, change: Callable[[Any], None]) -> None:
    edit_json(run / "result.json", lambda record: change(record["book"]))
    rehash(run)
    with pytest.raises(InputError, match="book"):
        service.verify(run)


@pytest.mark.parametrize(
    "text", ["[]", '{"format": 2}', '{"format": 1, "parts": {"a": [{"goal": "bands"}]}}', "x"]
)
def test_bounds_that_are_none_are_refused(run: Path, text: str) -> None:
    (run / BOUNDS).write_text(text, encoding="utf-8")
    rehash(run)
    with pytest.raises(InputError, match=r"bounds\.json"):
        service.verify(run)


def test_the_arrays_are_positions(bank: tuple[Path, Run]) -> None:
    book = bank[1].book
    assert book is not None
    assert np.array_equal(book.clients, np.unique(book.clients))
