"""Parts in a pool: the same from one process or several, tried again when lost, stopped on demand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_parts import (
    Listening,
    dies_always,
    dies_once,
    divided,
    fails,
    fails_once,
    good,
    lacks_memory,
    refuses,
    tasks,
    waits_for_stop,
)

from cmopt.domain.book_result import PartResult
from cmopt.domain.result import Status
from cmopt.errors import InputError
from cmopt.solvers.parts.machine import BARE, PER_PAIR, suitable
from cmopt.solvers.parts.pool import Here, Processes, Work
from cmopt.solvers.parts.running import ATTEMPTS, Telling, run_parts

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
PARTS = 5


def run(
    work: Work, marks: Path, processes: int, progress: Listening | None = None, parts: int = PARTS
) -> tuple[dict[str, PartResult], list[str], Listening]:
    """What came out, what was kept in which order, what was told."""
    progress = progress or Listening()
    todo = tasks(parts, marks)
    telling = Telling(progress, {t().slice.name: len(t().slice.clients) for t in todo})
    pool = Here(telling.goal, progress.stop_asked) if processes == 1 else Processes(processes)
    kept: list[str] = []
    try:
        found = run_parts(todo, list(range(parts)), work, pool, lambda p: kept.append(p.name), telling)
    finally:
        pool.close(at_once=True)
    return found, kept, progress


def content(found: dict[str, PartResult]) -> dict[str, tuple[object, ...]]:
    return {
        n: (p.clients.tolist(), None if p.holder is None else p.holder.tolist(), p.result)
        for n, p in sorted(found.items())
    }


def test_one_process_or_two_the_same(tmp_path: Path) -> None:
    one, kept, told = run(good, tmp_path, 1)
    two, kept_by_two, told_by_two = run(good, tmp_path, 2)
    assert content(one) == content(two)
    assert len(one) == PARTS
    assert kept == [f"part{k:02}" for k in reversed(range(PARTS))], "the largest first"
    assert sorted(kept_by_two) == sorted(kept)
    for progress in (told, told_by_two):
        ends = [n for n in progress.told if n.result is not None]
        assert [n.done for n in ends] == [1, 2, 3, 4, 5]
        assert {n.of for n in ends} == {PARTS}
        assert {(n.name, n.clients) for n in ends} == {(f"part{k:02}", 4 + k) for k in range(PARTS)}
    assert {n.name for n in told.told if n.goal == "coverage"} == set(one)


@posix
def test_G75_a_part_whose_process_is_killed_is_done_again_and_kept_once(tmp_path: Path) -> None:
    expected = content({t().slice.name: divided(t()) for t in tasks(PARTS, tmp_path)})
    found, kept, progress = run(dies_once, tmp_path, 2)
    assert content(found) == expected
    assert sorted(kept) == sorted(found)
    assert "part02" in {n.name for n in progress.told if n.again}
    assert len(list(tmp_path.glob("part02.*"))) == 2


@posix
def test_G74_a_part_that_always_kills_its_process_is_named(tmp_path: Path) -> None:
    """As when the system runs out of memory: bounded attempts, the others are divided."""
    found, kept, _ = run(dies_always, tmp_path, 2)
    assert sorted(kept) == sorted(found) == [f"part{k:02}" for k in range(PARTS)]
    lost = [p for p in found.values() if p.holder is None]
    assert [p.name for p in lost] == ["part02"]
    assert lost[0].result.status is Status.UNKNOWN
    assert [f.code for f in lost[0].result.findings] == ["part-lost"]
    assert all(g.value is None and g.bound is None and not g.proven for g in lost[0].result.goals)
    assert len(list(tmp_path.glob("part02.*"))) == ATTEMPTS


@pytest.mark.parametrize("processes", [1, 2])
def test_G74_a_part_without_memory_is_marked_and_named(tmp_path: Path, processes: int) -> None:
    found, _, _ = run(lacks_memory, tmp_path, processes)
    failed = found["part01"]
    assert (failed.holder, failed.result.status) == (None, Status.UNKNOWN)
    assert [f.code for f in failed.result.findings] == ["part-memory"]
    assert all(p.holder is not None for n, p in found.items() if n != "part01")


def test_a_failure_is_tried_again(tmp_path: Path) -> None:
    found, kept, _ = run(fails_once, tmp_path, 1)
    assert sorted(kept) == sorted(found)
    assert all(p.holder is not None for p in found.values())


@pytest.mark.parametrize("processes", [1, 2])
def test_a_failure_that_stays_is_raised(tmp_path: Path, processes: int) -> None:
    with pytest.raises(ZeroDivisionError):
        run(fails, tmp_path, processes, parts=1)
    assert len(list(tmp_path.glob("part00.*"))) == ATTEMPTS


@pytest.mark.parametrize("processes", [1, 2])
def test_bad_input_is_raised_at_once_with_its_findings(tmp_path: Path, processes: int) -> None:
    with pytest.raises(InputError) as error:
        run(refuses, tmp_path, processes, parts=1)
    assert [(f.code, f.render("en")) for f in error.value.findings] == [("too-large", "too large: 7")]
    assert len(list(tmp_path.glob("part00.*"))) == 1


def test_a_stop_keeps_what_is_done_and_begins_nothing_more(tmp_path: Path) -> None:
    found, kept, _ = run(waits_for_stop, tmp_path, 1, Listening(stop_after=2))
    assert kept == ["part04", "part03"]
    assert sorted(found) == ["part03", "part04"]
    assert {p.name.split(".")[0] for p in tmp_path.iterdir()} == {"part04", "part03"}


def test_a_stop_reaches_the_parts_at_work(tmp_path: Path) -> None:
    """Two of five end at once, two are at work and give their best, one is never begun."""
    found, _, _ = run(waits_for_stop, tmp_path, 2, Listening(stop_after=3))
    states = {n: str(p.result.status) for n, p in found.items()}
    assert states == {
        "part04": "optimal",
        "part03": "optimal",
        "part02": "optimal",
        "part01": "cancelled",
        "part00": "cancelled",
    } or set(states) == {"part04", "part03", "part02", "part01"}


@pytest.mark.parametrize(
    ("sizes", "free", "expected"),
    [
        ([(100, 10)] * 20, None, 1),  # not worth a process
        ([(2000, 100)] * 20, None, 4),
        ([(2000, 100)] * 3, None, 3),  # no more than parts
        ([(2000, 100)] * 20, int(2.6 * (BARE + PER_PAIR * 200_000)), 2),
        ([(2000, 100)] * 20, 1, 1),
    ],
)
def test_how_many_processes_suit(
    monkeypatch: pytest.MonkeyPatch, sizes: list[tuple[int, int]], free: int | None, expected: int
) -> None:
    monkeypatch.setattr("cmopt.solvers.parts.machine.cores", lambda: 4)
    monkeypatch.setattr("cmopt.solvers.parts.machine.free_memory", lambda: free)
    assert suitable(sizes) == expected


def test_this_machine_says_what_it_has() -> None:
    from cmopt.solvers.parts import machine

    free: Callable[[], int | None] = machine.free_memory
    assert machine.cores() >= 1
    assert (found := free()) is None or found > 2**20
