"""Branch workbooks written by other processes: the same files, also where a process dies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from handover_runs import book_run

from cmopt.reports import writers as module
from cmopt.reports.handover_files import write_handover
from cmopt.reports.writers import writers

HERE = "CMOPT_TEST_WRITER"


def dies_elsewhere(path: Path) -> Path:
    """Kills whatever process it runs in but the test's own."""
    if os.environ.get(HERE) != str(os.getpid()):
        os._exit(1)
    path.write_text("written")
    return path


def test_other_processes_write_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", 1)
    run, lines = book_run()
    for folder, processes in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        with writers(len(lines), processes) as each:
            write_handover(run, tmp_path / folder, "zh", lines, each)
    one, two = (sorted(p for p in (tmp_path / f).rglob("*") if p.is_file()) for f in ("one", "two"))
    assert len(one) == 4
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_where_a_process_dies_this_one_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MANY", 1)
    monkeypatch.setenv(HERE, str(os.getpid()))
    paths = [tmp_path / "a", tmp_path / "b"]
    with writers(2, 2) as each:
        assert list(each(dies_elsewhere, paths)) == paths
    assert all(p.read_text() == "written" for p in paths)


def test_few_lines_need_no_other_process() -> None:
    with writers(10, 8) as each:
        assert each is map
