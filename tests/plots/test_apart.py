"""Charts drawn by a process of their own are the same, and drawn here should it fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from plot_runs import runs

from cmopt.plots import write_charts
from cmopt.plots.apart import drawing_apart


def test_the_same_bytes(tmp_path: Path) -> None:
    run, rival = runs(40)
    with drawing_apart() as draw:
        wait = draw(run, rival, tmp_path / "apart", "zh")
        here = write_charts(run, rival, tmp_path / "here", "zh")
        apart = wait()
    assert [p.name for p in apart] == [p.name for p in here]
    assert [p.read_bytes() for p in apart] == [p.read_bytes() for p in here]


def test_a_killed_process_is_made_up_for(tmp_path: Path) -> None:
    run, rival = runs(40)
    with drawing_apart() as draw:
        wait = draw(run, rival, tmp_path / "apart", "en")
        _kill_children()
        assert all(p.exists() for p in wait())


def test_an_exception_is_not_held_up(tmp_path: Path) -> None:
    run, rival = runs(40)
    with pytest.raises(KeyboardInterrupt), drawing_apart() as draw:
        draw(run, rival, tmp_path / "apart", "en")
        raise KeyboardInterrupt


def _kill_children() -> None:
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
