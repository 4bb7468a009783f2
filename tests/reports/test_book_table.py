"""allocation.csv of a book from other processes: the bytes of the table made row by row, whoever dies."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from handover_runs import book_run

sys.path.insert(0, str(Path(__file__).parents[1] / "audit"))
sys.path.insert(0, str(Path(__file__).parents[1] / "explain"))
from book_bank import a_book, a_case, a_scheme, graded, key_division, part_result
from test_book_lines import any_division

from cmopt.audit.book import part_of
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import BookGiven
from cmopt.domain.allocation import Line
from cmopt.domain.run import Run
from cmopt.errors import Message
from cmopt.explain.book import book_lines
from cmopt.problem.book import plan_book
from cmopt.reports import book_table as module
from cmopt.reports.book_table import Rows, _key_rows, table_apart, word, write_rows
from cmopt.reports.tables import write_tables


def any_run(seed: int) -> Run:
    """A random bank under a random division, its key accounts with a line each and one with a backup's too."""
    rng = random.Random(seed)
    scheme, case = a_scheme(rng), a_case(rng)
    grades = graded(case, scheme)
    key = key_division(rng, case, scheme, grades)
    given, plan = BookGiven(case, scheme, grades, key), plan_book(case, scheme, grades, key, 1)
    parts = []
    for n, name in enumerate(plan.names):
        holders = any_division(rng, part_of(Eligible(given), name))
        parts.append(part_result(plan.part(n), holders))
    lines = [
        Line(c, s, "large_loan", role, None, "new", Message("“{who}”, she said\n", {"who": c}))
        for c, s in key.holder.items()
        for role in (("manager",) if s is None else ("lead", "backup"))
    ]
    base, _ = book_run()
    result = replace(base.result, allocation=key)
    book = a_book(parts, plan.counter)
    return replace(
        base, case=case, scheme=scheme, grades=grades, lines=tuple(lines), result=result, book=book, seed=1
    )


def row_by_row(run: Run, folder: Path) -> bytes:
    assert run.book is not None
    assert run.result.allocation is not None
    lines = book_lines(run.case, run.scheme, run.grades, run.result.allocation, run.book, run.seed)
    _, path, *_ = write_tables(run, folder, "zh", lines)
    return path.read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_parts_worded_apart_give_the_same_file(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 3)
    run = any_run(seed)
    assert run.book is not None
    assert run.result.allocation is not None
    given = (run.case, run.scheme, run.grades, run.result.allocation)
    rows = [word(*given, [part], run.seed, "zh") for part in reversed(run.book.parts)]
    assert sum(len(r.clients) for r in rows) == len(run.book.clients) > 0
    path = write_rows(tmp_path / "apart.csv", [_key_rows(run, "zh"), *rows])
    assert path.read_bytes() == row_by_row(run, tmp_path)


@pytest.mark.parametrize("dies", [False, True])
def test_other_processes_give_the_same_file(
    dies: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = next(r for seed in range(20) if (r := any_run(seed)).book is not None and len(r.book.parts) > 1)
    assert run.book is not None
    assert run.result.allocation is not None
    given = (run.case, run.scheme, run.grades, run.result.allocation, run.book)
    monkeypatch.setenv("CMOPT_TEST_WRITER", str(os.getpid()))
    if dies:
        monkeypatch.setattr(module, "word", word_or_die)
    with table_apart(*given, run.seed, "zh", processes=2) as write:
        assert write is not None
        _, path, *_ = write_tables(run, tmp_path, "zh", (), write)
    assert path.read_bytes() == row_by_row(run, tmp_path)


def word_or_die(*given: object, **more: object) -> Rows:
    """Kills whatever process it runs in but the test's own."""
    if os.environ["CMOPT_TEST_WRITER"] != str(os.getpid()):
        os._exit(1)
    return word(*given, **more)  # type: ignore[arg-type]


def test_a_small_book_needs_no_other_process(tmp_path: Path) -> None:
    run = any_run(0)
    assert run.book is not None
    assert run.result.allocation is not None
    with table_apart(
        run.case, run.scheme, run.grades, run.result.allocation, run.book, run.seed, "zh"
    ) as write:
        assert write is None
    undivided = replace(run.book, parts=tuple(replace(p, holder=None) for p in run.book.parts))
    given = (run.case, run.scheme, run.grades, run.result.allocation, undivided)
    with table_apart(*given, run.seed, "zh", processes=2) as write:
        assert write is None
    assert np.array_equal(undivided.clients, [])
