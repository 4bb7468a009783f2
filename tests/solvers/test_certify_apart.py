"""The second engine's process: out of time, stopped, crashed, and gone with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from certify_cases import claim, known

from cmopt.domain.progress import NullProgress
from cmopt.solvers.second import apart
from cmopt.solvers.second.apart import certify
from cmopt.solvers.second.verdict import Answer, Why, all_confirmed

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and processes of POSIX")
BANK = next(b for b in known(50, seed=100) if all(g.name != "deviation" for g in b.problem.goals))
CLAIM = claim(BANK.problem, BANK.best, BANK.bounds)

# A process that takes its orders, leaves a mark with its number, and then proves nothing.
IDLE = """
import sys, time
sys.path[:0] = sys.argv[1:]
import os
from pathlib import Path
import cmopt.solvers.second.prove as proving
def prove(*_):
    Path(os.environ["CMOPT_TEST_MARK"]).write_text(str(os.getpid()))
    time.sleep(60)
    yield
proving.prove = prove
from cmopt.solvers.second.child import main
main()
"""


class Stopping(NullProgress):
    """Asks to stop as soon as the mark is there."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def stop_asked(self) -> bool:
        return self.mark.exists()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def waited_for(mark: Path) -> int:
    """The number that a process leaves in a file."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if mark.exists() and mark.read_text():
            return int(mark.read_text())
        time.sleep(0.05)
    raise AssertionError("the process did not start")


def test_a_true_claim_is_confirmed_in_another_process() -> None:
    assert all_confirmed(certify(BANK.problem, CLAIM, 60))


def test_a_forged_claim_comes_back_with_the_better_division_and_the_question() -> None:
    forged = next(h for h in BANK.all if BANK.first_worse(h) is not None)
    found = certify(BANK.problem, claim(BANK.problem, forged), 60)
    assert found[-1].answer is Answer.DISAGREES
    assert found[-1].better is not None
    assert "ENDATA" in (found[-1].model or "")
    assert len(found) <= len(BANK.problem.goals)


def test_without_time_every_goal_is_open_and_no_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    found = certify(BANK.problem, CLAIM, 0)
    assert [v.goal for v in found] == [g.name for g in BANK.problem.goals]
    assert {(v.answer, v.why) for v in found} == {(Answer.UNDECIDED, Why.TIME)}


@posix
def test_a_stop_kills_the_process_and_leaves_the_rest_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    monkeypatch.setenv("CMOPT_TEST_MARK", str(mark))
    monkeypatch.setattr(apart, "CHILD", IDLE)
    found = certify(BANK.problem, CLAIM, 60, Stopping(mark))
    assert {v.why for v in found} == {Why.STOPPED}
    assert not alive(waited_for(mark))


@posix
def test_the_time_limit_holds_even_if_the_process_does_not_keep_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    monkeypatch.setenv("CMOPT_TEST_MARK", str(mark))
    monkeypatch.setattr(apart, "CHILD", IDLE)
    monkeypatch.setattr(apart, "GRACE", 3.0)
    found = certify(BANK.problem, CLAIM, 0.1)
    assert {v.why for v in found} == {Why.TIME}
    assert not mark.exists() or not alive(waited_for(mark))


def test_a_process_that_crashes_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CHILD", "raise SystemExit(3)")
    assert {v.why for v in certify(BANK.problem, CLAIM, 60)} == {Why.FAILED}


@posix
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
def test_the_process_ends_with_its_parent(tmp_path: Path, blow: signal.Signals) -> None:
    mark = tmp_path / "mark"
    parent = f"""
from cmopt.domain.result import Phase
from cmopt.solvers.second import apart
from cmopt.solvers.second.verdict import Claim
apart.CHILD = {IDLE!r}
apart.certify(None, Claim((Phase("draw", "min", 0, 0, True, 0.0),), ()), 60)
"""
    environment = {**os.environ, "CMOPT_TEST_MARK": str(mark)}
    process = subprocess.Popen([sys.executable, "-c", parent], env=environment, stderr=subprocess.DEVNULL)
    try:
        child = waited_for(mark)
        process.send_signal(blow)
        process.wait(timeout=20)
        until = time.monotonic() + 10
        while alive(child) and time.monotonic() < until:
            time.sleep(0.05)
        assert not alive(child)
    finally:
        process.kill()
        process.wait()
